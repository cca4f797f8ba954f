"""Whole jobs in PyTorch: epochs of training and generating text, as bench/run has Carousel do them. Seconds are from the
first batch to the last update; files are read before."""

import gzip
import time

import numpy as np
import torch
from torch import nn


def trained(parameters, batches, loss_of, rate=1e-3, optimizer=None):
    """Seconds of one epoch: loss_of(batch) for each of `batches`, its gradients, one update."""
    optimizer = optimizer or torch.optim.Adam(parameters, lr=rate, fused=True)
    total, steps = 0.0, 0
    start = time.perf_counter()
    for batch in batches:
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(batch)
        loss.backward()
        optimizer.step()
        total, steps = total + loss.item(), steps + 1
    return {"seconds": time.perf_counter() - start, "loss": total / steps, "steps": steps}


def idx(path, skip):
    with gzip.open(path) as f:
        return np.frombuffer(f.read(), np.uint8, offset=skip)


def mnist(item, batch=128):
    """LSTM(128), Dense(10), cross entropy, Adam: images row by row."""
    images = torch.tensor(idx(item["file"], 16).reshape(-1, 28, 28)).float().div_(255)
    labels = torch.tensor(idx(item["file"].replace("images-idx3", "labels-idx1"), 8)).long()
    torch.manual_seed(1)
    lstm, dense = nn.LSTM(28, 128), nn.Linear(128, 10)

    def loss(rows):
        y, _ = lstm(images[rows].transpose(0, 1))
        return nn.functional.cross_entropy(dense(y[-1]), labels[rows])
    return trained([*lstm.parameters(), *dense.parameters()], torch.randperm(len(images)).split(batch), loss)


def characters(item, batch=64, units=512):
    """2 x LSTM(512), Dense of as many outputs as characters, cross entropy of every step, Adam."""
    x, classes = torch.tensor(np.load(item["x"])), torch.tensor(np.load(item["classes"])).long()
    torch.manual_seed(1)
    lstm, dense = nn.LSTM(x.shape[2], units, 2), nn.Linear(units, x.shape[2])

    def loss(rows):
        y, _ = lstm(x[rows].transpose(0, 1).contiguous())
        return nn.functional.cross_entropy(dense(y).flatten(0, 1), classes[rows].T.flatten())
    return trained([*lstm.parameters(), *dense.parameters()], torch.randperm(len(x)).split(batch), loss)


def generate(item, units=512, layers=2):
    """Characters one by one, each the next one's input; nn.LSTM and nn.LSTMCell in turns, the faster one counts."""
    kinds = item["kinds"]
    torch.manual_seed(1)
    lstm, dense = nn.LSTM(kinds, units, layers), nn.Linear(units, kinds)
    cells = [nn.LSTMCell(units if i else kinds, units) for i in range(layers)]

    def module(x, state):
        y, state = lstm(x[None], state)
        return y[0], state

    def loop(x, states):
        states = states or [None] * layers
        for i, cell in enumerate(cells):
            states[i] = cell(x, states[i])
            x = states[i][0]
        return x, states
    best = None
    with torch.inference_mode():
        for step in module, loop:
            x, state = torch.zeros(1, kinds), None
            start = time.perf_counter()
            for _ in range(item["count"]):
                y, state = step(x, state)
                next_one = dense(y).argmax()
                x.zero_()[0, next_one] = 1
            seconds = time.perf_counter() - start
            best = min(best or seconds, seconds)
    return {"seconds": best}


def ragged(item, units=200, batch=32):
    """GRU(200), Dense, a sigmoid for each of 88 keys at each step, cross entropy, Adam; padded and packed."""
    x, target = torch.tensor(np.load(item["x"])), torch.tensor(np.load(item["target"]))
    lengths = torch.tensor(np.load(item["lengths"])).long()
    found = {}
    for form in item["forms"]:
        torch.manual_seed(1)
        gru, dense = nn.GRU(x.shape[2], units), nn.Linear(units, x.shape[2])

        def loss(rows):
            length = lengths[rows]
            longest = int(length.max())
            steps = x[rows, :longest].transpose(0, 1).contiguous()
            within = (torch.arange(longest)[:, None] < length)[:, :, None].float()
            if form == "packed":
                packed = nn.utils.rnn.pack_padded_sequence(steps, length, enforce_sorted=False)
                y = nn.utils.rnn.pad_packed_sequence(gru(packed)[0], total_length=longest)[0]
            else:
                y = gru(steps)[0]
            wanted = target[rows, :longest].transpose(0, 1)
            loss = nn.functional.binary_cross_entropy_with_logits(dense(y), wanted, weight=within, reduction="sum")
            return loss / length.sum()
        found[form] = trained([*gru.parameters(), *dense.parameters()], torch.randperm(len(x)).split(batch), loss)
    best = min(found, key=lambda form: found[form]["seconds"])
    return {**found[best], "form": best}


def sp500(item, batch=512):
    """LSTM(50), dropout, LSTM(100), dropout, Dense(1): windows of 50 closes, mean squared error, RMSprop."""
    closes = np.loadtxt(item["file"]).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(closes, 51)[:item["count"]]
    windows = torch.tensor(windows / windows[:, :1] - 1)
    torch.manual_seed(1)
    first, second, dense = nn.LSTM(1, 50), nn.LSTM(50, 100), nn.Linear(100, 1)
    drop = nn.Dropout(0.2)
    parameters = [*first.parameters(), *second.parameters(), *dense.parameters()]

    def loss(rows):
        x = windows[rows, :50].T[:, :, None].contiguous()
        y = drop(second(drop(first(x)[0]))[0][-1])
        return nn.functional.mse_loss(dense(y)[:, 0], windows[rows, 50])
    return trained(parameters, torch.randperm(len(windows)).split(batch), loss,
                   optimizer=torch.optim.RMSprop(parameters, lr=1e-3, alpha=0.9))


JOBS = {"mnist-epoch": mnist, "characters": characters, "generate": generate, "ragged": ragged, "sp500": sp500}
