"""The basins of minima, by gradient flow, against an independent integrator."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from tests.backend.objectives.objective_samples import (
    Parameters,
    distance_to_nearest,
    draw_settings,
    each_objective,
    find_basin,
    rastrigin_stationary_points,
)


def integrate(objective: Objective, parameters: Parameters, x: float, y: float) -> int:
    """Follow the flow with SciPy's LSODA until it is near a minimum, or far away, or at rest."""
    minima = find_minima(objective, parameters)

    def flow(_: float, point: NDArray[np.float64]) -> NDArray[np.float64]:
        return -np.array(objective.evaluate(point[0], point[1], parameters)[1:])

    def near(_: float, point: NDArray[np.float64]) -> float:
        return distance_to_nearest(point[0], point[1], minima) - 5e-3

    def far(_: float, point: NDArray[np.float64]) -> float:
        return 50 - math.hypot(*point)

    near.terminal = far.terminal = True  # type: ignore[attr-defined]  # where SciPy looks for it
    end = solve_ivp(
        flow, (0, 1e6), [x, y], method="LSODA", rtol=1e-8, atol=1e-10, events=[near, far]
    ).y[:, -1]
    distances = [math.hypot(end[0] - m.x, end[1] - m.y) for m in minima]
    return int(np.argmin(distances)) if min(distances, default=math.inf) < 1e-2 else -1


@pytest.mark.slow
@each_objective
def test_the_basin_is_the_one_that_an_independent_integrator_finds(objective: Objective) -> None:
    rng = np.random.default_rng(11)
    compared = 0
    for parameters in draw_settings(objective, 3):
        for _ in range(12 if objective.parameters else 40):
            x, y = rng.uniform(*objective.domain.x), rng.uniform(*objective.domain.y)
            expected = integrate(objective, parameters, x, y)
            if find_basin(objective, parameters, x, y) == expected:
                compared += 1
            else:  # a disagreement is excused within 1e-3 of a boundary only
                beside = {
                    integrate(objective, parameters, x + dx, y + dy)
                    for dx, dy in ((1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3))
                }
                assert beside != {expected}, (parameters, x, y)
    assert compared >= 35


@pytest.mark.parametrize("offset", [1e-2, 1e-4, 1e-8])
def test_the_two_sides_of_an_even_bowl_are_its_two_basins(offset: float) -> None:
    bowl = OBJECTIVES["two-gaussian-bowl"]
    parameters = bowl.pack({"a": 2.5, "b": 2.5})
    for y in np.linspace(-2, 2, 21):
        assert find_basin(bowl, parameters, -offset, y) == 0
        assert find_basin(bowl, parameters, offset, y) == 1


def test_on_the_ridge_between_two_basins_a_point_belongs_to_neither() -> None:
    bowl = OBJECTIVES["two-gaussian-bowl"]
    parameters = bowl.pack({"a": 2.5, "b": 2.5})
    for y in (-1.0, 0.0, 0.5):
        assert find_basin(bowl, parameters, 0.0, y) == -1


@pytest.mark.parametrize("amplitude", [3.0, 10.0, 20.0])
def test_the_basins_of_rastrigin_are_its_cells(amplitude: float) -> None:
    # The two coordinates flow independently, each away from the maxima around it.
    rastrigin = OBJECTIVES["rastrigin"]
    parameters = rastrigin.pack({"A": amplitude})
    stationary = np.array(rastrigin_stationary_points(amplitude))
    maxima, along_axis = stationary[0::2], stationary[1::2]
    minima = find_minima(rastrigin, parameters)
    rng = np.random.default_rng(2)
    for x, y in rng.uniform(-5, 5, (2000, 2)):
        if min(np.abs(maxima - x).min(), np.abs(maxima - y).min()) < 1e-4:
            continue
        reached = minima[find_basin(rastrigin, parameters, x, y)]
        assert reached.x == pytest.approx(along_axis[np.searchsorted(maxima, x) - 1], abs=1e-10)
        assert reached.y == pytest.approx(along_axis[np.searchsorted(maxima, y) - 1], abs=1e-10)


@each_objective
def test_each_minimum_lies_in_its_own_basin(objective: Objective) -> None:
    for parameters in draw_settings(objective, 3):
        for i, m in enumerate(find_minima(objective, parameters)):
            assert find_basin(objective, parameters, m.x, m.y) == i


def test_a_flow_that_leaves_reaches_no_minimum() -> None:
    beale, saddle = OBJECTIVES["beale"], OBJECTIVES["saddle"]
    assert find_basin(beale, np.empty(0), -4.0, 1.2) == -1
    assert find_basin(saddle, np.empty(0), 1.0, 0.1) == -1


def test_a_flow_that_ends_at_a_minimum_outside_the_domain_reaches_none_inside() -> None:
    rastrigin = OBJECTIVES["rastrigin"]
    assert find_basin(rastrigin, rastrigin.pack({}), 6.1, 0.1) == -1


def test_a_flow_from_far_outside_comes_back() -> None:
    for id in ("himmelblau", "styblinski-tang", "goldstein-price", "two-gaussian-bowl"):
        assert find_basin(OBJECTIVES[id], OBJECTIVES[id].pack({}), 500.0, -300.0) >= 0


@pytest.mark.parametrize("x", [math.nan, math.inf, 1e300])
def test_a_start_that_is_no_point_has_no_basin(x: float) -> None:
    for objective in OBJECTIVES.values():
        if objective.id != "quadratic" or not math.isfinite(x):
            assert find_basin(objective, objective.pack({}), x, 0.0) == -1
