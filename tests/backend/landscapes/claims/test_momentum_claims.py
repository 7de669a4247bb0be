"""The claims on momentum and accuracy."""

import pytest

from descent_atlas.landscapes.claims.smoothness_claims import PRINTED, TEN_TIMES, WITH, WITHOUT
from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import table
from tests.backend.landscapes.claims.conftest import Ask

PRINTED_TABLE = {  # the paper's own numbers, without and with momentum
    (1, 2.0): (10.0, 10.0),
    (1, 2e-3): (27.04, 16.44),
    (1, 1e-5): (10.0, 11.58),
    (64, 2.0): (10.0, 10.0),
    (64, 2e-3): (34.64, 48.16),
    (64, 1e-5): (10.0, 15.19),
    (256, 2.0): (10.0, 10.0),
    (256, 2e-3): (17.92, 41.34),
    (256, 1e-5): (9.99, 10.14),
}


Accuracies = dict[tuple[int, float], tuple[float, float]]
"""Accuracies without and with momentum, by batch size and rate."""


def pairs(accuracies: Accuracies, spread: float = 0.1, seeds: int = 3) -> dict[str, Landscape]:
    settings, cells = {}, {}
    for (batch, rate), values in accuracies.items():
        for momentum, value in zip((None, 0.9), values, strict=True):
            id = f"b{batch}-{rate}-{momentum}"
            settings[id] = {"lr": rate, "batch_size": batch, "momentum": momentum}
            cells[id] = [value + spread * (seed - 1) for seed in range(seeds)]
    return {"table-2": table("table-2", cells, settings=settings)}


@pytest.mark.parametrize(
    ("changes", "passed"),
    [
        ({}, [True, True]),
        ({(1, 2e-3): (27.0, 27.0)}, [True, False]),
        ({(64, 2e-3): (34, 30), (256, 2e-3): (20, 15)}, [False, True]),
        (
            {(1, 2e-3): (27, 40), (64, 2e-3): (34, 30), (64, 1e-5): (10, 10), (256, 2e-3): (9, 9)},
            [False, False],
        ),
    ],
)
def test_momentum_helps_larger_batches_and_harms_one_image(
    ask: Ask, changes: Accuracies, passed: list[bool]
) -> None:
    claim = ask("momentum-accuracy", pairs(PRINTED_TABLE | changes))
    assert [check["passed"] for check in claim["checks"]] == passed


def test_with_one_seed_or_seeds_far_apart_nothing_can_be_told(ask: Ask) -> None:
    for found in (pairs(PRINTED_TABLE, seeds=1), pairs(PRINTED_TABLE, spread=15.0)):
        claim = ask("momentum-accuracy", found)
        assert [check["passed"] for check in claim["checks"]] == [None, None]
        assert claim["verdict"] == "cannot be told"
        assert "lower at 0, not to be told at 6" in claim["finding"]


def test_the_finding_counts_settings_and_tells_those_that_differ(ask: Ask) -> None:
    claim = ask("momentum-accuracy", pairs(PRINTED_TABLE))
    assert (
        "Of 6 settings with batches larger than 1, accuracy is higher with momentum at 3"
        in (claim["finding"])
    )
    assert "Of 3 with batches of 1 it is higher with momentum at 1, lower at 1" in claim["finding"]
    assert "batch 1, lr 0.002: 27.0% without, 16.4% with" in claim["finding"]
    assert "batch 256, lr 0.00001" not in claim["finding"]
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    assert values["Batch 64, lr 0.00001, with"] == pytest.approx(15.19)
    assert len(values) == len(claim["numbers"]) == 18


def test_a_table_without_pairs_tells_nothing(ask: Ask) -> None:
    lonely = table("table-2", {"a": [1.0]})
    assert ask("momentum-accuracy", {"table-2": lonely})["verdict"] == "cannot be told"


@pytest.mark.parametrize(
    ("ten_times", "printed", "spread", "passed"),
    [
        (40.0, 40.0, 0.2, [True, True]),
        (48.0, 40.0, 0.2, [False, True]),  # comparable: within 2 points
        (48.0, 34.8, 0.2, [False, False]),
        (50.0, 34.0, 0.2, [False, False]),
        (47.5, 35.0, 2.0, [None, None]),
    ],
)
def test_momentum_is_the_cause_if_neither_control_explains_the_gain(
    ask: Ask, ten_times: float, printed: float, spread: float, passed: list[bool | None]
) -> None:
    means = {WITHOUT: 34.6, WITH: 48.2, TEN_TIMES: ten_times, PRINTED: printed}
    found = table(
        "controls", {id: [mean - spread, mean, mean + spread] for id, mean in means.items()}
    )
    claim = ask("momentum-or-rate", {"controls": found})
    assert [check["passed"] for check in claim["checks"]] == passed
    told = "Momentum moves the accuracy by 13.6 points; ten times the rate alone moves it by "
    assert f"{told}{ten_times - 34.6:.1f} points" in claim["finding"]
    assert len(claim["numbers"]) == 12


def test_the_printed_formula_steps_a_tenth_as_far_in_the_end_as_pytorchs() -> None:
    velocity = printed = moved = moved_printed = 0.0
    for step in range(1000):
        gradient = 1.0 if step == 0 else 0.0
        velocity = 0.9 * velocity + gradient
        printed = 0.9 * printed + (1 - 0.9) * gradient
        moved, moved_printed = moved + velocity, moved_printed + printed
    assert moved == pytest.approx(10.0)
    assert moved_printed == pytest.approx(1.0)
