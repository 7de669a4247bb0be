"""The claims on GD, SGD and Adam."""

import numpy as np
import pytest

from descent_atlas.landscapes.claims.optimizer_claims import RUNS
from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import landscape, run, table
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
        ([1, 9, 9], "holds in part"),
        ([1, 1, 1], "does not hold"),
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


def ranked(
    cells: dict[str, tuple[float, float, float]], gd_images: int = 50_000_000, gd_seconds: float = 9
) -> dict[str, Landscape]:
    runs = [
        run("gd", images=gd_images, seconds=gd_seconds),
        run("gd", images=gd_images, seconds=gd_seconds + 2, seed=1),
        run("sgd", images=1_000_000, seconds=5.0),
        run("adam", images=1_000_000, seconds=6.0),
    ]
    return {"table-1": table("table-1", cells, runs=runs)}


AS_PRINTED: dict[str, tuple[float, float, float]] = {
    "gd": (38.3, 38, 39),
    "sgd": (48.2, 47, 49),
    "adam": (47.7, 47, 48),
}


@pytest.mark.parametrize(
    ("cells", "gd_seconds", "verdict"),
    [
        (AS_PRINTED, 9, "holds"),
        (AS_PRINTED, 1, "holds in part"),
        (AS_PRINTED | {"adam": (49.0, 48, 50)}, 9, "holds in part"),
        (AS_PRINTED | {"sgd": (30.0, 30, 30)}, 1, "does not hold"),
    ],
)
def test_the_ranking_is_that_of_means_over_seeds_and_of_costs(
    ask: Ask, cells: dict[str, tuple[float, float, float]], gd_seconds: float, verdict: str
) -> None:
    assert ask("ranking", ranked(cells, gd_seconds=gd_seconds))["verdict"] == verdict


@pytest.mark.parametrize(
    ("adam", "comparable"),
    [((47.3, 47.3, 47.3), True), ((45.0, 44, 47.5), True), ((45.0, 44, 46), False)],
)
def test_accuracies_are_comparable_within_a_point_or_where_ranges_overlap(
    ask: Ask, adam: tuple[float, float, float], comparable: bool
) -> None:
    claim = ask("ranking", ranked(AS_PRINTED | {"adam": adam}))
    [check] = [check for check in claim["checks"] if "comparable" in check["text"]]
    assert check["passed"] is comparable


def test_the_finding_tells_accuracies_over_seeds_and_mean_costs(ask: Ask) -> None:
    claim = ask("ranking", ranked(AS_PRINTED))
    assert "GD reaches 38.3% (38.0% to 39.0% over 2 seeds)" in claim["finding"]
    assert "GD 50,000,000 images and 10 seconds" in claim["finding"]
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    assert (values["GD: seconds"], values["SGD: highest"]) == (10.0, 49)
    assert len(values) == len(claim["numbers"]) == 15
