"""The line search of L-BFGS: a step length that meets the strong Wolfe conditions."""

import math
from typing import NamedTuple

from descent_atlas.optimizers.rules.dispatch import compilable
from descent_atlas.optimizers.rules.oracle import Oracle, ask

ARMIJO, CURVATURE = 1e-4, 0.9
"""The constants c₁ and c₂ of the conditions."""

MAX_TRIALS = 25
"""Trial points of one search."""

NARROW = 1e-9
"""The search ends in a bracket whose ends differ by less than this in each coordinate."""


class LineTrial(NamedTuple):
    """A point on the line: how far along the direction, the value, the gradient, the slope."""

    t: float
    f: float
    gx: float
    gy: float
    slope: float


@compilable
def try_length(
    oracle: Oracle, x: float, y: float, dx: float, dy: float, t: float
) -> tuple[LineTrial, Oracle]:
    """Evaluate the point (x + t dx, y + t dy)."""
    f, gx, gy, oracle = ask(oracle, x + t * dx, y + t * dy)
    return LineTrial(t, f, gx, gy, gx * dx + gy * dy), oracle


@compilable
def interpolate(a: LineTrial, b: LineTrial, low: float, high: float) -> float:
    """Return the minimum, within the bounds, of the cubic through two trials and their slopes.

    Where it has none, return the middle of the bounds.
    """
    d1 = a.slope + b.slope - 3.0 * (a.f - b.f) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not square >= 0.0:
        return (low + high) / 2.0
    d2 = math.sqrt(square)
    if a.t <= b.t:
        t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2))
    else:
        t = a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2.0 * d2))
    return min(max(t, low), high)


@compilable
def search_line(
    oracle: Oracle, x: float, y: float, dx: float, dy: float, start: LineTrial, t: float
) -> tuple[LineTrial, Oracle]:
    """Return a trial on the line from (x, y) along (dx, dy), and the oracle that counted.

    Nocedal and Wright (2006), algorithms 3.5 and 3.6, as `torch.optim.LBFGS` has them with
    `line_search_fn="strong_wolfe"`: a bracket first, then a zoom by cubic interpolation. If the
    conditions are not met in `MAX_TRIALS` trials or the bracket has become narrow, it is the lowest
    end of the bracket, which may be the start itself.

    Args:
        oracle: what to ask.
        x, y: the start of the line.
        dx, dy: its direction, along which `start` slopes downhill.
        start: the value, the gradient and the slope at t = 0.
        t: the first length to try.
    """
    # Find a bracket that holds acceptable lengths.
    last, trial = start, start
    trial, oracle = try_length(oracle, x, y, dx, dy, t)
    first = start
    trials = 0
    while trials < MAX_TRIALS:
        if trial.f > start.f + ARMIJO * trial.t * start.slope or (trials > 1 and trial.f >= last.f):
            first = last
            break
        if abs(trial.slope) <= -CURVATURE * start.slope:
            return trial, oracle
        if trial.slope >= 0.0:
            first = last
            break
        t = interpolate(last, trial, trial.t + 0.01 * (trial.t - last.t), trial.t * 10.0)
        last = trial
        trial, oracle = try_length(oracle, x, y, dx, dy, t)
        trials += 1

    # Narrow it down. One end is low, the other high.
    second = trial
    is_first_low = first.f <= second.f
    slow = False
    reach = max(abs(dx), abs(dy))
    while trials < MAX_TRIALS:
        left, right = min(first.t, second.t), max(first.t, second.t)
        if (right - left) * reach < NARROW:
            break
        t = interpolate(first, second, left, right)
        margin = 0.1 * (right - left)
        if min(right - t, t - left) < margin:
            # Close to an end for the second time, or beyond it: move away from it.
            if slow or t >= right or t <= left:
                t = right - margin if abs(t - right) < abs(t - left) else left + margin
                slow = False
            else:
                slow = True
        else:
            slow = False
        trial, oracle = try_length(oracle, x, y, dx, dy, t)
        trials += 1
        low, high = (first, second) if is_first_low else (second, first)
        if trial.f > start.f + ARMIJO * t * start.slope or trial.f >= low.f:
            first, second = (first, trial) if is_first_low else (trial, second)
            is_first_low = first.f <= second.f
        else:
            if abs(trial.slope) <= -CURVATURE * start.slope:
                return trial, oracle
            if trial.slope * (high.t - low.t) >= 0.0:
                high = low
            first, second = (trial, high) if is_first_low else (high, trial)
    return first if is_first_low else second, oracle
