"""Rescaled networks of a run: other parameters, the same outputs, the predicted sharpness."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch.func import functional_call, jacrev
from torch.nn import functional

from descent_atlas.landscapes.format import read_checked
from descent_atlas.output.landscape_parts import digest, key_path
from descent_atlas.output.measured.rescaled_networks import (
    key_rescaling,
    measure_rescaling,
    rescale,
)
from descent_atlas.output.tables import assemble_table, key_table
from descent_atlas.study.entries import RescalingSettings, TableEntry
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.runs import TrainingRun
from tests.precompute.output.small_trainings import LABELS

SETTINGS = RescalingSettings(run="gd", layer=1, factors=[4.0, 0.25], images=60)

ASKED: dict[str, Any] = {
    "id": "full-batch",
    "title": "T",
    "shows": "S",
    "cells": [{"run": "gd", "row": "Accuracy", "column": "GD"}],
}


def test_every_factor_leaves_the_outputs_alone_and_changes_the_sharpness(
    tmp_path: Path, runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    """The sharpness is that of the dense Hessian, and α² times it is not: only a layer changes."""
    run, entry = runs["gd"], TableEntry(**ASKED, rescaling=SETTINGS)
    measure_rescaling(tmp_path / "part", key="k", run=run, dataset=dataset, settings=SETTINGS)
    folder = assemble_table(
        tmp_path,
        entry=entry,
        runs={"gd": [run]},
        measured={},
        labels=LABELS,
        dataset=dataset,
        rescaled=tmp_path / "part",
    )
    (found,) = read_checked(folder).manifest.results.rescalings
    assert (found.run, found.seed, found.layer, found.images) == ("gd", 1, 1, 60)
    assert [network.factor for network in found.networks] == [0.25, 1, 4]
    assert found.rounding is not None and 0 < found.rounding < 1e-4
    images = torch.from_numpy(np.random.default_rng(0).permutation(300)[:60])
    network, inputs = run.build_network(), dataset.train.inputs(images).double()

    def loss(theta: torch.Tensor) -> torch.Tensor:
        logits = functional_call(network, run.layout.split(theta), (inputs,))
        return functional.cross_entropy(logits, dataset.train.labels[images])

    for each in found.networks:
        theta = rescale(network, run.layout, run.final, 1, each.factor)
        exact = np.linalg.eigvalsh(np.asarray(jacrev(jacrev(loss))(theta.double())))[-1]
        assert each.sharpness == pytest.approx(exact, rel=SETTINGS.tolerance)
        assert each.difference == 0.0
        assert each.test_accuracy == run.metrics["test_accuracy"][-1]
    assert len({network.sharpness for network in found.networks}) == 3
    assert len({(network.train_loss, network.test_loss) for network in found.networks}) == 1


def test_a_table_that_asks_for_none_has_the_key_of_older_programs(
    runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    seeds = {"gd": [runs["gd"]]}
    plain, asking = TableEntry(**ASKED), TableEntry(**ASKED, rescaling=SETTINGS)
    former = {
        **ASKED,
        "seeds": None,
        "paths": False,
        "cells": [{**ASKED["cells"][0], "paper": None}],
    }
    cells = {"gd": [key_path(runs["gd"], dataset)]}
    assert key_table(plain, seeds, dataset) == digest(former, cells)
    assert key_table(asking, seeds, dataset) != key_table(plain, seeds, dataset)
    other = SETTINGS.model_copy(update={"factors": [2.0]})
    keys = [key_rescaling(runs["gd"], dataset, settings) for settings in (SETTINGS, other)]
    assert len(set(keys)) == 2


def test_a_network_whose_end_is_not_finite_leaves_its_numbers_open(
    tmp_path: Path, runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    run = runs["wild"]
    measure_rescaling(tmp_path / "part", key="k", run=run, dataset=dataset, settings=SETTINGS)
    entry = TableEntry(**ASKED, rescaling=SETTINGS)
    folder = assemble_table(
        tmp_path,
        entry=entry,
        runs={"gd": [run]},
        measured={},
        labels=LABELS,
        dataset=dataset,
        rescaled=tmp_path / "part",
    )
    (found,) = read_checked(folder).manifest.results.rescalings
    assert len(found.networks) == 3


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"factors": [3.0]}, "3 is not a power of two"),
        ({"factors": [1.0]}, "1 is not a power of two such as"),
        ({"factors": []}, "at least 1 item"),
        ({"run": "adam"}, 'there is no run "adam" in the table'),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(changed: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        TableEntry.model_validate(
            {**ASKED, "rescaling": {"run": "gd", "factors": [2.0], **changed}}
        )
