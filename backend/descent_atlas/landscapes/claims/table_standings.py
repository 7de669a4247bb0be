"""Standings: how each accuracy of a table compares with the table's highest.

The rule is that of the claims. A run is said to be lower only if its difference from the highest
mean stands after a correction for all the comparisons of the table; by Hsu's argument such runs are
not the best of the table, with the rule's confidence for all of them together, although the highest
was chosen by the data.

Reference: Hsu (1981), Simultaneous confidence intervals for all distances from the "best".
"""

import math
from collections.abc import Mapping
from enum import StrEnum

from typing_extensions import TypedDict  # Pydantic reads the standard one from Python 3.12 on

from descent_atlas.landscapes.claims.accuracy_comparison import Comparison, compare_samples
from descent_atlas.landscapes.claims.rules import RULES
from descent_atlas.landscapes.manifest import Manifest


class Standing(StrEnum):
    """How a run's accuracy compares with the highest mean of its table."""

    BEST = "best"
    HIGHEST = "highest"
    COMPARABLE = "comparable"
    LOWER = "lower"
    CANNOT_BE_TOLD = "cannot be told"


class RunStanding(TypedDict):
    """A run's standing, and its mean less the highest, in percentage points.

    `low` and `high` bound the corrected 95% interval of the difference; they are None with too few
    seeds, and all three for the run with the highest mean.
    """

    run: str
    standing: Standing
    difference: float | None
    low: float | None
    high: float | None


class Standings(TypedDict):
    """The standings of a table's runs, and the rule in words.

    `highest` is the run with the highest mean, `comparisons` how many the correction is for.
    """

    highest: str
    comparisons: int
    rule: str
    runs: list[RunStanding]


def judge_table(manifest: Manifest) -> Standings | None:
    """Return the standings of a table's runs, in the order of its cells; None without accuracies.

    Of several runs with the highest mean the first counts as the highest.
    """
    samples = collect_accuracies(manifest)
    means = {run: math.fsum(values) / len(values) for run, values in samples.items() if values}
    if not means:
        return None
    highest = max(means, key=lambda run: means[run])
    enough = [run for run, values in samples.items() if len(values) >= RULES.accuracy.least_seeds]
    comparisons = len(enough) - 1 if highest in enough else 0
    compared = {
        run: compare_samples(values, samples[highest], max(comparisons, 1))
        for run, values in samples.items()
        if run != highest
    }
    is_best = comparisons > 0 and all(one.lower for one in compared.values())
    return Standings(
        highest=highest,
        comparisons=comparisons,
        rule=describe_rule(comparisons),
        runs=[
            describe_standing(run, compared[run])
            if run in compared
            else RunStanding(
                run=run,
                standing=Standing.BEST if is_best else Standing.HIGHEST,
                difference=None,
                low=None,
                high=None,
            )
            for run in samples
        ],
    )


def collect_accuracies(manifest: Manifest) -> Mapping[str, list[float]]:
    """Return the finite test accuracies of a table's runs in percent, one for each seed."""
    return {
        cell.run: [
            100 * run.test_accuracy
            for run in manifest.runs
            if run.id == cell.run and run.test_accuracy is not None
        ]
        for cell in manifest.results.cells
    }


def describe_standing(run: str, comparison: Comparison) -> RunStanding:
    """Return the standing of a run by its comparison with the highest."""
    if comparison.lower:
        standing = Standing.LOWER
    elif comparison.comparable:
        standing = Standing.COMPARABLE
    else:
        standing = Standing.CANNOT_BE_TOLD
    difference, low, high = (
        None if math.isnan(value) else value
        for value in (comparison.difference, comparison.low, comparison.high)
    )
    return RunStanding(run=run, standing=standing, difference=difference, low=low, high=high)


def describe_rule(comparisons: int) -> str:
    """Return the rule of a table's standings in words."""
    rule = RULES.accuracy
    if not comparisons:
        return (
            "Nothing can be told of how these means compare: that takes at least "
            f"{rule.least_seeds} seeds of the highest and of another."
        )
    corrected = f", corrected for {comparisons} comparisons," if comparisons > 1 else ""
    return (
        "Each mean is compared with the highest of the whole table. It is lower if the "
        f"{rule.level:.0%} Welch interval of the difference{corrected} lies below 0; if not, it is "
        f"comparable if the {rule.equivalence_level:.0%} interval lies within ±{rule.margin:g} "
        f"points. All else, and what has fewer than {rule.least_seeds} seeds, cannot be told. The "
        "highest is best if every other is lower."
    )
