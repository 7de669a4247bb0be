"""Full-batch stability: the sharpness above which an optimizer's steps grow on a quadratic.

On a quadratic with curvature λ > 0 along a direction, a rule with fixed hyperparameters is a linear
recursion. It is stable while its characteristic polynomial z² - τz + δ has both roots within the
unit circle, that is while |τ| < 1 + δ and |δ| < 1. With the rate η and the momentum μ < 1, as
`torch.optim` defines them:

    descent             z = 1 - ηλ                                     λ < 2/η
    dampening d         τ = 1 + μ - (1-d)ηλ,   δ = μ                   λ < 2(1+μ)/((1-d)η)
    heavy ball          the same with d = 0                            λ < 2(1+μ)/η
    Nesterov            τ = 1 + μ - (1+μ)ηλ,   δ = μ(1-ηλ)             λ < 2(1+μ)/((1+2μ)η)

An adaptive rule divides each coordinate's step by a scaling P of its own. While P changes slowly,
the same holds for the eigenvalues λ of P^(-½)HP^(-½) (Cohen et al. 2022, Adaptive gradient methods
at the edge of stability). With Adam's moments m and v, its bias corrections and ε, the step t is
-η P⁻¹m with

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
                return StabilityLimit(2 / lr, "sharpness")
            if momentum >= 1 or dampening >= 1:
                return None
            factor = 1 + 2 * momentum if known["nesterov"] else 1 - dampening
            return StabilityLimit(2 * (1 + momentum) / (factor * lr), "sharpness")
        case "Adam" | "AdamW" if not known["amsgrad"]:
            beta = known["betas"][0]
            return StabilityLimit(2 * (1 + beta) / ((1 - beta) * lr), "preconditioned")
        case "RMSprop" if not known["centered"] and known["momentum"] < 1:
            return StabilityLimit(2 * (1 + known["momentum"]) / lr, "preconditioned")
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
