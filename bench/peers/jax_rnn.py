#!/usr/bin/env python3
"""Times an LSTM and a GRU written in JAX on the CPU: a worker that reads one work item a line and answers in JSON.

    {"cell": "lstm", "work": "train", "shape": [28, 128, 28, 128], "threads": 2, "seconds": 1.0}
 -> {"best_ms": ..., "p10_ms": ..., "median_ms": ..., "runs": ..., "form": "scan"}   or {"skip": true}

work: infer, train (forward and backward with dx, dW, dU, db). Further: layers, bidirectional. x's products of all steps
are made before a lax.scan over the steps; all is compiled before it is timed. JAX takes all cores that there are.
form: scan, unrolled (8 steps a turn) or best (both in turns, the better one is reported), the default.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
from timing import best_form, serve

made = {}
GATES = {"lstm": 4, "gru": 3}


def lstm(U, carry, product):
    h, c = carry
    i, f, g, o = jnp.split(product + h @ U["U"], 4, 1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    h = jax.nn.sigmoid(o) * jnp.tanh(c)
    return (h, c), h


def gru(U, carry, product):
    h, = carry
    (r, z, n), (hr, hz, hn) = jnp.split(product, 3, 1), jnp.split(h @ U["U"] + U["bu"], 3, 1)
    r, z = jax.nn.sigmoid(r + hr), jax.nn.sigmoid(z + hz)
    n = jnp.tanh(n + r * hn)
    h = n + z * (h - n)
    return (h,), h


def runner(item, form):
    T, B, I, H = item["shape"]
    step, gates = {"lstm": lstm, "gru": gru}[item["cell"]], GATES[item["cell"]]
    ways = 1 + item.get("bidirectional", False)
    key = iter(jax.random.split(jax.random.key(1), 64))

    def numbers(*shape):
        return jax.random.uniform(next(key), shape, minval=-0.1, maxval=0.1)
    weights = [[{"W": numbers(H * ways if layer else I, gates * H), "U": numbers(H, gates * H), "b": numbers(gates * H),
                 "bu": numbers(gates * H)} for _ in range(ways)] for layer in range(item.get("layers", 1))]
    x, dy = numbers(T, B, I), numbers(T, B, H * ways)
    zero = (jnp.zeros((B, H)),) * (2 if item["cell"] == "lstm" else 1)

    def forward(weights, x):
        for layer in weights:
            outputs = []
            for way, w in enumerate(layer):
                products = x @ w["W"] + w["b"]
                outputs.append(jax.lax.scan(lambda carry, p, w=w: step(w, carry, p), zero, products, reverse=way == 1,
                                            unroll=8 if form == "unrolled" else 1)[1])
            x = jnp.concatenate(outputs, 2) if ways == 2 else outputs[0]
        return x

    def backward(weights, x, dy):
        return jax.vjp(forward, weights, x)[1](dy)
    infer, train = jax.jit(forward), jax.jit(backward)
    if item["work"] == "infer":
        return lambda: jax.block_until_ready(infer(weights, x))
    return lambda: jax.block_until_ready(train(weights, x, dy))


def compiled(item, form):
    key = str((form, *(item.get(name) for name in ("cell", "work", "shape", "layers", "bidirectional"))))
    if key not in made:
        made[key] = runner(item, form)
    return made[key]


def answer(item):
    if item["work"] not in ("infer", "train") or item["cell"] not in GATES or item.get("lengths"):
        return None
    forms = ["scan", "unrolled"] if item.get("form", "best") == "best" else [item["form"]]
    return best_form(item, forms, compiled)


if __name__ == "__main__":
    serve("JAX", jax.__version__, answer)
