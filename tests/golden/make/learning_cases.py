"""Cases of losses, optimisers and clipping by value, computed by PyTorch."""

import numpy as np
import torch
import torch.nn.functional as F

from make.case import rounded
from make.learning import SHAPES, Golden, clip_case, random_for

STEPS = 5
TORCH = f"PyTorch {torch.__version__.split('+')[0]}"


def optimizer_case(name, make, options, about):
    """Five steps on given gradients: init.NAME, grad.STEP.NAME, after.STEP.NAME."""
    rng = random_for(name)
    init = {n: rounded(rng.normal(0.2, 0.6, s)) for n, s in SHAPES.items()}
    parameters = {n: torch.tensor(v, requires_grad=True) for n, v in init.items()}
    optimizer = make(list(parameters.values()))
    tensors = {f"init.{n}": v for n, v in init.items()}
    for k in range(STEPS):
        for n, p in parameters.items():
            # Sizes from tiny to large, so that the place of eps shows.
            g = rounded(rng.normal(0.1, 1.0, SHAPES[n]) * 10.0 ** rng.uniform(-7, 1, SHAPES[n]))
            p.grad = torch.tensor(g)
            tensors[f"grad.{k}.{n}"] = g
        optimizer.step()
        tensors.update({f"after.{k}.{n}": p.detach().numpy().copy() for n, p in parameters.items()})
    golden = {"kind": "optimizer", "about": about, "source": TORCH, "options": options, "steps": STEPS,
              "parameters": list(SHAPES)}
    return Golden(name, tensors, golden)


def clip_by_value(grads, limit):
    parameters = {n: torch.tensor(g, requires_grad=True) for n, g in grads.items()}
    for n, p in parameters.items():
        p.grad = torch.tensor(grads[n])
    torch.nn.utils.clip_grad_value_(parameters.values(), limit)
    return {n: p.grad.numpy() for n, p in parameters.items()}, None


def step_losses(kind, prediction, target):
    """[B, T]: the loss of each step, features averaged (one softmax of all features for cross entropy)."""
    if kind.startswith("cross_entropy"):
        target = target.movedim(-1, 1) if target.ndim == 3 else target
        return F.cross_entropy(prediction.movedim(-1, 1), target, reduction="none")
    per_feature = {"mse": F.mse_loss, "mae": F.l1_loss,
                   "binary_cross_entropy": F.binary_cross_entropy_with_logits}[kind]
    return per_feature(prediction, target, reduction="none").mean(-1)


REDUCTIONS = """step_loss [B, T] with the features' mean; value.TIME.SAMPLES [] and dprediction.TIME.SAMPLES
for each pair of sum and mean. A mean over time divides by the row's number of steps that count, all T without a mask
(1 = counts); a mean over samples divides by the number of rows with at least one."""


def loss_case(kind, masked):
    name = f"loss_{kind}" + ("_masked" if masked else "")
    rng = random_for(name)
    B, T, C = 4, 3, 5
    prediction = rng.normal(0.1, 2.0, (B, T, C))
    prediction[0, 0] += [40.0, -30.0, 0.0, 5.0, -60.0]  # far out, where a naive exp or log loses everything
    prediction = torch.tensor(rounded(prediction))
    mask = torch.ones(B, T, dtype=torch.float64)
    if masked:
        mask = torch.tensor([[1, 1, 0], [0, 0, 1], [0, 0, 0], [1, 1, 1]], dtype=torch.float64)
    if kind == "cross_entropy":
        target = torch.tensor(rng.integers(0, C, (B, T)))
    elif kind == "cross_entropy_probabilities":
        target = torch.tensor(rounded(rng.dirichlet(np.ones(C), (B, T))))
    elif kind == "binary_cross_entropy":
        target = torch.tensor(rng.integers(0, 2, (B, T, C)).astype(np.float64))
        target[3, 2] = torch.tensor([0.25, 0.5, 0.75, 0.125, 0.875], dtype=torch.float64)
    else:
        target = torch.tensor(rounded(rng.normal(-0.1, 1.5, (B, T, C))))
    tensors = {"prediction": prediction.numpy(), "target": target.numpy(),
               "step_loss": step_losses(kind, prediction, target).numpy()}
    if masked:
        tensors["mask"] = mask.numpy()
    for time in ("sum", "mean"):
        for samples in ("sum", "mean"):
            p = prediction.clone().requires_grad_()
            of_row = (step_losses(kind, p, target) * mask).sum(1)
            if time == "mean":
                of_row = of_row / mask.sum(1).clamp(min=1)
            value = of_row.sum() / (mask.any(1).sum() if samples == "mean" else 1)
            value.backward()
            tensors[f"value.{time}.{samples}"] = value.detach().numpy()
            tensors[f"dprediction.{time}.{samples}"] = p.grad.numpy()
    golden = {"kind": "loss", "about": " ".join(REDUCTIONS.split()), "source": TORCH,
              "options": {"loss": kind, "masked": masked}}
    return Golden(name, tensors, golden)


def sgd(name, about, rate=0.05, momentum=0.0, l2=0.0):
    return optimizer_case(name, lambda p: torch.optim.SGD(p, lr=rate, momentum=momentum, weight_decay=l2),
                          {"kind": "sgd", "rate": rate, "momentum": momentum, "l2": l2}, about)


def adam(name, kind, make, about, **options):
    beta1, beta2, epsilon = options["beta1"], options["beta2"], options["epsilon"]
    decay = {"weight_decay": options["weight_decay"]} if "weight_decay" in options else {}
    return optimizer_case(name, lambda p: make(p, lr=0.01, betas=(beta1, beta2), eps=epsilon, **decay),
                          {"kind": kind, "rate": 0.01, **options}, about)


def cases():
    yield sgd("optimizer_sgd", "w -= rate g", rate=0.1)
    yield sgd("optimizer_sgd_momentum", "v = momentum v + g, w -= rate v", momentum=0.9)
    yield sgd("optimizer_sgd_momentum_l2", "g + l2 w in the place of g", momentum=0.9, l2=0.02)
    yield optimizer_case("optimizer_rmsprop", lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-3),
                         {"kind": "rmsprop", "rate": 0.01, "rho": 0.9, "epsilon": 1e-3},
                         "divides by sqrt(v) + epsilon")
    yield adam("optimizer_adam", "adam", torch.optim.Adam, "divides by sqrt(v / (1 - beta2^t)) + epsilon",
               beta1=0.8, beta2=0.95, epsilon=1e-4)
    yield adam("optimizer_adamw", "adamw", torch.optim.AdamW, "w *= 1 - rate weight_decay before the step",
               beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.3)
    yield clip_case("clip_value", "value", 0.7, TORCH, lambda g: clip_by_value(g, 0.7))
    for kind in ("mse", "mae", "cross_entropy", "cross_entropy_probabilities", "binary_cross_entropy"):
        for masked in (False, True):
            yield loss_case(kind, masked)
