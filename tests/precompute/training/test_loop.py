"""Training: its records, its end, and its resumption after any interruption."""

import errno
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from descent_atlas.storage.durable import hash_file
from descent_atlas.storage.sealed import seal, unseal
from descent_atlas.training.checkpoints import load_checkpoint, write_checkpoint
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.loop import StoppedError, train
from descent_atlas.training.loops.batch_order import epoch_order
from descent_atlas.training.loops.training_plan import Training
from descent_atlas.training.networks import build, flatten
from descent_atlas.training.run_manifest import (
    CHECKPOINT,
    MANIFEST,
    SCHEMA,
    SECONDS,
    NewerRunError,
    RunError,
)
from descent_atlas.training.runs import TrainingRun
from tests.precompute.conftest import make_dataset
from tests.precompute.training.killed_training import TRAINING as KILLED

MLP = "descent_atlas.training.networks:mlp"
SGD = Training(
    id="sgd",
    factory=MLP,
    options={"sizes": [48, 16, 8, 3]},
    optimizer="SGD",
    hyperparameters={"lr": 0.05, "momentum": 0.9},
    batch_size=64,
    epochs=6,
    seed=1,
    patience=4,
    snapshots=10,
)


def run(folder: Path, training: Training, dataset: ImageDataset, **options: Any) -> TrainingRun:
    train(folder, training, dataset, **options)
    return TrainingRun.load(folder)


def hash_files(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of all that a run has left, but for the time it took."""
    return {path.name: hash_file(path) for path in folder.iterdir() if path.name != SECONDS}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The hashes of the files of an uninterrupted run, which other tests interrupt."""
    folder = tmp_path_factory.mktemp("unbroken") / "run"
    train(folder, KILLED, make_dataset())
    return hash_files(folder)


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "tests.precompute.training.killed_training",
        str(folder),
        *arguments,
    ]
    return subprocess.Popen(command, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})


def test_a_run_records_what_happened(tmp_path: Path, dataset: ImageDataset) -> None:
    result = run(tmp_path / "run", SGD, dataset)
    assert (result.status, result.steps, result.steps_per_epoch) == ("completed", 30, 5)
    assert result.metrics["epoch"] == [1, 2, 3, 4, 5, 6]
    assert result.metrics["train_loss"][-1] < result.metrics["train_loss"][0]
    assert result.metrics["test_accuracy"][-1] > 0.8
    uniform = result.snapshot_steps[~result.early]
    assert uniform.tolist() == [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30]
    assert result.snapshot_steps[result.early].tolist() == [1, 2]
    assert np.array_equal(result.snapshots[-1], result.final)
    assert np.array_equal(result.snapshots[0], flatten(result.build_network()))
    assert result.seconds > 0
    assert result.spec["dataset"]["fingerprint"] == dataset.fingerprint


@pytest.mark.parametrize(
    ("optimizer", "hyperparameters"), [("SGD", {"lr": 0.05, "momentum": 0.9}), ("Adam", {})]
)
def test_a_run_is_what_a_plain_pytorch_loop_gives(
    tmp_path: Path, dataset: ImageDataset, optimizer: str, hyperparameters: dict[str, float]
) -> None:
    training = replace(SGD, optimizer=optimizer, hyperparameters=hyperparameters)
    result = run(tmp_path / "run", training, dataset)
    network = build(training.factory, training.seed, **training.options)
    rule = getattr(torch.optim, optimizer)(network.parameters(), **hyperparameters)
    losses = []
    for epoch in range(training.epochs):
        losses.append(0.0)
        for chosen in torch.split(epoch_order(training.seed, epoch, 300), 64):
            rule.zero_grad()
            inputs, labels = dataset.train.inputs(chosen), dataset.train.labels[chosen]
            loss = cross_entropy(network(inputs), labels)
            loss.backward()  # type: ignore[no-untyped-call]  # PyTorch gives it no types
            rule.step()
            losses[-1] += loss.item() * len(labels) / 300
    torch.testing.assert_close(result.final, flatten(network), rtol=1e-3, atol=1e-5)
    assert result.metrics["train_loss"] == pytest.approx(losses, rel=1e-4)


def test_gradient_descent_takes_one_step_an_epoch(tmp_path: Path, dataset: ImageDataset) -> None:
    training = replace(SGD, batch_size=None, epochs=130, patience=None)
    result = run(tmp_path / "run", training, dataset)
    assert (result.steps, result.steps_per_epoch, result.batch_size) == (130, 1, 300)
    assert result.spec["batch_size"] == "all"
    assert len(result.metrics["train_loss"]) == 130
    assert result.update_angles["step"] == [0, 65]


def test_runs_of_one_seed_begin_alike_and_others_do_not(
    tmp_path: Path, dataset: ImageDataset
) -> None:
    trainings = [SGD, replace(SGD, optimizer="Adam", hyperparameters={}), replace(SGD, seed=2)]
    first, same, other = (
        run(tmp_path / str(index), training, dataset).snapshots[0]
        for index, training in enumerate(trainings)
    )
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_every_epoch_has_its_own_order_which_the_seed_fixes() -> None:
    orders = [epoch_order(seed, epoch, 50) for seed in (0, 1) for epoch in (0, 1)]
    assert all(sorted(order.tolist()) == list(range(50)) for order in orders)
    assert len({tuple(order.tolist()) for order in orders}) == 4
    assert torch.equal(epoch_order(0, 1, 50), orders[1])


def test_four_epochs_without_a_better_loss_stop_a_run(
    tmp_path: Path, dataset: ImageDataset
) -> None:
    training = replace(SGD, hyperparameters={"lr": 0.0}, epochs=50)
    result = run(tmp_path / "run", training, dataset)
    assert result.status == "stopped"
    assert result.stop_reason == "4 consecutive epochs without a better mean training loss"
    losses = result.metrics["train_loss"]
    best = losses.index(min(losses))
    assert len(losses) == best + 5


def test_a_run_that_meets_nan_keeps_its_last_finite_parameters(
    tmp_path: Path, dataset: ImageDataset
) -> None:
    training = replace(SGD, hyperparameters={"lr": 1e30}, epochs=50)
    result = run(tmp_path / "run", training, dataset)
    assert result.status == "diverged"
    assert result.stop_reason == f"not finite after step {result.steps}"
    assert bool(torch.isfinite(result.final).all())
    assert bool(np.isfinite(result.snapshots).all())
    assert math.isnan(result.metrics["train_loss"][-1])
    assert 0 <= result.metrics["test_accuracy"][-1] <= 1
    # The very next update is not finite, or the loss there is not.
    network, rule = build(MLP, 1, **SGD.options), None
    rule = torch.optim.SGD(network.parameters(), lr=1e30)
    for chosen in list(torch.split(epoch_order(1, 0, 300), 64))[: result.steps + 1]:
        rule.zero_grad()
        loss = cross_entropy(network(dataset.train.inputs(chosen)), dataset.train.labels[chosen])
        loss.backward()  # type: ignore[no-untyped-call]  # PyTorch gives it no types
        rule.step()
    finite = bool(torch.isfinite(flatten(network)).all() and loss.isfinite())
    assert not finite


@pytest.mark.long
def test_a_run_killed_at_random_instants_ends_with_the_same_bits(
    tmp_path: Path, unbroken: dict[str, str]
) -> None:
    folder, instants = tmp_path / "run", random.Random(7)
    kills = 0
    while kills < 2:  # while it begins, and while it goes on
        process = start(folder)
        while not (folder / "run.json").exists() and process.poll() is None:
            time.sleep(0.01)
        if kills:  # it imports PyTorch again before it resumes
            changed = (folder / "run.json").stat().st_mtime_ns
            while (folder / "run.json").stat().st_mtime_ns == changed and process.poll() is None:
                time.sleep(0.01)
        time.sleep(instants.uniform(0, 0.3))
        process.kill()
        if process.wait() == 0:
            break
        kills += 1
    assert kills
    train_or_keep(folder)
    assert hash_files(folder) == unbroken


def train_or_keep(folder: Path) -> None:
    """End a run that was cut short, if it was."""
    if TrainingRun.load(folder).status == "running":
        assert start(folder).wait() == 0


# The files are renamed in this order: run.json, final.f32, seconds.json, run.json.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("renaming", "moment"),
    [
        (1, "before"),
        pytest.param(2, "after", marks=pytest.mark.long),
        pytest.param(4, "before", marks=pytest.mark.long),
        (4, "after"),
    ],
)
def test_a_run_killed_while_a_file_is_renamed_ends_with_the_same_bits(
    tmp_path: Path, unbroken: dict[str, str], renaming: int, moment: str
) -> None:
    folder = tmp_path / "run"
    assert start(folder, str(renaming), moment).wait() == -signal.SIGKILL
    if (folder / "run.json").exists() and TrainingRun.load(folder).status != "running":
        assert (renaming, moment) == (4, "after")
    else:
        train(folder, KILLED, make_dataset())
    assert hash_files(folder) == unbroken


@pytest.mark.parametrize("failing", [1, 3, 6, 8])
def test_a_full_disk_ends_in_an_error_and_space_lets_it_go_on(
    tmp_path: Path,
    unbroken: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    failing: int,
) -> None:
    folder, flush, flushed = tmp_path / "run", os.fsync, [0]

    def fail(descriptor: int) -> None:
        flushed[0] += 1
        if flushed[0] == failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            train(folder, KILLED, make_dataset(), checkpoint_seconds=0.1)
    train(folder, KILLED, make_dataset())
    assert hash_files(folder) == unbroken


@pytest.mark.parametrize(
    ("optimizer", "hyperparameters", "batch_size"),
    [
        ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.5}, 1),
        ("SGD", {"lr": 0.05, "momentum": 0.9}, None),
        ("Adam", {}, 4),
        ("LBFGS", {"max_iter": 2}, 100),
    ],
)
def test_a_cancelled_run_loses_nothing_and_ends_with_the_same_bits(
    tmp_path: Path,
    dataset: ImageDataset,
    optimizer: str,
    hyperparameters: dict[str, float],
    batch_size: int | None,
) -> None:
    training = replace(
        SGD, optimizer=optimizer, hyperparameters=hyperparameters, batch_size=batch_size
    )
    reported = []

    def cancel(fraction: float) -> None:
        reported.append(fraction)
        if fraction > 0.4:
            raise StoppedError

    train(tmp_path / "unbroken", training, dataset)
    with pytest.raises(StoppedError):
        train(tmp_path / "broken", training, dataset, report=cancel)
    broken = TrainingRun.load(tmp_path / "broken")
    assert (broken.status, broken.steps) == ("running", round(reported[-1] * broken.planned_steps))
    train(tmp_path / "broken", training, dataset)
    assert hash_files(tmp_path / "broken") == hash_files(tmp_path / "unbroken")


@pytest.mark.parametrize("name", ["checkpoint", "snapshots.f32"])
def test_a_damaged_checkpoint_lets_the_run_begin_anew(
    tmp_path: Path,
    unbroken: dict[str, str],
    name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = tmp_path / "run"

    def cancel(fraction: float) -> None:
        if fraction > 0.4:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(folder, KILLED, make_dataset(), report=cancel)
    flip_a_byte(folder / name)
    train(folder, KILLED, make_dataset())
    assert f"{name} is damaged" in caplog.text
    assert "restarts" in caplog.text
    assert hash_files(folder) == unbroken


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_run_by_the_former_name_of_a_module_resumes_with_the_same_bits(
    tmp_path: Path, unbroken: dict[str, str]
) -> None:
    folder, former = (
        tmp_path / "run",
        KILLED.factory.replace("descent_atlas.training", "precompute"),
    )

    def cancel(fraction: float) -> None:
        if fraction > 0.4:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(folder, KILLED, make_dataset(), report=cancel)
    manifest = unseal((folder / MANIFEST).read_bytes(), sealed_since=1)
    manifest["network"]["factory"] = former
    (folder / MANIFEST).write_bytes(seal(manifest))
    state = load_checkpoint(folder / CHECKPOINT)
    assert state is not None
    state["identity"]["network"]["factory"] = former
    write_checkpoint(folder / CHECKPOINT, state)
    interrupted = TrainingRun.load(folder)
    assert interrupted.factory == KILLED.factory
    reported: list[float] = []
    train(folder, replace(KILLED, factory=former), make_dataset(), report=reported.append)
    assert reported[0] > 0.4
    assert hash_files(folder) == unbroken


def test_another_run_in_the_folder_is_refused_by_what_differs(
    tmp_path: Path, dataset: ImageDataset
) -> None:
    train(tmp_path / "run", SGD, dataset)
    with pytest.raises(RunError, match="has ended"):
        train(tmp_path / "run", SGD, dataset)
    with pytest.raises(RunError, match=r"holds another run .*batch_size 64 there, 32 here"):
        train(tmp_path / "run", replace(SGD, batch_size=32), dataset)


@pytest.mark.parametrize("name", ["snapshots.f32", "final.f32", "run.json", "seconds.json"])
def test_a_damaged_file_of_a_run_is_named(tmp_path: Path, dataset: ImageDataset, name: str) -> None:
    folder = tmp_path / "run"
    train(folder, SGD, dataset)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-4])
    with pytest.raises(RunError, match=name):
        TrainingRun.load(folder)
    (folder / name).unlink()
    with pytest.raises(RunError, match=f"{name} is missing"):
        TrainingRun.load(folder)


@pytest.mark.parametrize("name", ["snapshots.f32", "final.f32", "run.json", "seconds.json"])
def test_a_flipped_byte_of_a_run_is_found(tmp_path: Path, dataset: ImageDataset, name: str) -> None:
    train(tmp_path / "run", SGD, dataset)
    flip_a_byte(tmp_path / "run" / name)
    with pytest.raises(RunError, match=f"{name} is damaged"):
        TrainingRun.load(tmp_path / "run")


def test_a_run_of_a_newer_format_is_refused(tmp_path: Path, dataset: ImageDataset) -> None:
    train(tmp_path / "run", SGD, dataset)
    path = tmp_path / "run" / "run.json"
    document = unseal(path.read_bytes(), sealed_since=1)
    path.write_bytes(seal({**document, "schema": SCHEMA + 1}))
    with pytest.raises(NewerRunError, match=f"schema {SCHEMA + 1}, newer than this program's"):
        TrainingRun.load(tmp_path / "run")


def test_a_run_that_was_written_before_there_were_seals_is_read(
    tmp_path: Path, dataset: ImageDataset
) -> None:
    train(tmp_path / "run", SGD, dataset)
    sealed = TrainingRun.load(tmp_path / "run")
    for name in ("run.json", SECONDS):
        path = tmp_path / "run" / name
        document = unseal(path.read_bytes(), sealed_since=1)
        path.write_text(json.dumps({**document, "schema": 1}, indent=1))
    read = TrainingRun.load(tmp_path / "run")
    assert read.metrics == sealed.metrics
    assert read.seconds == sealed.seconds
    (tmp_path / "run" / SECONDS).unlink()
    assert math.isnan(TrainingRun.load(tmp_path / "run").seconds)
