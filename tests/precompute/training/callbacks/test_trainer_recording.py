"""What the callbacks of trainers refuse, without any trainer."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from descent_atlas.training import RunError, TrainingRun
from descent_atlas.training.callbacks.trainer_recording import TrainerRecording
from descent_atlas.training.networks import load_flat
from tests.precompute.training.recorded_networks import NAME, line, make_loss
from tests.precompute.training.test_loop import hash_files


@pytest.mark.parametrize(
    ("module", "package", "sentence"),
    [
        (
            "lightning_callback",
            "lightning.pytorch",
            "LightningRecorder needs Lightning: pip install lightning",
        ),
        (
            "transformers_callback",
            "transformers",
            "TransformersRecorder needs Transformers and Accelerate: "
            "pip install transformers accelerate",
        ),
    ],
)
def test_a_missing_package_is_told_in_a_sentence(
    module: str, package: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"descent_atlas.training.callbacks.{module}"
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError) as raised:
        import_module(name)
    assert str(raised.value) == sentence


def begin(recording: TrainerRecording, network: nn.Module, **changes: Any) -> torch.optim.Optimizer:
    """Begin a recording of a linear network; return the optimizer."""
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    settings: dict[str, Any] = {
        "optimizer": optimizer,
        "factory": f"{NAME}:line",
        "options": {},
        "scaler": None,
        "spec": {"seed": 1},
        "planned_steps": 6,
        "steps_per_epoch": 3,
        "batch_size": None,
        "step": 0,
        "state": None,
    }
    recording.begin(network, **(settings | changes))
    return optimizer


def step(network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    make_loss(network).backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def test_a_trainers_checkpoint_takes_the_recording_along(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = line()
    recording = TrainerRecording(tmp_path / "run", spec={"note": "mine"})
    optimizer = begin(recording, network)
    for number in range(6):
        step(network, optimizer)
        recording.record_metrics(number / 3, {"loss": number, "epoch": 9, "text": "a", "on": True})
        if number == 2:
            assert recording.recorder is not None
            kept = recording.recorder.save_state()
            theta = torch.cat([each.detach().flatten() for each in network.parameters()])
            momentum = optimizer.state_dict()
        if number == 4:
            recording.abandon()  # as a kill does
            load_flat(network, theta)
            optimizer = begin(recording, network, step=3, state=kept)
            optimizer.load_state_dict(momentum)
            for again in (3, 4):
                step(network, optimizer)
                recording.record_metrics(again / 3, {"loss": again})
    recording.end(network)
    run = TrainingRun.load(tmp_path / "run")
    assert (run.status, run.steps, run.snapshot_steps.tolist()) == ("completed", 6, [*range(7)])
    assert run.metrics == {"epoch": [n / 3 for n in range(6)], "loss": [*range(6)]}
    assert run.spec["note"] == "mine" and run.spec["seed"] == 1
    assert set(hash_files(run.folder)) == {"run.json", "snapshots.f32", "scalings.f32", "final.f32"}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"optimizer": object()}, ValueError, "the optimizer is a object, whose steps cannot"),
        ({"planned_steps": float("inf")}, ValueError, "name them as steps="),
        ({"planned_steps": -1}, ValueError, "name them as steps="),
        ({"step": 4}, RunError, "training resumes after step 4, and its checkpoint has no"),
        ({"step": 4, "state": {"step": 3}}, RunError, "resume from a checkpoint that was made"),
        (
            {"step": 4, "state": {"step": 4, "identity": {}}},
            RunError,
            "does not hold the recording of the 4 steps",
        ),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    tmp_path: Path, changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        begin(TrainerRecording(tmp_path / "run"), line(), **changes)


def test_sharded_parameters_are_refused(tmp_path: Path) -> None:
    network = line()
    for parameter in network.parameters():
        vars(parameter)["device_mesh"] = "of two devices"  # as a DTensor has
    with pytest.raises(ValueError, match="the network's parameters are sharded over devices"):
        begin(TrainerRecording(tmp_path / "run"), network)


def test_the_number_of_steps_is_checked_when_the_callback_is_made(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="steps is 0; it should be at least 1"):
        TrainerRecording(tmp_path, steps=0)
