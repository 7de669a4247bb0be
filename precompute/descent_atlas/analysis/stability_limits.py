"""Full-batch stability: the sharpness above which an optimizer's steps grow on a quadratic.

`stability.rate_limits` derives the limits of descent, momentum and Nesterov's momentum, whose rules
are those of `torch.optim`. An adaptive rule divides each coordinate's step by a scaling P of its
own. While P changes slowly, the same holds for the eigenvalues λ of P^(-½)HP^(-½) (Cohen et al.
2022, Adaptive gradient methods at the edge of stability). With Adam's moments m and v, its bias
corrections and ε, the step t is -η P⁻¹m with

    Adam                P = (1 - β₁ᵗ)(√(v/(1 - β₂ᵗ)) + ε)              λ < 2(1+β₁)/((1-β₁)η)
    RMSprop             P = √v + ε                                     λ < 2(1+μ)/η

since m is a momentum with the dampening β₁, which the dampened rule above has with μ = d = β₁. At
β₁ = 0.9 Adam's limit is 38/η. These limits hold for the full batch and near a
minimum. Noise of batches changes them, and so does weight decay, for which none is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from descent_atlas.analysis.array_types import Floats, Floats32
from descent_atlas.stability.rate_limits import limit_momentum, limit_nesterov

STATISTICS = {"Adam": "exp_avg_sq", "AdamW": "exp_avg_sq", "RMSprop": "square_avg"}
"""The optimizers whose scaling is known from their state, and the statistic in it."""

LimitedValue = Literal["sharpness", "preconditioned"]


@dataclass(frozen=True)
class StabilityLimit:
    """The full-batch limit of a rule, and whether it bounds the plain sharpness or the scaled."""

    value: float
    of: LimitedValue


def fill_in(optimizer: str, hyperparameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return all hyperparameters of a class of `torch.optim`, with its defaults."""
    made = getattr(torch.optim, optimizer)([torch.nn.Parameter(torch.zeros(1))], **hyperparameters)
    return dict(made.defaults)


def find_limit(optimizer: str, hyperparameters: Mapping[str, Any]) -> StabilityLimit | None:
    """Return the full-batch limit of a class of `torch.optim`, None if none is known.

    None is known of other classes ("module:Class").
    """
    if ":" in optimizer:
        return None
    known = fill_in(optimizer, hyperparameters)
    lr = float(known["lr"])
    if lr <= 0 or known.get("weight_decay") or known.get("maximize"):
        return None
    match optimizer:
        case "SGD":
            momentum, dampening = known["momentum"], known["dampening"]
            if momentum == 0:  # PyTorch then ignores the dampening
                return StabilityLimit(limit_momentum(0.0) / lr, "sharpness")
            if momentum >= 1 or dampening >= 1:
                return None
            limit = (
                limit_nesterov(momentum)
                if known["nesterov"]
                else limit_momentum(momentum, dampening)
            )
            return StabilityLimit(limit / lr, "sharpness")
        case "Adam" | "AdamW" if not known["amsgrad"]:
            beta = known["betas"][0]
            return StabilityLimit(limit_momentum(beta, beta) / lr, "preconditioned")
        case "RMSprop" if not known["centered"] and known["momentum"] < 1:
            return StabilityLimit(limit_momentum(known["momentum"]) / lr, "preconditioned")
    return None


def find_scaling_matrix(
    optimizer: str, hyperparameters: Mapping[str, Any], v: Floats32 | Floats, steps: int
) -> Floats | None:
    """Return the diagonal P float64[P] by which the last of `steps` steps was divided.

    `v` is the running statistic that PyTorch kept after that step. Return None for a class of
    `torch.optim` whose P is not known from v alone.
    """
    limit = find_limit(optimizer, hyperparameters)
    if limit is None or limit.of != "preconditioned":
        return None
    known, root = fill_in(optimizer, hyperparameters), np.sqrt(v.astype(np.float64))
    scaling: Floats
    if optimizer == "RMSprop":
        scaling = root + known["eps"]
    else:
        beta1, beta2 = known["betas"]
        scaling = (1 - beta1**steps) * (root / np.sqrt(1 - beta2**steps) + known["eps"])
    return scaling


def read_optimizer_scaling(optimizer: torch.optim.Optimizer, model: nn.Module) -> dict[str, Tensor]:
    """Return the diagonal P by which an optimizer divided its last step, by parameters' names.

    They are float64, in the shapes of the parameters that the optimizer has updated; P is the
    `scaling` of `spectrum`. Weight decay is no part of it. Raises ValueError for another class than
    Adam, AdamW and RMSprop of `torch.optim`, for `amsgrad` and `centered`, and before the first
    step.
    """
    kind = type(optimizer).__name__
    if kind not in STATISTICS or type(optimizer) is not getattr(torch.optim, kind):
        raise ValueError(f"the scaling of {kind} is not known; it is of {', '.join(STATISTICS)}")
    groups = {id(each): group for group in optimizer.param_groups for each in group["params"]}
    found = {}
    for name, parameter in model.named_parameters():
        state = optimizer.state.get(parameter, {})
        if STATISTICS[kind] in state:
            group = groups[id(parameter)]
            used = ("betas", "amsgrad") if kind != "RMSprop" else ("alpha", "centered", "momentum")
            known: dict[str, Any] = {"lr": 1.0, "weight_decay": 0.0, "eps": group["eps"]}
            known |= {key: group[key] for key in used}
            v = state[STATISTICS[kind]].detach().cpu().double().numpy()
            scaling = find_scaling_matrix(kind, known, v, int(state["step"]))
            if scaling is None:
                raise ValueError(f"the scaling of {kind} is not known with amsgrad or centered")
            found[name] = torch.from_numpy(scaling)
    if not found:
        raise ValueError(f"{kind} has made no step of the model's parameters")
    return found
