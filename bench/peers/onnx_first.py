#!/usr/bin/env python3
"""A saved LSTM's first prediction by ONNX Runtime, in a process of its own: onnx_first.py MODEL. Prints its memory."""

import sys

import numpy as np
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
y = session.run(None, {i.name: np.zeros(i.shape, np.float32) for i in session.get_inputs()})[0]
with open("/proc/self/status") as f:
    memory = next(int(line.split()[1]) for line in f if line.startswith("VmHWM:"))
print(f'{{"outputs": {y.size}, "memory_kib": {memory}}}', flush=True)
