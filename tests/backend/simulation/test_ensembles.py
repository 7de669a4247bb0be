"""Ensembles: each descent is the page's own, and what is counted of them all."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.objectives.typed.typed_objective import make_typed
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import STATUSES, Status, descend
from descent_atlas.simulation.ensembles import (
    LEVELS,
    Ensemble,
    choose_steps,
    find_quantiles,
    run_ensemble,
)
from descent_atlas.simulation.noise import Noise
from descent_atlas.simulation.outcomes import CancelledError

BOWL = OBJECTIVES["two-gaussian-bowl"]
START = (0.6, 1.4)


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def run(pool: ThreadPoolExecutor, **changes: Any) -> Ensemble:
    """Run an ensemble of SGD on the bowl, or of what the changes say."""
    objective = changes.pop("objective", BOWL)
    optimizer = OPTIMIZERS[changes.pop("optimizer", "sgd")]
    lr = changes.pop("lr", 0.02)
    options: dict[str, Any] = {
        "start": START,
        "steps": 300,
        "noise": Noise(std=2.0, seed=5),
        "seeds": 11,
        "max_points": 50,
        **changes,
    }
    return run_ensemble(
        objective, objective.pack({}), optimizer, optimizer.pack({"lr": lr}), executor=pool,
        **options,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("objective", "optimizer", "lr", "std"),
    [
        (BOWL, "sgd", 0.02, 2.0),
        (BOWL, "adam", 0.1, 2.0),
        (BOWL, "sam", 0.005, 2.0),
        (OBJECTIVES["rastrigin"], "yellowfin", 0.001, 2.0),
        (OBJECTIVES["rosenbrock"], "sgd", 0.003, 80.0),  # about half diverge
        (make_typed("abs(x) + (y - 1)^2 * (y + 1)^2"), "momentum", 0.01, 2.0),
    ],
    ids=["sgd", "adam", "sam", "yellowfin", "diverging", "typed"],
)
def test_each_seed_is_to_the_bit_the_descent_with_that_seed(
    objective: Any, optimizer: str, lr: float, std: float, pool: ThreadPoolExecutor
) -> None:
    noise = Noise(std=std, batch_size=4, seed=2**40, all=True)
    ensemble = run(pool, objective=objective, optimizer=optimizer, lr=lr, noise=noise, seeds=23)
    rule = OPTIMIZERS[optimizer]
    for i in range(23):
        descent = descend(
            objective, objective.pack({}), rule, rule.pack({"lr": lr}), start=START, steps=300,
            noise=Noise(std=std, batch_size=4, seed=2**40 + i, all=True),
        )  # fmt: skip
        left = descent.status is Status.DIVERGED
        kept = ensemble.step[ensemble.step < descent.steps] if left else ensemble.step
        for name in ("x", "y"):
            mine = getattr(ensemble, name)[i]
            np.testing.assert_array_equal(mine[: kept.size], getattr(descent, name)[kept])
            assert np.isnan(mine[kept.size :]).all()
        assert STATUSES[ensemble.statuses[i]] is descent.status
        assert ensemble.steps[i] == descent.steps
        assert ensemble.minima[i] == (-1 if descent.minimum is None else descent.minimum)
        assert ensemble.arrivals[i] == (-1 if descent.arrival is None else descent.arrival)
        last = ensemble.last_x[i], ensemble.last_y[i]
        if left:
            assert np.isnan(last).all()
        else:
            assert last == (descent.x[-1], descent.y[-1])


def test_quantiles_are_those_of_the_descents_that_have_not_diverged(
    pool: ThreadPoolExecutor,
) -> None:
    rosenbrock = OBJECTIVES["rosenbrock"]
    ensemble = run(pool, objective=rosenbrock, lr=0.003, seeds=40, noise=Noise(std=40.0))
    loss, _, _ = rosenbrock.evaluate(ensemble.x, ensemble.y, rosenbrock.pack({}))
    diverged = ensemble.statuses == STATUSES.index(Status.DIVERGED)
    assert 0 < diverged.sum() < 40
    np.testing.assert_array_equal(ensemble.running, np.isfinite(loss).sum(axis=0))
    assert ensemble.running[0] == 40
    assert ensemble.running[-1] == 40 - diverged.sum()
    np.testing.assert_allclose(
        ensemble.loss_quantiles, np.nanquantile(loss, LEVELS, axis=0), rtol=1e-9
    )


def test_where_all_have_diverged_there_is_no_quantile() -> None:
    running, quantiles = find_quantiles(np.array([[1.0, np.nan], [np.inf, np.nan]]), (0.5, 0.95))
    assert running.tolist() == [1, 0]
    np.testing.assert_array_equal(quantiles, [[1, np.nan], [1, np.nan]])


def test_shares_count_every_descent_that_ends_in_a_basin(pool: ThreadPoolExecutor) -> None:
    ensemble = run(pool, seeds=50, noise=Noise(std=8.0))
    assert len(ensemble.shares) == 2
    for share in ensemble.shares:
        own = ensemble.minima == share.minimum
        assert share.ended == own.sum()
        assert share.arrived == (own & (ensemble.arrivals >= 0)).sum()
        assert share.is_global == (share.minimum == 0)
    assert [share.ended for share in ensemble.shares] == sorted(
        (share.ended for share in ensemble.shares), reverse=True
    )


@pytest.mark.parametrize("steps", [1, 7, 49, 50, 1000, 100_000])
def test_the_steps_that_are_kept_are_few_and_have_both_ends(steps: int) -> None:
    kept = choose_steps(steps, 50)
    assert kept[0] == 0
    assert kept[-1] == steps
    assert kept.size <= 50
    assert (np.diff(kept) > 0).all()
    if steps < 50:
        assert kept.size == steps + 1


def test_a_cancelled_ensemble_ends(pool: ThreadPoolExecutor) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(CancelledError):
        run(pool, cancelled=cancelled)
