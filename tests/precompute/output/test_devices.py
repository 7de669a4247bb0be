"""Training and surfaces on each device of the machine: nothing but rounding differs."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from descent_atlas.analysis.planes import random_plane, unit_grid
from descent_atlas.output.landscape_parts import USUAL, compute_points
from descent_atlas.output.point_measures import PointMeasures
from descent_atlas.output.surface_parts import SurfaceParts
from descent_atlas.study.measures import Measures
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.loop import StoppedError, train
from descent_atlas.training.loops.training_plan import Training
from descent_atlas.training.runs import TrainingRun
from tests.precompute.conftest import DEVICES
from tests.precompute.output.small_trainings import SGD, TRAININGS
from tests.precompute.study.test_rehearsal import OWN

ROUNDING = 1e-5
"""The relative difference of two losses of a point: float32 has 6e-8, and each loss passes through
a few sums of some hundred terms."""

TRAINED = 2e-3
"""The difference of two parameters after 40 steps, each of which rounds."""

NORMALIZED = replace(SGD, factory=f"{OWN}:normalized", options={}, hyperparameters={"lr": 0.05})

SCHEDULED = replace(
    TRAININGS["convolutional"],
    schedule={"name": "CosineAnnealingLR", "options": {"T_max": 40}, "every": "step"},
)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "training", [SGD, TRAININGS["adam"], SCHEDULED], ids=["sgd", "adam", "cos"]
)
def test_training_on_a_device_differs_by_rounding(
    tmp_path: Path, dataset: ImageDataset, training: Training, device: str
) -> None:
    train(tmp_path / "cpu", training, dataset)
    train(tmp_path / "own", replace(training, device=device), dataset)
    cpu, own = TrainingRun.load(tmp_path / "cpu"), TrainingRun.load(tmp_path / "own")
    assert own.spec.get("device", "cpu") == device
    torch.testing.assert_close(own.final, cpu.final, rtol=TRAINED, atol=TRAINED)
    for name in ("train_loss", "test_accuracy"):
        np.testing.assert_allclose(own.metrics[name], cpu.metrics[name], atol=0.02)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("id", ["sgd", "convolutional"])
def test_a_surface_on_a_device_differs_by_rounding(
    tmp_path: Path, runs: dict[str, TrainingRun], dataset: ImageDataset, id: str, device: str
) -> None:
    """The fast way on the CPU beside the way of any network on the device."""
    run = runs[id]
    plane, grid = random_plane(run.final, run.layout, seed=0), unit_grid(5)
    found = {}
    for way, measures in (
        ("fast", USUAL),
        ("any", replace(USUAL, are_usual=False, device=device)),
        ("usual", replace(USUAL, device=device)),  # on a GPU, in large products or by vmap
    ):
        is_fast = measures.are_usual and measures.device == "cpu"
        assert PointMeasures(run, dataset, measures).are_fast == is_fast
        parts = SurfaceParts(folder=tmp_path / way, surface="test", key="k", shape=(5, 5))
        compute_points(
            parts,
            (0, 25),
            plane=plane,
            grid=grid,
            run=run,
            dataset=dataset,
            measures=measures,
            pace=1,
        )
        found[way] = parts.read()
    images = len(dataset.test.labels)
    for way in ("any", "usual"):
        np.testing.assert_allclose(found[way]["loss"], found["fast"]["loss"], rtol=ROUNDING)
        np.testing.assert_allclose(
            found[way]["accuracy"], found["fast"]["accuracy"], atol=1.5 / images
        )


@pytest.mark.parametrize("device", DEVICES)
def test_a_run_with_running_statistics_and_dropout_resumes_with_the_same_bits(
    tmp_path: Path, dataset: ImageDataset, device: str
) -> None:
    training = replace(
        NORMALIZED,
        device=device,
        schedule={"name": "StepLR", "options": {"step_size": 2}},
    )
    train(tmp_path / "whole", training, dataset)

    def stop(fraction: float) -> None:
        if fraction > 0.5:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(tmp_path / "cut", training, dataset, report=stop)
    train(tmp_path / "cut", training, dataset)
    whole, cut = TrainingRun.load(tmp_path / "whole"), TrainingRun.load(tmp_path / "cut")
    assert torch.equal(whole.final, cut.final)
    assert whole.metrics == cut.metrics
    assert whole.buffers.keys() == {
        f"1.{name}" for name in ("running_mean", "running_var", "num_batches_tracked")
    }
    for name, buffer in whole.buffers.items():
        assert torch.equal(buffer, cut.buffers[name])


@pytest.mark.parametrize("device", DEVICES)
def test_running_statistics_are_evaluated_by_the_rule_on_each_device(
    tmp_path: Path, dataset: ImageDataset, device: str
) -> None:
    train(tmp_path / "run", replace(NORMALIZED, device=device), dataset)
    run = TrainingRun.load(tmp_path / "run")
    rules: tuple[Literal["frozen", "recalibrated"], ...] = ("frozen", "recalibrated")
    for buffers in rules:
        found = []
        for each in (device, "cpu"):
            measures = Measures(metrics=USUAL.metrics, buffers=buffers, device=each)
            points = PointMeasures(run, dataset, measures)
            found.append(points.along([run.final], dataset.test)["loss"][0])
        assert found[0] == pytest.approx(found[1], rel=ROUNDING)
    assert run.metrics["test_accuracy"][-1] > 0.4


def test_a_run_that_diverges_ends_with_finite_running_statistics(
    tmp_path: Path, dataset: ImageDataset
) -> None:
    training = replace(NORMALIZED, hyperparameters={"lr": 3e38})
    train(tmp_path / "run", training, dataset)
    run = TrainingRun.load(tmp_path / "run")
    assert run.status == "diverged"
    assert bool(torch.isfinite(run.final).all())
    assert all(bool(torch.isfinite(buffer).all()) for buffer in run.buffers.values())
