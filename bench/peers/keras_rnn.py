#!/usr/bin/env python3
"""Times Keras' LSTM and GRU on TensorFlow's CPU: a worker that reads one work item a line and answers in JSON.

    keras_rnn.py THREADS
    {"cell": "lstm", "work": "train", "shape": [28, 128, 28, 128], "threads": 2, "seconds": 1.0}
 -> {"best_ms": ..., "p10_ms": ..., "median_ms": ..., "runs": ..., "form": "graph"}   or {"skip": true}

work: infer, train (forward and backward with dx, dW, dU, db), and sp500 (one epoch of compile and fit).
Further: layers, bidirectional.
form: compiled (tf.function with jit_compile), graph (tf.function) or best (both in turns, the better one is reported),
the default. Functions are traced and compiled before they are timed.
"""

import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from timing import best_form, serve

made = {}


def runner(item, form):
    T, B, I, H = item["shape"]
    kind = {"lstm": layers.LSTM, "gru": layers.GRU}[item["cell"]]
    stack = [kind(H, return_sequences=True) for _ in range(item.get("layers", 1))]
    if item.get("bidirectional"):
        stack = [layers.Bidirectional(layer) for layer in stack]
    net = keras.Sequential(stack)
    random = np.random.default_rng(1)
    x = tf.constant(random.standard_normal((B, T, I)).astype(np.float32))
    dy = tf.constant(random.standard_normal(net(x).shape).astype(np.float32))

    def infer():
        return net(x, training=False)

    def train():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = net(x, training=True)
        return tape.gradient(y, [x, *net.trainable_variables], output_gradients=dy)
    run = tf.function(infer if item["work"] == "infer" else train, jit_compile=form == "compiled")

    def once():
        found = run()
        (found if item["work"] == "infer" else found[0]).numpy()
    return once


def sp500(item):
    """The epoch as `fit` does it, the first of its process."""
    closes = np.loadtxt(item["file"]).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(closes, 51)[:item["count"]]
    windows = windows / windows[:, :1] - 1
    net = keras.Sequential([layers.LSTM(50, return_sequences=True), layers.Dropout(0.2), layers.LSTM(100),
                            layers.Dropout(0.2), layers.Dense(1)])
    net.compile(loss="mse", optimizer=keras.optimizers.RMSprop(1e-3, rho=0.9))
    start = time.perf_counter()
    net.fit(windows[:, :50, None], windows[:, 50:], batch_size=512, epochs=1, verbose=0)
    return {"seconds": time.perf_counter() - start}


def traced(item, form):
    key = str((form, *(item.get(name) for name in ("cell", "work", "shape", "layers", "bidirectional"))))
    if key not in made:
        made[key] = runner(item, form)
    return made[key]


def answer(item):
    if item["work"] == "sp500":
        return sp500(item)
    if item["work"] not in ("infer", "train") or item["cell"] not in ("lstm", "gru") or item.get("lengths"):
        return None
    forms = ["compiled", "graph"] if item.get("form", "best") == "best" else [item["form"]]
    return best_form(item, forms, traced)


if __name__ == "__main__":
    tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[1]))
    tf.config.threading.set_inter_op_parallelism_threads(1)
    serve("Keras", keras.__version__, answer)
