"""L-BFGS: a reference that learns the curvature from the gradients it has seen."""

from typing import NamedTuple

import numpy as np

from descent_atlas.optimizers.rules.dispatch import asking, compilable
from descent_atlas.optimizers.rules.oracle import Oracle, Seen, ask
from descent_atlas.optimizers.rules.strong_wolfe import LineTrial, search_line

HISTORY = 10
"""Pairs (s, y) that are kept. In two dimensions the last two would say the most of it."""

LEAST_CURVATURE = 1e-10
"""A pair is kept if sᵀy is larger."""

NO_PAIRS = (0.0,) * HISTORY


class LBFGS(NamedTuple):
    """Hyperparameters of `lbfgs`."""

    lr: float = 1.0


class Pairs(NamedTuple):
    """What L-BFGS remembers: the last steps and how the gradient changed over them.

    Attributes:
        held: how many pairs there are.
        sx, sy: the steps s, the newest first, float[HISTORY].
        yx, yy: the changes y of the gradient.
        rho: 1 / sᵀy.
        gamma: the scale of the first approximation, sᵀy / yᵀy of the newest pair.
    """

    held: int
    sx: tuple[float, ...]
    sy: tuple[float, ...]
    yx: tuple[float, ...]
    yy: tuple[float, ...]
    rho: tuple[float, ...]
    gamma: float


class LBFGSState(NamedTuple):
    """The state of `lbfgs`.

    Attributes:
        seen: the gradient at the point before the step.
        t: the steps taken.
        f, gx, gy: the value and the gradient at the point after it.
        dx, dy: the direction d.
        step: the step length.
        pairs: the memory.
    """

    seen: Seen
    t: int
    f: float
    gx: float
    gy: float
    dx: float
    dy: float
    step: float
    pairs: Pairs


@compilable
def find_newton_like(gx: float, gy: float, pairs: Pairs) -> tuple[float, float]:
    """Return -H g by the two loops over the pairs, where H approximates the inverse Hessian."""
    qx, qy = -gx, -gy
    alphas = np.empty(HISTORY)
    for i in range(pairs.held):
        alphas[i] = (pairs.sx[i] * qx + pairs.sy[i] * qy) * pairs.rho[i]
        qx -= alphas[i] * pairs.yx[i]
        qy -= alphas[i] * pairs.yy[i]
    qx *= pairs.gamma
    qy *= pairs.gamma
    for j in range(pairs.held):
        i = pairs.held - 1 - j
        beta = (pairs.yx[i] * qx + pairs.yy[i] * qy) * pairs.rho[i]
        qx += (alphas[i] - beta) * pairs.sx[i]
        qy += (alphas[i] - beta) * pairs.sy[i]
    return qx, qy


@compilable
def remember(pairs: Pairs, sx: float, sy: float, yx: float, yy: float) -> Pairs:
    """Return the memory with another pair, if the curvature along it is positive."""
    curvature = yx * sx + yy * sy
    if not curvature > LEAST_CURVATURE:
        return pairs
    # Numba cannot unpack a tuple here.
    return Pairs(
        min(pairs.held + 1, HISTORY),
        (sx,) + pairs.sx[:-1],  # noqa: RUF005
        (sy,) + pairs.sy[:-1],  # noqa: RUF005
        (yx,) + pairs.yx[:-1],  # noqa: RUF005
        (yy,) + pairs.yy[:-1],  # noqa: RUF005
        (1.0 / curvature,) + pairs.rho[:-1],  # noqa: RUF005
        curvature / (yx * yx + yy * yy),
    )


def begin(h: LBFGS) -> LBFGSState:
    """Return the state before the first step."""
    pairs = Pairs(0, NO_PAIRS, NO_PAIRS, NO_PAIRS, NO_PAIRS, NO_PAIRS, 1.0)
    return LBFGSState(Seen(0.0, 0.0, 0.0, 0.0), 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, pairs)


@asking(LBFGS, begin)
def lbfgs(
    x: float, y: float, oracle: Oracle, state: LBFGSState, h: LBFGS
) -> tuple[float, float, Oracle, LBFGSState]:
    """L-BFGS: θ ← θ + s d with d = -H g, where H is learnt and s meets the strong Wolfe conditions.

    Nocedal (1980), and Liu and Nocedal (1989); as `torch.optim.LBFGS` with `history_size=10`,
    `line_search_fn="strong_wolfe"` and tolerances of 0: one step is one of its iterations, that is,
    a line search. The learning rate is the first length that a search tries; in the first step it
    is divided by the sum of the gradient's sizes if that is above 1. The accepted trial's
    gradient is the next step's. Where d does not lead downhill, it stays and asks once more.
    """
    f, gx, gy = state.f, state.gx, state.gy
    if state.t == 0:
        f, gx, gy, oracle = ask(oracle, x, y)
    seen = Seen(x, y, gx, gy)
    t = state.t + 1
    dx, dy = find_newton_like(gx, gy, state.pairs)
    slope = gx * dx + gy * dy
    if slope > 0.0:
        f, gx, gy, oracle = ask(oracle, x, y)
        return x, y, oracle, LBFGSState(seen, t, f, gx, gy, dx, dy, 0.0, state.pairs)
    length = h.lr
    if t == 1:
        size = abs(gx) + abs(gy)
        if size > 1.0:
            length = h.lr / size
    start = LineTrial(0.0, f, gx, gy, slope)
    trial, oracle = search_line(oracle, x, y, dx, dy, start, length)
    pairs = remember(state.pairs, trial.t * dx, trial.t * dy, trial.gx - gx, trial.gy - gy)
    state = LBFGSState(seen, t, trial.f, trial.gx, trial.gy, dx, dy, trial.t, pairs)
    return x + trial.t * dx, y + trial.t * dy, oracle, state
