"""Cases computed by Keras' own SimpleRNN, LSTM, GRU and Bidirectional on TensorFlow."""

import keras
import numpy as np
import tensorflow as tf

from make import loop
from make.case import Case, both, cell, grad_name, layer
from make.cells import GATES, states_of

THEIR_GATES = {"rnn": "h", "lstm": "ifgo", "gru": "zrn", "gru-reset-before": "zrn"}

MERGES = {"sum": "sum", "mul": "mul", "concat": "concat", "average": "ave"}


def regate(kind, array, to_theirs):
    """The last axis' blocks of gates from our order to Keras' or back."""
    ours, theirs = GATES[kind], THEIR_GATES[kind]
    blocks = dict(zip(ours if to_theirs else theirs, np.split(np.asarray(array), len(ours), -1)))
    return np.concatenate([blocks[g] for g in (theirs if to_theirs else ours)], -1)


def weights_of(w, one):
    """Ours by short name -> the list that Keras' cell takes."""
    kind = one["cell"]
    listed = [regate(kind, w["W"].T, True), regate(kind, w["U"].T, True)]
    if kind == "gru" and one["bias"]:
        listed.append(np.stack([regate(kind, w["b"], True), regate(kind, w["bu"], True)]))
    elif one["bias"]:
        listed.append(regate(kind, w["b"], True))
    return listed


def ours_of(listed, one):
    """Keras' list (weights or their gradients) -> ours by short name."""
    kind = one["cell"]
    w = {"W": regate(kind, listed[0], False).T, "U": regate(kind, listed[1], False).T}
    if kind == "gru" and one["bias"]:
        w["b"], w["bu"] = regate(kind, listed[2], False)
    elif one["bias"]:
        w["b"] = regate(kind, listed[2], False)
    return w


def keras_layer(one, returns, ragged, **more):
    gate, candidate, output = one["activations"]
    size = dict(units=one["units"], activation=candidate, use_bias=one["bias"], return_state=True,
                return_sequences=returns == "sequence",
                zero_output_for_mask=ragged and returns == "sequence", dtype="float64", **more)
    if one["cell"] == "rnn":
        return keras.layers.SimpleRNN(**size)
    if one["cell"] == "lstm":
        assert candidate == output
        return keras.layers.LSTM(recurrent_activation=gate, **size)
    return keras.layers.GRU(recurrent_activation=gate, reset_after=one["cell"] == "gru", **size)


def run(case):
    x = tf.Variable(case.inputs["x"])
    states = {n: tf.Variable(v) for n, v in case.states.items()}
    mask = None if case.lengths is None else tf.sequence_mask(case.lengths, case.T)
    recurrents, finals = {}, {}
    with tf.GradientTape() as tape:
        value = x
        for k, described in enumerate(case.layers):
            mine = [(p, d, one) for p, d, one in case.directions() if int(p.split(".")[1]) == k]
            made = [keras_layer(one, described["returns"], mask is not None, go_backwards=d == "backward")
                    for _, d, one in mine]
            whole = made[0]
            if len(made) == 2:
                whole = keras.layers.Bidirectional(made[0], merge_mode=MERGES[described["merge"]],
                                                   backward_layer=made[1], dtype="float64")
            whole.build(value.shape)
            made = [whole.forward_layer, whole.backward_layer] if len(made) == 2 else made
            for (p, _, one), part in zip(mine, made):
                w = {n.removeprefix(p): v for n, v in case.weights.items() if n.startswith(p)}
                part.set_weights(weights_of(w, one))
                recurrents[p] = (part, one)
            initial = None
            if states:
                initial = [states[f"{p}{s}0"] for p, _, one in mine for s in states_of(one["cell"])]
            value, *last = whole(value, initial_state=initial, mask=mask)
            if len(made) == 1 and mine[0][1] == "backward" and described["returns"] == "sequence":
                value = tf.reverse(value, [1])  # Keras gives them in the order in which it computed them
            names = [f"{p}{s}_final" for p, _, one in mine for s in states_of(one["cell"])]
            finals.update(zip(names, last))
        loss = tf.reduce_sum(value * case.upstream["dy"])
        for name, v in finals.items():
            head, _, tail = name.rpartition(".")
            loss += tf.reduce_sum(v * case.upstream[f"{head}.d{tail}"])
    sources = {"x": x, **states, **{p: [w.value for w in part.trainable_variables]
                                    for p, (part, _) in recurrents.items()}}
    found = tape.gradient(loss, sources)
    gradients = {"dx": found.pop("x").numpy()}
    for p, (_, one) in recurrents.items():
        gradients.update({f"{p}d{n}": v for n, v in ours_of(found.pop(p), one).items()})
    gradients.update({grad_name(n): v.numpy() for n, v in found.items()})
    return value.numpy(), {n: v.numpy() for n, v in finals.items()}, gradients


def cases():
    keras.backend.set_floatx("float64")
    hard = ("hard_sigmoid", "tanh", "tanh")
    relu, sigmoid = ("sigmoid", "relu", "relu"), ("sigmoid", "sigmoid", "sigmoid")

    def one(kind, units=5, **kw):
        return cell(kind, units, recurrent_bias=kind == "gru", **kw)

    before = one("gru-reset-before")
    listed = [
        Case("keras_rnn_tanh", "one bias", [layer(one("rnn"))]),
        Case("keras_rnn_sigmoid", "logistic activation", [layer(one("rnn", activations=sigmoid))]),
        Case("keras_rnn_last", "relu, the last output only",
             [layer(one("rnn", activations=relu), returns="last")]),
        Case("keras_lstm", "one bias", [layer(one("lstm"))]),
        Case("keras_lstm_hard_sigmoid", "gates by hard sigmoid, some saturated",
             [layer(one("lstm", activations=hard))], scale=4.0),
        Case("keras_lstm_relu", "candidate and output by relu", [layer(one("lstm", activations=relu))],
             scale=0.5),
        Case("keras_lstm_sigmoid", "candidate and output by the logistic function",
             [layer(one("lstm", activations=sigmoid))]),
        Case("keras_lstm_last", "the last output only", [layer(one("lstm"), returns="last")]),
        Case("keras_lstm_masked", "lengths by a mask", [layer(one("lstm"))], B=4, T=6, lengths=[3, 6, 1, 5]),
        Case("keras_lstm_masked_last", "lengths by a mask, the last output only",
             [layer(one("lstm"), returns="last")], B=4, T=6, lengths=[3, 6, 1, 5]),
        Case("keras_lstm_backward", "go_backwards", [layer(None, one("lstm"))]),
        Case("keras_lstm_backward_masked_last", "go_backwards with a mask, the last output only",
             [layer(None, one("lstm"), returns="last")], B=4, T=6, lengths=[3, 6, 1, 5]),
        Case("keras_lstm_stacked", "a sequence layer under a last-output layer",
             [layer(one("lstm", 6)), layer(one("lstm", 3), returns="last")]),
        Case("keras_gru", "reset after, two biases", [layer(one("gru"))]),
        Case("keras_gru_masked", "reset after, lengths by a mask", [layer(one("gru"))], B=4, T=6,
             lengths=[3, 6, 1, 5]),
        Case("keras_gru_hard_sigmoid", "gates by hard sigmoid, some saturated",
             [layer(one("gru", activations=hard))], scale=4.0),
        Case("keras_gru_reset_before", "reset before", [layer(before)]),
        Case("keras_gru_reset_before_no_bias", "no bias, no state given",
             [layer(one("gru-reset-before", bias=False))], state=False),
        Case("keras_gru_reset_before_wide", "17 units", [layer(one("gru-reset-before", 17))], B=2, T=3, I=3),
        Case("keras_gru_reset_before_masked", "lengths by a mask", [layer(before)], B=4, T=6,
             lengths=[3, 6, 1, 5]),
        Case("keras_gru_reset_before_last", "sigmoid candidate, the last output only",
             [layer(one("gru-reset-before", activations=sigmoid), returns="last")]),
        Case("keras_bidirectional_concat", "LSTM", [both(one("lstm", 3), "concat")]),
        Case("keras_bidirectional_concat_last", "LSTM, the last outputs only",
             [both(one("lstm", 3), "concat", "last")]),
        Case("keras_bidirectional_sum_masked", "GRU reset after, lengths by a mask", 
             [both(one("gru", 3), "sum")], B=4, T=6, lengths=[3, 6, 1, 5]),
        Case("keras_bidirectional_mul", "LSTM", [both(one("lstm", 3), "mul")]),
        Case("keras_bidirectional_mul_masked", "RNN, lengths by a mask", [both(one("rnn", 3), "mul")],
             B=4, T=6, lengths=[3, 6, 1, 5]),
        Case("keras_bidirectional_average", "GRU reset before", [both(one("gru-reset-before", 3), "average")]),
        Case("keras_bidirectional_average_last_masked", "LSTM, lengths by a mask, the last outputs only",
             [both(one("lstm", 3), "average", "last")], B=4, T=6, lengths=[3, 6, 1, 5]),
    ]
    for case in listed:
        source = f"Keras {keras.__version__} on TensorFlow {tf.__version__}"
        yield case.expect(source, *run(case)).check(*loop.run(case))
