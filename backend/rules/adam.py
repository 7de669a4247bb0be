"""Adam and its variants."""

import math
from typing import NamedTuple

from numba.extending import register_jitable

from backend.rules.dispatch import coordinatewise


class Adam(NamedTuple):
    """Hyperparameters of `adam`."""

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    amsgrad: bool = False
    bias_correction: bool = True
    eps_inside_root: bool = False


class AdamState(NamedTuple):
    """m: average of g; v: average of g²; v_max: the largest v so far, kept for AMSGrad."""

    m: float
    v: float
    v_max: float


@register_jitable
def adam_step(g: float, t: int, state: AdamState, h: Adam) -> tuple[float, AdamState]:
    """Return η m̂ / (√v̂ + ε), which Adam subtracts from θ, and the next state."""
    m = h.beta1 * state.m + (1.0 - h.beta1) * g
    v = h.beta2 * state.v + (1.0 - h.beta2) * g * g
    v_max = max(state.v_max, v)
    m_hat = m
    v_hat = v_max if h.amsgrad else v
    if h.bias_correction:
        m_hat = m_hat / (1.0 - h.beta1**t)
        v_hat = v_hat / (1.0 - h.beta2**t)
    if h.eps_inside_root:
        root = math.sqrt(v_hat + h.eps)
    else:
        root = math.sqrt(v_hat) + h.eps
    return h.lr * m_hat / root, AdamState(m, v, v_max)


@coordinatewise(Adam, lambda h: AdamState(0.0, 0.0, 0.0))
def adam(theta: float, g: float, t: int, state: AdamState, h: Adam) -> tuple[float, AdamState]:
    """m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², θ ← θ - η m̂ / (√v̂ + ε).

    Kingma and Ba (2015), algorithm 1, as `torch.optim.Adam`: m̂ = m / (1 - β₁ᵗ) and
    v̂ = v / (1 - β₂ᵗ), or m and v themselves without `bias_correction`. Weight decay is added
    to the gradient. `amsgrad` puts the largest v so far in the place of v (Reddi et al., 2018).
    """
    step, state = adam_step(g + h.weight_decay * theta, t, state, h)
    return theta - step, state
