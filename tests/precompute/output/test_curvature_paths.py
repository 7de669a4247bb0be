"""The sharpness along runs, compared with dense Hessians, in landscapes and tables."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import functional_call, jacrev
from torch.nn import functional

from descent_atlas.landscapes.format import Landscape, read_checked
from descent_atlas.landscapes.manifest_arrays import check_arrays
from descent_atlas.output.curvature_paths import (
    choose_points,
    choose_spread,
    draw_subsets,
    key_curvature,
    measure_curvature,
)
from descent_atlas.output.landscape_parts import read_path
from descent_atlas.output.tables import assemble_table, key_table
from descent_atlas.storage.array_folder import read_folder
from descent_atlas.study.entries import CurvatureSettings, TableEntry
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.loop import train
from descent_atlas.training.loops.training_plan import Training
from descent_atlas.training.runs import TrainingRun

SETTINGS = CurvatureSettings(images=60, snapshots=5, subsets=3, spread=2)

ADAM = Training(
    id="adam-seed1",
    factory="descent_atlas.training.networks:mlp",
    options={"sizes": [48, 4, 3]},
    optimizer="Adam",
    hyperparameters={"lr": 0.01},
    batch_size=None,
    epochs=40,
    seed=1,
    patience=None,
    snapshots=20,
)

TRAININGS = {
    "adam": ADAM,
    "gd": replace(ADAM, id="gd-seed1", optimizer="SGD", hyperparameters={"lr": 0.5}),
    "wild": replace(
        ADAM, id="wild-seed1", optimizer="SGD", hyperparameters={"lr": 1e30}, batch_size=50
    ),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, dataset: ImageDataset) -> dict[str, TrainingRun]:
    root = tmp_path_factory.mktemp("runs")
    for id, training in TRAININGS.items():
        train(root / id, training, dataset)
    return {id: TrainingRun.load(root / id) for id in TRAININGS}


@pytest.fixture(scope="module")
def measured(
    tmp_path_factory: pytest.TempPathFactory, runs: dict[str, TrainingRun], dataset: ImageDataset
) -> dict[str, Path]:
    """The folders of the curvature along the runs, by their names."""
    root = tmp_path_factory.mktemp("curvature")
    for run in runs.values():
        measure_curvature(root / run.id, key="k", run=run, dataset=dataset, settings=SETTINGS)
    return {run.id: root / run.id for run in runs.values()}


def find_exact(
    run: TrainingRun, index: int, images: Tensor, dataset: ImageDataset
) -> NDArray[np.float64]:
    """Return the dense Hessian at a snapshot of a run's path, float64[P, P]."""
    network, inputs = run.build_network(), dataset.train.inputs(images).double()

    def loss(theta: Tensor) -> Tensor:
        logits = functional_call(network, run.layout.split(theta), (inputs,))
        return functional.cross_entropy(logits, dataset.train.labels[images])

    found: NDArray[np.float64] = np.asarray(
        jacrev(jacrev(loss))(read_path(run).read(index).double())
    )
    return found


@pytest.mark.parametrize("id", ["gd", "adam"])
def test_the_sharpness_is_the_largest_eigenvalue_of_the_dense_hessian(
    id: str, measured: Mapping[str, Path], runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    run, (_, found) = runs[id], read_folder(measured[runs[id].id])
    points, subsets = choose_points(read_path(run), run, SETTINGS), draw_subsets(dataset, SETTINGS)
    assert found["step"].tolist() == [0, 8, 16, 24, 32, 40]
    for number, index in enumerate(points):
        exact = np.linalg.eigvalsh(find_exact(run, index, subsets[0], dataset))[-1]
        assert found["sharpness"][number] == pytest.approx(exact, rel=SETTINGS.tolerance)
        assert found["residual"][number] <= SETTINGS.tolerance * found["sharpness"][number]
    rows = [points[number] for number in choose_spread(len(points), SETTINGS)]
    assert found["spread.step"].tolist() == [16, 40]
    for row, index in enumerate(rows):
        for column, subset in enumerate(subsets):
            exact = np.linalg.eigvalsh(find_exact(run, index, subset, dataset))[-1]
            value = found["spread.sharpness"][row, column]
            assert value == pytest.approx(exact, rel=SETTINGS.tolerance)


def test_adams_sharpness_is_divided_by_its_own_scaling(
    measured: Mapping[str, Path], runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    run, (_, found) = runs["adam"], read_folder(measured["adam-seed1"])
    points, (images, *_) = (
        choose_points(read_path(run), run, SETTINGS),
        draw_subsets(dataset, SETTINGS),
    )
    assert np.isnan(found["preconditioned"][0])  # before the first step there is no scaling
    for number, index in list(enumerate(points))[1:]:
        step = int(found["step"][number])
        v = run.scalings[run.scaling_steps.tolist().index(step)].astype(np.float64)
        scaling = (1 - 0.9**step) * (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
        quotient = find_exact(run, index, images, dataset) / scaling[:, None]
        exact = np.linalg.eigvals(quotient).real.max()
        assert found["preconditioned"][number] == pytest.approx(exact, rel=SETTINGS.tolerance)
    _, plain = read_folder(measured["gd-seed1"])
    assert np.isnan(plain["preconditioned"]).all()


def test_loss_and_accuracy_on_all_images_stand_beside_the_sharpness(
    measured: Mapping[str, Path], runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    run, (_, found) = runs["gd"], read_folder(measured["gd-seed1"])
    network = run.build_network()
    for number, index in enumerate(choose_points(read_path(run), run, SETTINGS)):
        parameters = run.layout.split(read_path(run).read(index))
        for name, split in (("train", dataset.train), ("test", dataset.test)):
            logits = functional_call(network, parameters, (split.inputs(torch.arange(split.size)),))
            loss = functional.cross_entropy(logits, split.labels)
            right = (logits.argmax(1) == split.labels).double().mean()
            assert found[f"{name}.loss"][number] == pytest.approx(float(loss), rel=1e-5)
            assert found[f"{name}.accuracy"][number] == pytest.approx(float(right), rel=1e-12)


def test_a_run_that_diverged_is_measured_where_it_is_finite(
    measured: Mapping[str, Path], runs: dict[str, TrainingRun]
) -> None:
    header, found = read_folder(measured["wild-seed1"])
    assert runs["wild"].status == "diverged"
    assert found["step"].tolist() == [0, runs["wild"].steps]
    assert found["sharpness"][0] > 0
    assert found["spread.sharpness"].shape == (len(found["spread.step"]), 3)
    assert header["products"] > 0


def test_subsets_are_disjoint_and_the_same_for_all_runs(dataset: ImageDataset) -> None:
    subsets = draw_subsets(dataset, SETTINGS)
    assert [len(subset) for subset in subsets] == [60, 60, 60]
    assert len({int(index) for subset in subsets for index in subset}) == 180
    again = draw_subsets(dataset, SETTINGS)
    assert all(torch.equal(one, other) for one, other in zip(subsets, again, strict=True))
    other = draw_subsets(dataset, SETTINGS.model_copy(update={"seed": 1}))
    assert not torch.equal(subsets[0], other[0])
    with pytest.raises(ValueError, match="3 subsets of 200 images are more than the 300"):
        draw_subsets(dataset, SETTINGS.model_copy(update={"images": 200}))


@pytest.mark.parametrize(
    ("points", "spread", "expected"),
    [(22, 3, [7, 14, 21]), (6, 2, [2, 5]), (2, 3, [0, 1]), (1, 3, [0]), (5, 0, []), (1, 0, [])],
)
def test_the_spread_is_measured_at_the_end_of_each_part(
    points: int, spread: int, expected: list[int]
) -> None:
    settings = SETTINGS.model_copy(update={"spread": spread})
    assert choose_spread(points, settings) == expected


def test_the_same_job_finds_the_same_bits(
    tmp_path: Path,
    measured: Mapping[str, Path],
    runs: dict[str, TrainingRun],
    dataset: ImageDataset,
) -> None:
    run = runs["adam"]
    measure_curvature(tmp_path / "again", key="k", run=run, dataset=dataset, settings=SETTINGS)
    _, first = read_folder(measured[run.id])
    _, again = read_folder(tmp_path / "again")
    for name, array in first.items():
        np.testing.assert_array_equal(again[name], array)


def test_keys_change_with_the_settings(runs: dict[str, TrainingRun], dataset: ImageDataset) -> None:
    key = key_curvature(runs["gd"], dataset, SETTINGS)
    changed = SETTINGS.model_copy(update={"tolerance": 0.1})
    assert key_curvature(runs["gd"], dataset, changed) != key
    assert key_curvature(runs["adam"], dataset, SETTINGS) != key


def build_table(
    root: Path, runs: Mapping[str, TrainingRun], measured: Mapping[str, Path], dataset: ImageDataset
) -> Landscape:
    """Assemble a table of the runs with their curvature, and read it as the server does."""
    asked = make_entry(runs)
    folder = assemble_table(
        root,
        entry=asked,
        runs={id: [run] for id, run in runs.items()},
        measured={},
        labels={id: id for id in runs},
        dataset=dataset,
        curvature=SETTINGS,
        curvatures=measured,
    )
    return read_checked(folder)


def make_entry(runs: Mapping[str, TrainingRun]) -> TableEntry:
    cells = [{"run": id, "row": "a", "column": id} for id in runs]
    return TableEntry.model_validate({"id": "curved", "title": "T", "shows": "S", "cells": cells})


def test_a_table_has_the_curvature_of_its_runs_with_their_limits(
    tmp_path: Path,
    measured: Mapping[str, Path],
    runs: dict[str, TrainingRun],
    dataset: ImageDataset,
) -> None:
    table = build_table(tmp_path, runs, measured, dataset)
    found = {entry.run: entry for entry in table.manifest.results.curvature}
    assert list(found) == ["adam", "gd", "wild"]
    adam, gd = found["adam"], found["gd"]
    assert adam.limit == pytest.approx(3800) and adam.limit_of == "preconditioned"
    assert gd.limit == pytest.approx(4) and (gd.limit_of, gd.seed) == ("sharpness", 1)
    assert (gd.images, gd.subsets, gd.tolerance) == (60, 3, 0.01)
    _, own = read_folder(measured["gd-seed1"])
    np.testing.assert_array_equal(table.arrays[gd.arrays["sharpness"]], own["sharpness"])
    seeds = {id: [run] for id, run in runs.items()}
    without = key_table(make_entry(runs), seeds, dataset)
    assert table.manifest.key == key_table(make_entry(runs), seeds, dataset, SETTINGS) != without


@pytest.mark.parametrize("name", ["residual", "spread.sharpness", "test.loss"])
def test_curvature_whose_arrays_do_not_fit_cannot_be_drawn(
    name: str,
    tmp_path: Path,
    measured: Mapping[str, Path],
    runs: dict[str, TrainingRun],
    dataset: ImageDataset,
) -> None:
    table = build_table(tmp_path, runs, measured, dataset)
    array = f"curvature.0.{name}"
    damaged: dict[str, NDArray[Any]] = {**table.arrays, array: table.arrays[array][:1]}
    with pytest.raises(ValueError, match="shape"):
        check_arrays(table.manifest, damaged)
