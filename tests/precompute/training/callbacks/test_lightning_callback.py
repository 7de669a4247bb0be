"""The callback for Lightning, in trainings by the real package."""

import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.amp.grad_scaler import GradScaler

from descent_atlas.precompute_cli import main
from descent_atlas.training import RunError, TrainingRun
from descent_atlas.training.networks import NetworkError, flatten
from tests.precompute.training.test_loop import hash_files

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore")]

PROGRAM = "tests.precompute.training.callbacks.lightning_training"


@pytest.fixture(scope="module")
def lightning() -> Any:
    """The module with the training. Lightning takes seconds to import."""
    return import_module(PROGRAM)


@pytest.fixture(scope="module")
def whole(lightning: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder of an uninterrupted training, and the module that it left."""
    root = tmp_path_factory.mktemp("whole")
    return root, lightning.fit(root)


def test_a_training_is_recorded_with_the_numbers_that_it_logged(whole: Any) -> None:
    root, module = whole
    run = TrainingRun.load(root / "run")
    assert (run.status, run.steps, run.snapshot_steps.tolist()) == ("completed", 12, [*range(13)])
    assert (run.steps_per_epoch, run.batch_size, run.options) == (4, 8, {"width": 5})
    assert run.spec == {"optimizer": "Adam", "hyperparameters": {"lr": 0.05}}
    assert run.metrics["epoch"] == [1, 2, 3]
    assert np.isfinite(run.metrics["train_loss"]).all()
    assert np.isfinite(run.metrics["val_loss"]).tolist() == [False, True, False]
    assert run.metrics["epochs_squared"] == [1, 4, 9]
    assert torch.equal(run.final, flatten(module))
    assert torch.equal(run.buffers["layers.1.running_mean"], module.layers[1].running_mean)


def test_the_run_is_drawn(whole: Any, tmp_path: Path) -> None:
    arguments = ["draw", str(whole[0] / "run"), "--grid", "3", "--out", str(tmp_path)]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert (tmp_path / "run-pca" / "manifest.json").exists()


@pytest.mark.parametrize("after_validation", [False, True])
def test_a_training_that_is_killed_goes_on_from_lightnings_checkpoint(
    lightning: Any, whole: Any, tmp_path: Path, after_validation: bool
) -> None:
    command = [sys.executable, "-m", PROGRAM, str(tmp_path), "10", str(after_validation)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    lightning.fit(tmp_path, resume=True)
    ours, theirs = hash_files(tmp_path / "run"), hash_files(whole[0] / "run")
    if after_validation:
        metrics = TrainingRun.load(tmp_path / "run").metrics
        assert metrics["epoch"] == [1, 2, 3]
        assert np.isfinite(metrics["train_loss"]).tolist() == [True, False, True]
        del ours["run.json"], theirs["run.json"]
    assert ours == theirs


def test_accumulated_gradients_count_once_and_an_early_stop_is_told(
    lightning: Any, tmp_path: Path
) -> None:
    class Stop(lightning.Callback):  # type: ignore[misc]
        def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
            trainer.should_stop = trainer.current_epoch == 1

    lightning.fit(tmp_path, accumulate_grad_batches=2, callbacks=[Stop()])
    run = TrainingRun.load(tmp_path / "run")
    assert (run.status, run.steps, run.planned_steps, run.batch_size) == ("stopped", 4, 6, 16)


def test_steps_that_mixed_precision_skips_are_marked(lightning: Any, tmp_path: Path) -> None:
    precision = import_module("lightning.pytorch.plugins.precision")
    plugin = precision.MixedPrecision("16-mixed", "cpu", GradScaler("cpu", init_scale=2.0**60))
    lightning.fit(tmp_path, plugins=[plugin])
    run = TrainingRun.load(tmp_path / "run")
    assert run.steps == 12
    assert run.skipped_steps.tolist() == [*range(1, len(run.skipped_steps) + 1)]
    assert len(run.skipped_steps) > 0


def test_a_part_of_the_module_is_recorded_and_ends_as_the_user_says(
    lightning: Any, tmp_path: Path
) -> None:
    zeros = {"weight": torch.zeros(5, 2), "bias": torch.zeros(5)}
    recorder = {
        "network": "layers.0",
        "options": {"in_features": 2, "out_features": 5},
        "final": lambda module: zeros,
        "snapshots": 2,
    }
    lightning.fit(tmp_path, recorder=recorder, max_epochs=-1, max_steps=6)
    run = TrainingRun.load(tmp_path / "run")
    assert run.factory == "torch.nn.modules.linear:Linear"
    assert not run.final.any()
    assert run.metrics["epoch"] == [1, 1.5]


def test_what_cannot_be_recorded_is_refused(lightning: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="records one optimizer; the module has 2"):
        lightning.fit(tmp_path, lightning.TwoOptimizers())
    with pytest.raises(ValueError, match='network="layer" names no part of the module'):
        lightning.fit(tmp_path, recorder={"network": "layer"})
    with pytest.raises(ValueError, match="does not tell how many steps"):
        lightning.fit(tmp_path, max_epochs=-1)
    with pytest.raises(NetworkError, match=r"there is no network factory"):
        lightning.fit(tmp_path, recorder={"factory": "nowhere:network"})
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_of_another_recording_is_refused(
    lightning: Any, whole: Any, tmp_path: Path
) -> None:
    (tmp_path / "checkpoints").symlink_to(whole[0] / "checkpoints")
    with pytest.raises(RunError, match="does not hold the recording of the 12 steps"):
        lightning.fit(tmp_path, resume=True, max_epochs=4)


def test_a_fast_dev_run_is_not_recorded(lightning: Any, tmp_path: Path) -> None:
    lightning.fit(tmp_path, fast_dev_run=True)
    assert not (tmp_path / "run").exists()


def test_with_two_processes_the_first_records(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path\n"
        "from tests.precompute.training.callbacks import lightning_training\n"
        f"lightning_training.fit(Path({str(tmp_path)!r}), devices=2, strategy='ddp_fork')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=900)
    run = TrainingRun.load(tmp_path / "run")
    assert (run.status, run.steps, run.batch_size) == ("completed", 6, 16)
    assert run.metrics["epoch"] == [1, 2, 3]
