import numpy as np
import pytest

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.surface_statistics import count_minima, measure_convexity

AXIS = np.linspace(-2, 2, 41)
X, Y = np.meshgrid(AXIS, AXIS)


def test_a_bowl_is_convex_everywhere_and_has_one_minimum() -> None:
    bowl = 1 + X**2 + X * Y + Y**2
    convexity = measure_convexity(bowl, AXIS, AXIS)
    np.testing.assert_array_equal(convexity.share, 1)
    assert convexity.cells[-1] == 39**2
    assert count_minima(bowl) == (1, 0)


@pytest.mark.parametrize(
    "surface", [1 + X**2 - Y**2, 1 - X**2 - Y**2, 1 + X, np.ones_like(X), 1 + 3 * X * Y + X**2]
)
def test_saddles_hills_slopes_and_plains_are_nowhere_convex(surface: Floats) -> None:
    assert not measure_convexity(surface + 5, AXIS, AXIS).share.any()


def test_convexity_is_a_curve_over_the_radius() -> None:
    """1 - exp(-r²) is convex where r² < ½."""
    convexity = measure_convexity(1 - np.exp(-(X**2) - Y**2), AXIS, AXIS)
    inside = convexity.radius < 0.6
    np.testing.assert_array_equal(convexity.share[inside], 1)
    area = np.pi * 0.5 / (np.pi * convexity.radius**2)
    outside = (convexity.radius > 1) & (convexity.radius < 1.8)
    np.testing.assert_allclose(convexity.share[outside], area[outside], atol=0.05)


def test_rounding_is_not_taken_for_curvature_or_minima() -> None:
    noise = np.random.default_rng(0).uniform(-1e-6, 1e-6, X.shape)
    assert not measure_convexity(2 + noise, AXIS, AXIS).share.any()
    assert count_minima(2 + 1e-3 * (X + Y) + noise) == (1, 1)


def test_minima_are_counted_with_those_on_the_border() -> None:
    double = (X**2 - 1) ** 2 + Y**2
    assert count_minima(double) == (2, 0)
    assert count_minima(X + 0 * Y) == (1, 1)
    assert count_minima(np.cos(2 * np.pi * X) - np.cos(2 * np.pi * X)[0, 0] - 1e-9 * Y**2)[0] == 4


def test_what_is_not_finite_is_a_wall_and_has_no_curvature() -> None:
    walled = X**2 + Y**2
    walled[:, 20] = np.inf
    walled[3, 3] = np.nan
    assert count_minima(walled) == (2, 0)
    convexity = measure_convexity(walled, AXIS, AXIS)
    assert convexity.cells[-1] == 39**2 - 3 * 39 - 9
    assert count_minima(np.full((3, 3), np.nan)) == (0, 0)
    assert np.isnan(measure_convexity(np.full((5, 5), np.nan), AXIS[:5], AXIS[:5]).share).all()
