"""Cases computed by PyTorch's own nn.RNN, nn.LSTM and nn.GRU."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from make import loop
from make.case import Case, both, cell, grad_name, layer
from make.cells import states_of

# PyTorch keeps a bias for W and one for U in every cell, and its order of gates is ours.
PARTS = {"W": "weight_ih", "U": "weight_hh", "b": "bias_ih", "bu": "bias_hh"}


def module_for(case):
    one = case.layers[0]["forward"]
    two = case.layers[0]["backward"] is not None
    size = dict(input_size=case.I, hidden_size=one["units"], num_layers=len(case.layers), bias=one["bias"],
                batch_first=True, bidirectional=two, dtype=torch.float64)
    if one["cell"] == "rnn":
        return torch.nn.RNN(nonlinearity=one["activations"][1], **size)
    return {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[one["cell"]](**size)


def run(case):
    module = module_for(case)
    names = {}
    for prefix, direction, _ in case.directions():
        suffix = f"_l{prefix.split('.')[1]}" + ("_reverse" if direction == "backward" else "")
        names.update({prefix + ours: theirs + suffix for ours, theirs in PARTS.items()
                      if prefix + ours in case.weights})
    assert set(names.values()) == {n for n, _ in module.named_parameters()}
    with torch.no_grad():
        for ours, theirs in names.items():
            getattr(module, theirs).copy_(torch.tensor(case.weights[ours]))
    x = torch.tensor(case.inputs["x"], requires_grad=True)
    kinds = states_of(case.layers[0]["forward"]["cell"])
    prefixes = [p for p, _, _ in case.directions()]
    state, leaves = None, {}
    if case.states:
        leaves = {n: torch.tensor(v, requires_grad=True) for n, v in case.states.items()}
        state = tuple(torch.stack([leaves[f"{p}{s}0"] for p in prefixes]) for s in kinds)
        state = state if len(kinds) == 2 else state[0]
    if case.lengths is None:
        y, final = module(x, state)
    else:
        packed = pack_padded_sequence(x, torch.tensor(case.lengths), batch_first=True, enforce_sorted=False)
        y, final = module(packed, state)
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=case.T)
    final = final if len(kinds) == 2 else (final,)
    finals = {f"{p}{s}_final": final[j][k] for j, s in enumerate(kinds) for k, p in enumerate(prefixes)}
    loss = (y * torch.tensor(case.upstream["dy"])).sum()
    for name, v in finals.items():
        head, _, tail = name.rpartition(".")
        loss = loss + (v * torch.tensor(case.upstream[f"{head}.d{tail}"])).sum()
    loss.backward()
    gradients = {"dx": x.grad.numpy()}
    gradients.update({grad_name(n): getattr(module, theirs).grad.numpy() for n, theirs in names.items()})
    gradients.update({grad_name(n): v.grad.numpy() for n, v in leaves.items()})
    return y.detach().numpy(), {n: v.detach().numpy() for n, v in finals.items()}, gradients


def cases():
    relu = ("sigmoid", "relu", "tanh")

    def one(kind, units=5, **kw):
        return cell(kind, units, recurrent_bias=kw.get("bias", True), **kw)

    listed = [
        Case("torch_rnn_tanh", "two biases, state given", [layer(one("rnn"))]),
        Case("torch_rnn_relu", "relu", [layer(one("rnn", activations=relu))]),
        Case("torch_rnn_wide", "17 units", [layer(one("rnn", 17))], B=2, T=3, I=3),
        Case("torch_rnn_bidirectional_ragged", "concat, lengths not sorted", [both(one("rnn", 3), "concat")],
             B=4, T=6, lengths=[3, 6, 1, 5]),
        Case("torch_lstm", "two biases, state given", [layer(one("lstm"))]),
        Case("torch_lstm_no_bias", "no bias, no state given", [layer(one("lstm", bias=False))], state=False),
        Case("torch_lstm_wide", "17 units", [layer(one("lstm", 17))], B=2, T=3, I=3),
        Case("torch_lstm_long", "19 steps", [layer(one("lstm"))], B=2, T=19, I=3),
        Case("torch_lstm_one", "one row, one step, one input, one unit", [layer(one("lstm", 1))], B=1, T=1, I=1),
        Case("torch_lstm_two_layers", "two layers", [layer(one("lstm", 4))] * 2),
        Case("torch_lstm_bidirectional_two_layers", "two bidirectional layers, concat",
             [both(one("lstm", 3), "concat")] * 2),
        Case("torch_lstm_ragged", "lengths not sorted", [layer(one("lstm"))], B=4, T=6, lengths=[4, 6, 2, 1]),
        Case("torch_lstm_bidirectional_ragged", "two bidirectional layers, lengths not sorted",
             [both(one("lstm", 3), "concat")] * 2, B=4, T=6, lengths=[2, 6, 5, 1]),
        Case("torch_gru", "two biases, state given", [layer(one("gru"))]),
        Case("torch_gru_no_bias", "no bias, no state given", [layer(one("gru", bias=False))], state=False),
        Case("torch_gru_wide", "17 units", [layer(one("gru", 17))], B=2, T=3, I=3),
        Case("torch_gru_two_layers", "two layers", [layer(one("gru", 4))] * 2),
        Case("torch_gru_bidirectional_two_layers", "two bidirectional layers, concat",
             [both(one("gru", 3), "concat")] * 2),
        Case("torch_gru_ragged", "lengths not sorted", [layer(one("gru"))], B=4, T=6, lengths=[4, 6, 2, 1]),
        Case("torch_gru_bidirectional_ragged", "two bidirectional layers, lengths not sorted",
             [both(one("gru", 3), "concat")] * 2, B=4, T=6, lengths=[2, 6, 5, 1]),
    ]
    for case in listed:
        yield case.expect(f"PyTorch {torch.__version__.split('+')[0]}", *run(case)).check(*loop.run(case))
