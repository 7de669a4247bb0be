"""Curves over the learning rate: starts, intervals, the best rate, the sharpness at minima."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from descent_atlas.measured import rate_curves as curves
from descent_atlas.measured.rate_curves import RatePoint, RateSubject
from descent_atlas.measured.sweep import load_sweep
from descent_atlas.measured.sweep_design import RATES, place_scoring_starts
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.objectives.typed.typed_objective import make_typed
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
from descent_atlas.simulation.descent import DEFAULT_STEPS, descend
from descent_atlas.simulation.noise import DEFAULT_NOISE, Noise, start_seed
from descent_atlas.simulation.outcomes import CancelledError
from descent_atlas.statistics.proportions import wilson_interval


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(os.cpu_count()) as executor:
        yield executor


def make_variant(objective: str, optimizer: str, **changes: Any) -> RateSubject:
    found = OBJECTIVES[objective]
    return RateSubject(
        **{
            "objective": found,
            "parameters": found.pack({}),
            "optimizer": OPTIMIZERS[optimizer],
            "hyperparameters": OPTIMIZERS[optimizer].pack({}),
            "steps": DEFAULT_STEPS,
            "noise": DEFAULT_NOISE,
            **changes,
        }
    )


@pytest.mark.parametrize(("objective", "optimizer"), [("beale", "adam"), ("himmelblau", "sgd")])
def test_a_curve_has_the_scoring_of_the_sweep_at_its_rate(
    objective: str, optimizer: str, pool: Executor
) -> None:
    """With as many starts: the same places, the same noise, the same rule of arrival."""
    (cell,) = (
        cell
        for cell in load_sweep()["cells"]
        if (cell["objective"], cell["optimizer"]) == (objective, optimizer)
    )
    variant = make_variant(objective, optimizer)
    point = curves.measure_rate(variant, cell["lr"], exponent=11, executor=pool)
    assert (point.arrived, point.share, point.steps) == (
        cell["arrived"],
        cell["share"],
        cell["steps"],
    )


def test_each_start_of_a_curve_can_be_drawn_alone(pool: Executor) -> None:
    variant = make_variant("two-gaussian-bowl", "sgd", steps=200, noise=Noise(std=0.02, seed=4))
    point = curves.measure_rate(variant, 0.05, exponent=5, executor=pool)
    steps = []
    for i, start in enumerate(zip(*place_scoring_starts(variant.objective, 5), strict=True)):
        descent = descend(
            variant.objective,
            variant.parameters,
            variant.optimizer,
            variant.optimizer.pack({"lr": 0.05}),
            start=start,
            steps=200,
            noise=Noise(std=0.02, seed=start_seed(4, i)),
        )
        if descent.arrived and descent.minimum == 0:
            steps.append(descent.arrival)
    assert 0 < len(steps) < 32
    assert (point.arrived, point.steps) == (len(steps), np.median(np.array(steps)))
    assert (point.low, point.high) == wilson_interval(len(steps), 32)


def test_the_best_rate_is_scored_from_the_starts_that_follow_those_of_the_curve(
    pool: Executor,
) -> None:
    variant = make_variant("rosenbrock", "adam")
    own = curves.measure_rate(variant, 1.0, exponent=9, executor=pool)
    both = curves.measure_rate(variant, 1.0, exponent=10, executor=pool)
    scored = curves.score_rate(variant, 1.0, executor=pool)
    assert 0 < own.arrived < 512
    assert own.arrived + scored.arrived == both.arrived


def test_a_curve_follows_the_schedule_from_each_of_its_rates(pool: Executor) -> None:
    cosine = SCHEDULES["cosine"]
    values = (("eta_min", 0.01),)
    subject = make_variant("beale", "momentum", schedule=cosine, schedule_values=values, steps=300)
    x, y = place_scoring_starts(subject.objective, 6)
    for lr in (0.01, 0.0316):
        arrived = 0
        for start in zip(x.tolist(), y.tolist(), strict=True):
            descent = descend(
                subject.objective, subject.parameters, subject.optimizer,
                subject.optimizer.pack({"lr": lr}), start=start, steps=300, noise=Noise(),
                factors=cosine.find_factors(dict(values), steps=300, lr=lr),
            )  # fmt: skip
            arrived += descent.arrived and descent.minimum == 0
        point = curves.measure_rate(subject, lr, exponent=6, executor=pool)
        assert point.arrived == arrived > 0


def make_point(lr: float, arrived: int, steps: float | None) -> RatePoint:
    return RatePoint(
        lr=lr,
        value=None,
        arrived=arrived,
        share=arrived / 100,
        low=0.0,
        high=1.0,
        steps=steps,
        steps_low=None,
        steps_high=None,
    )


def test_the_best_rate_has_the_most_arrivals_then_the_fewest_steps_then_is_the_smallest() -> None:
    points = [
        make_point(lr, arrived, steps)
        for lr, arrived, steps in ((1, 80, 9), (2, 90, 20), (3, 90, 10), (4, 90, 10), (5, 81, 5))
    ]
    scores = {point.lr: replace(point, share=0.5) for point in points}
    best = curves.find_best(points, scores.__getitem__)
    assert best is not None
    assert (best.score, best.at_edge, best.good_low, best.good_high) == (scores[3], False, 2, 5)
    assert curves.find_best([make_point(1, 0, None)], scores.__getitem__) is None


def test_rates_come_from_coarse_to_fine_and_each_once() -> None:
    rates = curves.list_rates(OPTIMIZERS["adam"])
    assert rates == RATES
    ordered = [*curves.order_coarsely(rates)]
    assert ordered[:12] == [10.0**exponent for exponent in range(-8, 4)]
    assert sorted(ordered) == [*rates]


def test_the_sharpness_is_the_largest_eigenvalue_where_there_is_one() -> None:
    quadratic = OBJECTIVES["quadratic"]
    (sharpness,) = curves.measure_sharpness(quadratic, quadratic.pack({}))
    x = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    xx, xy, yy, *_ = (
        float(quadratic.evaluate(a, b, quadratic.pack({}))[0]) for a, b in x
    )  # f is homogeneous of degree 2: f(2, 0) = 4 f(1, 0)
    hessian = np.array([[xx / 2, xy - xx / 4 - yy / 4], [xy - xx / 4 - yy / 4, yy / 2]])
    assert sharpness == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-9)
    kink = make_typed("abs(x) + y^2")
    assert curves.measure_sharpness(kink, kink.pack({})) == [None]
    saddle = OBJECTIVES["saddle"]
    assert curves.measure_sharpness(saddle, saddle.pack({})) == []


def test_a_cancelled_rate_is_not_completed(pool: Executor) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(CancelledError):
        curves.measure_rate(
            make_variant("beale", "adam"), 0.1, exponent=9, executor=pool, cancelled=cancelled
        )
