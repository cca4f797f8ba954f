#!/usr/bin/env python3
"""Times PyTorch's recurrent layers on the CPU: a worker that reads one work item a line and answers in JSON.

    {"cell": "lstm", "work": "train", "shape": [28, 128, 28, 128], "threads": 2, "seconds": 1.0}
 -> {"best_ms": ..., "p10_ms": ..., "median_ms": ..., "runs": ..., "form": "module"}

cell: lstm, gru, rnn, and peephole-lstm, which PyTorch has not: a loop of products and functions, x's products before it.
work: infer (forward), train (forward and backward with dx, dW, dU, db), step (train with a mean squared error, clipping
by norm and Adam), stream (T calls of one step each, the state carried on), product (a plain [T, I] x [I, H]), and the
jobs of torch_jobs.py.
Further: layers, bidirectional, and lengths (of the rows, in no order).
form: module (nn.LSTM, nn.GRU), cell (a loop over nn.LSTMCell, nn.GRUCell), packed (lengths: pack_padded_sequence and
back) or best (all that fit in turns, the best one is reported), the default. With lengths, module and cell run all
steps of all rows, the gradient beyond a row's length being zero.

Every freedom that makes PyTorch faster at the same numbers is taken: denormals flushed, fused Adam, inference mode,
gradients set to None, time-major arrays.
"""

import torch
from timing import best_form, serve
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch_jobs import JOBS


class Loop(nn.Module):
    """Layers as loops over PyTorch's cells, called and counted like nn.LSTM."""

    def __init__(self, kind, I, H, layers, directions):
        super().__init__()
        cell = {"lstm": nn.LSTMCell, "gru": nn.GRUCell, "rnn": nn.RNNCell}[kind]
        self.directions = directions
        self.cells = nn.ModuleList(cell(H * directions if layer else I, H)
                                   for layer in range(layers) for _ in range(directions))

    def forward(self, x, states=None):
        steps, kept = x.unbind(0), []
        for first in range(0, len(self.cells), self.directions):
            found = []
            for way in range(self.directions):
                state, outputs = states[first + way] if states else None, []
                for step in steps[::-1] if way else steps:
                    state = self.cells[first + way](step, state)
                    outputs.append(state[0] if isinstance(state, tuple) else state)
                found.append(outputs[::-1] if way else outputs)
                kept.append(state)
            steps = found[0] if self.directions == 1 else [torch.cat(pair, 1) for pair in zip(*found)]
        return torch.stack(steps), kept


class Peephole(nn.Module):
    """The LSTM of Graves 2012 as its equations stand there."""

    def __init__(self, I, H):
        super().__init__()
        self.W, self.U = nn.Linear(I, 4 * H), nn.Linear(H, 4 * H, bias=False)
        self.p = nn.Parameter(torch.randn(3, H) * 0.1)

    def forward(self, x, state=None):
        outputs, products = [], self.W(x).unbind(0)
        h, c = state or (x.new_zeros(x.shape[1], self.p.shape[1]),) * 2
        for product in products:
            i, f, g, o = (product + self.U(h)).chunk(4, 1)
            i, f = torch.sigmoid(i + self.p[0] * c), torch.sigmoid(f + self.p[1] * c)
            c = f * c + i * torch.tanh(g)
            h = torch.sigmoid(o + self.p[2] * c) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs), (h, c)


def layer(item, form):
    _, _, I, H = item["shape"]
    layers, directions = item.get("layers", 1), 1 + item.get("bidirectional", False)
    if item["cell"] == "peephole-lstm":
        return Peephole(I, H)
    if form == "cell":
        return Loop(item["cell"], I, H, layers, directions)
    return {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[item["cell"]](I, H, layers, bidirectional=directions == 2)


def runner(item, form):
    """A function without arguments that does the work once."""
    T, B, I, H = item["shape"]
    work, lengths = item["work"], item.get("lengths")
    torch.manual_seed(1)
    if work == "product":
        a, b, c = torch.randn(T, I), torch.randn(I, H), torch.empty(T, H)
        return lambda: torch.mm(a, b, out=c)
    net = layer(item, form)
    x = torch.randn(T, B, I)
    length = torch.tensor(lengths) if lengths else None

    def run():
        if form != "packed":
            return net(x)[0]
        packed = pack_padded_sequence(x, length, enforce_sorted=False)
        return pad_packed_sequence(net(packed)[0], total_length=T)[0]
    if work == "infer":
        net.eval()

        def infer():
            with torch.inference_mode():
                run()
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
        with torch.no_grad():
            dy = torch.randn(run().shape)
        if lengths:
            dy *= (torch.arange(T)[:, None] < length)[:, :, None]

        def train():
            x.grad = None
            net.zero_grad(set_to_none=True)
            run().backward(dy)
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


def forms(item):
    if item["work"] == "product":
        return ["module"]
    if item["cell"] == "peephole-lstm":
        return ["loop"]
    if item.get("form", "best") != "best":
        return [item["form"]]
    return ["module", "cell", "packed"] if item.get("lengths") else ["module", "cell"]


def answer(item):
    torch.set_num_threads(item["threads"])
    return JOBS[item["work"]](item) if item["work"] in JOBS else best_form(item, forms(item), runner)


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    serve("PyTorch", torch.__version__.split("+")[0], answer)
