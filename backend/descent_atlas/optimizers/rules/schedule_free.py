"""Schedule-Free SGD and AdamW: an average takes the place of a decaying learning rate."""

import math
from typing import NamedTuple

from descent_atlas.optimizers.rules.dispatch import asking, compilable
from descent_atlas.optimizers.rules.oracle import Oracle, Seen, ask


class ScheduleFreeSGD(NamedTuple):
    """Hyperparameters of `schedule_free_sgd`."""

    lr: float = 1.0
    momentum: float = 0.9
    weight_decay: float = 0.0
    r: float = 0.0
    warmup_steps: float = 0.0


class ScheduleFreeAdamW(NamedTuple):
    """Hyperparameters of `schedule_free_adamw`."""

    lr: float = 0.0025
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    r: float = 0.0
    warmup_steps: float = 0.0


class Averaging(NamedTuple):
    """How far the average x has come.

    Attributes:
        t: the steps taken.
        lr_max: the largest learning rate so far.
        weights: the sum of the weights wₜ = tʳ lr_max² of all steps.
        c: the last weight's part of the sum.
    """

    t: int
    lr_max: float
    weights: float
    c: float


class ScheduleFreeState(NamedTuple):
    """The state of `schedule_free_sgd` and `schedule_free_adamw`.

    Attributes:
        seen: the gradient at y = (1 - β) z + β x.
        averaging: the weights of the average x, which is the drawn point.
        zx, zy: z, the iterate that steps.
        vx, vy: AdamW's average of g²; 0 with SGD.
        c2: 1 - β₂ᵗ, the average of ones; 0 with SGD.
    """

    seen: Seen
    averaging: Averaging
    zx: float
    zy: float
    vx: float
    vy: float
    c2: float


@compilable
def warm_up(lr: float, t: int, steps: float) -> float:
    """Return the learning rate of step t, which grows linearly over the first steps."""
    return lr * (t / steps) if t < steps else lr


@compilable
def weigh(averaging: Averaging, lr: float, r: float) -> Averaging:
    """Return how the average weighs a further step at a learning rate."""
    t = averaging.t + 1
    lr_max = max(lr, averaging.lr_max)
    weight = math.pow(float(t), r) * (lr_max * lr_max)
    weights = averaging.weights + weight
    return Averaging(t, lr_max, weights, weight / weights)


def begin(h: ScheduleFreeSGD | ScheduleFreeAdamW) -> ScheduleFreeState:
    """Return the state before the first step."""
    return ScheduleFreeState(
        Seen(0.0, 0.0, 0.0, 0.0), Averaging(0, 0.0, 0.0, 0.0), 0.0, 0.0, 0.0, 0.0, 0.0
    )


@asking(ScheduleFreeSGD, begin)
def schedule_free_sgd(
    x: float, y: float, oracle: Oracle, state: ScheduleFreeState, h: ScheduleFreeSGD
) -> tuple[float, float, Oracle, ScheduleFreeState]:
    """Schedule-Free SGD: z ← z - η ∇f((1 - β) z + β x), then x ← (1 - c) x + c z; drawn is x.

    Defazio et al. (2024), equations 3 to 5, with the weights of the authors' `schedulefree`:
    c = wₜ / Σ wᵢ with wₜ = tʳ lr_max². Where the learning rate is constant and r = 0, x is the
    plain average of all z. Weight decay acts at the point where the gradient is taken.
    """
    averaging = state.averaging
    first = averaging.t == 0
    zx, zy = (x, y) if first else (state.zx, state.zy)
    at_x = x + (1.0 - h.momentum) * (zx - x)
    at_y = y + (1.0 - h.momentum) * (zy - y)
    _, gx, gy, oracle = ask(oracle, at_x, at_y)
    lr = warm_up(h.lr, averaging.t + 1, h.warmup_steps)
    averaging = weigh(averaging, lr, h.r)
    zx -= lr * (gx + h.weight_decay * at_x)
    zy -= lr * (gy + h.weight_decay * at_y)
    c = averaging.c
    seen = Seen(at_x, at_y, gx, gy)
    state = ScheduleFreeState(seen, averaging, zx, zy, 0.0, 0.0, 0.0)
    return x + c * (zx - x), y + c * (zy - y), oracle, state


@asking(ScheduleFreeAdamW, begin)
def schedule_free_adamw(
    x: float, y: float, oracle: Oracle, state: ScheduleFreeState, h: ScheduleFreeAdamW
) -> tuple[float, float, Oracle, ScheduleFreeState]:
    """Schedule-Free AdamW: Schedule-Free SGD whose gradient is divided by √v̂ + ε, as in Adam.

    Defazio et al. (2024), algorithm 1, with β₁ in the place of momentum and the weights of the
    authors' `schedulefree` 1.4. The weight decay at y is not divided.
    """
    averaging = state.averaging
    first = averaging.t == 0
    zx, zy = (x, y) if first else (state.zx, state.zy)
    at_x = x + (1.0 - h.beta1) * (zx - x)
    at_y = y + (1.0 - h.beta1) * (zy - y)
    _, gx, gy, oracle = ask(oracle, at_x, at_y)
    vx = h.beta2 * state.vx + (1.0 - h.beta2) * gx * gx
    vy = h.beta2 * state.vy + (1.0 - h.beta2) * gy * gy
    c2 = h.beta2 * state.c2 + (1.0 - h.beta2)
    lr = warm_up(h.lr, averaging.t + 1, h.warmup_steps)
    averaging = weigh(averaging, lr, h.r)
    zx -= lr * (gx / (math.sqrt(vx / c2) + h.eps) + h.weight_decay * at_x)
    zy -= lr * (gy / (math.sqrt(vy / c2) + h.eps) + h.weight_decay * at_y)
    c = averaging.c
    seen = Seen(at_x, at_y, gx, gy)
    state = ScheduleFreeState(seen, averaging, zx, zy, vx, vy, c2)
    return x + c * (zx - x), y + c * (zy - y), oracle, state
