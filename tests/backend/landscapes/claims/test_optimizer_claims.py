"""The claims on GD, SGD and Adam."""

import numpy as np
import pytest
from scipy import stats

from descent_atlas.landscapes.claims.accuracy_comparison import compare
from descent_atlas.landscapes.claims.optimizer_claims import RUNS
from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import landscape, table
from tests.backend.landscapes.claims.conftest import Ask


def falling(rates: dict[str, float]) -> dict[str, Landscape]:
    """Losses that fall from 2 to 1 as exponentials in time, the larger the rate the sooner."""
    time = np.linspace(0, 1, 201)
    points = np.stack([time, time], axis=1)
    paths = {id: (points, 1 + np.exp(-rate * time)) for id, rate in rates.items()}
    return {"optimizers": landscape("optimizers", paths=paths)}


@pytest.mark.parametrize(
    ("rates", "verdict"),
    [
        ([9, 9, 9], "holds"),
        ([9, 5, 9], "contested"),  # 0.7% of its fall: close at 1%, not at 0.5%
        ([1, 9, 9], "does not hold"),
        ([-1, -1, -1], "does not hold"),
    ],
)
def test_a_training_is_close_to_its_end_if_its_last_tenth_hardly_moves_the_loss(
    ask: Ask, rates: list[float], verdict: str
) -> None:
    claim = ask("convergence", falling(dict(zip(RUNS, rates, strict=True))))
    assert claim["verdict"] == verdict


def test_a_fall_is_that_of_the_mean_over_tenths_so_that_a_swing_does_not_count(ask: Ask) -> None:
    # A straight line from 2 to 1 under a swing at every other step.
    time = np.arange(201) / 200
    swinging = 2 - time + 0.3 * (-1.0) ** np.arange(201) * (time > 0)
    points = np.stack([time, time], axis=1)
    paths = dict.fromkeys(RUNS, (points, swinging))
    claim = ask("convergence", {"optimizers": landscape("optimizers", paths=paths)})
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    last = float((2 - time)[-20:].mean())
    assert values["GD: mean loss, last tenth"] == pytest.approx(last)
    assert values["GD: mean loss, last tenth but one"] == pytest.approx(last + 0.1)
    assert values["GD: moved of the whole fall"] == pytest.approx(0.1 / (2 - last))
    assert "GD’s training loss still fell from 1.147 to 1.047" in claim["finding"]
    assert "10% of its whole fall from 2.000" in claim["finding"]


def test_a_loss_that_did_not_fall_is_told_as_such(ask: Ask) -> None:
    claim = ask("convergence", falling({"gd": -1, "sgd": 9, "adam": 9}))
    assert "GD’s loss has not fallen" in claim["finding"]


def test_a_training_with_losses_that_are_not_finite_tells_nothing(ask: Ask) -> None:
    points = np.zeros((201, 2))
    paths = {id: (points, np.full(201, np.nan)) for id in RUNS}
    found = {"optimizers": landscape("optimizers", paths=paths)}
    assert ask("convergence", found)["verdict"] == "cannot be told"


def test_the_finding_tells_the_verdict_as_a_function_of_the_threshold(ask: Ask) -> None:
    claim = ask("convergence", falling({"gd": 5, "sgd": 9, "adam": 9}))
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    least = values["Lowest threshold at which all are close"]
    assert least == values["GD: moved of the whole fall"]
    assert least is not None and 0.005 < least < 0.01
    assert [check["passed"] for check in claim["checks"]] == [False, True, True]
    assert claim["finding"].endswith(
        f"at every threshold above {100 * least:.2f}%, and at none below."
    )


GD, SGD, ADAM = [38.0, 38.5, 39.0, 38.4, 38.6], [48.5, 49.2, 48.8, 49.0, 48.9], [48.9, 48.7, 49.1]


def ranked(
    sgd: list[float] = SGD, adam: list[float] = ADAM, gd: list[float] = GD, gd_seconds: float = 9
) -> dict[str, Landscape]:
    settings = {
        "gd": {"images": 50_000_000, "seconds": gd_seconds},
        "sgd": {"images": 1_000_000, "seconds": 5.0},
        "adam": {"images": 1_000_000, "seconds": 6.0},
    }
    accuracies = {"gd": gd, "sgd": sgd, "adam": adam}
    return {"table-1": table("table-1", accuracies, settings=settings)}


@pytest.mark.parametrize(
    ("found", "passed", "verdict"),
    [
        # Comparable within 2 points: SGD is not best then.
        (ranked(), [False, True, True, True], "holds in part"),
        (ranked(adam=[45, 45.2, 45.1]), [True, False, True, True], "holds in part"),
        (ranked(adam=[40, 52, 49]), [None, None, None, True], "holds in part"),
        (ranked(gd=[60, 60.5, 60.2], gd_seconds=1), [False, True, False, False], "holds in part"),
        (ranked(sgd=[30, 30.1, 30.2], gd_seconds=1), [False, False, False, False], "does not hold"),
        (ranked(sgd=SGD[:2], adam=ADAM[:2]), [None, None, None, True], "holds in part"),
    ],
)
def test_the_ranking_is_told_by_intervals_of_differences(
    ask: Ask, found: dict[str, Landscape], passed: list[bool | None], verdict: str
) -> None:
    claim = ask("ranking", found)
    assert [check["passed"] for check in claim["checks"]] == passed
    assert claim["verdict"] == verdict


def test_the_intervals_are_welchs_corrected_for_three_comparisons() -> None:
    found = compare(ranked()["table-1"], "sgd", "gd", comparisons=3)
    expected = stats.ttest_ind(SGD, GD, equal_var=False).confidence_interval(1 - 0.05 / 3)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.says == (
        f"{found.difference:.1f} points ({expected.low:.1f} to {expected.high:.1f})"
    )


def test_the_finding_tells_accuracies_over_seeds_and_mean_costs(ask: Ask) -> None:
    claim = ask("ranking", ranked())
    assert "GD reaches 38.5% (38.0% to 39.0% over 5 seeds)" in claim["finding"]
    assert "GD 50,000,000 images and 9 seconds" in claim["finding"]
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    assert (values["GD: seconds"], values["SGD: highest"], values["Adam: seeds"]) == (9, 49.2, 3)
    assert len(values) == len(claim["numbers"]) == 18
