"""The callback for Transformers, in trainings by the real package."""

import shutil
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from descent_atlas.precompute_cli import main
from descent_atlas.training import RunError, TrainingRun
from descent_atlas.training.networks import NetworkError, flatten
from tests.precompute.training.test_loop import hash_files

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore")]

PROGRAM = "tests.precompute.training.callbacks.transformers_training"


@pytest.fixture(scope="module")
def transformers() -> Any:
    """The module with the training. Transformers takes seconds to import."""
    return import_module(PROGRAM)


@pytest.fixture(scope="module")
def whole(transformers: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder of an uninterrupted training, and its trainer."""
    root = tmp_path_factory.mktemp("whole")
    return root, transformers.train(root)


def test_a_training_is_recorded_with_the_numbers_that_it_logged(whole: Any) -> None:
    root, trainer = whole
    run = TrainingRun.load(root / "run")
    assert (run.status, run.steps, run.snapshot_steps.tolist()) == ("completed", 12, [*range(13)])
    assert (run.steps_per_epoch, run.batch_size, run.spec["seed"]) == (4, 8, 3)
    assert run.spec["optimizer"] == "AdamW"
    assert run.metrics["epoch"] == [0.5, 1, 1.5, 2, 2.5, 3]
    logged = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    assert run.metrics["loss"] == logged
    assert np.isfinite(run.metrics["eval_loss"]).tolist() == [False, True] * 3
    assert "train_runtime" not in run.metrics
    assert torch.equal(run.final, flatten(trainer.model))


def test_the_run_is_drawn(whole: Any, tmp_path: Path) -> None:
    arguments = ["draw", str(whole[0] / "run"), "--grid", "3", "--out", str(tmp_path)]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert (tmp_path / "run-pca" / "manifest.json").exists()


def test_a_training_that_is_killed_goes_on_from_the_trainers_checkpoint(
    transformers: Any, whole: Any, tmp_path: Path
) -> None:
    killed = subprocess.run([sys.executable, "-m", PROGRAM, tmp_path, "7"], check=False)
    assert killed.returncode == -signal.SIGKILL
    transformers.train(tmp_path, resume=True)
    ours, theirs = (TrainingRun.load(root / "run") for root in (tmp_path, whole[0]))
    assert hash_files(ours.folder)["snapshots.f32"] == hash_files(theirs.folder)["snapshots.f32"]
    assert torch.equal(ours.final, theirs.final)
    for name in ("epoch", "loss", "eval_loss"):
        np.testing.assert_array_equal(ours.metrics[name], theirs.metrics[name])


def test_accumulated_gradients_count_once_and_an_early_stop_ends_at_the_last_step(
    transformers: Any, tmp_path: Path
) -> None:
    class Stop(transformers.TrainerCallback):  # type: ignore[misc]
        def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            control.should_training_stop = state.global_step == 4

    class Last(transformers.TrainerCallback):  # type: ignore[misc]
        theta = torch.zeros(0)

        def on_step_end(self, args: Any, state: Any, control: Any, *, model: Any, **_: Any) -> None:
            self.theta = flatten(model)

    last = Last()
    trainer = transformers.train(
        tmp_path,
        gradient_accumulation_steps=2,
        callbacks=[Stop(), last],
        load_best_model_at_end=True,
        greater_is_better=True,  # so that the best is the first
        metric_for_best_model="eval_loss",
        learning_rate=0.05,
    )
    run = TrainingRun.load(tmp_path / "run")
    assert (run.status, run.steps, run.planned_steps, run.batch_size) == ("stopped", 4, 6, 16)
    assert torch.equal(run.final, last.theta)
    assert not torch.equal(flatten(trainer.model), last.theta)


def test_a_checkpoint_without_a_recording_is_refused(
    transformers: Any, whole: Any, tmp_path: Path
) -> None:
    moved = tmp_path / "output" / "checkpoint-4"
    shutil.copytree(whole[0] / "output" / "checkpoint-4", moved)
    with pytest.raises(RunError, match="does not hold the recording of the 4 steps"):
        transformers.train(tmp_path, resume=True)
    (moved / "descent-atlas-recording").unlink()
    with pytest.raises(RunError, match="training resumes after step 4"):
        transformers.train(tmp_path, resume=str(moved))


def test_a_model_of_ones_own_needs_a_factory(transformers: Any, tmp_path: Path) -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = transformers.make_model()

        def forward(self, input_ids: Any, labels: Any) -> Any:
            return self.inner(input_ids=input_ids, labels=labels)

    with pytest.raises(NetworkError, match="no configuration of Transformers: name the function"):
        transformers.train(tmp_path, Own())
    with pytest.raises(NetworkError, match=r"bfloat16, not float32"):
        transformers.train(tmp_path, transformers.make_model().bfloat16())
    assert not (tmp_path / "run").exists()


def test_a_sharded_model_is_refused(
    transformers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    callback = import_module("descent_atlas.training.callbacks.transformers_callback")
    sharded = SimpleNamespace(distributed_type=callback.DistributedType.FSDP)
    monkeypatch.setattr(callback, "AcceleratorState", lambda: sharded)
    with pytest.raises(ValueError, match="FSDP shards this one over devices"):
        transformers.train(tmp_path)
