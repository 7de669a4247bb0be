"""Full-batch stability: the sharpness above which an optimizer's steps grow on a quadratic.

`stability.rate_limits` derives the limits of descent, momentum and Nesterov's momentum, whose rules
are those of `torch.optim`. An adaptive rule divides each coordinate's step by a scaling P of its
own. While P changes slowly, the same holds for the eigenvalues λ of P^(-½)HP^(-½) (Cohen et al.
2022, Adaptive gradient methods at the edge of stability). With Adam's moments m and v, its bias
corrections and ε, the step t is -η P⁻¹m with

    Adam                P = (1 - β₁ᵗ)(√(v/(1 - β₂ᵗ)) + ε)              λ < 2(1+β₁)/((1-β₁)η)
    RMSprop             P = √v + ε                                     λ < 2(1+μ)/η

since m is a momentum with the dampening β₁. These limits hold for the full batch and near a
minimum. Noise of batches changes them, and so does weight decay, for which none is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from descent_atlas.analysis.array_types import Floats, Floats32
from descent_atlas.stability.rate_limits import limit_momentum, limit_nesterov

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
    optimizer: str, hyperparameters: Mapping[str, Any], v: Floats32, steps: int
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
