"""Correlation and explained variance."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from descent_atlas.statistics.association import (
    bootstrap_rank_correlation,
    correlate,
    explained_share,
    rank_correlate,
)

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


def test_ranks_correlate_as_scipys_do() -> None:
    generator = np.random.default_rng(0)
    a, b = generator.integers(0, 5, 30).astype(float), generator.standard_normal(30)
    assert rank_correlate(a, b) == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)
    assert np.isnan(rank_correlate(a, np.ones(30)))


def test_the_interval_of_a_rank_correlation_draws_whole_groups() -> None:
    """Of values that are equal within groups, ten times as many change nothing."""
    groups = [0, 1, 2, 3, 4, 5]
    a, b = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 3.0, 2.0, 4.0, 6.0, 5.0]
    few = bootstrap_rank_correlation(a, b, groups, level=0.95, resamples=300)
    many = bootstrap_rank_correlation(10 * a, 10 * b, 10 * groups, level=0.95, resamples=300)
    assert many == pytest.approx(few, abs=1e-12)
    assert -1 < few[0] < 0.83 < few[1] <= 1
    constant = bootstrap_rank_correlation(a, [1.0] * 6, groups, level=0.95, resamples=10)
    assert np.isnan(constant).all()
