"""The grid of starts: it must say what a descent from each start says."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.basins import Axis, Basins, basins
from descent_atlas.simulation.descent import STATUSES, descend
from descent_atlas.simulation.noise import Noise, start_seed
from descent_atlas.simulation.outcomes import CancelledError, run_from_each


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def compute(
    objective_id: str, optimizer_id: str, pool: ThreadPoolExecutor, *,
    count: int = 9, steps: int = 200, noise: Noise = Noise(), lr: float | None = None,
    **extra: Any,
) -> Basins:  # fmt: skip
    objective, optimizer = OBJECTIVES[objective_id], OPTIMIZERS[optimizer_id]
    (x0, x1), (y0, y1) = objective.domain.x, objective.domain.y
    return basins(
        objective,
        objective.pack({}),
        optimizer,
        optimizer.pack({} if lr is None else {"lr": lr}),
        x=Axis(minimum=x0, maximum=x1, count=count),
        y=Axis(minimum=y0, maximum=y1, count=count),
        steps=steps,
        noise=noise,
        executor=pool,
        **extra,
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("objective", ["two-gaussian-bowl", "rastrigin", "himmelblau", "saddle"])
def test_each_cell_says_what_the_descent_from_there_says(
    objective: str, optimizer: str, pool: ThreadPoolExecutor
) -> None:
    noise = Noise(std=0.5, seed=11)
    result = compute(objective, optimizer, pool, count=5, noise=noise)
    problem, rule = OBJECTIVES[objective], OPTIMIZERS[optimizer]
    for row, y in enumerate(np.linspace(*problem.domain.y, 5)):
        for column, x in enumerate(np.linspace(*problem.domain.x, 5)):
            descent = descend(
                problem, problem.pack({}), rule, rule.pack({}),
                start=(float(x), float(y)), steps=200, noise=noise,
            )  # fmt: skip
            label, arrival = result.labels[row, column], result.arrivals[row, column]
            assert STATUSES[result.statuses[row, column]] is descent.status
            assert (None if label < 0 else label) == descent.minimum
            assert (None if arrival < 0 else arrival) == descent.arrival


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("noise_per_start", [False, True])
def test_each_start_ends_where_the_descent_with_its_seed_does(
    optimizer: str, noise_per_start: bool, pool: ThreadPoolExecutor
) -> None:
    himmelblau, rule = OBJECTIVES["himmelblau"], OPTIMIZERS[optimizer]
    noise = Noise(std=2.0, seed=8)
    x, y = np.random.default_rng(0).uniform(-5, 5, (2, 301))
    outcomes = run_from_each(
        himmelblau, himmelblau.pack({}), rule, rule.pack({"lr": 0.005}),
        x=x, y=y, steps=500, noise=noise, noise_per_start=noise_per_start, executor=pool,
    )  # fmt: skip
    for i in range(301):
        seed = start_seed(8, i) if noise_per_start else 8
        descent = descend(
            himmelblau, himmelblau.pack({}), rule, rule.pack({"lr": 0.005}),
            start=(x[i], y[i]), steps=500, noise=Noise(std=2.0, seed=seed),
        )  # fmt: skip
        label, arrival = outcomes.minima[i], outcomes.arrivals[i]
        assert STATUSES[outcomes.statuses[i]] is descent.status
        assert (None if label < 0 else label) == descent.minimum
        assert (None if arrival < 0 else arrival) == descent.arrival
        if len(descent.x) == 501:
            assert (outcomes.x[i], outcomes.y[i]) == (descent.x[-1], descent.y[-1])


def test_the_shares_count_the_starts(pool: ThreadPoolExecutor) -> None:
    result = compute("two-gaussian-bowl", "adam", pool, count=21)
    bowl = OBJECTIVES["two-gaussian-bowl"]
    minima = find_minima(bowl, bowl.pack({}))
    assert [share.is_global for share in result.shares] == [m.is_global for m in minima]
    assert sum(share.share for share in result.shares) + result.none == pytest.approx(1.0)
    for share in result.shares:
        assert share.share == (result.labels == share.minimum).mean()
        assert share.arrived <= share.share


def test_starts_that_diverge_are_counted_and_lead_nowhere(pool: ThreadPoolExecutor) -> None:
    result = compute("saddle", "gd", pool, steps=200, count=4, lr=0.1)
    assert result.diverged == 1.0
    assert result.none == 1.0
    assert result.shares == ()


def test_one_thread_and_two_give_the_same_map(pool: ThreadPoolExecutor) -> None:
    with ThreadPoolExecutor(1) as alone:
        first = compute("himmelblau", "momentum", alone, count=41)
    second = compute("himmelblau", "momentum", pool, count=41)
    assert (first.labels == second.labels).all()
    assert (first.arrivals == second.arrivals).all()


def test_progress_rises_to_one(pool: ThreadPoolExecutor) -> None:
    seen: list[float] = []
    compute("himmelblau", "gd", pool, count=61, progress=seen.append)
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_cancelled_computation_stops_before_its_end(pool: ThreadPoolExecutor) -> None:
    cancelled = threading.Event()
    seen: list[float] = []

    def stop_soon(fraction: float) -> None:
        seen.append(fraction)
        cancelled.set()

    with pytest.raises(CancelledError):
        compute("himmelblau", "gd", pool, count=201, cancelled=cancelled, progress=stop_soon)
    assert seen[-1] < 0.5
