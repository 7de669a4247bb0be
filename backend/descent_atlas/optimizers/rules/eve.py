"""Eve: Adam whose learning rate depends on changes of the loss."""

from typing import NamedTuple

from descent_atlas.optimizers.rules.adam import Adam, AdamState, adam_direction
from descent_atlas.optimizers.rules.dispatch import planar


class Eve(NamedTuple):
    """Hyperparameters of `eve`."""

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    beta3: float = 0.999
    c: float = 10.0
    eps: float = 1e-8


class EveState(NamedTuple):
    """The state of `eve`.

    Attributes:
        t: the steps taken.
        x, y: Adam's state of each coordinate.
        d: the average d̃ of the relative change of the loss.
        f: the loss at the last step.
    """

    t: int
    x: AdamState
    y: AdamState
    d: float
    f: float


@planar(
    Eve,
    lambda h: EveState(
        0, AdamState(0.0, 0.0, 0.0, 0.0, 0.0), AdamState(0.0, 0.0, 0.0, 0.0, 0.0), 1.0, 0.0
    ),
)
def eve(
    x: float, y: float, fx: float, fy: float, f: float, state: EveState, h: Eve
) -> tuple[float, float, EveState]:
    """Eve: d̃ ← β₃ d̃ + (1 - β₃) clip(d, 1/c, c), then θ ← θ - (η / d̃) m̂ / (√v̂ + ε) as Adam.

    Hayashi, Koushik and Neubig (2018), section 3.2: the third version of the paper that began
    as "Improving stochastic gradient descent with feedback" (2016). In the first step d̃ = 1;
    after it d = |f - f'| / min(f, f'), where f and f' are the losses at this and the last step,
    both measured from the global minimum, which must be known. Where the loss does not change,
    d = 0, also at the global minimum itself. A loss below it, which only an objective without a
    minimum has, makes d negative, and clipping turns that into 1/c.
    """
    t = state.t + 1
    d = state.d
    if t > 1:
        change = abs(f - state.f)
        relative_change = change / min(f, state.f) if change > 0.0 else 0.0
        d = h.beta3 * d + (1.0 - h.beta3) * min(max(relative_change, 1.0 / h.c), h.c)
    adam = Adam(
        lr=h.lr,
        beta1=h.beta1,
        beta2=h.beta2,
        eps=h.eps,
        weight_decay=0.0,
        amsgrad=False,
        bias_correction=True,
        eps_inside_root=False,
    )
    direction_x, state_x = adam_direction(fx, state.x, adam)
    direction_y, state_y = adam_direction(fy, state.y, adam)
    lr = h.lr / d
    return x - lr * direction_x, y - lr * direction_y, EveState(t, state_x, state_y, d, f)
