"""The equations of cells.py run over sequences in PyTorch and differentiated by autograd: for cells that no framework has, and as a
second opinion on those that frameworks have, so that a mistake in converting their weights shows."""

import torch
import torch.nn.functional as F

from make.case import grad_name
from make.cells import states_of, step

ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "linear": lambda v: v,
    "softsign": F.softsign,
    "hard_sigmoid_0_2": lambda v: torch.clamp(0.2 * v + 0.5, 0.0, 1.0),
    "hard_sigmoid": lambda v: torch.clamp(v / 6.0 + 0.5, 0.0, 1.0),
}


def sweep(one, w, x, state, lengths, backward):
    """x [B, T, I] -> y [B, T, H] (0 where a row has ended) and the final state of each row."""
    functions = [ACTIVATIONS[a] for a in one["activations"]]
    B, T, _ = x.shape
    outputs = [None] * T
    for t in reversed(range(T)) if backward else range(T):
        active = (lengths > t).unsqueeze(1)
        new = step(one, functions, w, x[:, t], state)
        state = tuple(torch.where(active, s, old) for s, old in zip(new, state))
        outputs[t] = torch.where(active, state[0], torch.zeros_like(state[0]))
    return torch.stack(outputs, 1), state


def merged(a, b, how):
    if how == "concat":
        return torch.cat((a, b), -1)
    return {"sum": a + b, "mul": a * b, "average": 0.5 * (a + b)}[how]


def run(case):
    """(y, finals, gradients) of a Case, as numpy arrays under the names of Case.expect."""
    leaves = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True)
              for k, v in {**case.inputs, **case.weights, **case.states}.items()}
    lengths = torch.full((case.B,), case.T) if case.lengths is None else torch.tensor(case.lengths)
    value, finals = leaves["x"], {}
    parts = {}
    for prefix, direction, one in case.directions():
        k = int(prefix.split(".")[1])
        if prefix.split(".")[2] != "backward":
            source = value
        w = {n.removeprefix(prefix): v for n, v in leaves.items() if n.startswith(prefix)}
        names = states_of(one["cell"])
        zeros = torch.zeros(case.B, one["units"], dtype=torch.float64)
        state = tuple(w.get(f"{s}0", zeros) for s in names)
        y, state = sweep(one, w, source, state, lengths, direction == "backward")
        finals.update({f"{prefix}{s}_final": v for s, v in zip(names, state)})
        parts[direction] = y if case.layers[k]["returns"] == "sequence" else state[0]
        if case.layers[k]["merge"] is None:
            value = parts[direction]
        elif direction == "backward":
            value = merged(parts["forward"], parts["backward"], case.layers[k]["merge"])
    loss = (value * torch.tensor(case.upstream["dy"])).sum()
    for name, v in finals.items():
        head, _, tail = name.rpartition(".")
        loss = loss + (v * torch.tensor(case.upstream[f"{head}.d{tail}"])).sum()
    loss.backward()
    gradients = {"dx" if n == "x" else grad_name(n): v.grad.numpy() for n, v in leaves.items()}
    return value.detach().numpy(), {n: v.detach().numpy() for n, v in finals.items()}, gradients
