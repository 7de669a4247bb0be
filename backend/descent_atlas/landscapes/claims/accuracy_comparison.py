"""Comparison of two runs' test accuracies over seeds: higher, comparable, or not to be told."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from descent_atlas.landscapes.claims.evidence import find_seeds
from descent_atlas.landscapes.claims.phrases import say_bound, say_points
from descent_atlas.landscapes.claims.rules import RULES
from descent_atlas.landscapes.format import Landscape
from descent_atlas.statistics.comparison import welch_interval


@dataclass(frozen=True)
class Comparison:
    """The difference of two mean accuracies, first minus second, in percentage points.

    `low` and `high` bound its 95% interval, corrected for the number of comparisons made.
    Without enough seeds they are NaN, and nothing can be told but the difference.
    """

    difference: float
    low: float
    high: float
    comparable: bool | None

    @property
    def higher(self) -> bool | None:
        """Whether the first is higher: not if it is lower or comparable, None if unknown."""
        if self.low > 0:
            return True
        return False if self.high < 0 or self.comparable else None

    @property
    def lower(self) -> bool | None:
        """Whether the first is lower: not if it is higher or comparable, None if unknown."""
        if self.high < 0:
            return True
        return False if self.low > 0 or self.comparable else None

    @property
    def says(self) -> str:
        """The difference with its interval."""
        if math.isnan(self.low):
            return f"{say_points(self.difference)} (too few seeds for an interval)"
        low, high = (say_bound(bound) for bound in (self.low, self.high))
        return f"{say_points(self.difference)} ({low} to {high})"


def list_accuracies(table: Landscape, run: str) -> list[float]:
    """Return a run's test accuracies in percent, one for each seed."""
    found = [seed.test_accuracy for seed in find_seeds(table, run)]
    return [100 * accuracy for accuracy in found if accuracy is not None]


def compare(table: Landscape, first: str, second: str, comparisons: int) -> Comparison:
    """Compare the accuracies of two runs of a table; a claim makes `comparisons` of them."""
    return compare_samples(
        list_accuracies(table, first), list_accuracies(table, second), comparisons
    )


def compare_samples(
    first: Sequence[float], second: Sequence[float], comparisons: int
) -> Comparison:
    """Compare two samples of accuracies in percent, one of `comparisons` that are made."""
    rule = RULES.accuracy
    if not first or not second:
        return Comparison(math.nan, math.nan, math.nan, None)
    difference = math.fsum(first) / len(first) - math.fsum(second) / len(second)
    if min(len(first), len(second)) < rule.least_seeds:
        return Comparison(difference, math.nan, math.nan, None)
    low, high = welch_interval(first, second, 1 - (1 - rule.level) / comparisons)
    inner = welch_interval(first, second, rule.equivalence_level)
    within = -rule.margin <= inner[0] and inner[1] <= rule.margin
    apart = inner[0] > rule.margin or inner[1] < -rule.margin
    return Comparison(difference, low, high, True if within else False if apart else None)
