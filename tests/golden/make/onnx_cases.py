"""Cases whose outputs and states are computed by ONNX's reference evaluator; it has no gradients and ignores
sequence lengths, so the gradients are those of the equations in loop.py, which must agree on all the rest."""

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from make import loop
from make.case import Case, both, cell, layer
from make.cells import GATES, states_of

OPERATORS = {"rnn": "RNN", "lstm": "LSTM", "peephole-lstm": "LSTM", "gru": "GRU", "gru-reset-before": "GRU"}
THEIR_GATES = {"RNN": "h", "LSTM": "iofg", "GRU": "zrn"}


def regate(kind, array):
    """Our rows of gate blocks in ONNX's order."""
    blocks = dict(zip(GATES[kind], np.split(array, len(GATES[kind]))))
    return np.concatenate([blocks[g] for g in THEIR_GATES[OPERATORS[kind]]])


def run(case):
    """(y, finals) of a one-layer case."""
    (described,) = case.layers
    mine = list(case.directions())
    kind, H = mine[0][2]["cell"], mine[0][2]["units"]
    feeds = {"X": case.inputs["x"].transpose(1, 0, 2)}

    def stacked(name, of):
        feeds[name] = np.stack([of(p) for p, _, _ in mine])

    def biases(p):
        zero = np.zeros(len(GATES[kind]) * H)
        return np.concatenate([regate(kind, case.weights.get(p + n, zero)) for n in ("b", "bu")])

    stacked("W", lambda p: regate(kind, case.weights[p + "W"]))
    stacked("R", lambda p: regate(kind, case.weights[p + "U"]))
    stacked("B", biases)
    for s in states_of(kind):
        stacked(f"initial_{s}", lambda p: case.states[f"{p}{s}0"])
    if kind == "peephole-lstm":
        stacked("P", lambda p: case.weights[p + "p"][[0, 2, 1]].reshape(-1))  # theirs are i, o, f
    slots = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"]
    inputs = [n if n in feeds else "" for n in slots]
    while not inputs[-1]:
        inputs.pop()
    outputs = ["Y"] + [f"Y_{s}" for s in states_of(kind)]
    two = len(mine) == 2
    direction = "bidirectional" if two else {"forward": "forward", "backward": "reverse"}[mine[0][1]]
    options = {"linear_before_reset": int(kind == "gru")} if OPERATORS[kind] == "GRU" else {}
    node = helper.make_node(OPERATORS[kind], inputs, outputs, hidden_size=H, direction=direction, **options)
    graph = helper.make_graph(
        [node], "case",
        [helper.make_tensor_value_info(n, TensorProto.DOUBLE, v.shape) for n, v in feeds.items()],
        [helper.make_tensor_value_info(n, TensorProto.DOUBLE, None) for n in outputs])
    Y, *last = ReferenceEvaluator(helper.make_model(graph)).run(None, feeds)
    Y = Y.transpose(2, 0, 1, 3)  # [T, D, B, H] -> [B, T, D, H]
    y = Y.reshape(*Y.shape[:2], -1) if two else Y[:, :, 0]
    assert described["merge"] in (None, "concat")
    finals = {f"{p}{s}_final": last[j][d] for d, (p, _, _) in enumerate(mine)
              for j, s in enumerate(states_of(kind))}
    return y, finals


def cases():
    def one(kind, units=5, **kw):
        return cell(kind, units, recurrent_bias=True, **kw)

    listed = [
        Case("onnx_rnn_reverse", "reverse", [layer(None, one("rnn"))]),
        Case("onnx_lstm_reverse", "reverse", [layer(None, one("lstm"))]),
        Case("onnx_peephole_lstm", "peepholes", [layer(one("peephole-lstm"))]),
        Case("onnx_peephole_lstm_reverse", "peepholes, reverse", [layer(None, one("peephole-lstm"))]),
        Case("onnx_peephole_lstm_bidirectional", "peepholes, both directions",
             [both(one("peephole-lstm", 3), "concat")]),
        Case("onnx_gru_reverse", "linear_before_reset = 1, reverse", [layer(None, one("gru"))]),
        Case("onnx_gru_reset_before", "linear_before_reset = 0, two biases", [layer(one("gru-reset-before"))]),
        Case("onnx_gru_reset_before_reverse", "linear_before_reset = 0, reverse",
             [layer(None, one("gru-reset-before"))]),
    ]
    for case in listed:
        y, finals, gradients = loop.run(case)
        source = f"ONNX {onnx.__version__} reference evaluator, gradients by PyTorch's autograd of the equations"
        theirs = run(case)
        yield case.expect(source, *theirs, gradients).check(y, finals, gradients)
