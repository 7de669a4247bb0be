"""Correlation and explained variance."""

import numpy as np
import pytest

from descent_atlas.statistics.association import correlate, explained_share

X, Y = np.meshgrid(np.linspace(-2, 2, 41), np.linspace(-2, 2, 41))


def test_correlation_is_pearsons_where_both_are_finite() -> None:
    surface = X**2 + Y
    other = 3 - 2 * surface
    other[0, 0] = np.nan
    assert correlate(surface, other) == pytest.approx(-1)
    assert np.isnan(correlate(surface, np.ones_like(surface)))
    assert np.isnan(correlate(surface, np.full_like(surface, np.inf)))


def test_the_factors_of_a_full_design_share_its_variance() -> None:
    cells = [(lr, size) for lr in (0, 1, 2) for size in (0, 1)]
    values = [10.0 * lr + size for lr, size in cells]
    by_lr = explained_share(values, [lr for lr, _ in cells])
    by_size = explained_share(values, [size for _, size in cells])
    assert by_lr + by_size == pytest.approx(1)
    assert by_lr == pytest.approx(400 / 401.5)
    assert np.isnan(explained_share([1.0, 1.0], ["a", "b"]))
