"""The cells once more, by another hand: gate letters, states and one step as plain arithmetic on tensors."""

# Blocks of rows of W, U, b and bu, in file order.
GATES = {
    "rnn": "h",
    "lstm": "ifgo",
    "peephole-lstm": "ifgo",
    "coupled-lstm": "igo",
    "gru": "rzn",
    "gru-reset-before": "rzn",
    "mgu": "fn",
}
STATES = {"lstm": "hc", "peephole-lstm": "hc", "coupled-lstm": "hc"}
NO_FRAMEWORK_HAS = ("coupled-lstm", "mgu")


def states_of(cell):
    return STATES.get(cell, "h")


def step(one, functions, w, x, state):
    """One step of one cell: weights by short name, x [B, I], state (h,) or (h, c) -> the new state.
    `functions`: gate, candidate and output activation."""
    kind, H = one["cell"], one["units"]
    gate, candidate, output = functions
    h = state[0]
    zero = x.new_zeros(len(GATES[kind]) * H)
    from_x = dict(zip(GATES[kind], (x @ w["W"].T + w.get("b", zero)).split(H, 1)))
    U = dict(zip(GATES[kind], w["U"].split(H)))
    bu = dict(zip(GATES[kind], w.get("bu", zero).split(H)))

    def a(g, old=h):
        return from_x[g] + old @ U[g].T + bu[g]

    if kind == "rnn":
        return (candidate(a("h")),)
    if kind in ("lstm", "peephole-lstm", "coupled-lstm"):
        c = state[1]
        p_i, p_f, p_o = w["p"] if kind == "peephole-lstm" else (0.0, 0.0, 0.0)
        i = gate(a("i") + p_i * c)
        f = 1.0 - i if kind == "coupled-lstm" else gate(a("f") + p_f * c)
        new = f * c + i * candidate(a("g"))
        o = gate(a("o") + p_o * new)
        return o * output(new), new
    if kind in ("gru", "gru-reset-before"):
        r, z = gate(a("r")), gate(a("z"))
        if kind == "gru":
            n = candidate(from_x["n"] + r * (h @ U["n"].T + bu["n"]))
        else:
            n = candidate(a("n", r * h))
        return ((1.0 - z) * n + z * h,)
    if kind == "mgu":
        f = gate(a("f"))
        return ((1.0 - f) * h + f * candidate(a("n", f * h)),)
    raise ValueError(kind)
