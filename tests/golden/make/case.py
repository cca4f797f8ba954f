"""A golden case of recurrent layers: random numbers by Carousel's names, what must come out, its file."""

import json
import pathlib
import zlib

import numpy as np
import safetensors.numpy

from make.cells import GATES, states_of

STANDARD = ("sigmoid", "tanh", "tanh")  # gate, candidate, output


def cell(kind, units, activations=STANDARD, bias=True, recurrent_bias=False):
    """One direction of a layer."""
    return {"cell": kind, "units": units, "activations": list(activations), "bias": bias,
            "recurrent_bias": recurrent_bias}


def layer(forward=None, backward=None, merge=None, returns="sequence"):
    """A layer: a cell forward in time, one backward in time, or both and how they are merged."""
    return {"forward": forward, "backward": backward, "merge": merge, "returns": returns}


def settings_of(one):
    """The layer as a settings file of Carousel has it; it always has b, and bu by recurrent_bias."""
    def of_cell(c):
        gate, candidate, output = c["activations"]
        settings = {"kind": c["cell"], "units": c["units"], "recurrent_bias": c["recurrent_bias"],
                    "activation": candidate}
        if c["cell"] != "rnn":
            settings["gate_activation"] = gate
        if "c" in states_of(c["cell"]):
            settings["output_activation"] = output
        return settings

    if one["forward"] and one["backward"]:
        return {"kind": "bidirectional", "merge": one["merge"], "returns": one["returns"],
                "forward": of_cell(one["forward"]), "backward": of_cell(one["backward"])}
    direction = "forward" if one["forward"] else "backward"
    return {**of_cell(one[direction]), "direction": direction, "returns": one["returns"]}


def both(one, merge, returns="sequence"):
    return layer(one, dict(one), merge, returns)


def rounded(array):
    """The nearest floats, as doubles: what is given to the network is exact in float too, and half as large."""
    return np.asarray(array, np.float32).astype(np.float64)


class Case:
    """Sizes, layers and random numbers; `expect` fills in what a framework computed."""

    def __init__(self, name, about, layers, B=3, T=4, I=3, lengths=None, state=True, scale=None):
        self.name, self.about, self.layers = name, about, layers
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))
        self.B, self.T, self.I = B, T, I
        self.lengths = None if lengths is None else np.array(lengths, np.int64)
        self.inputs = {"x": self.rng.normal(0.1, 1.0, (B, T, I))}
        self.weights, self.states, self.upstream, self.expected = {}, {}, {}, {}
        self.source = ""
        width = I
        for prefix, direction, one in self.directions():
            width = self._input_width(int(prefix.split(".")[1]))
            self._weights(prefix, one, width, scale)
            for s in states_of(one["cell"]):
                shape = (B, one["units"])
                if state:
                    self.states[f"{prefix}{s}0"] = self.rng.uniform(-0.8, 0.9, shape)
                self.upstream[f"{prefix}d{s}_final"] = self.rng.normal(-0.1, 0.7, shape)
        shape = (B, T, self._output_width(len(layers) - 1))
        if layers[-1]["returns"] == "last":
            shape = (shape[0], shape[2])
        self.upstream["dy"] = self.rng.normal(0.05, 0.8, shape)
        for group in (self.inputs, self.weights, self.states, self.upstream):
            group.update({name: rounded(v) for name, v in group.items()})

    def directions(self):
        """(prefix of its tensors, 'forward' or 'backward', cell), in the order in which frameworks stack them."""
        for k, one in enumerate(self.layers):
            two = one["forward"] is not None and one["backward"] is not None
            for direction in ("forward", "backward"):
                if one[direction] is not None:
                    yield f"layers.{k}." + (f"{direction}." if two else ""), direction, one[direction]

    def _output_width(self, k):
        one = self.layers[k]
        widths = [one[d]["units"] for d in ("forward", "backward") if one[d] is not None]
        return sum(widths) if one["merge"] == "concat" else widths[0]

    def _input_width(self, k):
        return self.I if k == 0 else self._output_width(k - 1)

    def _weights(self, prefix, one, inputs, scale):
        H, G = one["units"], len(GATES[one["cell"]])
        # Off-centre and a little different for each gate, so that no exchange of gates or signs is invisible.
        gate = (1.0 + 0.15 * np.arange(G)).repeat(H)
        u_scale = (scale or 1.0) * 0.9 * np.sqrt(3.0 / H)
        w_scale = (scale or 1.0) * 0.9 * np.sqrt(3.0 / inputs)
        put = self.weights.__setitem__
        put(prefix + "W", gate[:, None] * w_scale * self.rng.uniform(-0.5, 0.6, (G * H, inputs)))
        put(prefix + "U", gate[:, None] * u_scale * self.rng.uniform(-0.6, 0.5, (G * H, H)))
        if one["cell"] == "peephole-lstm":
            put(prefix + "p", self.rng.uniform(-0.7, 0.9, (3, H)))
        if one["bias"]:
            put(prefix + "b", gate * self.rng.uniform(-0.4, 0.5, G * H))
        if one["recurrent_bias"]:
            put(prefix + "bu", gate * self.rng.uniform(-0.5, 0.4, G * H))

    def expect(self, source, y, finals, gradients):
        """y, {prefix + 'h_final': ...}, {'dx': ..., prefix + 'dW': ...}."""
        self.source = source
        self.expected = {"y": y, **finals, **gradients}
        wanted = {"y", "dx"} | {grad_name(n) for n in {**self.weights, **self.states}}
        wanted |= {n.replace("d", "", 1) if n.startswith("d") else final_name(n)
                   for n in self.upstream if n != "dy"}
        assert set(self.expected) == wanted, (self.name, set(self.expected) ^ wanted)
        return self

    def check(self, y, finals, gradients, tolerance=1e-11):
        """The same numbers by another road; differences are a mistake of the generator."""
        for name, value in {"y": y, **finals, **gradients}.items():
            np.testing.assert_allclose(self.expected[name], value, rtol=tolerance, atol=tolerance,
                                       err_msg=f"{self.name}: {name}")
        return self

    def save(self, folder: pathlib.Path):
        given = {**self.inputs, **self.weights, **self.states, **self.upstream}
        tensors = {k: v.astype(np.float32) for k, v in given.items()}
        tensors.update({k: np.ascontiguousarray(v, dtype=np.float64) for k, v in self.expected.items()})
        if self.lengths is not None:
            tensors["lengths"] = self.lengths
        save(folder, self.name, tensors,
             {"kind": "recurrent", "about": self.about, "source": self.source,
              "layers": [settings_of(one) for one in self.layers]})


def save(folder, name, tensors, golden):
    """One metadata key, since the order of several is not fixed and the file should be the same each time."""
    safetensors.numpy.save_file(tensors, folder / f"{name}.safetensors",
                                metadata={"golden": json.dumps(golden, sort_keys=True)})


def grad_name(name):
    """layers.0.forward.W -> layers.0.forward.dW"""
    head, _, tail = name.rpartition(".")
    return f"{head}.d{tail}"


def final_name(name):
    """layers.0.dh_final -> layers.0.h_final"""
    head, _, tail = name.rpartition(".")
    return f"{head}.{tail[1:]}"
