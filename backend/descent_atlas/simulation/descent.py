"""The one loop: any optimizer on any objective, from one start.

Positions are never clamped and gradients never clipped. Every descent takes all of its steps unless
it diverges: a descent that comes near a minimum, even to within rounding, may leave it again. One
that diverges is a result like any other, and reports the step in which it diverged.

A rule that needs more than one gradient a step has a loop of its own (`counted_loop`), whose budget
counts evaluations; where a step takes one, they are its steps.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import DirectCalls, call_objective, compile_function
from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.optimizers.optimizer_table import Optimizer, init, scale_rate, update
from descent_atlas.optimizers.rules import asks
from descent_atlas.optimizers.schedules.rate_factors import CONSTANT
from descent_atlas.simulation.counted_loop import run_counted
from descent_atlas.simulation.ending import (
    DIVERGED,
    DIVERGENCE_BOUND,
    GRADIENT_TOLERANCE,
    SPENT,
    STATUSES,
    STEP_TOLERANCE,
    Status,
    Visit,
    describe_end,
    has_left,
)
from descent_atlas.simulation.kept_points import count_finite, thin_path
from descent_atlas.simulation.noise import Noise
from descent_atlas.simulation.unscheduled_step import repeat_last_step
from descent_atlas.statistics.philox import normal_pair

__all__ = [
    "DEFAULT_STEPS",
    "DIVERGED",
    "DIVERGENCE_BOUND",
    "GRADIENT_TOLERANCE",
    "STATUSES",
    "STEP_TOLERANCE",
    "CompiledLoop",
    "Descent",
    "Status",
    "Visit",
    "choose_loop",
    "count_finite",
    "descend",
    "draws_noise",
    "has_left",
    "judge_path",
    "minima_table",
    "noise_scale",
    "run",
    "thin_path",
]

DEFAULT_STEPS = 1000
"""Steps of a descent unless a request says otherwise, and the budget for which the default
learning rates are measured: twice the largest in the article."""


@dataclass(kw_only=True, slots=True, eq=False)  # frozen, it would take as long as 50 steps
class Descent:
    """One optimizer's run on one objective from one start.

    Attributes:
        optimizer: the optimizer's id.
        status: how it ended.
        steps: the steps it took: as many as its budget pays for, or for a diverged descent the step
            at which it left.
        evaluations: the gradients that it asked for, as many as steps unless its rule needs more.
        minimum: the index (in `find_minima`) of the minimum in whose gradient-flow basin the
            last point lies, whatever the status; None if it diverged or if there is none.
        arrived: whether it stayed near that minimum to the end, see `arrival.find_arrival`.
        arrival: the step in which it arrived there; None if it did not.
        visit: for a descent that did not arrive, its longest unbroken stay near one minimum, if
            that would have been long enough to arrive; else None.
        step: the step number of each point kept, int32[points].
        spent: the evaluations until each of them, int32[points].
        x, y: the positions, float64[points], finite.
        loss: the objective there, float64[points], finite.
    """

    optimizer: str
    status: Status
    steps: int
    evaluations: int
    minimum: int | None
    arrived: bool
    arrival: int | None
    visit: Visit | None
    step: NDArray[np.int32]
    spent: NDArray[np.int32]
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
        steps: the budget: how many evaluations to take, one a step unless the rule needs more.
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
    loop = choose_loop(optimizer)
    paths = np.empty((1, loop.rows, steps + 1))
    ends = np.empty((1, 7), dtype=np.int32)
    points = np.empty((1, 2))  # filled: made from a list, it takes as long as 30 steps
    points[0, 0], points[0, 1] = start
    loop.calls.call(
        type(hyperparameters),
        *objective.addresses,
        np.ascontiguousarray(parameters, dtype=np.float64),
        minima_table(objective, parameters.tobytes()),
        hyperparameters,
        np.ascontiguousarray(factors, dtype=np.float64),
        noise_scale(optimizer, noise),
        _hold_seed(noise.seed),
        points,
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
    describe_end(
        *objective.addresses,
        parameters,
        minima_table(objective, parameters.tobytes()),
        path,
        steps,
        last,
        left,
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
    if count > max_points:
        step: NDArray[np.int32] = thin_path(path[:, :count], max_points)
        x, y, loss = path[:3, step]
    else:
        step = _number_steps(count)
        x, y, loss = path[0, :count], path[1, :count], path[2, :count]
    spent = path[SPENT, : last + 1].astype(np.int32) if path.shape[0] > SPENT else None
    return Descent(
        optimizer=optimizer,
        status=STATUSES[code],
        steps=last,
        evaluations=last if spent is None else int(spent[last]),
        minimum=minimum if minimum >= 0 else None,
        arrived=arrival >= 0,
        arrival=arrival if arrival >= 0 else None,
        visit=Visit(*visit) if visit[0] >= 0 else None,
        step=step,
        spent=step if spent is None else spent[step],
        x=x,
        y=y,
        loss=loss,
    )


@lru_cache(maxsize=256)
def _hold_seed(seed: int) -> NDArray[np.uint64]:
    """Return a seed as the loops take it, which only read it."""
    return np.array([seed], dtype=np.uint64)


@lru_cache(maxsize=256)
def _number_steps(count: int) -> NDArray[np.int32]:
    """Return the numbers from 0 to `count` - 1, for reading."""
    numbers = np.arange(count, dtype=np.int32)
    numbers.flags.writeable = False
    return numbers


def draws_noise(optimizer: Optimizer, noise: Noise) -> bool:
    """Return whether this optimizer sees noisy gradients.

    Stochastic gradient descent always draws noise, and those that are exact never; the others draw
    it if `noise.all` is set.
    """
    return optimizer.draws_noise or (noise.all and not optimizer.is_exact)


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


class CompiledLoop(NamedTuple):
    """The compiled loop of an optimizer.

    Attributes:
        run: `run`, or `run_counted` for a rule that asks an oracle.
        rows: the rows of its paths.
        columns: those of its ends that tell the least that many walks are asked for.
        calls: of `run`, for walks that are asked for one by one.
    """

    run: Any
    rows: int
    columns: int
    calls: DirectCalls


def choose_loop(optimizer: Optimizer) -> CompiledLoop:
    """Return the loop that runs an optimizer."""
    return _COUNTED if asks(optimizer.rule) else _STEPWISE


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
            describe_end(
                objective, hessian, valley, parameters, minima, paths[i], steps, last, left[i] > 0,
                gradients_x[i], gradients_y[i], moved_x, moved_y, noise_scale > 0.0,
                ends[begun + i],
            )  # fmt: skip
            points[begun + i, 0], points[begun + i, 1] = paths[i, 0, last], paths[i, 1, last]


_STEPWISE = CompiledLoop(run, SPENT, 4, DirectCalls(run))
_COUNTED = CompiledLoop(run_counted, SPENT + 1, 8, DirectCalls(run_counted))
