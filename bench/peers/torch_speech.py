#!/usr/bin/env python3
"""One epoch of the speech network in PyTorch: torch_speech.py FILE.safetensors LAYERS THREADS. Prints seconds, loss and memory.

The network of examples/speech/settings.toml, with one or two bidirectional layers; one sequence a step. Every freedom
that makes PyTorch faster at the same numbers is taken: denormals flushed, fused Adam, gradients set to None, time-major
arrays; L2 on the dense matrices as Adam's own decay, which adds the same to their gradients.
"""

import json
import resource
import struct
import sys

import numpy as np
import torch
from torch import nn
from torch_jobs import trained

UNITS, OUTPUTS, DROP = 1024, 24, 0.3
KINDS = {"F32": np.float32, "I64": np.int64}


def arrays(path):
    with open(path, "rb") as file:
        size, = struct.unpack("<Q", file.read(8))
        about, numbers = json.loads(file.read(size)), file.read()
    return {name: np.frombuffer(numbers[one["data_offsets"][0]:one["data_offsets"][1]], KINDS[one["dtype"]])
            .reshape(one["shape"]) for name, one in about.items() if name != "__metadata__"}


class Speech(nn.Module):
    def __init__(self, inputs, layers):
        super().__init__()
        widths = (inputs, UNITS, UNITS)
        self.before = nn.ModuleList(nn.Linear(*pair) for pair in zip(widths, widths[1:]))
        self.cells = nn.ModuleList(nn.GRU(UNITS, UNITS, bidirectional=True) for _ in range(layers))
        self.after = nn.ModuleList(nn.Linear(UNITS, UNITS) for _ in range(2))
        self.last = nn.Linear(UNITS, OUTPUTS)
        self.drop = nn.Dropout(DROP)
        for cell in self.cells:
            for name, parameter in cell.named_parameters():
                if name.startswith("weight"):
                    for gate in parameter.data.split(UNITS):
                        nn.init.orthogonal_(gate)

    def forward(self, x):
        for dense in self.before:
            x = self.drop(torch.relu(dense(x)))
        for cell in self.cells:
            y, _ = cell(x)
            x = self.drop(y[:, :, :UNITS] + y[:, :, UNITS:])
        for dense in self.after:
            x = self.drop(torch.relu(dense(x)))
        return self.last(x)

    def groups(self):
        dense = [layer.weight for layer in (*self.before, *self.after, self.last)]
        others = [p for p in self.parameters() if not any(p is one for one in dense)]
        return [{"params": dense, "weight_decay": 1e-4}, {"params": others}]


def main():
    file, layers, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_flush_denormal(True)
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    data = arrays(file)
    x, y, lengths = torch.tensor(data["x"]), torch.tensor(data["y"]), data["lengths"]
    net = Speech(x.shape[2], layers)

    def loss(row):
        steps = int(lengths[row])
        return nn.functional.mse_loss(net(x[row, :steps, None]), y[row, :steps, None])
    found = trained(None, torch.randperm(len(x)).tolist(), loss,
                    optimizer=torch.optim.Adam(net.groups(), lr=7e-5, fused=True))
    print(json.dumps({**found, "frames": int(lengths.sum()), "version": torch.__version__.split("+")[0],
                      "memory_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


if __name__ == "__main__":
    main()
