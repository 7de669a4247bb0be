"""The one loop: any optimizer on any objective, from one start.

Positions are never clamped and gradients never clipped. Every descent takes all of its steps unless
it diverges: a descent that comes near a minimum, even to within rounding, may leave it again. One
that diverges is a result like any other, and reports the step in which it diverged.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import call_objective, compile_function
from descent_atlas.objectives.gradient_flow import basin_of
from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.optimizers.optimizer_table import Optimizer, init, scale_rate, update
from descent_atlas.optimizers.schedules.rate_factors import CONSTANT
from descent_atlas.simulation.arrival import (
    count_window,
    find_arrival,
    find_nearest,
    find_visit,
    is_far,
    straighten,
)
from descent_atlas.simulation.kept_points import count_finite, thin_path
from descent_atlas.simulation.noise import Noise, normal_pair
from descent_atlas.simulation.unscheduled_step import repeat_last_step

GRADIENT_TOLERANCE = 1e-8
"""A gradient of at most this length counts as zero: rounding leaves about 1e-12 at a minimum."""

STEP_TOLERANCE = 1e-8
"""A last step of at most this length counts as rest; with momentum, a zero gradient does not.

The step is that of the unscheduled learning rate: see `Status`."""

FLAT = 1e-10
"""A curvature downwards beyond this, relative to the largest one, is not rounding: the point is no
minimum, however near one is."""

DIVERGENCE_BOUND = 1e6
"""A coordinate beyond this counts as divergence: no domain reaches further than 6."""

DEFAULT_STEPS = 1000
"""Steps of a descent unless a request says otherwise, and the budget for which the default
learning rates are measured: twice the largest in the article."""

CONVERGED, STATIONARY, EXHAUSTED, DIVERGED = range(4)


class Status(StrEnum):
    """The end of a descent.

    A schedule that takes the learning rate to zero makes any step small, which is no rest. Where
    there is a schedule, the last step is therefore judged as it would have been at the unscheduled
    rate: the rule takes it once more with the factor 1, from the same point, state and gradient.
    """

    CONVERGED = "converged"
    """Arrived at a smooth minimum, with a small last gradient and a small last step."""
    STATIONARY = "stationary"
    """Small last gradient and small last step elsewhere: a saddle, a maximum, a plateau, a minimum
    outside the domain."""
    EXHAUSTED = "exhausted"
    """Its steps ran out, whether it has arrived or not. At a cusp it never converges."""
    DIVERGED = "diverged"
    """Not finite, or beyond `DIVERGENCE_BOUND`."""


STATUSES = (Status.CONVERGED, Status.STATIONARY, Status.EXHAUSTED, Status.DIVERGED)
"""The statuses by their number in compiled code."""


@dataclass(frozen=True)
class Visit:
    """An unbroken stay near a minimum.

    Attributes:
        minimum: the minimum's index in `find_minima`.
        first, last: the first and the last step of the stay.
    """

    minimum: int
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Descent:
    """One optimizer's run on one objective from one start.

    Attributes:
        optimizer: the optimizer's id.
        status: how it ended.
        steps: the steps it took: its whole budget, or for a diverged descent the step at which it
            left.
        minimum: the index (in `find_minima`) of the minimum in whose gradient-flow basin the
            last point lies, whatever the status; None if it diverged or if there is none.
        arrived: whether it stayed near that minimum to the end, see `arrival.find_arrival`.
        arrival: the step in which it arrived there; None if it did not.
        visit: for a descent that did not arrive, its longest unbroken stay near one minimum, if
            that would have been long enough to arrive; else None.
        step: the step number of each point kept, int32[points].
        x, y: the positions, float64[points], finite.
        loss: the objective there, float64[points], finite.
    """

    optimizer: str
    status: Status
    steps: int
    minimum: int | None
    arrived: bool
    arrival: int | None
    visit: Visit | None
    step: NDArray[np.int32]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    loss: NDArray[np.float64]


def descend(
    objective: Objective,
    parameters: NDArray[np.float64],
    optimizer: Optimizer,
    hyperparameters: Any,
    *,
    start: tuple[float, float],
    steps: int,
    noise: Noise,
    factors: NDArray[np.float64] = CONSTANT,
    max_points: int = 2000,
) -> Descent:
    """Run one optimizer on one objective from one start.

    Args:
        objective: the objective.
        parameters: its packed parameters, from `objective.pack`.
        optimizer: the optimizer.
        hyperparameters: its packed hyperparameters, from `optimizer.pack`.
        start: the starting point (x, y).
        steps: how many steps to take.
        noise: the noise of the gradient oracle.
        factors: what the learning rate is multiplied by at each step, float64[steps], from
            `Schedule.find_factors`; empty for a constant rate.
        max_points: longer paths are thinned to at most this many points; the first and the
            last point always stay.

    Example:
        >>> from descent_atlas.objectives.objective_table import OBJECTIVES
        >>> from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
        >>> bowl, gd = OBJECTIVES["two-gaussian-bowl"], OPTIMIZERS["gd"]
        >>> descent = descend(bowl, bowl.pack({}), gd, gd.pack({"lr": 0.02}),
        ...                   start=(1.2, 0.3), steps=500, noise=Noise())
        >>> descent.status.value, descent.arrived
        ('converged', True)
    """
    paths = np.empty((1, 3, steps + 1))
    ends = np.empty((1, 7), dtype=np.int32)
    run(
        np.uintp(objective.value_and_gradient.address),
        np.uintp(objective.hessian.address),
        np.uintp(objective.valley_address),
        parameters,
        minima_table(objective, parameters.tobytes()),
        hyperparameters,
        factors,
        noise_scale(optimizer, noise),
        np.array([noise.seed], dtype=np.uint64),
        np.array([start], dtype=np.float64),
        steps,
        paths,
        ends,
    )
    return _read_end(optimizer.id, paths[0], ends[0], max_points)


def judge_path(
    objective: Objective,
    parameters: NDArray[np.float64],
    path: NDArray[np.float64],
    *,
    optimizer: str,
    gradient: tuple[float, float],
    moved: tuple[float, float],
    left: bool,
    steps: int,
    max_points: int,
) -> Descent:
    """Judge a path that another program has taken by the rules of `descend`, without noise.

    Args:
        objective: the objective.
        parameters: its packed parameters, from `objective.pack`.
        path: float64[3, points], contiguous; x, y and the loss at each step from the start on.
        optimizer: what the descent names as its optimizer.
        gradient: the gradient at the last point.
        moved: the last step, as it would be at the unscheduled learning rate.
        left: whether the last point has left for good, see `has_left`.
        steps: the steps of the budget; those of the path, unless it has left.
        max_points: longer paths are thinned to at most this many points.
    """
    end = np.empty(7, dtype=np.int32)
    last = path.shape[1] - 1
    _describe_end(
        np.uintp(objective.value_and_gradient.address),
        np.uintp(objective.hessian.address),
        np.uintp(objective.valley_address),
        parameters,
        minima_table(objective, parameters.tobytes()),
        path,
        steps,
        last if left else 0,
        *gradient,
        *moved,
        False,
        end,
    )
    return _read_end(optimizer, path, end, max_points)


def _read_end(
    optimizer: str, path: NDArray[np.float64], end: NDArray[np.int32], max_points: int
) -> Descent:
    """Return the descent of a path and of its row of `run`'s `ends`."""
    code, last, minimum, arrival, *visit = end.tolist()
    count = count_finite(path, last) if code == DIVERGED else last + 1
    kept = thin_path(path[:, :count], max_points) if count > max_points else None
    x, y, loss = path[:, :count] if kept is None else path[:, kept]
    return Descent(
        optimizer=optimizer,
        status=STATUSES[code],
        steps=last,
        minimum=minimum if minimum >= 0 else None,
        arrived=arrival >= 0,
        arrival=arrival if arrival >= 0 else None,
        visit=Visit(*visit) if visit[0] >= 0 else None,
        step=np.arange(count, dtype=np.int32) if kept is None else kept,
        x=x,
        y=y,
        loss=loss,
    )


def draws_noise(optimizer: Optimizer, noise: Noise) -> bool:
    """Return whether this optimizer sees noisy gradients.

    Stochastic gradient descent always draws noise and gradient descent never, by definition; the
    others draw it if `noise.all` is set.
    """
    return optimizer.draws_noise or (noise.all and optimizer.id != "gd")


def noise_scale(optimizer: Optimizer, noise: Noise) -> float:
    """Return the standard deviation of the noise in the gradients that this optimizer sees."""
    return noise.scale if draws_noise(optimizer, noise) else 0.0


@lru_cache(maxsize=256)
def minima_table(objective: Objective, parameters: bytes) -> NDArray[np.float64]:
    """Return the minima in the layout of compiled code, the lowest first.

    float64[minima, 5]: x, y, radius, cusp, value.
    """
    minima = find_minima(objective, np.frombuffer(parameters))
    rows = [(m.x, m.y, m.radius, float(m.cusp), m.value) for m in minima]
    return np.array(rows, dtype=np.float64).reshape(len(rows), 5)


@compile_function
def run(  # type: ignore[no-untyped-def]  # compiled for each optimizer's types
    objective, hessian, valley, parameters, minima, h, factors, noise_scale, seeds,
    points, steps, paths, ends,
):  # fmt: skip
    """Walk from each start and record where each walk ended.

    As many walks as there are paths take their steps in turn. Within a walk each operation waits
    for the one before (exponentials, a root, a quotient); meanwhile the processor begins the
    next walk's step.

    Args:
        objective, hessian: the addresses of the compiled objective and its Hessian.
        valley: the address of what finds the nearest point of a curve of minima, or 0.
        parameters: the objective's parameters, float64[parameters].
        minima: its minima, float64[minima, 5], from `minima_table`.
        h: the optimizer's hyperparameters; their type chooses the rule.
        factors: what the learning rate is multiplied by at each step, float64[steps], or
            float64[0] for a constant rate.
        noise_scale: the standard deviation of the gradient's noise, 0 for none.
        seeds: the noise's seed for each start, uint64[starts].
        points: the starts, float64[starts, 2]; receives the last points, which are not finite
            where a walk overflowed.
        steps: the steps to take, 1 or more.
        paths: float64[walks, 3, steps + 1]; receives x, y and the loss at each step; later walks
            overwrite earlier ones.
        ends: int32[starts, 4 or 7]; receives the status's number, the last step, the index of the
            minimum in whose basin the last point lies (-1 for none), the step of arrival there
            (-1 for none); then a `Visit`: the minimum, the first and the last step (-1 for none).
    """
    walks = paths.shape[0]
    lowest = minima[0, 4] if minima.shape[0] > 0 else 0.0  # Eve needs it
    gradients_x, gradients_y = np.empty(walks), np.empty(walks)
    left = np.empty(walks, dtype=np.int64)  # the step in which each walk left for good, or 0
    states = [init(h) for _ in range(walks)]
    has_schedule = factors.shape[0] > 0
    before = states  # with a schedule, those before the last step
    if has_schedule:
        before = [init(h) for _ in range(walks)]
    for begun in range(0, points.shape[0], walks):
        count = min(walks, points.shape[0] - begun)
        for i in range(count):
            x, y = points[begun + i, 0], points[begun + i, 1]
            f, gradients_x[i], gradients_y[i] = call_objective(objective, x, y, parameters)
            paths[i, 0, 0], paths[i, 1, 0], paths[i, 2, 0] = x, y, f
            states[i] = init(h)
            left[i] = 0
        lost = 0
        for k in range(1, steps + 1):
            scheduled = h
            if has_schedule:
                scheduled = scale_rate(h, factors[k - 1])
                if k == steps:
                    for i in range(count):
                        before[i] = states[i]
            for i in range(count):
                if left[i] > 0:
                    continue
                fx, fy = gradients_x[i], gradients_y[i]
                if noise_scale > 0.0:
                    noise_x, noise_y = normal_pair(seeds[begun + i], np.uint64(k))
                    fx += noise_scale * noise_x
                    fy += noise_scale * noise_y
                x, y, states[i] = update(
                    paths[i, 0, k - 1],
                    paths[i, 1, k - 1],
                    fx,
                    fy,
                    paths[i, 2, k - 1] - lowest,
                    states[i],
                    scheduled,
                )
                f, gradients_x[i], gradients_y[i] = call_objective(objective, x, y, parameters)
                paths[i, 0, k], paths[i, 1, k], paths[i, 2, k] = x, y, f
                if has_left(x, y, f):
                    left[i] = k
                    lost += 1
            if lost == count:
                break
        for i in range(count):
            last = left[i] if left[i] > 0 else steps
            moved_x = paths[i, 0, last] - paths[i, 0, last - 1]
            moved_y = paths[i, 1, last] - paths[i, 1, last - 1]
            if has_schedule and left[i] == 0:
                moved_x, moved_y = repeat_last_step(
                    objective, parameters, paths[i], steps, lowest,
                    noise_scale, seeds[begun + i], before[i], h,
                )  # fmt: skip
            _describe_end(
                objective, hessian, valley, parameters, minima, paths[i], steps, left[i],
                gradients_x[i], gradients_y[i], moved_x, moved_y, noise_scale > 0.0,
                ends[begun + i],
            )  # fmt: skip
            points[begun + i, 0], points[begun + i, 1] = paths[i, 0, last], paths[i, 1, last]


@compile_function
def has_left(x: float, y: float, f: float) -> bool:
    """Return whether a descent has diverged at (x, y), where the objective is f."""
    # Written so that NaN, which compares false, has left as well.
    return not (abs(x) <= DIVERGENCE_BOUND and abs(y) <= DIVERGENCE_BOUND and math.isfinite(f))


@compile_function
def _describe_end(  # type: ignore[no-untyped-def]  # compiled for the types that `run` passes
    objective, hessian, valley, parameters, minima, path, steps, left, fx, fy, moved_x, moved_y,
    is_noisy, end,
):  # fmt: skip
    """Write a row of `run`'s `ends`: how a path of `steps` steps ended.

    `left` is the step in which it left for good, or 0; (fx, fy) the gradient at its last point,
    (moved_x, moved_y) its last step at the unscheduled rate.
    """
    last = left if left > 0 else steps
    if valley != 0:
        path = straighten(valley, parameters, minima, path, last)
    code, minimum, arrival = DIVERGED, -1, -1
    if left == 0:
        code, minimum, arrival = _judge(
            objective, hessian, valley, parameters, minima, path, steps, fx, fy, moved_x, moved_y,
            is_noisy,
        )  # fmt: skip
    end[0], end[1], end[2], end[3] = code, last, minimum, arrival
    if end.shape[0] > 4:
        end[4], end[5], end[6] = -1, -1, -1
        if arrival < 0:  # a stay counts if it is as long as one that arrives
            visited, first, final = find_visit(path, last, minima)
            if final - first >= count_window(steps):
                end[4], end[5], end[6] = visited, first, final


@compile_function
def _judge(  # type: ignore[no-untyped-def]  # compiled for the types that `run` passes
    objective, hessian, valley, parameters, minima, path, steps, fx, fy, moved_x, moved_y, is_noisy
):
    """Return the status's number, the minimum and the step of arrival of a whole path.

    (fx, fy) is the gradient at its last point, (moved_x, moved_y) its last step at the unscheduled
    rate.
    """
    x, y = path[0, steps], path[1, steps]
    if valley != 0:  # the path is straightened: the curve's point is the nearest
        minimum, _ = find_nearest(minima, x, y)
    else:
        minimum = basin_of(objective, hessian, parameters, minima, x, y)
    arrival = -1
    if minimum >= 0:
        arrival = find_arrival(path, steps, minima[minimum, 0], minima[minimum, 1], is_noisy)
    is_at_rest = (
        moved_x * moved_x + moved_y * moved_y <= STEP_TOLERANCE**2
        and fx * fx + fy * fy <= GRADIENT_TOLERANCE**2
    )
    if not is_at_rest:
        return EXHAUSTED, minimum, arrival
    if minimum < 0 or is_far(path, steps, minima[minimum, 0], minima[minimum, 1]):
        return STATIONARY, minimum, arrival
    if minima[minimum, 3] > 0.0:  # a cusp, where the gradient says nothing
        return EXHAUSTED, minimum, arrival
    if valley != 0:  # along a curve of minima the curvature is zero, and rounding gives it a sign
        return CONVERGED if arrival >= 0 else EXHAUSTED, minimum, arrival
    fxx, fxy, fyy = call_objective(hessian, x, y, parameters)
    middle, half = (fxx + fyy) / 2, math.hypot((fxx - fyy) / 2, fxy)
    if middle - half < -FLAT * (abs(middle) + half):
        return STATIONARY, minimum, arrival
    return CONVERGED if arrival >= 0 else EXHAUSTED, minimum, arrival
