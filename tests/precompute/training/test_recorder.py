"""The Recorder in a user's loop, and the landscape of its run."""

from pathlib import Path

import numpy as np
import pytest
import torch

from descent_atlas.analysis.planes import load_plane
from descent_atlas.output.landscape_parts import key_path, key_surfaces, make_plane, measure_path
from descent_atlas.study.schema import LandscapeEntry
from descent_atlas.training.checkpoints import read_checkpoint, write_checkpoint
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.networks import build
from descent_atlas.training.recorder import Recorder
from descent_atlas.training.run_manifest import RunError
from descent_atlas.training.runs import TrainingRun
from descent_atlas.training.snapshot_plan import EARLY_COUNT, plan_snapshots
from tests.precompute.training import plain_loop
from tests.precompute.training.test_loop import hash_files


def test_a_plain_loop_leaves_a_run_that_is_drawn_like_any_other(
    tmp_path: Path, dataset: ImageDataset
) -> None:
    plain_loop.train(tmp_path / "run", dataset.train.inputs(slice(None)), dataset.train.labels)
    run = TrainingRun.load(tmp_path / "run")
    assert (run.status, run.steps) == ("completed", 90)
    assert len(run.metrics["train_loss"]) == 6
    assert len(run.update_angles["angle"]) == 1
    entry = LandscapeEntry(
        id="plain",
        title="Plain",
        shows="A loop of one's own.",
        figures=[],
        plane="pca",
        origin="plain",
        runs=["plain"],
        surfaces=["train"],
        grid=5,
    )
    runs = {"plain": run}
    key = key_surfaces(entry, runs, dataset)
    make_plane(tmp_path / "plane", key=key, entry=entry, runs=runs)
    plane, grid = load_plane(tmp_path / "plane")
    assert plane.kind == "pca"
    assert len(grid.x) == 5
    path = tmp_path / "path"
    measure_path(path, key=key_path(run, dataset), run=run, dataset=dataset)
    losses = np.load(path / "arrays.npz", allow_pickle=False)["loss"]
    assert losses[-1] < losses[0]


def test_a_plain_loop_that_was_cut_short_ends_with_the_same_bits(
    tmp_path: Path, dataset: ImageDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, labels = dataset.train.inputs(slice(None)), dataset.train.labels
    plain_loop.train(tmp_path / "unbroken", images, labels)
    snapshot = Recorder.snapshot

    def fail(self: Recorder, step: int) -> None:
        if step == 50:
            raise KeyboardInterrupt
        snapshot(self, step)

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "snapshot", fail)
        with pytest.raises(KeyboardInterrupt):
            plain_loop.train(tmp_path / "broken", images, labels)
    assert TrainingRun.load(tmp_path / "broken").steps == 45
    plain_loop.train(tmp_path / "broken", images, labels)
    assert hash_files(tmp_path / "broken") == hash_files(tmp_path / "unbroken")


def test_snapshots_are_uniform_with_extra_ones_early() -> None:
    planned = plan_snapshots(15_640, 200)
    uniform = [step for step, early in planned.items() if not early]
    assert len(uniform) == 201
    assert (uniform[0], uniform[-1]) == (0, 15_640)
    assert set(np.diff(uniform)) <= {78, 79}
    early = [step for step, is_early in planned.items() if is_early]
    assert 5 < len(early) <= EARLY_COUNT
    assert max(early) < 78
    assert list(planned) == sorted(planned)


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_a_short_run_keeps_every_step(steps: int) -> None:
    assert plan_snapshots(steps, 200) == dict.fromkeys(range(steps + 1), False)


def make_recorder(folder: Path) -> Recorder:
    options = {"sizes": [2, 2]}
    return Recorder(
        folder,
        id="x",
        network=build("descent_atlas.training.networks:mlp", 0, **options),
        factory="descent_atlas.training.networks:mlp",
        options=options,
        steps=2,
        steps_per_epoch=2,
        batch_size=1,
    )


@torch.no_grad()
def spoil(recorder: Recorder) -> None:
    next(recorder.network.parameters()).fill_(torch.nan)


def test_a_loop_that_meets_nan_leaves_its_last_finite_snapshot(tmp_path: Path) -> None:
    with make_recorder(tmp_path) as recorder:
        recorder.snapshot(0)
        recorder.snapshot(1)
        spoil(recorder)
        recorder.snapshot(2)
        recorder.checkpoint(now=True)
        assert not (tmp_path / "checkpoint").exists()
    run = TrainingRun.load(tmp_path)
    assert (run.status, run.steps, run.snapshot_steps.tolist()) == ("diverged", 1, [0, 1])
    assert torch.equal(run.final, torch.from_numpy(np.array(run.snapshots[1])))


def test_a_run_that_was_never_finite_is_none(tmp_path: Path) -> None:
    recorder = make_recorder(tmp_path)
    spoil(recorder)
    with pytest.raises(RunError, match="no finite parameters"), recorder:
        recorder.snapshot(0)
    with pytest.raises(RunError, match="has not ended"):
        _ = TrainingRun.load(tmp_path).final


def test_a_checkpoint_that_holds_code_is_not_loaded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_checkpoint(tmp_path / "checkpoint", {"evil": print})
    assert read_checkpoint(tmp_path / "checkpoint") is None
    assert "cannot be read" in caplog.text
