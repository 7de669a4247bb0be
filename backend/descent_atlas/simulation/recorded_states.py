"""An optimizer's state during a descent: the loop again, with a record of what it remembers.

`descent.run` keeps positions and losses alone. To read the state at some steps the descent is taken
anew from its start, with the same compiled rules and therefore to the same bits.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import call_objective, compile_function, flatten
from descent_atlas.objectives.objective import Objective
from descent_atlas.optimizers.optimizer_table import Optimizer, init, scale_rate, update
from descent_atlas.optimizers.quantities import Record, Vector
from descent_atlas.optimizers.rules import advance, asks
from descent_atlas.optimizers.rules.oracle import Oracle
from descent_atlas.optimizers.schedules.rate_factors import CONSTANT
from descent_atlas.simulation.descent import has_left, minima_table, noise_scale
from descent_atlas.simulation.noise import Noise
from descent_atlas.statistics.philox import normal_pair

POSITION = 2
"""The first column of a position in `_record`'s rows; the gradient stands before it."""

STATE = 4
"""The first column of the state in `_record`'s rows."""


def record_states(
    objective: Objective,
    parameters: NDArray[np.float64],
    optimizer: Optimizer,
    hyperparameters: Any,
    *,
    start: tuple[float, float],
    steps: int,
    noise: Noise,
    factors: NDArray[np.float64] = CONSTANT,
    first: int,
    count: int,
) -> Record:
    """Take a descent's steps, and record some of them: gradients seen, positions, states.

    Args:
        objective: the objective.
        parameters: its packed parameters, from `objective.pack`.
        optimizer: the optimizer.
        hyperparameters: its packed hyperparameters, from `optimizer.pack`.
        start: the starting point (x, y).
        steps: the descent's budget: no step that it does not pay for is recorded.
        noise: the noise of the gradient oracle.
        factors: what the learning rate is multiplied by at each step, float64[steps]; empty for a
            constant rate.
        first: the first step to record, 1 or more.
        count: how many steps to record; fewer if the budget ends or the descent diverges before.

    Returns:
        What happened in each of these steps, one entry a step.
    """
    template = init(hyperparameters)
    last = min(first + count - 1, optimizer.count_steps(steps))
    table = np.zeros((max(last - first + 2, 1), STATE + _count_numbers(template)))
    address = np.uintp(objective.value_and_gradient.address)
    scale, seed = noise_scale(optimizer, noise), np.uint64(noise.seed)
    x, y = map(float, start)
    if asks(optimizer.rule):
        hessian = np.uintp(objective.hessian.address)
        oracle = Oracle(address, hessian, parameters, scale, seed, 0)
        taken = _record_asking(oracle, hyperparameters, factors, x, y, steps, first, table)
    else:
        minima = minima_table(objective, parameters.tobytes())
        lowest = float(minima[0, 4]) if len(minima) else 0.0
        taken = _record(
            address, parameters, lowest, hyperparameters, factors, scale, seed, x, y, first, table
        )
    rows = table[: max(taken - first + 2, 1)]
    columns = list(rows.T)
    states = columns[STATE:]
    step = np.arange(first, first + len(rows) - 1, dtype=np.int32)
    before = _nest(template, iter([column[:-1] for column in states]))
    after = _nest(template, iter([column[1:] for column in states]))
    origin = Vector(columns[POSITION][:-1], columns[POSITION + 1][:-1])
    gradient, seen_at = Vector(columns[0][1:], columns[1][1:]), origin
    if asks(optimizer.rule):
        gradient = Vector(after.seen.gx, after.seen.gy)
        seen_at = Vector(after.seen.x, after.seen.y)
    return Record(
        step=step,
        lr=hyperparameters.lr * (factors[step - 1] if factors.size else np.ones(step.size)),
        gradient=gradient,
        seen_at=seen_at,
        start=origin,
        position=Vector(columns[POSITION][1:], columns[POSITION + 1][1:]),
        before=before,
        after=after,
    )


def _count_numbers(template: Any) -> int:
    return sum(map(_count_numbers, template)) if isinstance(template, tuple) else 1


def _nest(template: Any, columns: Iterator[NDArray[np.float64]]) -> Any:
    """Return columns in the form of a state, each number of which becomes an array."""
    if not isinstance(template, tuple):
        return next(columns)
    parts = [_nest(part, columns) for part in template]
    return type(template)(*parts) if hasattr(template, "_fields") else tuple(parts)


@compile_function
def _record(  # type: ignore[no-untyped-def]  # compiled for each optimizer's types
    objective, parameters, lowest, h, factors, noise_scale, seed, x, y, first, table
):  # fmt: skip
    """Walk from (x, y) as `descent.run` does, and record states.

    Args:
        objective, parameters, h, factors, noise_scale: as in `descent.run`.
        lowest: the loss of the global minimum.
        seed: the noise's seed.
        x, y: the start.
        first: the first step to record.
        table: float64[steps to record + 1, 4 + numbers of a state]; receives the gradient that a
            step saw, the position and the state after it. The first row is of the step before
            `first`; the gradient before the first step of all is 0.

    Returns:
        The last step taken.
    """
    f, fx, fy = call_objective(objective, x, y, parameters)
    seen_x, seen_y = 0.0, 0.0
    states = [init(h)]
    last = first + table.shape[0] - 2
    k = 0
    while True:
        if k >= first - 1:
            row = table[k - first + 1]
            row[0], row[1], row[2], row[3] = seen_x, seen_y, x, y
            numbers = flatten(states[0])
            for i in range(len(numbers)):
                row[4 + i] = numbers[i]
        if k >= last or (k > 0 and has_left(x, y, f)):
            return k
        k += 1
        seen_x, seen_y = fx, fy
        if noise_scale > 0.0:
            noise_x, noise_y = normal_pair(seed, np.uint64(k))
            seen_x += noise_scale * noise_x
            seen_y += noise_scale * noise_y
        factor = factors[k - 1] if factors.shape[0] > 0 else 1.0
        x, y, states[0] = update(x, y, seen_x, seen_y, f - lowest, states[0], scale_rate(h, factor))
        f, fx, fy = call_objective(objective, x, y, parameters)


@compile_function
def _record_asking(  # type: ignore[no-untyped-def]  # compiled for each optimizer's types
    oracle, h, factors, x, y, budget, first, table
):
    """Walk from (x, y) as `counted_loop.run_counted` does, and record states.

    Args:
        oracle: the oracle before the first step.
        h, factors, budget: as in `run_counted`.
        x, y: the start.
        first, table: as in `_record`; the state holds the gradient that a step saw.

    Returns:
        The last step taken.
    """
    states = [init(h)]
    last = first + table.shape[0] - 2
    k = 0
    while True:
        if k >= first - 1:
            row = table[k - first + 1]
            row[2], row[3] = x, y
            numbers = flatten(states[0])
            for i in range(len(numbers)):
                row[4 + i] = numbers[i]
        f, _, _ = call_objective(oracle.objective, x, y, oracle.parameters)
        if k >= last or (k > 0 and has_left(x, y, f)):
            return k
        factor = factors[min(k, factors.shape[0] - 1)] if factors.shape[0] > 0 else 1.0
        next_x, next_y, asked, state = advance(x, y, oracle, states[0], scale_rate(h, factor))
        if asked.spent > budget:
            return k
        x, y, states[0], oracle = next_x, next_y, state, asked
        k += 1
