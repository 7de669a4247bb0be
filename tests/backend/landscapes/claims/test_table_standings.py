"""Standings: how the accuracies of a table compare with its highest."""

from collections.abc import Sequence
from typing import Any

import pytest
from scipy import stats

from descent_atlas.landscapes.claims.table_standings import judge_table
from descent_atlas.landscapes.manifest import Manifest
from tests.backend.landscapes.claims.claim_samples import table

TIGHT = (-0.1, 0.0, 0.1)
LOOSE = (-4.0, 0.0, 4.0)


def around(mean: float, deviations: Sequence[float] = TIGHT) -> list[float]:
    """Return accuracies around a mean."""
    return [mean + deviation for deviation in deviations]


def judge(accuracies: dict[str, list[float]]) -> Any:
    """Return the standings of a table of accuracies in percent."""
    return judge_table(table("table-1", accuracies).manifest)


def standings(accuracies: dict[str, list[float]]) -> dict[str, str]:
    """Return the standings alone, by run."""
    return {one["run"]: one["standing"] for one in judge(accuracies)["runs"]}


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [
        ({"a": around(40), "b": around(50)}, {"a": "lower", "b": "best"}),
        (
            {"a": around(50), "b": around(49.9), "c": around(30)},
            {"a": "highest", "b": "comparable", "c": "lower"},
        ),
        # Lower for certain, though by less than the margin of what is comparable.
        ({"a": around(50), "b": around(49)}, {"a": "best", "b": "lower"}),
        ({"a": around(50, LOOSE), "b": around(48, LOOSE)}, {"a": "highest", "b": "cannot be told"}),
        ({"a": around(50), "b": [10.0]}, {"a": "highest", "b": "cannot be told"}),
        ({"a": [50.0], "b": around(10)}, {"a": "highest", "b": "cannot be told"}),
        ({"a": around(50), "b": around(50)}, {"a": "highest", "b": "comparable"}),
        ({"a": around(50)}, {"a": "highest"}),
    ],
)
def test_runs_are_best_comparable_lower_or_not_to_be_told(
    accuracies: dict[str, list[float]], expected: dict[str, str]
) -> None:
    assert standings(accuracies) == expected


def test_a_difference_has_the_welch_interval_that_scipy_finds_with_bonferronis_level() -> None:
    a, b, c = [48.9, 49.6, 50.3], [49.3, 49.5, 49.7], [38.0, 39.0, 39.2]
    found = judge({"a": a, "b": b, "c": c})
    assert (found["highest"], found["comparisons"]) == ("a", 2)
    for one, sample in zip(found["runs"][1:], (b, c), strict=True):
        peer = stats.ttest_ind(sample, a, equal_var=False)
        interval = peer.confidence_interval(1 - 0.05 / 2)
        assert one["difference"] == pytest.approx(sum(sample) / 3 - sum(a) / 3, abs=1e-12)
        assert (one["low"], one["high"]) == pytest.approx(tuple(interval), rel=1e-9)
    assert "corrected for 2 comparisons" in found["rule"]


def test_the_correction_counts_the_comparisons_that_the_seeds_allow() -> None:
    """One seed makes no comparison; what it adds to a table takes nothing from the others."""
    few = judge({"a": around(50), "b": around(49.9)})
    more = judge({"a": around(50), "b": around(49.9), "c": [10.0], "d": [20.0]})
    assert (few["comparisons"], more["comparisons"]) == (1, 1)
    assert few["runs"][1] == more["runs"][1]
    assert "corrected" not in few["rule"]


def test_too_few_seeds_are_told_as_such() -> None:
    found = judge({"a": [50.0], "b": [40.0]})
    assert found["comparisons"] == 0
    assert found["rule"].startswith("Nothing can be told")
    assert found["runs"][1] == {
        "run": "b",
        "standing": "cannot be told",
        "difference": -10.0,
        "low": None,
        "high": None,
    }


def test_a_cell_whose_run_is_missing_cannot_be_told_and_a_table_of_such_has_no_standings() -> None:
    whole = table("table-1", {"a": around(50), "b": around(40)}).manifest

    def without(*missing: str) -> Manifest:
        return whole.model_copy(update={"runs": [r for r in whole.runs if r.id not in missing]})

    found = judge_table(without("b"))
    assert found is not None
    assert found["runs"][1] == {
        "run": "b",
        "standing": "cannot be told",
        "difference": None,
        "low": None,
        "high": None,
    }
    assert judge_table(without("a", "b")) is None
