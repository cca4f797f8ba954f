"""Cases of cells or combinations that no framework has: the equations of cells.py, by PyTorch's autograd."""

import torch

from make import loop
from make.case import Case, both, cell, layer
from make.cells import NO_FRAMEWORK_HAS


def cases():
    def one(kind, units=5, **kw):
        return cell(kind, units, **kw)

    mixed = ("hard_sigmoid_0_2", "softsign", "relu")
    listed = [
        Case("loop_peephole_lstm_wide", "one bias, 17 units", [layer(one("peephole-lstm", 17))], B=2, T=3, I=3),
        Case("loop_peephole_lstm_ragged", "both directions, a row of length zero",
             [both(one("peephole-lstm", 3), "sum")], B=5, T=6, lengths=[3, 0, 6, 1, 5]),
        Case("loop_peephole_lstm_activations", "three different activations",
             [layer(one("peephole-lstm", activations=mixed))], scale=2.0),
        Case("loop_lstm_linear_output", "LSTM with a linear output and hard sigmoid gates",
             [layer(one("lstm", activations=("hard_sigmoid_0_2", "tanh", "linear")))], scale=2.0),
        Case("loop_gru_one_bias", "reset after with a single bias", [layer(one("gru"))]),
        Case("loop_gru_reset_before_two_layers", "two layers, ragged, a row of length zero",
             [layer(one("gru-reset-before", 4))] * 2, B=5, T=6, lengths=[3, 0, 6, 1, 5]),
        Case("loop_mixed_directions", "LSTM forward, GRU backward, summed, ragged",
             [layer(one("lstm"), one("gru", recurrent_bias=True), "sum")], B=4, T=6, lengths=[3, 6, 1, 5]),
        Case("loop_mixed_widths", "MGU of 3 forward, peephole LSTM of 4 backward, the last outputs only",
             [layer(one("mgu", 3), one("peephole-lstm", 4), "concat", "last")], B=4, T=6, lengths=[3, 6, 0, 5]),
    ]
    for kind in NO_FRAMEWORK_HAS:
        name = "loop_" + kind.replace("-", "_")
        listed += [
            Case(f"{name}_two_biases", "two biases", [layer(one(kind, recurrent_bias=True))]),
            Case(f"{name}_wide", "one bias, 17 units", [layer(one(kind, 17))], B=2, T=3, I=3),
            Case(f"{name}_ragged", "both directions, a row of length zero",
                 [both(one(kind, 3), "concat")], B=5, T=6, lengths=[3, 0, 6, 1, 5]),
        ]
    source = f"the equations, by autograd of PyTorch {torch.__version__.split('+')[0]}"
    for case in listed:
        yield case.expect(source, *loop.run(case))
