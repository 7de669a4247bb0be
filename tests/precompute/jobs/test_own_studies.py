"""Studies of losses, data and networks of one's own, from the file to the landscape."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from descent_atlas.landscapes.format import read_checked
from descent_atlas.landscapes.manifest import Manifest
from descent_atlas.study.folder import StudyFolder
from descent_atlas.training.images.dataset_cache import read_cache
from descent_atlas.training.images.datasets import Split
from descent_atlas.training.networks import construct
from descent_atlas.training.runs import TrainingRun
from tests.attack.studies import run_command
from tests.precompute.small_studies import SMALL, write_images
from tests.precompute.study.own_studies import absolute_error, batches
from tests.precompute.study.test_rehearsal import FACTORY, OWN, REGRESSION

METRIC = f"""\
[[metrics]]
id = "large"
function = "{OWN}:LARGE"
label = "large errors"
unit = "share"

[planes]"""


def run_study(text: str, folder: Path, *options: str) -> StudyFolder:
    """Run a study and verify its files; return the folder of its results."""
    (folder / "study.toml").write_text(text)
    out = str(folder / "out")
    assert run_command(["run", str(folder / "study.toml"), "--out", out, *options]) == 0
    assert run_command(["check", out]) == 0
    return StudyFolder(folder / "out")


def read(folder: StudyFolder, id: str) -> tuple[Manifest, dict[str, NDArray[Any]]]:
    """Return the manifest and the arrays of a landscape that can be listed and drawn."""
    landscape = read_checked(folder.landscapes / id)
    return landscape.manifest, landscape.arrays


def mean_error(run: TrainingRun, theta: Tensor) -> float:
    """Return the mean absolute error of a run's network over the training samples."""
    network = construct(run.factory, 0, run.options)
    torch.nn.utils.vector_to_parameters(theta, network.parameters())
    with torch.no_grad():
        losses = torch.cat([absolute_error(network, batch) for batch in batches()[0]])
    return float(losses.double().mean())


def test_a_regression_has_its_own_loss_and_metrics_and_no_accuracy(tmp_path: Path) -> None:
    folder = run_study(REGRESSION.replace("[planes]", METRIC), tmp_path)
    run = TrainingRun.load(folder.run("adam-seed0"))
    assert (run.steps_per_epoch, run.spec["loss"]) == (3, f"{OWN}:absolute_error")
    assert set(run.metrics) == {"epoch", "train_loss", "test_loss", "test_large"}
    manifest, arrays = read(folder, "adam-random")
    assert manifest.metrics is not None and manifest.evaluation is not None
    assert [metric.id for metric in manifest.metrics] == ["loss", "large"]
    assert manifest.metrics[1].higher_is_better is False
    assert manifest.evaluation.loss == "absolute_error"
    assert manifest.evaluation.composition == "independent"
    assert (manifest.dataset.train, manifest.dataset.test) == (40, 16)
    loss, large = arrays["surface.train.loss"], arrays["surface.train.large"]
    assert loss[1, 1] == pytest.approx(mean_error(run, run.final), rel=1e-6)
    assert large.min() >= 0 and large.max() <= 1
    assert "surface.train.accuracy" not in arrays
    assert "trajectory.0.test_accuracy" not in arrays
    path = arrays["trajectory.0.loss"]
    assert path[-1] == pytest.approx(loss[1, 1], rel=1e-6)
    assert arrays["surface.batch-8.loss"].shape == (3, 3)


def test_a_weighted_mean_is_the_same_mean(tmp_path: Path) -> None:
    plain, weighted = tmp_path / "plain", tmp_path / "weighted"
    found = []
    for where, name in ((plain, "absolute_error"), (weighted, "WEIGHTED")):
        where.mkdir()
        folder = run_study(REGRESSION.replace("absolute_error", name), where)
        found.append(read(folder, "adam-random")[1]["surface.train.loss"])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)


def test_a_loss_that_depends_on_the_composition_is_evaluated_in_the_batches_as_given(
    tmp_path: Path,
) -> None:
    text = REGRESSION.replace(":regressor", ":normalized_regressor").replace(', "batch-8"', "")
    folder = run_study(text, tmp_path)
    run = TrainingRun.load(folder.run("adam-seed0"))
    manifest, arrays = read(folder, "adam-random")
    assert manifest.evaluation is not None
    assert manifest.evaluation.composition == "as given"
    assert arrays["surface.train.loss"][1, 1] == pytest.approx(mean_error(run, run.final), rel=1e-6)


def test_an_optimizer_and_a_schedule_of_ones_own_choice_train(tmp_path: Path) -> None:
    text = REGRESSION.replace('"Adam"\nhyper', f'"{OWN}:Signs"\nhyper').replace(
        "batch_size = 16",
        'batch_size = 16\nschedule = { name = "ExponentialLR", options = { gamma = 0.5 } }',
    )
    run = TrainingRun.load(run_study(text, tmp_path).run("adam-seed0"))
    assert run.spec["optimizer"] == f"{OWN}:Signs"
    assert run.spec["schedule"] == {"name": "ExponentialLR", "options": {"gamma": 0.5}}
    first, second = np.abs(np.diff(run.snapshots, axis=0)).max(axis=1)[[0, -1]]
    assert (first, second) == (pytest.approx(0.01, rel=1e-3), pytest.approx(0.005, rel=1e-3))


NORMALIZED = SMALL.replace(FACTORY, f'factory = "{OWN}:normalized"')


def test_running_statistics_are_recalibrated_at_each_point(tmp_path: Path) -> None:
    write_images(tmp_path / "data")
    folder = run_study(NORMALIZED, tmp_path, "--data", str(tmp_path / "data"))
    manifest, arrays = read(folder, "sgd-random")
    assert manifest.evaluation is not None
    buffers = manifest.evaluation.buffers
    assert (buffers.policy, buffers.batches) == ("recalibrated", 1)
    run = TrainingRun.load(folder.run("sgd-seed0"))
    network = construct(run.factory, 0, run.options)
    torch.nn.utils.vector_to_parameters(run.final, network.parameters())
    images = read_images(folder)
    network.eval()
    norm = network[1]  # type: ignore[index]  # a Sequential
    norm.train()
    norm.momentum = None
    norm.reset_running_stats()
    with torch.no_grad():
        network(images.inputs(slice(None)))
        norm.eval()
        logits = network(images.inputs(slice(None)))
    loss = torch.nn.functional.cross_entropy(logits.double(), images.labels)
    assert arrays["surface.train.loss"][2, 2] == pytest.approx(float(loss), rel=1e-6)


def test_frozen_statistics_are_those_of_the_runs_end(tmp_path: Path) -> None:
    write_images(tmp_path / "data")
    text = NORMALIZED.replace("[data]", 'buffers = "frozen"\n[data]')
    folder = run_study(text, tmp_path, "--data", str(tmp_path / "data"))
    manifest, arrays = read(folder, "sgd-random")
    assert manifest.evaluation is not None
    assert manifest.evaluation.buffers.policy == "frozen"
    run = TrainingRun.load(folder.run("sgd-seed0"))
    network = construct(run.factory, 0, run.options).eval()
    torch.nn.utils.vector_to_parameters(run.final, network.parameters())
    network.load_state_dict(run.buffers, strict=False)
    images = read_images(folder)
    with torch.no_grad():
        logits = network(images.inputs(slice(None)))
    loss = torch.nn.functional.cross_entropy(logits.double(), images.labels)
    assert arrays["surface.train.loss"][2, 2] == pytest.approx(float(loss), rel=1e-6)


def read_images(folder: StudyFolder) -> Split:
    """Return the training images of a study."""
    return read_cache(folder.dataset).train


def test_a_fault_of_the_users_is_told_before_training_and_never_as_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "study.toml").write_text(REGRESSION.replace("batch-8", "batch-41"))
    arguments = ["run", str(tmp_path / "study.toml"), "--out", str(tmp_path / "out")]
    assert run_command(arguments) == 1
    assert "the surface batch-41 is of more samples than the 40" in capsys.readouterr().err
    assert not (tmp_path / "out" / "runs").exists()
