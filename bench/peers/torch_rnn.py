#!/usr/bin/env python3
"""Times PyTorch's recurrent layers on the CPU: a worker that reads one work item a line and answers in JSON.

    {"cell": "lstm", "work": "train", "shape": [28, 128, 28, 128], "threads": 2, "seconds": 1.0}
 -> {"best_ms": ..., "p10_ms": ..., "median_ms": ..., "runs": ..., "form": "module"}

work: infer (forward), train (forward and backward with dx, dW, dU, db), step (train with a mean squared error, clipping
by norm and Adam), stream (T calls of one step each, the state carried on), product (a plain [T, I] x [I, H]),
mnist-epoch (one epoch over the images of "file": LSTM(128), Dense(10), cross entropy, Adam, batch 128).
form: module (nn.LSTM, nn.GRU), cell (a loop over nn.LSTMCell, nn.GRUCell) or best (both in turns, the better one is
reported), the default.

Every freedom that makes PyTorch faster at the same numbers is taken: denormals flushed, fused Adam, inference mode,
gradients set to None, time-major arrays.
"""

import gzip
import time

import numpy as np
import torch
from timing import serve, timed
from torch import nn


class Loop(nn.Module):
    """The layer as a loop over PyTorch's cell, called and counted like nn.LSTM."""

    def __init__(self, kind, I, H):
        super().__init__()
        self.cell = {"lstm": nn.LSTMCell, "gru": nn.GRUCell, "rnn": nn.RNNCell}[kind](I, H)

    def forward(self, x, state=None):
        outputs = []
        for step in x.unbind(0):
            state = self.cell(step, state)
            outputs.append(state[0] if isinstance(state, tuple) else state)
        return torch.stack(outputs), state


def layer(kind, form, I, H):
    if form == "cell":
        return Loop(kind, I, H)
    return {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[kind](I, H)


def runner(item, form):
    """A function without arguments that does the work once."""
    T, B, I, H = item["shape"]
    work = item["work"]
    torch.manual_seed(1)
    if work == "product":
        a, b, c = torch.randn(T, I), torch.randn(I, H), torch.empty(T, H)
        return lambda: torch.mm(a, b, out=c)
    net = layer(item["cell"], form, I, H)
    x = torch.randn(T, B, I)
    if work == "infer":
        net.eval()

        def infer():
            with torch.inference_mode():
                net(x)
        return infer
    if work == "stream":
        net.eval()
        steps, kept = [step.clone() for step in x.split(1)], [None]

        def stream():
            with torch.inference_mode():
                for step in steps:
                    kept[0] = net(step, kept[0])[1]
        return stream
    if work == "train":
        x.requires_grad_()
        dy = torch.randn(T, B, H)

        def train():
            x.grad = None
            net.zero_grad(set_to_none=True)
            net(x)[0].backward(dy)
        return train
    if work == "step":
        target = torch.randn(T, B, H)
        optimizer = torch.optim.Adam(net.parameters(), fused=True)

        def step():
            optimizer.zero_grad(set_to_none=True)
            nn.functional.mse_loss(net(x)[0], target).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
        return step
    raise ValueError(f"unknown work {work}")


def measure(item):
    forms = ["module"] if item["work"] == "product" else [item.get("form", "best")]
    forms = ["module", "cell"] if forms == ["best"] else forms
    found = [{**timed(runner(item, form), item["seconds"] / len(forms)), "form": form} for form in forms]
    return min(found, key=lambda r: r["best_ms"])


def idx(path, skip):
    with gzip.open(path) as f:
        return np.frombuffer(f.read(), np.uint8, offset=skip)


def mnist_epoch(item, batch=128):
    """Seconds from the first batch to the last update; the files are read and scaled before."""
    images = torch.tensor(idx(item["file"], 16).reshape(-1, 28, 28)).float().div_(255)
    labels = torch.tensor(idx(item["file"].replace("images-idx3", "labels-idx1"), 8)).long()
    torch.manual_seed(1)
    lstm, dense = nn.LSTM(28, 128), nn.Linear(128, 10)
    parameters = [*lstm.parameters(), *dense.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-3, fused=True)
    total, steps = 0.0, 0
    limit = item.get("steps") or len(images)
    start = time.perf_counter()
    for rows in torch.randperm(len(images)).split(batch)[:limit]:
        optimizer.zero_grad(set_to_none=True)
        y, _ = lstm(images[rows].transpose(0, 1))
        loss = nn.functional.cross_entropy(dense(y[-1]), labels[rows])
        loss.backward()
        optimizer.step()
        total, steps = total + loss.item(), steps + 1
    return {"seconds": time.perf_counter() - start, "loss": total / steps, "steps": steps}


def answer(item):
    torch.set_num_threads(item["threads"])
    return mnist_epoch(item) if item["work"] == "mnist-epoch" else measure(item)


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    serve("PyTorch", torch.__version__.split("+")[0], answer)
