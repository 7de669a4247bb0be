"""Descents whose learning rate follows a schedule: their paths, and what counts as rest."""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.objectives.typed.typed_objective import make_typed
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
from descent_atlas.simulation.basins import Axis, basins
from descent_atlas.simulation.descent import (
    GRADIENT_TOLERANCE,
    STATUSES,
    STEP_TOLERANCE,
    Descent,
    Status,
    descend,
)
from descent_atlas.simulation.noise import Noise

SILENT = Noise()


def walk(
    objective: Objective,
    optimizer_id: str,
    start: tuple[float, float],
    steps: int,
    schedule_id: str,
    values: dict[str, Any],
    *,
    noise: Noise = SILENT,
    **hyperparameters: float,
) -> Descent:
    optimizer = OPTIMIZERS[optimizer_id]
    h = optimizer.pack(hyperparameters)
    scheduled = optimizer.count_scheduled(steps)
    factors = SCHEDULES[schedule_id].find_factors(values, steps=scheduled, lr=h.lr)
    return descend(
        objective, objective.pack({}), optimizer, h,
        start=start, steps=steps, noise=noise, factors=factors,
    )  # fmt: skip


def find_last(objective: Objective, descent: Descent) -> tuple[float, float]:
    """Return the length of the last step and of the last gradient."""
    _, fx, fy = objective.evaluate(descent.x[-1], descent.y[-1], objective.pack({}))
    step = math.hypot(descent.x[-1] - descent.x[-2], descent.y[-1] - descent.y[-2])
    return step, math.hypot(fx, fy)


def test_gradient_descent_walks_the_rates_of_its_schedule() -> None:
    himmelblau = OBJECTIVES["himmelblau"]
    descent = walk(himmelblau, "gd", (0.5, -1.0), 20, "step", {"step_size": 6}, lr=0.01)
    x, y = 0.5, -1.0
    for k in range(20):
        assert (descent.x[k], descent.y[k]) == pytest.approx((x, y), rel=1e-13)
        _, fx, fy = (float(value) for value in himmelblau.evaluate(x, y, himmelblau.pack({})))
        rate = 0.01 * 0.1 ** (k // 6)
        x, y = x - rate * fx, y - rate * fy


@pytest.mark.parametrize("noise", [SILENT, Noise(std=0.3, seed=5, all=True)])
@pytest.mark.parametrize("id", [id for id, one in OPTIMIZERS.items() if one.takes_schedule])
def test_a_schedule_that_changes_nothing_changes_no_bit_and_no_verdict(
    id: str, noise: Noise
) -> None:
    ends = set()
    for name, lr in (("quadratic", 0.05), ("three-hump-camel", 0.3), ("rosenbrock", 0.5)):
        objective = OBJECTIVES[name]
        values: dict[str, Any] = {"milestones": (90_000,)}
        ours = walk(objective, id, (0.6, 0.4), 400, "multistep", values, noise=noise, lr=lr)
        constant = walk(objective, id, (0.6, 0.4), 400, "constant", {}, noise=noise, lr=lr)
        for field in ("step", "x", "y", "loss"):
            np.testing.assert_array_equal(getattr(ours, field), getattr(constant, field))
        for field in ("status", "steps", "minimum", "arrived", "arrival", "visit"):
            assert getattr(ours, field) == getattr(constant, field)
        ends.add(ours.status)
    assert len(ends) > 0


PLATEAU = make_typed("-exp(-x^2 - y^2)")
"""A pit in a plateau, on which gradients vanish."""


@pytest.mark.parametrize(
    ("schedule", "values"),
    [
        ("linear", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 40}),
        ("multistep", {"milestones": (20, 30), "gamma": 0.0}),
        ("exponential", {"gamma": 0.5}),
    ],
)
def test_a_rate_that_a_schedule_took_to_zero_is_no_rest(
    schedule: str, values: dict[str, Any]
) -> None:
    # Lion takes steps of one length wherever it is; on the plateau they shrink with the rate alone.
    lion = walk(PLATEAU, "lion", (6.0, 5.0), 60, schedule, values, lr=0.01)
    step, gradient = find_last(PLATEAU, lion)
    assert step <= STEP_TOLERANCE and gradient <= GRADIENT_TOLERANCE
    assert lion.status is Status.EXHAUSTED


def test_a_velocity_that_a_rate_of_zero_hides_is_no_rest() -> None:
    # It rolls through the pit and out on the plateau, where the rate stops it.
    stop = {"milestones": (12,), "gamma": 0.0}
    held = walk(PLATEAU, "momentum", (0.7, 0.0), 14, "multistep", stop, lr=5.0, momentum=0.99)
    step, gradient = find_last(PLATEAU, held)
    assert step == 0.0 and gradient <= GRADIENT_TOLERANCE
    assert held.status is Status.EXHAUSTED
    # Without a velocity the same place is rest.
    rested = walk(PLATEAU, "gd", (6.0, 5.0), 14, "multistep", stop, lr=5.0)
    assert rested.status is Status.STATIONARY


def test_on_a_slope_a_rate_of_zero_is_no_rest_either() -> None:
    quadratic = OBJECTIVES["quadratic"]
    stop = {"milestones": (5,), "gamma": 0.0}
    held = walk(quadratic, "gd", (1.0, 1.0), 300, "multistep", stop, lr=0.01)
    assert find_last(quadratic, held)[0] == 0.0
    assert (held.status, held.arrived) == (Status.EXHAUSTED, False)


def test_a_scheduled_descent_that_would_rest_at_its_full_rate_has_converged() -> None:
    quadratic = OBJECTIVES["quadratic"]
    for schedule in ("cosine", "restarts", "linear"):
        descent = walk(quadratic, "gd", (1.0, 1.0), 5000, schedule, {}, lr=0.05)
        assert (descent.status, descent.arrived) == (Status.CONVERGED, True), schedule


@pytest.mark.parametrize("id", ["sgd", "momentum", "lion", "yellowfin", "sam"])
def test_each_cell_of_a_basin_map_says_what_the_scheduled_descent_from_there_says(id: str) -> None:
    noise = Noise(std=0.5, seed=11)
    himmelblau, optimizer = OBJECTIVES["himmelblau"], OPTIMIZERS[id]
    h, axis = optimizer.pack({}), Axis(minimum=-5.0, maximum=5.0, count=5)
    steps = optimizer.count_scheduled(200)
    factors = SCHEDULES["onecycle"].find_factors({}, steps=steps, lr=h.lr)
    parameters = himmelblau.pack({})
    with ThreadPoolExecutor(1) as pool:
        result = basins(
            himmelblau, parameters, optimizer, h,
            x=axis, y=axis, steps=200, noise=noise, factors=factors, executor=pool,
        )  # fmt: skip
    for row, y in enumerate(axis.coordinates().tolist()):
        for column, x in enumerate(axis.coordinates().tolist()):
            descent = descend(
                himmelblau, parameters, optimizer, h,
                start=(x, y), steps=200, noise=noise, factors=factors,
            )  # fmt: skip
            label, arrival = result.labels[row, column], result.arrivals[row, column]
            assert STATUSES[result.statuses[row, column]] is descent.status
            assert (None if label < 0 else label) == descent.minimum
            assert (None if arrival < 0 else arrival) == descent.arrival
