"""Tables of small runs: accuracies, the paths of seeds, explained variance."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from descent_atlas.landscapes.format import read_landscape
from descent_atlas.output.landscape_parts import (
    key_path,
    measure_path,
)
from descent_atlas.output.seed_paths import find_paper_point
from descent_atlas.output.tables import assemble_table, key_table
from descent_atlas.study.entries import TableEntry
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.networks import load_flat
from descent_atlas.training.runs import TrainingRun
from tests.backend.landscapes.manifest_edits import as_written
from tests.precompute.output.small_trainings import LABELS, loss_at


def test_a_table_has_means_and_ranges_beside_the_papers_numbers(
    tmp_path: Path, runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    asked = TableEntry.model_validate(
        {
            "id": "table-1",
            "title": "Table I",
            "shows": "Three optimizers.",
            "cells": [
                {"run": "gd", "row": "Accuracy", "column": "GD", "paper": 38.33},
                {"run": "sgd", "row": "Accuracy", "column": "SGD"},
            ],
        }
    )
    seeds = {"gd": [runs["gd"]], "sgd": [runs["sgd"], runs["adam"]]}
    folder = assemble_table(
        tmp_path,
        entry=asked,
        runs=seeds,
        measured={},
        labels=LABELS,
        dataset=dataset,
        study="small",
    )
    found = read_landscape(folder)
    assert found.manifest.study == "small"
    gd, sgd = as_written(found)["results"]["cells"]
    ours = [100 * run.metrics["test_accuracy"][-1] for run in seeds["sgd"]]
    assert (gd["paper"], sgd["paper"]) == (38.33, None)
    assert gd["low"] == gd["mean"] == gd["high"]
    assert (sgd["low"], sgd["high"]) == (min(ours), max(ours))
    assert sgd["mean"] == pytest.approx(sum(ours) / 2)
    assert np.isnan(found.arrays["accuracy.paper"][1])
    assert as_written(found)["kind"] == "table"
    assert as_written(found)["key"] == key_table(asked, seeds, dataset)
    assert [run["id"] for run in as_written(found)["runs"]] == ["gd", "sgd", "sgd"]


def test_a_table_has_the_paths_of_its_seeds_in_their_own_planes(
    tmp_path: Path, runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    cells = [{"run": id, "row": "a", "column": id} for id in ("sgd", "gd")]
    asked = TableEntry.model_validate(
        {"id": "paths", "title": "T", "shows": "S", "paths": True, "cells": cells}
    )
    seeds = {"sgd": [runs["sgd"], runs["adam"]], "gd": [runs["gd"]]}
    measured = {run.id: tmp_path / run.id for each in seeds.values() for run in each}
    for each in seeds.values():
        for run in each:
            output = measured[run.id]
            measure_path(output, key=key_path(run, dataset), run=run, dataset=dataset)
    folder = assemble_table(
        tmp_path, entry=asked, runs=seeds, measured=measured, labels=LABELS, dataset=dataset
    )
    found = read_landscape(folder)
    paths = as_written(found)["results"]["paths"]
    assert [(path["run"], path["seed"]) for path in paths] == [("sgd", 1), ("sgd", 1), ("gd", 1)]
    for path, run in zip(paths, (runs["sgd"], runs["adam"], runs["gd"]), strict=True):
        own = {key: found.arrays[name] for key, name in path["arrays"].items()}
        assert own["images"].tolist()[0] == 0
        assert own["images"].tolist()[-1] == len(run.metrics["epoch"]) * 300
        assert (own["x"][-1], own["y"][-1]) == pytest.approx((0, 0), abs=1e-6)
        uniform = run.snapshots[~run.early]
        whole = np.linalg.norm(uniform - uniform[-1], axis=1)
        assert (np.hypot(own["x"], own["y"]) <= whole * (1 + 1e-6)).all()
        assert own["loss"][-1] == pytest.approx(loss_at(run, run.final, dataset), rel=1e-5)


def test_a_cell_names_the_snapshot_that_reaches_the_papers_accuracy(
    runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    run = runs["gd"]
    network = run.build_network()
    accuracies = []
    for snapshot in run.snapshots:
        load_flat(network, torch.from_numpy(np.array(snapshot)))
        with torch.no_grad():
            guesses = network(dataset.test.inputs(slice(None))).argmax(1)
        accuracies.append(100 * float((guesses == dataset.test.labels).double().mean()))
    paper = 100 * run.metrics["test_accuracy"][-1] - 0.01
    first = next(i for i, value in enumerate(accuracies) if value >= paper)
    steps = run.snapshot_steps.tolist()
    found = find_paper_point(run, paper, dataset)
    assert found == {"step": steps[first], "before": steps[first - 1]}
    assert find_paper_point(run, paper + 0.02, dataset) is None  # it ends below
    assert find_paper_point(run, 0.0, dataset) is None
    assert find_paper_point(run, None, dataset) is None


def test_a_full_factorial_table_tells_what_explains_the_accuracies(
    tmp_path: Path, runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    """Two rates × two momenta: the accuracies are those of the rates alone."""

    def run(lr: float, momentum: float) -> TrainingRun:
        hyperparameters = {"lr": lr} | ({"momentum": momentum} if momentum else {})
        accuracy = [0.9 if lr == 0.1 else 0.1]
        return replace(
            runs["sgd"],
            spec={**runs["sgd"].spec, "hyperparameters": hyperparameters},
            metrics={**runs["sgd"].metrics, "test_accuracy": accuracy},
        )

    design = {f"{lr}-{m}": [run(lr, m)] for lr in (0.1, 1.0) for m in (0.0, 0.9)}
    cells = [{"run": id, "row": id, "column": "x"} for id in design]
    asked = {"id": "table-2", "title": "T", "shows": "S"}

    def explained(cells: list[dict[str, str]]) -> Any:
        folder = assemble_table(
            tmp_path,
            entry=TableEntry.model_validate({**asked, "cells": cells}),
            runs=design,
            measured={},
            labels={id: id for id in design},
            dataset=dataset,
        )
        return as_written(read_landscape(folder))["results"]["explained"]

    assert explained(cells) == {"lr": pytest.approx(1), "momentum": pytest.approx(0)}
    assert explained(cells[:3]) == {}
