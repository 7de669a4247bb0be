"""Rules that divide the gradient by the size of the gradients before it."""

import math
from typing import NamedTuple

from backend.rules.dispatch import coordinatewise


class RMSprop(NamedTuple):
    """Hyperparameters of `rmsprop`."""

    lr: float = 0.01
    alpha: float = 0.99
    eps: float = 1e-8
    momentum: float = 0.0
    weight_decay: float = 0.0
    centered: bool = False
    eps_inside_root: bool = False


class RMSpropState(NamedTuple):
    """v: average of g²; m: average of g; b: momentum buffer."""

    v: float
    m: float
    b: float


@coordinatewise(RMSprop, lambda h: RMSpropState(0.0, 0.0, 0.0))
def rmsprop(
    theta: float, g: float, t: int, state: RMSpropState, h: RMSprop
) -> tuple[float, RMSpropState]:
    """v ← ρ v + (1 - ρ) g², θ ← θ - η g / (√v + ε), as `torch.optim.RMSprop` with ρ = alpha.

    Tieleman and Hinton (2012). `centered` subtracts the squared average of g from v (Graves,
    2013), which leaves an estimate of the variance; `momentum` accumulates the quotient.
    """
    g = g + h.weight_decay * theta
    v = h.alpha * state.v + (1.0 - h.alpha) * g * g
    m = state.m
    variance = v
    if h.centered:
        m = h.alpha * state.m + (1.0 - h.alpha) * g
        variance = v - m * m
    if h.eps_inside_root:
        root = math.sqrt(variance + h.eps)
    else:
        root = math.sqrt(variance) + h.eps
    b = h.momentum * state.b + g / root
    return theta - h.lr * b, RMSpropState(v, m, b)
