"""Minima that form curves: nearest points, and arrival anywhere on a curve."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import evaluate_each
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.arrival import ARRIVAL_DISTANCE
from descent_atlas.simulation.descent import Descent, Status, descend
from descent_atlas.simulation.noise import Noise

VALLEY = OBJECTIVES["hyperbolic-valley"]
NONE = VALLEY.pack({})


def find_nearest(x: list[float], y: list[float]) -> list[list[float]]:
    address = np.uintp(VALLEY.valley_address)
    columns: list[list[float]] = evaluate_each(address, np.array(x), np.array(y), NONE).T.tolist()
    return columns


def test_the_nearest_point_is_the_one_that_a_search_finds() -> None:
    rng = np.random.default_rng(5)
    points = [*rng.uniform(-3, 3, (40, 2)), *rng.uniform(-40, 40, (20, 2)), (2.9, 2.9), (1e-9, 2.0)]
    x, y = np.array(points).T.tolist()
    for a, b, (distance, nx, ny) in zip(x, y, find_nearest(x, y), strict=True):
        assert abs(nx * ny) == pytest.approx(1.0)
        assert (math.copysign(1, nx), math.copysign(1, ny)) == (
            math.copysign(1, a),
            math.copysign(1, b),
        )
        searches = [
            minimize_scalar(
                lambda s, a=a, b=b: math.hypot(math.exp(s) - abs(a), math.exp(-s) - abs(b)),
                bounds=bounds,
                method="bounded",
                options={"xatol": 1e-10},
            )
            for bounds in ((-25.0, 0.0), (0.0, 25.0), (-4.0, 4.0))
        ]
        assert distance == pytest.approx(min(search.fun for search in searches), abs=1e-6)
        assert distance == pytest.approx(math.hypot(nx - a, ny - b))


def test_on_an_axis_the_flow_rests_and_there_is_no_nearest_point() -> None:
    for distance, nx, ny in find_nearest([0.0, 1.0, 0.0], [2.0, 0.0, 0.0]):
        assert distance == math.inf
        assert math.isnan(nx) and math.isnan(ny)


def test_every_curve_has_a_point_that_stands_for_it() -> None:
    minima = find_minima(VALLEY, NONE)
    assert [(m.x, m.y, m.value, m.is_global) for m in minima] == [
        (x, y, 0.0, True) for x in (-1.0, 1.0) for y in (-1.0, 1.0)
    ]


def walk(lr: float, start: tuple[float, float], steps: int = 500) -> Descent:
    gd = OPTIMIZERS["gd"]
    return descend(VALLEY, NONE, gd, gd.pack({"lr": lr}), start=start, steps=steps, noise=Noise())


@pytest.mark.parametrize(("x", "y"), [(2.5, 0.15), (-1.5, 0.9), (0.3, -2.0), (-0.8, -0.9)])
def test_a_descent_arrives_anywhere_on_its_curve(x: float, y: float) -> None:
    descent = walk(0.02, (x, y))
    assert descent.status is Status.CONVERGED
    assert descent.minimum is not None
    reached = find_minima(VALLEY, NONE)[descent.minimum]
    assert (reached.x, reached.y) == (math.copysign(1, x), math.copysign(1, y))
    distances = [row[0] for row in find_nearest(descent.x.tolist(), descent.y.tolist())]
    assert descent.arrival is not None
    assert max(distances[descent.arrival :]) <= ARRIVAL_DISTANCE < distances[descent.arrival - 1]
    # It arrives far from the listed point, where gradient flow leads: x² - y² is conserved.
    assert descent.x[-1] ** 2 - descent.y[-1] ** 2 == pytest.approx(x * x - y * y, abs=0.1)


def test_too_sharp_a_place_is_left_for_a_flatter_one() -> None:
    descent = walk(0.2, (2.5, 0.15))
    assert descent.arrived
    sharpness = 2 * (descent.x[-1] ** 2 + descent.y[-1] ** 2)
    assert sharpness < 2 / 0.2 < 2 * (2.5**2 + 0.15**2)


def test_a_descent_at_rest_on_an_axis_is_at_no_minimum() -> None:
    descent = walk(0.1, (1.5, 0.0))
    assert (descent.status, descent.minimum, descent.arrived) == (Status.STATIONARY, None, False)


def test_a_descent_that_diverges_from_its_curve_has_no_minimum() -> None:
    descent = walk(5.0, (2.5, 2.5))
    assert (descent.status, descent.minimum) == (Status.DIVERGED, None)


def test_only_this_objective_has_a_valley() -> None:
    assert [o.id for o in OBJECTIVES.values() if o.valley_address != 0] == ["hyperbolic-valley"]
