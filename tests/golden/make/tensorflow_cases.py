"""Cases of clipping by the norm of all gradients, computed by TensorFlow (PyTorch adds 1e-6 to the norm)."""

import tensorflow as tf

from make.learning import clip_case


def cases():
    for name, limit in (("clip_norm", 1.5), ("clip_norm_within", 100.0)):
        def clip(grads, limit=limit):
            listed, norm = tf.clip_by_global_norm([tf.constant(g) for g in grads.values()], limit)
            return dict(zip(grads, [v.numpy() for v in listed])), norm.numpy()

        yield clip_case(name, "norm", limit, f"TensorFlow {tf.__version__}", clip)
