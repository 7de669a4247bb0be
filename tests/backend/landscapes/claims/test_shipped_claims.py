"""The claims as the landscapes that ship tell them, computed once more in other ways."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from descent_atlas.landscapes.claims import QUESTIONS, tell_claims
from descent_atlas.landscapes.claims.claim import Claim, judge
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.web.settings import Settings
from tests.backend.landscapes.manifest_edits import as_written


@pytest.fixture(scope="module")
def shipped() -> dict[str, Landscape]:
    contents = LandscapeStore(*Settings().landscapes_folder).read()
    assert not contents.damaged
    return {id: stored.landscape for id, stored in contents.landscapes.items()}


@pytest.fixture(scope="module")
def claims(shipped: dict[str, Landscape]) -> dict[str, Claim]:
    return {claim["id"]: claim for claim in tell_claims(shipped)}


def values_of(claim: Claim) -> dict[str, float | None]:
    return {number["label"]: number["value"] for number in claim["numbers"]}


def array_of(landscape: Landscape, run: str, name: str) -> np.ndarray:
    [entry] = [one for one in as_written(landscape)["trajectories"] if one["run"] == run]
    return landscape.arrays[entry["arrays"][name]]


VERDICTS = {
    "batch-gradients": "holds",
    "batch-surfaces": "holds in part",
    "convexity": "holds in part",
    "convergence": "does not hold",
    "ranking": "holds in part",
    "learning-rate-matters": "holds",
    "learning-rates": "holds in part",
    "batch-smoothness": "holds in part",
    "momentum-smoothness": "cannot be told",
    "momentum-accuracy": "holds",
    "momentum-or-rate": "cannot be told",
    "trajectories": "holds in part",
}
"""What the landscapes that ship say to each claim."""

ON_DIGITS = VERDICTS | {
    "batch-smoothness": "holds",
    "momentum-smoothness": "holds in part",
    "momentum-accuracy": "cannot be told",
}
"""What the same design says on the digits, by the same rules."""


def test_every_claim_is_told_and_its_verdict_follows_from_its_checks(
    claims: dict[str, Claim],
) -> None:
    assert list(claims) == [question.id for question in QUESTIONS]
    assert {id: claim["verdict"] for id, claim in claims.items()} == VERDICTS
    for claim in claims.values():
        assert claim["verdict"] == judge([check["passed"] for check in claim["checks"]])
        assert claim["numbers"] and claim["finding"]
        labels = [number["label"] for number in claim["numbers"]]
        assert len(set(labels)) == len(labels)


def test_digits_answer_every_claim_from_the_same_rules(claims: dict[str, Claim]) -> None:
    repeats = {id: claim["repeats"] for id, claim in claims.items()}
    assert {id: repeat["verdict"] for id, [repeat] in repeats.items()} == ON_DIGITS
    for [repeat] in repeats.values():
        assert repeat["verdict"] == judge([check["passed"] for check in repeat["checks"]])
        assert repeat["numbers"] and "not computed" not in repeat["finding"]


def test_links_lead_to_landscapes_that_ship(
    claims: dict[str, Claim], shipped: dict[str, Landscape]
) -> None:
    for claim in claims.values():
        for told in (claim, *claim["repeats"]):
            assert told["link"].partition("show=")[2].partition("&")[0] in shipped


def test_medians_and_quartiles_are_those_of_the_cosines(
    claims: dict[str, Claim], shipped: dict[str, Landscape]
) -> None:
    values = values_of(claims["batch-gradients"])
    for id in ("batches-end", "batches-early"):
        landscape = shipped[id]
        plane = as_written(landscape)["plane"]
        assert plane is not None
        for size in (1, 64, 256):
            name = f"{size} image{'s' * (size > 1)}, after {plane['origin']['step']:,} steps"
            ordered = np.sort(landscape.arrays[f"cosines.{size}"])
            assert len(ordered) == 100
            middle = (ordered[49] + ordered[50]) / 2
            assert values[f"{name}: median"] == pytest.approx(middle)
            low, high = values[f"{name}: lower quartile"], values[f"{name}: upper quartile"]
            assert low is not None and high is not None
            assert ordered[24] <= low <= ordered[25] and ordered[74] <= high <= ordered[75]


def test_convex_cells_are_those_whose_second_differences_make_a_positive_matrix(
    claims: dict[str, Claim], shipped: dict[str, Landscape]
) -> None:
    values = values_of(claims["convexity"])
    for id in ("bowl", "sgd-pca", "three-minima", "optimizers"):
        f = shipped[id].arrays["surface.train.loss"]
        convex = counted = 0
        for j in range(1, len(f) - 1):
            for i in range(1, f.shape[1] - 1):
                if not np.isfinite(f[j - 1 : j + 2, i - 1 : i + 2]).all():
                    continue
                counted += 1
                xx = f[j, i + 1] - 2 * f[j, i] + f[j, i - 1]
                yy = f[j + 1, i] - 2 * f[j, i] + f[j - 1, i]
                xy = (f[j + 1, i + 1] - f[j + 1, i - 1] - f[j - 1, i + 1] + f[j - 1, i - 1]) / 4
                smallest = np.linalg.eigvalsh([[xx, xy], [xy, yy]])[0]
                convex += bool(smallest > 4e-5 * abs(f[j, i]))
        assert values[f"{id}: convex, whole grid"] == pytest.approx(convex / counted)


def test_the_fall_of_the_loss_is_that_of_the_snapshots(
    claims: dict[str, Claim], shipped: dict[str, Landscape]
) -> None:
    values = values_of(claims["convergence"])
    landscape = shipped["optimizers"]
    for run, name in (("gd", "GD"), ("sgd", "SGD"), ("adam", "Adam")):
        uniform = array_of(landscape, run, "uniform").astype(bool)
        steps = array_of(landscape, run, "step")[uniform]
        losses = array_of(landscape, run, "loss")[uniform]
        last = losses[steps > 0.9 * steps[-1]].mean()
        before = losses[(steps > 0.8 * steps[-1]) & (steps <= 0.9 * steps[-1])].mean()
        assert values[f"{name}: mean loss, last tenth"] == pytest.approx(last, rel=1e-3)
        assert values[f"{name}: moved of the whole fall"] == pytest.approx(
            abs(before - last) / (losses[0] - last), rel=0.1, abs=1e-3
        )


def test_table_i_holds_the_mean_of_its_runs(
    claims: dict[str, Claim], shipped: dict[str, Landscape]
) -> None:
    values = values_of(claims["ranking"])
    for run, name in (("gd", "GD"), ("sgd", "SGD"), ("adam", "Adam")):
        seeds = [one for one in as_written(shipped["table-1"])["runs"] if one["id"] == run]
        accuracies = [100 * seed["test_accuracy"] for seed in seeds]
        assert values[f"{name}: mean accuracy"] == pytest.approx(np.mean(accuracies))
        assert values[f"{name}: lowest"] == pytest.approx(min(accuracies))
        assert values[f"{name}: images seen"] == pytest.approx(
            np.mean([s["images"] for s in seeds])
        )


def test_accuracies_are_compared_by_scipys_welch_intervals(
    claims: dict[str, Claim], shipped: dict[str, Landscape]
) -> None:
    seeds = {
        id: [
            100 * run["test_accuracy"]
            for run in as_written(shipped["table-1"])["runs"]
            if run["id"] == id
        ]
        for id in ("gd", "sgd", "adam")
    }
    for first, second, told in (
        ("sgd", "gd", "SGD above GD"),
        ("sgd", "adam", "SGD is above Adam"),
    ):
        found = stats.ttest_ind(seeds[first], seeds[second], equal_var=False)
        interval = found.confidence_interval(1 - 0.05 / 3)
        difference = np.mean(seeds[first]) - np.mean(seeds[second])
        bounds = " to ".join(
            (f"{bound:.1f}" if abs(bound) >= 0.05 else f"{bound:.2f}").replace("-", "−")
            for bound in interval
        )
        assert f"{told} by {difference:.1f} points ({bounds})" in claims["ranking"]["finding"]


def test_the_variance_of_table_ii_is_explained_as_by_dummy_variables(
    claims: dict[str, Claim], shipped: dict[str, Landscape]
) -> None:
    values = values_of(claims["learning-rate-matters"])
    table = as_written(shipped["table-2"])
    runs = {run["id"]: run for run in table["runs"]}
    cells = table["results"]["cells"]
    accuracies = np.array([cell["mean"] for cell in cells])
    settings: dict[str, Callable[[Any], float]] = {
        "the learning rate": lambda run: run["spec"]["hyperparameters"]["lr"],
        "the batch size": lambda run: run["batch_size"],
        "momentum": lambda run: run["spec"]["hyperparameters"].get("momentum", 0.0),
    }
    paper = np.array([cell["paper"] for cell in cells])
    for name, setting in settings.items():
        levels = [setting(runs[cell["run"]]) for cell in cells]
        # η² is R² of the regression on an indicator of each level.
        dummies = np.array([[level == one for one in sorted(set(levels))] for level in levels])
        for whose, found in (("found here", accuracies), ("that the paper prints", paper)):
            fitted = dummies @ np.linalg.lstsq(dummies.astype(float), found, rcond=None)[0]
            share = values[f"{name}, accuracies {whose}: η²"]
            assert share == pytest.approx(np.var(fitted) / np.var(found))
