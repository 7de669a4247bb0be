"""Lion, which looks only at the sign of its averaged gradient."""

from typing import NamedTuple

from descent_atlas.optimizers.rules.dispatch import coordinatewise


class Lion(NamedTuple):
    """Hyperparameters of `lion`."""

    lr: float = 0.0001
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.0


class LionState(NamedTuple):
    """m: the average of g."""

    m: float


@coordinatewise(Lion, lambda h: LionState(0.0))
def lion(theta: float, g: float, t: int, state: LionState, h: Lion) -> tuple[float, LionState]:
    """Lion: c ← β₁ m + (1 - β₁) g, then θ ← θ - η (sign c + λ θ), then m ← β₂ m + (1 - β₂) g.

    Chen et al. (2023), algorithm 2. The sign of 0 is 0.
    """
    c = h.beta1 * state.m + (1.0 - h.beta1) * g
    sign = 1.0 if c > 0.0 else -1.0 if c < 0.0 else c  # 0 stays 0, and NaN NaN
    m = h.beta2 * state.m + (1.0 - h.beta2) * g
    return theta - h.lr * (sign + h.weight_decay * theta), LionState(m)
