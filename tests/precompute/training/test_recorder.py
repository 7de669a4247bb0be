"""The Recorder in a user's loop, and the landscape of its run."""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from descent_atlas.analysis.planes import load_plane
from descent_atlas.output.landscape_parts import (
    key_path,
    key_surfaces,
    make_plane,
    measure_path,
    read_path,
)
from descent_atlas.study.entries import LandscapeEntry
from descent_atlas.training.checkpoints import read_checkpoint, write_checkpoint
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.networks import NetworkError, build, flatten, layout, load_flat
from descent_atlas.training.optimizer_scaling import find_scaling, order_state
from descent_atlas.training.recorder import Recorder
from descent_atlas.training.run_manifest import RunError
from descent_atlas.training.runs import TrainingRun
from descent_atlas.training.snapshot_plan import EARLY_COUNT, plan_snapshots
from tests.precompute.training import plain_loop, recorded_networks
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
    epoch = Recorder.epoch

    def fail(self: Recorder, number: float, **metrics: float) -> None:
        if number == 4:
            raise KeyboardInterrupt
        epoch(self, number, **metrics)

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "epoch", fail)
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


def train_with_metrics(folder: Path, rows: list[dict[str, Any]]) -> TrainingRun:
    """Return a run whose loop recorded some rows of metrics."""
    with make_recorder(folder) as recorder:
        for number, row in enumerate(rows):
            recorder.epoch(number + 1, **row)
    return TrainingRun.load(folder)


def test_metrics_are_any_named_numbers_or_none(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"train_loss": 2.0},
        {"perplexity": torch.tensor(7.5), "top-5": np.float32(0.25)},
        {},
    ]
    run = train_with_metrics(tmp_path, rows)
    assert run.metrics["epoch"] == [1, 2, 3]
    assert list(run.metrics) == ["epoch", "train_loss", "perplexity", "top-5"]
    np.testing.assert_array_equal(run.metrics["perplexity"], [np.nan, 7.5, np.nan])
    np.testing.assert_array_equal(run.metric("test_accuracy"), [np.nan] * 3)


@pytest.mark.parametrize("value", ["high", None, True, torch.zeros(2)])
def test_a_metric_that_is_no_number_is_refused(tmp_path: Path, value: Any) -> None:
    with make_recorder(tmp_path) as recorder, pytest.raises(ValueError, match="the metric f1"):
        recorder.epoch(1, f1=value)


def interrupt(recorder: Recorder) -> None:
    """End a recording after a checkpoint, as Ctrl-C does."""
    with contextlib.suppress(KeyboardInterrupt), recorder:
        recorder.checkpoint(now=True)
        raise KeyboardInterrupt


def test_metrics_survive_an_interruption(tmp_path: Path) -> None:
    recorder = make_recorder(tmp_path)
    recorder.epoch(1, f1=0.5)
    interrupt(recorder)
    with make_recorder(tmp_path) as recorder:
        recorder.epoch(2, recall=0.75)
    run = TrainingRun.load(tmp_path)
    np.testing.assert_array_equal(run.metrics["f1"], [0.5, np.nan])
    np.testing.assert_array_equal(run.metrics["recall"], [np.nan, 0.75])


def record(folder: Path, network: nn.Module, factory: str, **options: Any) -> Recorder:
    """Return a recorder of two steps with a factory of `recorded_networks`."""
    factory = f"{recorded_networks.NAME}:{factory}"
    return Recorder(folder, network=network, factory=factory, steps=2, **options)


@pytest.mark.parametrize("kind", ["vector", "average", "state"])
def test_the_end_of_a_run_is_what_final_says(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    network = recorded_networks.line()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    average = AveragedModel(network)
    with record(tmp_path / "run", network, "line", optimizer=optimizer) as recorder:
        for _ in range(2):
            optimizer.zero_grad()
            recorded_networks.make_loss(network).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            average.update_parameters(network)
        finals: dict[str, torch.Tensor | nn.Module | dict[str, torch.Tensor]] = {
            "vector": flatten(average.module),
            "average": average,
            "state": average.state_dict(),
        }
        recorder.finish(final=finals[kind])
    run = TrainingRun.load(tmp_path / "run")
    assert torch.equal(run.final, flatten(average.module))
    distance = float((flatten(average.module) - flatten(network)).norm())
    assert run.end_distance == pytest.approx(distance, rel=1e-5)
    assert "is not its last snapshot" in caplog.text
    path = read_path(run)
    assert path.steps.tolist() == [0, 1, 2, 2]
    assert path.uniform.tolist() == [True, True, True, False]
    assert torch.equal(path.read(-1), run.final)


def test_a_run_that_ends_with_its_last_snapshot_says_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with make_recorder(tmp_path) as recorder:
        recorder.snapshot(2)
    run = TrainingRun.load(tmp_path)
    assert (run.end_distance, caplog.text) == (0.0, "")
    assert read_path(run).steps.tolist() == [0, 2]


def test_a_final_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    recorder = make_recorder(tmp_path)
    for final, fault in (
        (torch.zeros(5), r"\(5,\) instead of \(6,\)"),
        (nn.Linear(2, 2), "lacks the parameter 1.weight"),
        ({"1.weight": torch.zeros(3, 2)}, r"1.weight of final has the shape \(3, 2\)"),
    ):
        with pytest.raises(NetworkError, match=fault):
            recorder.finish(final=final)
    recorder.finish()


def test_the_end_is_that_of_an_optimizer_that_averages(tmp_path: Path) -> None:
    """As with Schedule-Free: what is evaluated is not what the gradients are taken at."""
    network = recorded_networks.line()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    with record(tmp_path / "run", network, "line", optimizer=optimizer):
        for _ in range(2):
            optimizer.zero_grad()
            recorded_networks.make_loss(network).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        load_flat(network, flatten(network) / 2)  # what optimizer.eval() does
    run = TrainingRun.load(tmp_path / "run")
    np.testing.assert_array_equal(run.final, run.snapshots[-1] / 2)


@pytest.mark.parametrize("device", ["cpu", *(["cuda"] if torch.cuda.is_available() else [])])
def test_buffers_are_kept_at_the_end_and_in_checkpoints(tmp_path: Path, device: str) -> None:
    network = recorded_networks.normalized().to(device)
    inputs = torch.randn(16, 2).to(device)
    recorder = record(tmp_path, network, "normalized")
    network(inputs)
    recorder.snapshot(1)
    interrupt(recorder)
    resumed = recorded_networks.normalized().to(device)
    with record(tmp_path, resumed, "normalized") as recorder:
        assert recorder.step == 1
        for one, other in zip(resumed.buffers(), network.buffers(), strict=True):
            assert torch.equal(one, other)
        resumed(inputs)
        recorder.snapshot(2)
    run = TrainingRun.load(tmp_path)
    assert run.buffers.keys() == dict(resumed.named_buffers()).keys()
    for name, buffer in resumed.named_buffers():
        assert torch.equal(run.buffers[name], buffer.cpu())
    (tmp_path / "buffers.npz").write_bytes(b"damaged")
    with pytest.raises(RunError, match=r"buffers\.npz"):
        TrainingRun.load(tmp_path)


def test_frozen_parameters_are_named_unless_they_are_trained_later(tmp_path: Path) -> None:
    network = recorded_networks.half_frozen()
    with record(tmp_path / "frozen", network, "half_frozen") as recorder:
        recorder.snapshot(2)
    assert TrainingRun.load(tmp_path / "frozen").frozen == ("1.weight", "1.bias")
    with record(tmp_path / "thawed", network, "half_frozen") as recorder:
        network.get_parameter("1.bias").requires_grad_(True)
        recorder.snapshot(2)
    assert TrainingRun.load(tmp_path / "thawed").frozen == ("1.weight",)


def test_a_wrapped_network_is_recorded_under_its_own_names(tmp_path: Path) -> None:
    network = recorded_networks.line()
    with record(tmp_path / "run", nn.DataParallel(network), "line") as recorder:
        recorder.snapshot(2)
    assert TrainingRun.load(tmp_path / "run").layout.names == ("weight", "bias")


def test_a_run_without_a_spec_names_its_optimizer(tmp_path: Path) -> None:
    network = recorded_networks.line()
    optimizer = torch.optim.AdamW(network.parameters(), lr=torch.tensor(0.5), betas=(0.8, 0.9))
    with record(tmp_path / "mine", network, "line", optimizer=optimizer, spec={"seed": 3}):
        pass
    run = TrainingRun.load(tmp_path / "mine")
    assert run.id == "mine"
    assert run.spec == {
        "optimizer": "AdamW",
        "hyperparameters": {"lr": 0.5, "betas": [0.8, 0.9]},
        "seed": 3,
    }
    assert (run.steps_per_epoch, run.batch_size) == (None, None)
    assert run.count_samples(np.array([2]), 10) is None


@pytest.mark.parametrize("name", ["steps", "snapshots", "steps_per_epoch", "batch_size"])
@pytest.mark.parametrize(("value", "fault"), [(0, "at least 1"), (2.5, "whole number")])
def test_numbers_out_of_their_limits_are_named(
    tmp_path: Path, name: str, value: Any, fault: str
) -> None:
    options: dict[str, Any] = {"steps": 2, name: value}
    with pytest.raises(ValueError, match=f"{name} is {value}.*{fault}"):
        Recorder(tmp_path, network=nn.Linear(2, 1), factory="a:b", **options)


def test_a_spec_that_has_no_form_in_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="spec should hold"):
        record(tmp_path, recorded_networks.line(), "line", spec={"when": object()})


def test_the_scaling_of_parameters_in_groups_has_the_networks_order(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    first, second = network.parameters()
    groups: list[dict[str, Any]] = [{"params": [second]}, {"params": [first], "lr": 0.2}]
    optimizer = torch.optim.Adam(groups, lr=0.1)
    first.grad, second.grad = torch.full((2, 2), 1.0), torch.full((2, 2), 2.0)
    optimizer.step()
    found = find_scaling(order_state(optimizer, network), layout(network))
    assert found is not None
    np.testing.assert_allclose(found[1], [0.001] * 4 + [0.004] * 4, rtol=1e-4)
