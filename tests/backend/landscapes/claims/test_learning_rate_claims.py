"""The claims on the learning rate."""

from typing import Any

import numpy as np
import pytest

from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import landscape, run, table
from tests.backend.landscapes.claims.conftest import Ask


def explained(**shares: float | None) -> dict[str, Landscape]:
    accuracies = {"a": (10.0, 10, 10), "b": (48.0, 47, 49), "c": (27.0, 27, 27)}
    runs = [run("a", lr=2.0), run("b", lr=0.002), run("c", lr=0.002)]
    return {"table-2": table("table-2", accuracies, runs=runs, explained=shares)}


@pytest.mark.parametrize(
    ("lr", "batch_size", "momentum", "verdict"),
    [
        (0.67, 0.06, 0.03, "holds"),
        (0.2, 0.3, 0.1, "does not hold"),
        (0.3, 0.3, 0.1, "does not hold"),
        (None, 0.3, 0.1, "cannot be told"),
    ],
)
def test_what_explains_most_variance_matters_most(
    ask: Ask, lr: float | None, batch_size: float, momentum: float, verdict: str
) -> None:
    found = explained(lr=lr, batch_size=batch_size, momentum=momentum)
    assert ask("learning-rate-matters", found)["verdict"] == verdict


def test_a_table_that_is_not_factorial_tells_nothing(ask: Ask) -> None:
    assert ask("learning-rate-matters", explained())["verdict"] == "cannot be told"


def test_the_finding_tells_the_interplay_and_the_spread_at_the_best_rate(ask: Ask) -> None:
    claim = ask("learning-rate-matters", explained(lr=0.5, batch_size=0.2, momentum=0.1))
    assert (
        "the learning rate explains 50%, the batch size explains 20% and momentum"
        in (claim["finding"])
    )
    assert "20% is left to their interplay" in claim["finding"]
    assert "at 0.002 alone" in claim["finding"]
    assert "between 27.0% and 48.0%" in claim["finding"]
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    assert values["η² of their interplay"] == pytest.approx(0.2)
    assert values["lr 0.002: lowest accuracy"] == 27.0


STRAIGHT = np.stack([np.linspace(1, 0, 101), np.zeros(101)], axis=1)


def three_rates(
    large: dict[str, Any] | None = None,
    small: dict[str, Any] | None = None,
    *,
    large_end: float = 2.3,
    small_end: float = 2.29,
) -> dict[str, Landscape]:
    """Three rates; the middle one makes the loss fall from 2.3 to 1.3, straight."""
    usual: dict[str, Any] = {"momentum": None}
    runs = [
        run("small", **usual | {"lr": 1e-5, "turning": 60.0} | (small or {})),
        run("large", **usual | {"lr": 2.0, "test_accuracy": 0.1, "turning": 95.0} | (large or {})),
        run("middle", **usual | {"lr": 0.002, "turning": 80.0}),
    ]
    ends = {"large": large_end, "middle": 1.3, "small": small_end}
    paths = {id: (STRAIGHT, np.linspace(2.3, end, 101)) for id, end in ends.items()}
    return {"learning-rates": landscape("learning-rates", runs=runs, paths=paths)}


@pytest.mark.parametrize(
    ("large", "small", "verdict"),
    [
        ({}, {}, "holds"),
        ({"status": "diverged", "turning": None}, {}, "holds"),
        ({}, {"turning": 79.5}, "holds in part"),
        ({"test_accuracy": 0.3}, {}, "holds in part"),
    ],
)
def test_rates_are_judged_by_what_becomes_of_loss_and_turning(
    ask: Ask, large: dict[str, Any], small: dict[str, Any], verdict: str
) -> None:
    assert ask("learning-rates", three_rates(large, small))["verdict"] == verdict


def test_rates_that_all_learn_and_turn_alike_refute_the_claim(ask: Ask) -> None:
    found = three_rates(
        {"test_accuracy": 0.4, "turning": 80.0}, {"turning": 80.0}, large_end=1.3, small_end=1.4
    )
    assert ask("learning-rates", found)["verdict"] == "does not hold"


def test_the_finding_tells_each_rate_from_the_largest_on(ask: Ask) -> None:
    claim = ask("learning-rates", three_rates({"status": "diverged", "turning": None}))
    large, middle, small = claim["finding"].split("With lr ")[1:]
    assert large.startswith(
        "2 training diverged (not finite after step 7); its loss went from 2.300 to 2.300 and the "
        "accuracy is 10.0%"
    )
    assert "0.002 the training loss went from 2.300 to 1.300" in middle
    assert "updates turn by 60° on average and the path drawn is 1.0 times as long" in small


def test_the_way_of_a_path_is_measured_in_units_of_length(ask: Ask) -> None:
    # Three sides of a square; as the second direction is twice as long: 2 + 1 + 2 to go 1.
    corners = [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]
    path = (corners, [2.3, 2.3, 2.3, 1.3])
    runs = [run(id, lr=lr) for id, lr in (("a", 2.0), ("b", 0.002), ("c", 1e-5))]
    made = landscape(
        "learning-rates", runs=runs, paths=dict.fromkeys("abc", path), gram=[[1.0, 0.0], [0.0, 4.0]]
    )
    claim = ask("learning-rates", {"learning-rates": made})
    detours = [number["value"] for number in claim["numbers"] if number["unit"] == "ratio"]
    assert detours == pytest.approx([5.0] * 3)


def test_two_rates_are_no_figure_4(ask: Ask) -> None:
    found = landscape("learning-rates", runs=[run("a", lr=1.0)], paths={"a": (STRAIGHT, [1] * 101)})
    assert ask("learning-rates", {"learning-rates": found})["verdict"] == "cannot be told"
