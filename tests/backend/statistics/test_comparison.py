"""Welch's interval and the trend test, compared with SciPy's and with published values."""

import numpy as np
import pytest
from scipy import stats

from descent_atlas.statistics import comparison
from descent_atlas.statistics.comparison import falling_trend, welch_interval


@pytest.mark.parametrize("level", [0.9, 0.95, 0.95 / 1.01])
def test_welchs_interval_is_scipys(level: float) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(48, 1.5, 5), rng.normal(46, 0.3, 3)
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(level)
    assert welch_interval(list(a), list(b), level) == pytest.approx((expected.low, expected.high))


def test_samples_that_do_not_vary_have_an_interval_without_width() -> None:
    assert welch_interval([10.0] * 3, [10.0] * 3, 0.95) == (0, 0)
    with pytest.raises(ValueError, match="fewer than two"):
        welch_interval([1.0], [1.0, 2.0], 0.95)


def test_the_trend_of_three_perfectly_ordered_groups_is_one_arrangement_of_all() -> None:
    groups = [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
    assert falling_trend(groups) == pytest.approx(1 / 1680)
    assert falling_trend(groups[::-1]) == 1


def test_the_trend_of_two_groups_is_the_exact_mann_whitney_test() -> None:
    rng = np.random.default_rng(1)
    for _ in range(5):
        a, b = rng.normal(0.5, 1, 4), rng.normal(0, 1, 5)
        expected = stats.mannwhitneyu(a, b, alternative="greater", method="exact").pvalue
        assert falling_trend([list(a), list(b)]) == pytest.approx(expected)


def test_equal_values_have_no_trend() -> None:
    assert falling_trend([[1, 1, 1], [1, 1, 1]]) == 1
    with pytest.raises(ValueError, match="several groups"):
        falling_trend([[1.0], []])


def test_many_arrangements_are_drawn_and_agree_with_the_exact_test(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    groups = [[3.0, 5.0, 1.0], [2.0, 4.0, 0.0], [0.5, 2.5, 1.5]]
    exact = falling_trend(groups)
    monkeypatch.setattr(comparison, "ARRANGEMENTS", 1000)  # fewer than the 1,680 that there are
    assert falling_trend(groups) == pytest.approx(exact, abs=0.05)
