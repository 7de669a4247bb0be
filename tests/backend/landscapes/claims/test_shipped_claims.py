"""The claims as the landscapes that ship tell them, computed once more in other ways."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from descent_atlas.landscapes.claims import QUESTIONS, tell_claims
from descent_atlas.landscapes.claims.claim import Claim, judge
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.web.settings import Settings
from tests.backend.landscapes.manifest_edits import as_written

FOLDER = Settings().landscapes_folder


@pytest.fixture(scope="module")
def shipped() -> dict[str, Landscape]:
    contents = LandscapeStore(FOLDER).read()
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


def test_everything_can_be_told_and_every_verdict_follows_from_its_checks(
    claims: dict[str, Claim],
) -> None:
    assert list(claims) == [question.id for question in QUESTIONS]
    for claim in claims.values():
        assert claim["verdict"] == judge([check["passed"] for check in claim["checks"]])
        assert claim["numbers"] and claim["finding"]
        labels = [number["label"] for number in claim["numbers"]]
        assert len(set(labels)) == len(labels)


def test_links_lead_to_landscapes_that_ship(
    claims: dict[str, Claim], shipped: dict[str, Landscape]
) -> None:
    for claim in claims.values():
        assert claim["link"].partition("show=")[2].partition("&")[0] in shipped


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


def test_correlations_are_covariances_over_deviations(
    claims: dict[str, Claim], shipped: dict[str, Landscape]
) -> None:
    values = values_of(claims["batch-surfaces"])
    landscape = shipped["batches-end"]
    plane = as_written(landscape)["plane"]
    assert plane is not None
    whole = landscape.arrays["surface.train.loss"]
    across, up = np.meshgrid(landscape.arrays["grid.x"], landscape.arrays["grid.y"])
    places = {
        "whole plane": np.ones(whole.shape, dtype=bool),
        "within 0.25": across**2 + up**2 <= 0.25**2,
    }
    for place, mask in places.items():
        for size in (1, 64, 256):
            a, b = landscape.arrays[f"surface.batch-{size}.loss"][mask], whole[mask]
            a, b = a - a.mean(), b - b.mean()
            expected = (a * b).sum() / math.sqrt((a * a).sum() * (b * b).sum())
            [found] = [
                value
                for label, value in values.items()
                if label.startswith(f"{size} image")
                and label.endswith(place)
                and f"{plane['origin']['step']:,}" in label
            ]
            assert found == pytest.approx(expected, abs=1e-9)


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
    for name, setting in settings.items():
        levels = [setting(runs[cell["run"]]) for cell in cells]
        # η² is R² of the regression on an indicator of each level.
        dummies = np.array([[level == one for one in sorted(set(levels))] for level in levels])
        fitted = dummies @ np.linalg.lstsq(dummies.astype(float), accuracies, rcond=None)[0]
        assert values[f"η² of {name}"] == pytest.approx(np.var(fitted) / np.var(accuracies))


def test_mean_turning_angles_are_those_of_the_windows(
    claims: dict[str, Claim], shipped: dict[str, Landscape]
) -> None:
    values = values_of(claims["batch-smoothness"])
    for id, rate in (("batch-sizes-caption", "0.02"), ("batch-sizes", "0.002")):
        for run in as_written(shipped[id])["runs"]:
            images = f"{run['batch_size']} image{'s' * (run['batch_size'] > 1)}"
            angles = array_of(shipped[id], run["id"], "turning.angle")
            angles = angles[np.isfinite(angles)]
            found = values[f"lr {rate}, batches of {images}: mean turning angle"]
            assert found == (pytest.approx(angles.mean()) if len(angles) else None)


def test_drawn_paths_turn_by_the_angles_between_their_moves(
    claims: dict[str, Claim], shipped: dict[str, Landscape]
) -> None:
    values = values_of(claims["momentum-smoothness"])
    landscape = shipped["momentum"]
    plane = as_written(landscape)["plane"]
    assert plane is not None
    [[a, b], [_, c]] = plane["gram"]
    uniform = array_of(landscape, "sgd", "uniform").astype(bool)
    moves = np.diff(
        np.stack([array_of(landscape, "sgd", axis)[uniform] for axis in "xy"], axis=1), axis=0
    )

    def multiply(u: np.ndarray, v: np.ndarray) -> float:
        return float(a * u[0] * v[0] + b * (u[0] * v[1] + u[1] * v[0]) + c * u[1] * v[1])

    angles = [
        math.degrees(
            math.acos(
                max(-1.0, min(1.0, multiply(u, v) / math.sqrt(multiply(u, u) * multiply(v, v))))
            )
        )
        for u, v in pairwise(moves)
    ]
    assert values["With momentum: path drawn"] == pytest.approx(np.mean(angles), rel=1e-6)


def test_energy_is_the_share_of_squared_distances_within_the_plane(
    claims: dict[str, Claim], shipped: dict[str, Landscape]
) -> None:
    values = values_of(claims["trajectories"])
    for run, name in (("gd", "GD"), ("sgd", "SGD"), ("adam", "Adam")):
        for kind, words in (("random", "random plane"), ("pca", "PCA plane")):
            landscape = shipped[f"{run}-{kind}"]
            uniform = array_of(landscape, run, "uniform").astype(bool)
            length, distance = (
                array_of(landscape, run, column)[uniform] for column in ("length", "distance")
            )
            expected = 1 - (distance**2).sum() / (length**2).sum()
            found = values[f"{name}, {words}: energy held"]
            assert found == pytest.approx(expected, rel=1e-3, abs=1e-9)
