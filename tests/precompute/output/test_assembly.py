"""Small landscapes, from runs to their files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from descent_atlas.analysis.plane_fidelity import WALK_SEED, WALKS
from descent_atlas.analysis.planes import load_plane, random_plane
from descent_atlas.analysis.surfaces import evaluate_surface
from descent_atlas.landscapes.format import Landscape, read_landscape
from descent_atlas.output.assembly import COSINE_BATCHES, assemble_landscape
from descent_atlas.output.landscape_parts import (
    choose_images,
    choose_makers,
    compute_points,
    is_complete,
    key_landscape,
    key_path,
    key_surfaces,
    make_plane,
    measure_path,
    read_path,
)
from descent_atlas.output.measured.batch_correlations import NEAR
from descent_atlas.output.surface_parts import SurfaceParts
from descent_atlas.study.entries import LandscapeEntry
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.loops.batch_order import epoch_order
from descent_atlas.training.runs import TrainingRun
from tests.backend.landscapes.manifest_edits import as_written
from tests.precompute.output.small_trainings import LABELS, loss_at


def entry(**changes: Any) -> LandscapeEntry:
    fields = {
        "id": "figure-1",
        "title": "Around the end",
        "shows": "A bowl.",
        "figures": ["1"],
        "plane": "random",
        "origin": "sgd",
        "runs": ["sgd"],
        "surfaces": ["batch-1", "batch-64", "train", "test"],
        "grid": 7,
        "arrows": True,
    }
    return LandscapeEntry.model_validate({**fields, **changes})


def find_parts(root: Path, surface: str, key: str, grid: int) -> SurfaceParts:
    return SurfaceParts(folder=root, surface=surface, key=key, shape=(grid, grid))


def build(
    root: Path, asked: LandscapeEntry, runs: Mapping[str, TrainingRun], dataset: ImageDataset
) -> Landscape:
    """Run all jobs of a landscape, with points in blocks of 16, and read the landscape."""
    key = key_surfaces(asked, runs, dataset)
    make_plane(root / "plane", key=key, entry=asked, runs=runs)
    plane, grid = load_plane(root / "plane")
    parts = {surface: find_parts(root, surface, key, asked.grid) for surface in asked.surfaces}
    for own in parts.values():
        for first in range(0, own.points, 16):
            compute_points(
                own,
                (first, min(first + 16, own.points)),
                plane=plane,
                grid=grid,
                run=runs[asked.origin],
                dataset=dataset,
                pace=1,
            )
    measured = {id: root / f"path-{id}" for id in asked.runs}
    for id, output in measured.items():
        measure_path(output, key=key_path(runs[id], dataset), run=runs[id], dataset=dataset)
    folder = assemble_landscape(
        root / "landscapes",
        entry=asked,
        plane=plane,
        grid=grid,
        parts=parts,
        measured=measured,
        runs=runs,
        labels=LABELS,
        dataset=dataset,
        study="small",
    )
    return read_landscape(folder)


ENTRIES = {
    "random": entry(),
    "early": entry(origin_step=3),
    "pca": entry(plane="pca"),
    "minima": entry(plane="minima", runs=["gd", "sgd", "adam"]),
    "shared": entry(plane="shared", runs=["gd", "adam", "sgd", "wild"]),
    "convolutional": entry(plane="pca", origin="convolutional", runs=["convolutional"]),
    "diverged": entry(plane="pca", origin="wild", runs=["wild"]),
    "batches": entry(surfaces=["batch-1", "batch-64", "train"], arrows=False, batches=3),
}


@pytest.fixture(scope="module")
def landscapes(
    tmp_path_factory: pytest.TempPathFactory, runs: dict[str, TrainingRun], dataset: ImageDataset
) -> dict[str, Landscape]:
    root = tmp_path_factory.mktemp("landscapes")
    return {name: build(root / name, asked, runs, dataset) for name, asked in ENTRIES.items()}


@pytest.mark.parametrize("name", ["random", "pca", "minima", "shared", "convolutional"])
def test_the_loss_at_the_origin_is_the_runs(
    name: str, landscapes: dict[str, Landscape], runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    """The origin is the last point of its run's trajectory, in and outside the plane."""
    found, asked = landscapes[name], ENTRIES[name]
    number = asked.runs.index(asked.origin)
    trajectory = {
        key: found.arrays[array]
        for key, array in as_written(found)["trajectories"][number]["arrays"].items()
    }
    expected = loss_at(runs[asked.origin], runs[asked.origin].final, dataset)
    assert (trajectory["x"][-1], trajectory["y"][-1]) == pytest.approx((0, 0), abs=1e-6)
    assert trajectory["distance"][-1] == trajectory["length"][-1] == pytest.approx(0, abs=1e-6)
    assert trajectory["loss"][-1] == pytest.approx(expected, rel=1e-5)
    assert trajectory["loss_in_plane"][-1] == pytest.approx(expected, rel=1e-5)


def test_the_middle_of_a_random_planes_surface_is_the_origin(
    landscapes: dict[str, Landscape], runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    found = landscapes["random"]
    expected = loss_at(runs["sgd"], runs["sgd"].final, dataset)
    assert found.arrays["surface.train.loss"][3, 3] == pytest.approx(expected, rel=1e-5)
    accuracy = runs["sgd"].metrics["test_accuracy"][-1]
    assert found.arrays["surface.test.accuracy"][3, 3] == pytest.approx(accuracy)


def test_an_early_origin_is_the_nearest_snapshot(
    landscapes: dict[str, Landscape], runs: dict[str, TrainingRun]
) -> None:
    plane = as_written(landscapes["early"])["plane"]
    assert plane is not None
    steps = runs["sgd"].snapshot_steps
    assert plane["origin"] == {"run": "sgd", "step": int(steps[np.abs(steps - 3).argmin()])}


def test_batches_are_the_first_images_of_the_origins_first_epoch(
    runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    split, batch = choose_images("batch-64", dataset, runs["sgd"])
    assert split is dataset.train
    assert batch is not None
    assert torch.equal(batch, epoch_order(1, 0, 300)[:64])
    for name in ("batch-0", "batch-301", "batch-", "batch-x", "validation"):
        with pytest.raises(ValueError, match="there is no surface"):
            choose_images(name, dataset, runs["sgd"])


def test_surfaces_say_what_they_are(landscapes: dict[str, Landscape]) -> None:
    surfaces = {s["id"]: s for s in as_written(landscapes["random"])["surfaces"]}
    assert {id: s["images"] for id, s in surfaces.items()} == {
        "batch-1": 1,
        "batch-64": 64,
        "train": 300,
        "test": 90,
    }
    assert surfaces["train"]["correlation"] == pytest.approx(1)
    assert surfaces["batch-1"]["correlation"] < surfaces["batch-64"]["correlation"] < 1
    loss = landscapes["random"].arrays["surface.train.loss"]
    assert (surfaces["train"]["lowest"], surfaces["train"]["highest"]) == (loss.min(), loss.max())
    assert surfaces["train"]["minima"] >= 1


def test_arrows_and_cosines_tell_how_batches_disagree(landscapes: dict[str, Landscape]) -> None:
    found = landscapes["random"]
    arrows = {arrow["surface"]: arrow for arrow in as_written(found)["arrows"]}
    assert arrows["train"]["cosine"] == pytest.approx(1)
    assert abs(arrows["batch-1"]["cosine"]) < 1
    one, many = as_written(found)["results"]["cosines"]
    assert (one["images"], many["images"]) == (1, 64)
    assert found.arrays[one["array"]].shape == (COSINE_BATCHES,)
    assert one["mean"] < many["mean"] < 1


def test_the_surfaces_of_many_batches_are_correlated_with_the_whole_sets(
    landscapes: dict[str, Landscape], runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    found = landscapes["batches"]
    one, many = as_written(found)["results"]["correlations"]
    assert (one["images"], many["images"], one["batches"]) == (1, 64, 3)
    assert one["within"] == NEAR
    drawn = [found.arrays[each["arrays"]["plane"]] for each in (one, many)]
    assert drawn[0].mean() < drawn[1].mean() < 1
    assert np.ptp(drawn[0]) > 0  # several batches
    chosen = torch.from_numpy(np.random.default_rng([0, 64]).choice(300, 64, replace=False))
    run = runs["sgd"]
    plane = random_plane(run.final, run.layout, 0)
    loss = evaluate_surface(
        run.build_network(),
        run.layout,
        plane.origin,
        plane.directions,
        found.arrays["grid.x"],
        found.arrays["grid.y"],
        dataset.train,
        batch=chosen,
    ).loss
    whole = found.arrays["surface.train.loss"]
    assert drawn[1][0] == pytest.approx(np.corrcoef(loss.ravel(), whole.ravel())[0, 1])
    # Of 7 points from -1 to 1 one alone lies within 0.25, and nothing correlates.
    assert np.isnan(found.arrays[one["arrays"]["near"]]).all()


def test_no_arrows_are_drawn_where_none_are_asked_for(
    tmp_path: Path, runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    found = build(tmp_path, entry(arrows=False, surfaces=["test"]), runs, dataset)
    assert as_written(found)["arrows"] == []
    assert found.manifest.results.cosines == []
    assert as_written(found)["surfaces"][0]["correlation"] is None


def test_a_principal_plane_shows_more_of_its_run_than_a_random_one(
    landscapes: dict[str, Landscape],
) -> None:
    (in_pca,) = as_written(landscapes["pca"])["trajectories"]
    (in_random,) = as_written(landscapes["random"])["trajectories"]
    walks = in_pca["random_walks"]
    assert (walks["sets"], walks["seed"]) == (WALKS, WALK_SEED)
    assert 0.8 < walks["energy"]["low"] < walks["energy"]["mean"] < walks["energy"]["high"] <= 1
    assert in_random["random_walks"]["energy"]["mean"] < 0.01
    assert in_random["energy_about_end"] < 0.5 < in_pca["energy_about_end"] <= 1
    assert 0 <= in_random["displacement"] < 0.5 < in_pca["displacement"] <= 1
    plane = as_written(landscapes["pca"])["plane"]
    assert plane is not None  # the origin is the run's end: the spectrum's energy is the run's
    assert sum(plane["spectrum"][:2]) == pytest.approx(in_pca["energy_about_end"], rel=1e-5)
    assert not {"energy", "random_walk_energy"} & in_pca.keys()


def test_energy_is_measured_about_each_runs_own_end(
    landscapes: dict[str, Landscape], runs: dict[str, TrainingRun]
) -> None:
    """Recomputed from the arrays drawn and the runs' snapshots, on a plane with several runs."""
    found = landscapes["minima"]
    gram = np.array(as_written(found)["plane"]["gram"])
    for trajectory in as_written(found)["trajectories"]:
        own = {key: found.arrays[array] for key, array in trajectory["arrays"].items()}
        drawn = np.stack([own["x"] - own["x"][-1], own["y"] - own["y"][-1]], axis=1)
        inside = (drawn @ gram * drawn).sum(axis=1)
        path = read_path(runs[trajectory["run"]])
        snapshots = np.asarray(path.snapshots, dtype=np.float64)
        whole = ((snapshots - snapshots[-1]) ** 2).sum(axis=1)
        kept = own["uniform"]
        share = inside[kept].sum() / whole[kept].sum()
        assert trajectory["energy_about_end"] == pytest.approx(share, rel=1e-5)
        assert trajectory["displacement"] == pytest.approx(inside[0] / whole[0], rel=1e-5)
        assert trajectory["end_distance"] == pytest.approx(0, abs=1e-5)


def test_the_ends_lie_in_the_plane_of_minima(landscapes: dict[str, Landscape]) -> None:
    found = landscapes["minima"]
    for trajectory in as_written(found)["trajectories"]:
        assert found.arrays[trajectory["arrays"]["distance"]][-1] < 1e-5
        assert trajectory["random_walks"]["energy"]["mean"] is not None


def test_a_grid_holds_the_trajectories_that_make_its_plane(
    landscapes: dict[str, Landscape],
) -> None:
    for name in ("pca", "minima", "shared", "convolutional"):
        found = landscapes[name]
        assert as_written(found)["plane"] is not None
        makers = as_written(found)["plane"]["makers"]
        for trajectory in as_written(found)["trajectories"]:
            if trajectory["run"] in makers:
                for axis in ("x", "y"):
                    drawn = found.arrays[trajectory["arrays"][axis]]
                    line = found.arrays[f"grid.{axis}"]
                    assert line[0] < drawn.min() and drawn.max() < line[-1]


def test_a_run_that_diverged_is_drawn_but_makes_no_shared_plane(
    landscapes: dict[str, Landscape], runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    assert runs["wild"].status == "diverged"
    assert choose_makers(ENTRIES["shared"], runs) == ["sgd", "gd", "adam"]
    assert len(as_written(landscapes["shared"])["trajectories"]) == 4
    statuses = {run["id"]: run["status"] for run in as_written(landscapes["shared"])["runs"]}
    assert statuses["wild"] == "diverged"
    assert statuses["sgd"] == "completed"
    path = read_path(runs["wild"])
    assert np.isfinite(path.snapshots).all()
    assert path.steps[-1] == runs["wild"].steps


def test_a_path_has_its_end_once(runs: dict[str, TrainingRun]) -> None:
    for id in ("sgd", "gd", "wild"):
        path = read_path(runs[id])
        assert (np.diff(path.steps) > 0).all()
        np.testing.assert_array_equal(path.snapshots[-1], runs[id].final)


def test_runs_are_described_with_what_they_cost(landscapes: dict[str, Landscape]) -> None:
    runs = {run["id"]: run for run in as_written(landscapes["minima"])["runs"]}
    assert runs["gd"]["images"] == 30 * 300
    assert runs["sgd"]["images"] == 8 * 300
    assert runs["sgd"]["label"] == "SGD"
    assert runs["sgd"]["spec"]["hyperparameters"] == {"lr": 0.05, "momentum": 0.9}
    assert 0 < runs["sgd"]["test_accuracy"] <= 1


def test_the_same_jobs_make_the_same_landscape(
    tmp_path: Path,
    landscapes: dict[str, Landscape],
    runs: dict[str, TrainingRun],
    dataset: ImageDataset,
) -> None:
    again = build(tmp_path, ENTRIES["minima"], runs, dataset)
    assert again.manifest == landscapes["minima"].manifest
    assert as_written(again)["key"] == key_landscape(ENTRIES["minima"], runs, dataset)


def test_keys_change_with_what_is_asked_for_and_no_more(
    runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    asked = entry(plane="pca")
    surfaces, whole = key_surfaces(asked, runs, dataset), key_landscape(asked, runs, dataset)
    renamed = entry(plane="pca", title="Another title")
    assert key_surfaces(renamed, runs, dataset) == surfaces
    assert key_landscape(renamed, runs, dataset) != whole
    for changes in ({"grid": 9}, {"seed": 1}, {"origin_step": 0}, {"plane": "random"}):
        assert key_surfaces(entry(**{"plane": "pca", **changes}), runs, dataset) != surfaces
    other = {**runs, "sgd": runs["adam"]}
    assert key_surfaces(asked, other, dataset) != surfaces


def test_a_job_is_done_when_its_output_is_whole_and_of_its_key(
    tmp_path: Path, runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    assert not is_complete(tmp_path / "path", key="k")
    measure_path(tmp_path / "path", key="k", run=runs["sgd"], dataset=dataset)
    assert is_complete(tmp_path / "path", key="k")
    assert not is_complete(tmp_path / "path", key="another")
    arrays = tmp_path / "path" / "arrays.npz"
    arrays.write_bytes(arrays.read_bytes()[:-1])
    assert not is_complete(tmp_path / "path", key="k")


def test_runs_of_different_networks_share_no_plane(
    tmp_path: Path, runs: dict[str, TrainingRun]
) -> None:
    asked = entry(runs=["sgd", "convolutional"])
    with pytest.raises(ValueError, match="different networks"):
        make_plane(tmp_path / "plane", key="k", entry=asked, runs=runs)
