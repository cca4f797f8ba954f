"""What the cases of losses, optimisers and clipping share: the parameters' shapes and the file."""

import zlib

import numpy as np

from make.case import rounded, save

SHAPES = {"layers.0.W": (3, 4), "layers.0.b": (5,), "layers.1.U": (2, 2, 3)}


class Golden:
    def __init__(self, name, tensors, golden):
        self.name, self.tensors, self.golden = name, tensors, golden

    def save(self, folder):
        save(folder, self.name, {k: np.ascontiguousarray(v) for k, v in self.tensors.items()}, self.golden)


def random_for(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def clip_case(name, by, limit, source, clip):
    """The gradients before and after: grad.NAME, clipped.NAME; norm [] where it is by norm."""
    rng = random_for(name)
    grads = {n: rounded(rng.normal(0.1, 1.0, s)) for n, s in SHAPES.items()}
    clipped, norm = clip(grads)
    tensors = {f"grad.{n}": v for n, v in grads.items()}
    tensors.update({f"clipped.{n}": v for n, v in clipped.items()})
    if norm is not None:
        tensors["norm"] = norm
    golden = {"kind": "clip", "about": f"by {by}, {limit}", "source": source,
              "options": {"by": by, "limit": limit}, "parameters": list(SHAPES)}
    return Golden(name, tensors, golden)
