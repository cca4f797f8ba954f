#!/usr/bin/env python3
"""Times ONNX Runtime's LSTM and GRU on the CPU: a worker that reads one work item a line and answers in JSON.

    {"cell": "lstm", "work": "infer", "shape": [28, 128, 28, 128], "threads": 2, "seconds": 1.0}
 -> {"best_ms": ..., "p10_ms": ..., "median_ms": ..., "runs": ..., "form": "2 threads"}   or {"skip": true}

work: infer, stream (T calls of one step each, the state carried on), and save (the model of "shape" to
"file"). Inputs and outputs are bound, so nothing is copied; one thread and all of them are tried in turns,
and the better one is reported.
"""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from timing import serve, timed

GATES = {"lstm": 4, "gru": 3}


def model(cell, T, B, I, H):
    random = np.random.default_rng(1)
    gates, states = GATES[cell], 2 if cell == "lstm" else 1

    def weights(name, *shape):
        return numpy_helper.from_array(random.uniform(-0.1, 0.1, shape).astype(np.float32), name)
    more = {"linear_before_reset": 1} if cell == "gru" else {}
    initial = [f"{s}0" for s in "hc"[:states]]
    outputs = ["y", *(f"{s}n" for s in "hc"[:states])]
    node = helper.make_node(cell.upper(), ["x", "W", "R", "b", "", *initial], outputs, hidden_size=H, **more)
    state = [1, B, H]
    graph = helper.make_graph(
        [node], "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [T, B, I]),
         *(helper.make_tensor_value_info(s, TensorProto.FLOAT, state) for s in initial)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [T, 1, B, H]),
         *(helper.make_tensor_value_info(s, TensorProto.FLOAT, state) for s in outputs[1:])],
        [weights("W", 1, gates * H, I), weights("R", 1, gates * H, H), weights("b", 1, 2 * gates * H)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8).SerializeToString()


def runner(item, threads):
    T, B, I, H = item["shape"]
    stream = item["work"] == "stream"
    steps = 1 if stream else T
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    session = onnxruntime.InferenceSession(model(item["cell"], steps, B, I, H), options,
                                           providers=["CPUExecutionProvider"])
    states = "hc" if item["cell"] == "lstm" else "h"
    value = onnxruntime.OrtValue.ortvalue_from_numpy
    x = value(np.random.default_rng(2).standard_normal((steps, B, I)).astype(np.float32))
    kept = {s: [value(np.zeros((1, B, H), np.float32)) for _ in range(2)] for s in states}
    y = value(np.zeros((steps, 1, B, H), np.float32))

    def bound(read, write):
        binding = session.io_binding()
        binding.bind_ortvalue_input("x", x)
        binding.bind_ortvalue_output("y", y)
        for s in states:
            binding.bind_ortvalue_input(f"{s}0", kept[s][read])
            binding.bind_ortvalue_output(f"{s}n", kept[s][write])
        return binding
    there, back = bound(0, 1), bound(1, 0)
    if not stream:
        return lambda: session.run_with_iobinding(there)

    def carry_on():
        for t in range(T):
            session.run_with_iobinding(back if t % 2 else there)
    return carry_on


def answer(item):
    if item["work"] == "save":
        with open(item["file"], "wb") as f:
            f.write(model(item["cell"], *item["shape"]))
        return {"file": item["file"]}
    plain = item.get("layers", 1) == 1 and not item.get("bidirectional") and not item.get("lengths")
    if not plain or item["cell"] not in GATES or item["work"] not in ("infer", "stream"):
        return None
    counts = sorted({1, item["threads"]})
    found = [{**timed(runner(item, n), item["seconds"] / len(counts)), "form": f"{n} thread{'s' * (n > 1)}"}
             for n in counts]
    return min(found, key=lambda r: r["best_ms"])


if __name__ == "__main__":
    serve("ONNX Runtime", onnxruntime.__version__, answer)
