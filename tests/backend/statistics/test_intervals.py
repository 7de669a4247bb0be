"""Intervals of shares and of their differences, beside the textbook and SciPy."""

import math

import numpy as np
import pytest
from scipy.stats import binom, binomtest, bootstrap

from descent_atlas.statistics.bootstrap import bootstrap_difference
from descent_atlas.statistics.medians import median_interval
from descent_atlas.statistics.proportions import wilson_interval


def test_wilsons_interval_is_that_of_the_textbook() -> None:
    """The limits solve |share - p| = z √(p (1 - p) / n) for p."""
    for limit in wilson_interval(81, 263):
        z = abs(81 / 263 - limit) / math.sqrt(limit * (1 - limit) / 263)
        assert z == pytest.approx(1.959964, abs=1e-6)


def test_wilsons_interval_stays_within_0_and_1_and_touches_them_at_the_ends() -> None:
    low, high = wilson_interval(0, 2048)
    assert (low, round(high, 6)) == (0.0, 0.001872)
    low, high = wilson_interval(2048, 2048)
    assert (round(low, 6), high) == (0.998128, 1.0)


@pytest.mark.parametrize(("successes", "trials"), [(1, 7), (81, 263), (511, 512)])
def test_wilsons_interval_is_scipys(successes: int, trials: int) -> None:
    theirs = binomtest(successes, trials).proportion_ci(0.9, method="wilson")
    assert wilson_interval(successes, trials, 0.9) == pytest.approx(tuple(theirs), abs=1e-14)


@pytest.mark.parametrize("count", [6, 7, 100, 512])
def test_the_interval_of_a_median_is_the_narrowest_that_is_sure_enough(count: int) -> None:
    low, high = median_interval(np.random.default_rng(1).permutation(count) + 1)
    assert low is not None and high == count + 1 - low

    def confidence(k: float) -> float:
        return 1 - 2 * float(binom.cdf(k - 1, count, 0.5))

    assert confidence(low) >= 0.95 > confidence(low + 1)


def test_the_interval_of_a_median_of_too_few_values_is_unknown() -> None:
    assert median_interval([]) == median_interval([1.0, 2.0, 3.0, 4.0, 5.0]) == (None, None)


@pytest.mark.parametrize("counts", [(300, 40, 12, 90), (0, 1, 0, 30), (5, 0, 9, 0)])
def test_swapping_two_treatments_reflects_the_interval(counts: tuple[int, ...]) -> None:
    a = np.repeat([True, True, False, False], counts)
    b = np.repeat([True, False, True, False], counts)
    low, high = bootstrap_difference(a, b)
    assert low <= a.mean() - b.mean() <= high
    assert bootstrap_difference(b, a) == (-high, -low)


def test_the_interval_of_a_difference_is_that_of_scipys_bootstrap() -> None:
    generator = np.random.default_rng(3)
    a = generator.random(1500) < 0.6
    b = np.where(generator.random(1500) < 0.3, generator.random(1500) < 0.5, a)
    theirs = bootstrap(
        (a, b),
        lambda a, b, axis: a.mean(axis) - b.mean(axis),
        paired=True,
        method="percentile",
        n_resamples=4000,
        rng=1,
    ).confidence_interval
    assert bootstrap_difference(a, b) == pytest.approx((theirs.low, theirs.high), abs=0.002)


def test_pairs_narrow_the_interval_of_outcomes_that_agree() -> None:
    generator = np.random.default_rng(5)
    a = generator.random(2000) < 0.5
    b = a & (generator.random(2000) < 0.97)
    low, high = bootstrap_difference(a, b)
    assert low > 0.0
    low, high = bootstrap_difference(a, generator.permutation(b))
    assert low < 0.0 < high


def test_equal_outcomes_differ_by_exactly_nothing() -> None:
    a = np.array([True, False, True])
    assert bootstrap_difference(a, a.copy()) == (0.0, 0.0)
