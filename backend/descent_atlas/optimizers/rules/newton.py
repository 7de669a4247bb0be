"""Newton's method with a line search: a reference that knows the curvature."""

import math
from typing import NamedTuple

from descent_atlas.optimizers.rules.dispatch import asking, compilable
from descent_atlas.optimizers.rules.oracle import Oracle, Seen, ask, ask_hessian

FLAT = 1e-8
"""The least curvature, relative to the largest one, that Newton's method divides by."""

MAX_TRIALS = 25
"""Trial points of one step, as many as the line search of `torch.optim.LBFGS` takes."""


class Newton(NamedTuple):
    """Hyperparameters of `newton`."""

    lr: float = 1.0
    armijo: float = 1e-4
    backtracking: float = 0.5


class NewtonState(NamedTuple):
    """The state of `newton`.

    Attributes:
        seen: the gradient at the point before the step.
        t: the steps taken.
        f, gx, gy: the value and the gradient at the point after it.
        xx, xy, yy: the Hessian at the point before it.
        dx, dy: the direction d.
        step: the step length s, 0 where no trial was accepted.
    """

    seen: Seen
    t: int
    f: float
    gx: float
    gy: float
    xx: float
    xy: float
    yy: float
    dx: float
    dy: float
    step: float


@compilable
def find_direction(gx: float, gy: float, xx: float, xy: float, yy: float) -> tuple[float, float]:
    """Return -|H|⁻¹ g, where |H| has the absolute values of the eigenvalues of H.

    Values below `FLAT` times the largest one count as that. It is Newton's own direction where H is
    positive definite, and leads downhill wherever g is not 0. Without any curvature it is -g.
    """
    middle, half = (xx + yy) / 2.0, math.sqrt(((xx - yy) / 2.0) ** 2 + xy * xy)
    first, second = abs(middle + half), abs(middle - half)
    largest = max(first, second)
    if largest == 0.0:
        return -gx, -gy
    first, second = max(first, FLAT * largest), max(second, FLAT * largest)
    angle = math.atan2(2.0 * xy, xx - yy) / 2.0  # of the eigenvector that belongs to the first
    c, s = math.cos(angle), math.sin(angle)
    along, across = (c * gx + s * gy) / first, (c * gy - s * gx) / second
    return -(c * along - s * across), -(s * along + c * across)


@asking(
    Newton,
    lambda h: NewtonState(Seen(0.0, 0.0, 0.0, 0.0), 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
)
def newton(
    x: float, y: float, oracle: Oracle, state: NewtonState, h: Newton
) -> tuple[float, float, Oracle, NewtonState]:
    """Newton's method: θ ← θ + s d with d = -|H|⁻¹ g, where s meets Armijo's condition.

    Nocedal and Wright (2006), algorithms 3.1 and 3.2: s is the first of η, η β, η β², … with
    f(θ + s d) ≤ f(θ) + σ s gᵀd, where η is the learning rate, 1 for the full step. Where the
    Hessian is not positive definite, negative eigenvalues change their sign (section 3.4), so that
    it descends from saddles and maxima and is not drawn to them. If none of `MAX_TRIALS` trials is
    accepted, it stays. Each step asks for the Hessian once; the accepted trial's gradient is the
    next step's.
    """
    f, gx, gy = state.f, state.gx, state.gy
    if state.t == 0:
        f, gx, gy, oracle = ask(oracle, x, y)
    seen = Seen(x, y, gx, gy)
    xx, xy, yy, oracle = ask_hessian(oracle, x, y)
    dx, dy = find_direction(gx, gy, xx, xy, yy)
    slope = gx * dx + gy * dy
    step, accepted = h.lr, 0.0
    for _ in range(MAX_TRIALS):
        trial_f, trial_gx, trial_gy, oracle = ask(oracle, x + step * dx, y + step * dy)
        if trial_f <= f + h.armijo * step * slope:
            f, gx, gy, accepted = trial_f, trial_gx, trial_gy, step
            break
        step *= h.backtracking
    if accepted > 0.0:
        x, y = x + accepted * dx, y + accepted * dy
    state = NewtonState(seen, state.t + 1, f, gx, gy, xx, xy, yy, dx, dy, accepted)
    return x, y, oracle, state
