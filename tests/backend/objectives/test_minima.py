"""Minima against published values and brute force."""

import math
from itertools import pairwise, product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter
from scipy.optimize import brentq, minimize

from descent_atlas.compilation.kernels import call_objective, compile_function
from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from tests.backend.objectives.objective_samples import (
    Parameters,
    distance_to_nearest,
    draw_settings,
    each_objective,
    even_bowl,
    find_basin,
    rastrigin_stationary_points,
)


@pytest.mark.parametrize(
    ("id", "published"),
    [
        ("rosenbrock", [(1, 1, 0)]),
        (
            "himmelblau",
            [
                (-3.779310253377747, -3.283185991286170, 0),
                (-2.805118086952745, 3.131312518250573, 0),
                (3, 2, 0),
                (3.584428340330492, -1.848126526964404, 0),
            ],
        ),
        ("beale", [(3, 0.5, 0)]),
        ("goldstein-price", [(0, -1, 3), (-0.6, -0.4, 30), (1.8, 0.2, 84), (1.2, 0.8, 840)]),
        ("quadratic", [(0, 0, 0)]),
        ("saddle", []),
    ],
)
def test_minima_are_where_they_are_published(
    id: str, published: list[tuple[float, float, float]]
) -> None:
    minima = find_minima(OBJECTIVES[id], OBJECTIVES[id].pack({}))
    assert len(minima) == len(published)
    for minimum, (x, y, value) in zip(minima, published, strict=True):
        assert (minimum.x, minimum.y) == pytest.approx((x, y), abs=1e-10)
        assert minimum.value == pytest.approx(value, abs=1e-10)
        assert minimum.is_global == (value == published[0][2])


def test_styblinski_tang_has_one_global_minimum_and_three_others() -> None:
    deep = brentq(lambda x: 2 * x**3 - 16 * x + 2.5, -3, -2.8, xtol=1e-14)
    shallow = brentq(lambda x: 2 * x**3 - 16 * x + 2.5, 2.6, 2.9, xtol=1e-14)
    minima = find_minima(OBJECTIVES["styblinski-tang"], np.empty(0))
    expected = [(deep, deep), (deep, shallow), (shallow, deep), (shallow, shallow)]
    np.testing.assert_allclose([(m.x, m.y) for m in minima], expected, atol=1e-10)
    assert [m.is_global for m in minima] == [True, False, False, False]
    assert minima[0].value == pytest.approx(-78.33233140754282, abs=1e-10)


def test_the_three_humps_of_the_camel_hide_a_minimum_each() -> None:
    x = math.sqrt((4.2 + math.sqrt(4.2**2 - 14)) / 2)  # of 4 - 4.2x² + x⁴ = 1/2
    minima = find_minima(OBJECTIVES["three-hump-camel"], np.empty(0))
    expected = [(0, 0), (-x, x / 2), (x, -x / 2)]
    np.testing.assert_allclose([(m.x, m.y) for m in minima], expected, atol=1e-10)
    assert [m.is_global for m in minima] == [True, False, False]


def test_the_six_humps_of_the_camel_hide_three_pairs_of_minima() -> None:
    # fy = 0 gives x = 8y - 16y³; what remains of fx = 0 is a polynomial in y alone.
    def slope(y: float) -> float:
        x = 8 * y - 16 * y**3
        return 8 * x - 8.4 * x**3 + 2 * x**5 + y

    minima = find_minima(OBJECTIVES["six-hump-camel"], np.empty(0))
    assert [m.is_global for m in minima] == [True, True, False, False, False, False]
    published = [(-0.0898, 0.7126, -1.0316), (-1.7036, 0.7961, -0.2155), (-1.6071, -0.5687, 2.1043)]
    for first, second, (x, y, value) in zip(minima[::2], minima[1::2], published, strict=True):
        exact_y = brentq(slope, y - 1e-3, y + 1e-3, xtol=1e-15)
        exact_x = 8 * exact_y - 16 * exact_y**3
        assert (exact_x, exact_y) == pytest.approx((x, y), abs=1e-4)  # four digits, cut off
        assert (first.x, first.y) == pytest.approx((exact_x, exact_y), abs=1e-10)
        assert (second.x, second.y) == pytest.approx((-exact_x, -exact_y), abs=1e-10)
        assert (first.value, second.value) == pytest.approx((value, value), abs=5e-5)


def test_rastrigin_has_121_minima_at_the_default_amplitude() -> None:
    rastrigin = OBJECTIVES["rastrigin"]
    minima = find_minima(rastrigin, rastrigin.pack({}))
    along_axis = rastrigin_stationary_points(10.0)[1::2]
    assert len(minima) == len(along_axis) ** 2 == 121
    for x, y in product(along_axis, along_axis):
        assert distance_to_nearest(x, y, minima) < 1e-10
    assert [(m.x, m.y) for m in minima if m.is_global] == [(0, 0)]


def test_minima_are_found_right_up_to_where_they_vanish() -> None:
    # The outermost ring of Rastrigin's minima appears as the amplitude grows.
    rastrigin = OBJECTIVES["rastrigin"]
    x = np.linspace(4.5, 5, 1_000_001)
    appears = float(np.min(-x / (math.pi * np.sin(2 * math.pi * x)), where=x > 4.51, initial=9))
    for margin in (1e-1, 1e-3, 1e-5):
        for sign, count in ((-1, 81), (1, 121)):
            parameters = rastrigin.pack({"A": appears * (1 + sign * margin)})
            assert len(find_minima(rastrigin, parameters)) == count


FLATTEST = 1 / ((3 + math.sqrt(6)) / 2)
"""The width at which the fourth derivative vanishes as well: 4 s² - 12 s + 3 = 0 for s = 1 / c."""


@pytest.mark.parametrize("width", [1.0, 0.9, 0.5, 1.5, 1.7, FLATTEST, FLATTEST + 1e-6])
def test_two_wells_that_have_just_merged_have_one_minimum_to_which_all_flows_lead(
    width: float,
) -> None:
    bowl, parameters = OBJECTIVES["two-gaussian-bowl"], even_bowl(width)
    (minimum,) = find_minima(bowl, parameters)
    assert minimum.is_global
    # The gradient grows with the third power of the distance, or with the fifth.
    assert math.hypot(minimum.x, minimum.y) < (1e-3 if abs(width - FLATTEST) < 1e-3 else 1e-5)
    for x, y in np.random.default_rng(1).uniform(-2, 2, (200, 2)):
        assert find_basin(bowl, parameters, x, y) == 0


@pytest.mark.parametrize("excess", [-1e-3, -1e-6, -1e-9, -1e-12])
def test_two_wells_that_are_about_to_part_have_one_minimum(excess: float) -> None:
    bowl, parameters = OBJECTIVES["two-gaussian-bowl"], even_bowl(1.0, excess)
    (minimum,) = find_minima(bowl, parameters)
    assert math.hypot(minimum.x, minimum.y) < 1e-5
    for x, y in np.random.default_rng(2).uniform(-2, 2, (50, 2)):
        assert find_basin(bowl, parameters, x, y) == 0


@pytest.mark.parametrize("excess", [1e-3, 1e-5, 1e-7, 1e-8])
def test_two_wells_that_have_just_parted_have_a_minimum_each(excess: float) -> None:
    bowl, parameters = OBJECTIVES["two-gaussian-bowl"], even_bowl(1.0, excess)
    left, right = find_minima(bowl, parameters)
    # f = x⁴ 5/6 - excess x² + O(x⁶) along y = 0.
    expected = math.sqrt(excess * 3 / 5)
    assert right.x == pytest.approx(expected, rel=max(1e-3, 1e-10 / excess, excess))
    assert left.x == pytest.approx(-right.x, rel=max(1e-9, 1e-10 / excess))
    assert left.is_global and right.is_global
    for x, y in np.random.default_rng(2).uniform(-2, 2, (50, 2)):
        assert find_basin(bowl, parameters, x, y) == (0 if x < 0 else 1)


@pytest.mark.parametrize("amplitude", [0.0, 1e-300, 1e-12, 1e-6, 0.01, 0.2])
def test_a_rastrigin_without_bumps_or_with_low_ones_is_a_bowl(amplitude: float) -> None:
    rastrigin = OBJECTIVES["rastrigin"]
    minima = find_minima(rastrigin, rastrigin.pack({"A": amplitude}))
    assert [(m.x, m.y) for m in minima] == [(0.0, 0.0)]


@pytest.mark.parametrize("a", [-1.5, -1.0, 0.0, 0.3, 1.5])
def test_the_minimum_of_rosenbrock_stays_in_the_domain_for_every_a(a: float) -> None:
    rosenbrock = OBJECTIVES["rosenbrock"]
    for b in (1.0, 200.0):
        (minimum,) = find_minima(rosenbrock, rosenbrock.pack({"a": a, "b": b}))
        assert (minimum.x, minimum.y) == pytest.approx((a, a * a), abs=1e-10)


def test_the_deeper_gaussian_holds_the_global_minimum_and_equal_ones_share_it() -> None:
    bowl = OBJECTIVES["two-gaussian-bowl"]
    left, right = find_minima(bowl, bowl.pack({}))
    assert left.x < 0 < right.x
    assert (left.is_global, right.is_global) == (True, False)
    right, left = find_minima(bowl, bowl.pack({"a": 3.0, "b": 2.0}))
    assert left.x < 0 < right.x
    assert (left.is_global, right.is_global) == (False, True)
    both = find_minima(bowl, bowl.pack({"a": 2.5, "b": 2.5}))
    assert [m.is_global for m in both] == [True, True]
    assert both[0].x < 0 < both[1].x
    (only,) = find_minima(bowl, bowl.pack({"a": 0.0, "b": 0.0}))
    assert (only.x, only.y, only.value) == pytest.approx((0, 0, 0), abs=1e-10)


@compile_function
def evaluate_hessian(
    address: np.uintp, x: float, y: float, parameters: Parameters
) -> tuple[float, float, float]:
    second: tuple[float, float, float] = call_objective(address, x, y, parameters)
    return second


@each_objective
def test_at_every_minimum_the_gradient_vanishes_and_the_hessian_is_positive_definite(
    objective: Objective,
) -> None:
    for parameters in draw_settings(objective, 30):
        for m in find_minima(objective, parameters):
            f, fx, fy = objective.evaluate(m.x, m.y, parameters)
            assert f == m.value
            fxx, fxy, fyy = evaluate_hessian(
                np.uintp(objective.hessian.address), m.x, m.y, parameters
            )
            if m.cusp:
                assert (m.x, m.y) in objective.cusps
                continue
            hessian = np.array([[fxx, fxy], [fxy, fyy]])
            assert np.linalg.eigvalsh(hessian).min() > 0
            step = np.linalg.solve(hessian, [fx, fy])  # how far away Newton sees the minimum
            assert np.linalg.norm(step) < 1e-10


@each_objective
def test_minima_lie_in_the_domain_apart_from_each_other_and_sorted(objective: Objective) -> None:
    (left, right), (low, high) = objective.domain.x, objective.domain.y
    for parameters in draw_settings(objective, 10):
        minima = find_minima(objective, parameters)
        assert all(left <= m.x <= right and low <= m.y <= high for m in minima)
        for i, m in enumerate(minima):
            assert distance_to_nearest(m.x, m.y, minima[:i]) > 1e-3
        for a, b in pairwise(minima):
            assert a.value <= b.value + 1e-9
            assert a.is_global or not b.is_global


@pytest.mark.slow
@each_objective
def test_brute_force_finds_no_further_minimum(objective: Objective) -> None:
    count = {"two-gaussian-bowl": 25, "rosenbrock": 4, "quadratic": 4}.get(objective.id, 1)
    for parameters in draw_settings(objective, count):
        minima = find_minima(objective, parameters)
        for x, y in search_by_values(objective, parameters):
            assert distance_to_nearest(x, y, minima) < 1e-3


def search_by_values(objective: Objective, parameters: Parameters) -> list[NDArray[np.float64]]:
    """Every low node of a fine grid, moved down without gradients.

    Nodes that only look low, because a narrow valley runs between them, are still on their way
    after 120 steps; next to a minimum 40 are enough.
    """
    (left, right), (low, high) = objective.domain.x, objective.domain.y
    x, y = np.linspace(left, right, 601), np.linspace(low, high, 601)
    f = objective.evaluate(x, y[:, np.newaxis], parameters)[0]
    lowest = (f == minimum_filter(f, size=3))[1:-1, 1:-1]  # at the edge f may fall further
    width, height = x[1] - x[0], y[1] - y[0]
    found = []
    for row, column in np.argwhere(lowest) + 1:
        start = np.array([x[column], y[row]])
        simplex = start + np.array([[0, 0], [width, 0], [0, height]])
        options = {"initial_simplex": simplex, "xatol": 1e-5, "fatol": np.inf, "maxiter": 120}
        result = minimize(
            lambda point: float(objective.evaluate(point[0], point[1], parameters)[0]),
            start,
            method="Nelder-Mead",
            options=options,
        )
        if result.success and left < result.x[0] < right and low < result.x[1] < high:
            found.append(result.x)
    return found


@each_objective
def test_inside_the_radius_the_gradient_points_away_from_the_minimum(
    objective: Objective,
) -> None:
    rng = np.random.default_rng(3)
    for parameters in draw_settings(objective, 10):
        for m in find_minima(objective, parameters):
            assert m.radius > 0
            angle = rng.uniform(0, 2 * math.pi, 2000)
            radius = m.radius * np.sqrt(rng.uniform(1e-6, 1, 2000))
            ux, uy = np.cos(angle), np.sin(angle)
            _, fx, fy = objective.evaluate(m.x + radius * ux, m.y + radius * uy, parameters)
            assert (ux * fx + uy * fy > 0).all()


def test_minima_are_remembered_for_each_set_of_parameters() -> None:
    bowl = OBJECTIVES["two-gaussian-bowl"]
    first = find_minima(bowl, bowl.pack({"a": 2.25}))
    assert find_minima(bowl, bowl.pack({"a": 2.25})) is first
    assert find_minima(bowl, bowl.pack({"a": 2.26})) != first
