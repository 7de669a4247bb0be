"""Averaged SGD: the drawn point is the average of an iterate that descends."""

import math
from typing import NamedTuple

from descent_atlas.optimizers.rules.dispatch import asking
from descent_atlas.optimizers.rules.oracle import Oracle, Seen, ask


class ASGD(NamedTuple):
    """Hyperparameters of `asgd`."""

    lr: float = 0.01
    lambd: float = 1e-4
    alpha: float = 0.75
    t0: float = 100.0
    weight_decay: float = 0.0


class ASGDState(NamedTuple):
    """The state of `asgd`.

    Attributes:
        seen: the gradient at the iterate before the step.
        t: the steps taken.
        x, y: the iterate θ, of which the drawn point is the average.
        eta: the learning rate of the coming step.
    """

    seen: Seen
    t: int
    x: float
    y: float
    eta: float


@asking(ASGD, lambda h: ASGDState(Seen(0.0, 0.0, 0.0, 0.0), 0, 0.0, 0.0, 0.0))
def asgd(
    x: float, y: float, oracle: Oracle, state: ASGDState, h: ASGD
) -> tuple[float, float, Oracle, ASGDState]:
    """ASGD: θ ← (1 - λ ηₜ) θ - ηₜ ∇f(θ), then θ̄ ← θ̄ + μₜ (θ - θ̄); drawn is θ̄.

    Polyak and Juditsky (1992), with the rates of Xu (2011), as `torch.optim.ASGD`:
    ηₜ₊₁ = η / (1 + λ η t)^α and μₜ = 1 / max(1, t - 1 - t₀), so that until t₀ the average is the
    iterate itself. Of a schedule each factor acts one step late, as there. PyTorch's
    default of t₀ is 10⁶, with which no descent of the page would ever average; here it is 100.
    """
    t = state.t + 1
    theta_x, theta_y = (x, y) if t == 1 else (state.x, state.y)
    eta = h.lr if t == 1 else state.eta
    _, gx, gy, oracle = ask(oracle, theta_x, theta_y)
    seen = Seen(theta_x, theta_y, gx, gy)
    decay = 1.0 - h.lambd * eta
    theta_x = theta_x * decay - eta * (gx + h.weight_decay * theta_x)
    theta_y = theta_y * decay - eta * (gy + h.weight_decay * theta_y)
    mu = 1.0 / max(1.0, t - 1.0 - h.t0)
    if mu == 1.0:
        x, y = theta_x, theta_y
    else:
        x += mu * (theta_x - x)
        y += mu * (theta_y - y)
    eta = h.lr / math.pow(1.0 + h.lambd * h.lr * t, h.alpha)
    return x, y, oracle, ASGDState(seen, t, theta_x, theta_y, eta)
