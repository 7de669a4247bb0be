"""Limits of stability: the sharpness times the rate above which a rule leaves a minimum.

On a quadratic with curvature λ > 0 along a direction, a rule with fixed hyperparameters is a linear
recursion. It is stable while its characteristic polynomial z² - τz + δ has both roots within the
unit circle, that is while |τ| < 1 + δ and |δ| < 1. With the rate η and the momentum μ < 1:

    descent             z = 1 - ηλ                                     ηλ < 2
    dampening d         τ = 1 + μ - (1-d)ηλ,   δ = μ                   ηλ < 2(1+μ)/(1-d)
    heavy ball          the same with d = 0                            ηλ < 2(1+μ)
    Nesterov            τ = 1 + μ - (1+μ)ηλ,   δ = μ(1-ηλ)             ηλ < 2(1+μ)/(1+2μ)

An adaptive rule divides each coordinate's step by a scaling P of its own (`stability.scalings`).
While P changes slowly, the same holds for the eigenvalues of P^(-½)HP^(-½). Adam's m is a momentum
with the dampening β₁, so that its limit is 2(1+β₁)/(1-β₁).

J. M. Cohen et al.: Gradient descent on neural networks typically occurs at the edge of stability,
2021, https://arxiv.org/abs/2103.00065, equation 1 and appendix B; J. M. Cohen et al.: Adaptive
gradient methods at the edge of stability, 2022, https://arxiv.org/abs/2207.14484.

These limits are those of the exact gradient. Noise of gradients changes them.
"""

from dataclasses import dataclass
from typing import Any, Literal

LimitedMeasure = Literal["sharpness", "preconditioned"]


def limit_momentum(momentum: float, dampening: float = 0.0) -> float:
    """Return the limit of the heavy ball, of gradient descent if `momentum` is 0.

    Example:
        >>> limit_momentum(0.0), round(limit_momentum(0.9, dampening=0.9), 9)
        (2.0, 38.0)
    """
    return 2.0 * (1.0 + momentum) / (1.0 - dampening)


def limit_nesterov(momentum: float) -> float:
    """Return the limit of Nesterov's momentum."""
    return 2.0 * (1.0 + momentum) / (1.0 + 2.0 * momentum)


@dataclass(frozen=True)
class RateLimit:
    """The limit of a rule.

    Attributes:
        value: the sharpness times the learning rate above which it is unstable.
        of: whether it bounds the objective's own sharpness or that in the rule's metric.
        text: its formula in plain text.
    """

    value: float
    of: LimitedMeasure
    text: str


def keeps_gradient(h: Any) -> float:
    """Return the share of each gradient that the heavy ball's velocity takes: 1 - dampening.

    As in `rules.momentum`, the dampening is ignored without momentum.
    """
    if h.momentum == 0.0 and not h.dampen_always:
        return 1.0
    kept: float = 1.0 - h.dampening
    return kept


def find_rate_limit(optimizer: str, h: Any) -> RateLimit | None:
    """Return the limit of an optimizer with its packed hyperparameters, None if none is known.

    Weight decay belongs to the sharpness, see `stability.descent_sharpness`.
    """
    match optimizer:
        case "gd" | "sgd":
            return RateLimit(limit_momentum(0.0), "sharpness", "2")
        case "momentum":
            kept = keeps_gradient(h)
            if kept <= 0.0:  # no gradient ever moves it
                return None
            text = "2(1+μ)" if kept == 1.0 else "2(1+μ)/(1−τ)"
            return RateLimit(limit_momentum(h.momentum, 1.0 - kept), "sharpness", text)
        case "nesterov":
            return RateLimit(limit_nesterov(h.momentum), "sharpness", "2(1+μ)/(1+2μ)")
        case "rmsprop":
            text = "2(1+μ)" if h.momentum > 0.0 else "2"
            return RateLimit(limit_momentum(h.momentum), "preconditioned", text)
        case "adagrad" | "adadelta":
            return RateLimit(limit_momentum(0.0), "preconditioned", "2")
        case "adam" | "adamw" | "adamax" | "radam" | "adabelief" | "eve":
            beta: float = h.beta1
            return RateLimit(limit_momentum(beta, beta), "preconditioned", "2(1+β₁)/(1−β₁)")
    return None


REASONS = {
    "nadam": "NAdam’s momentum grows from step to step: no limit is known for it.",
    "lion": "Lion steps by signs alone, whatever the curvature: it has no limit.",
    "rprop": "Rprop steps by signs alone, whatever the curvature: it has no limit.",
    "yellowfin": "YellowFin sets its own rate and momentum in each step: no limit is known for it.",
}
"""Why some optimizers have no limit, by id."""


def explain_missing_limit(optimizer: str) -> str:
    """Return a sentence that says why an optimizer has no limit."""
    return REASONS.get(optimizer, "No limit is known for this rule.")
