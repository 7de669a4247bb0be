"""SAM, which descends by the gradient at the worst point nearby."""

import math
from typing import NamedTuple

from descent_atlas.optimizers.rules.dispatch import asking
from descent_atlas.optimizers.rules.oracle import Oracle, Seen, ask

NORM_EPSILON = 1e-12
"""Added to the gradient's length, by which SAM divides, as its implementations do."""


class SAM(NamedTuple):
    """Hyperparameters of `sam`."""

    lr: float = 0.001
    rho: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 0.0


class SAMState(NamedTuple):
    """The state of `sam`.

    Attributes:
        seen: the gradient at the climbed point θ + ε.
        gx, gy: the gradient at θ.
        vx, vy: the velocity.
    """

    seen: Seen
    gx: float
    gy: float
    vx: float
    vy: float


@asking(SAM, lambda h: SAMState(Seen(0.0, 0.0, 0.0, 0.0), 0.0, 0.0, 0.0, 0.0))
def sam(
    x: float, y: float, oracle: Oracle, state: SAMState, h: SAM
) -> tuple[float, float, Oracle, SAMState]:
    """SAM: ε = ρ g / ‖g‖, ĝ = ∇f(θ + ε), then v ← μ v + ĝ and θ ← θ - η v.

    Foret, Kleiner, Mobahi and Neyshabur (2021), algorithm 1 with p = 2 and SGD with momentum as its
    base; θ has its weight decay added to ĝ. The two evaluations of a step draw noise of their own.
    """
    _, gx, gy, oracle = ask(oracle, x, y)
    scale = h.rho / (math.sqrt(gx * gx + gy * gy) + NORM_EPSILON)
    at_x, at_y = x + scale * gx, y + scale * gy
    _, seen_x, seen_y, oracle = ask(oracle, at_x, at_y)
    vx = h.momentum * state.vx + (seen_x + h.weight_decay * x)
    vy = h.momentum * state.vy + (seen_y + h.weight_decay * y)
    state = SAMState(Seen(at_x, at_y, seen_x, seen_y), gx, gy, vx, vy)
    return x - h.lr * vx, y - h.lr * vy, oracle, state
