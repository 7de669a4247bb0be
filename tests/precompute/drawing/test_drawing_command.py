"""The command `descent-atlas-precompute draw`, from recorded runs and checkpoints to landscapes."""

import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from descent_atlas.drawing.draw_landscape import Drawing
from descent_atlas.drawing.kept_rows import KeptRows
from descent_atlas.drawing.sharding import worker_blocks
from descent_atlas.landscapes.format import read_checked
from descent_atlas.precompute_cli import INTERRUPTED, main
from descent_atlas.training import Recorder

OWN = """\
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import TensorDataset

from descent_atlas.drawing import Metric


def network(normalized=False):
    middle = [nn.BatchNorm1d(4)] if normalized else []
    return nn.Sequential(nn.Linear(2, 4), *middle, nn.Tanh(), nn.Linear(4, 2))


def batches():
    points = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    return TensorDataset(points, (points.norm(dim=1) < 1).long())


def loss(model, batch):
    points, labels = batch
    return cross_entropy(model(points), labels)


def failing(model, batch):
    raise KeyError("labels")


def unsteady(model, batch):
    return loss(model, batch) + torch.rand(())


confidence = Metric(lambda model, batch: model(batch[0]).softmax(1).amax(1), True)

NUMBER = 3
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A user's module in the current folder."""
    (tmp_path / "own_rings.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield importlib.import_module("own_rings")
    del sys.modules["own_rings"]


def record(own: Any, folder: str, *, seed: int = 0, **options: Any) -> nn.Module:
    """Train a network for a few steps and record it; return it."""
    torch.manual_seed(seed)
    network: nn.Module = own.network(**options)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    points, labels = own.batches().tensors
    with Recorder(
        folder,
        network=network,
        factory="own_rings:network",
        options=options,
        loss="own_rings:loss",
        data="own_rings:batches",
        optimizer=optimizer,
        steps=6,
    ) as recorder:
        for _ in range(6):
            optimizer.zero_grad()
            loss = cross_entropy(network(points), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        recorder.epoch(1, last_loss=loss)
    network.eval()
    return network


def draw(*arguments: str) -> int:
    """Run the command with a small grid; return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["draw", *arguments, "--grid", "3", "--out", "landscapes"])
    return int(ended.value.code or 0)


def read(id: str) -> tuple[Any, Any]:
    """Return the manifest and the arrays of a landscape."""
    landscape = read_checked(Path("landscapes", id))
    return landscape.manifest, landscape.arrays


def loss_of(own: Any, network: nn.Module) -> float:
    """Return the loss of a network on all batches."""
    with torch.no_grad():
        return float(own.loss(network, own.batches().tensors))


def test_a_recorded_run_becomes_a_landscape_with_one_argument(own: Any) -> None:
    network = record(own, "runs/mine")
    assert draw("runs/mine") == 0
    manifest, arrays = read("mine-pca")
    assert manifest.plane.kind == "pca"
    (run,) = manifest.runs
    assert (run.id, run.label, run.steps, run.status) == ("mine", "mine", 6, "completed")
    assert run.spec == {"optimizer": "Adam", "hyperparameters": {"lr": 0.05}}
    assert list(run.metrics) == ["last_loss"]
    (trajectory,) = manifest.trajectories
    assert arrays[trajectory.arrays["step"]].tolist() == [0, 1, 2, 3, 4, 5, 6]
    losses = arrays[trajectory.arrays["loss"]]
    assert losses[-1] == pytest.approx(loss_of(own, network), rel=1e-5)
    assert losses[0] > losses[-1]
    assert not list(Path("landscapes").glob(".drawing-*"))
    with pytest.raises(SystemExit) as ended:
        main(["check", "landscapes"])
    assert ended.value.code == 0


def test_several_runs_share_a_plane_through_their_ends(own: Any) -> None:
    for seed, name in enumerate(("a", "b", "c")):
        record(own, f"runs/{name}", seed=seed)
    assert draw("runs/a", "runs/b", "runs/c") == 0
    manifest, arrays = read("a-b-c-ends")
    assert [end.label for end in manifest.ends] == ["a", "b", "c"]
    for trajectory in manifest.trajectories:
        assert arrays[trajectory.arrays["distance"]][-1] == pytest.approx(0, abs=1e-5)
    assert draw("runs/a", "runs/b", "--plane", "pca", "--title", "Both") == 0
    manifest, _ = read("a-b-pca")
    assert (manifest.plane.kind, manifest.plane.makers) == ("shared", ["a", "b"])
    assert manifest.title == "Both"


def test_a_random_plane_lies_around_the_end_of_a_run(own: Any) -> None:
    network = record(own, "runs/mine")
    assert draw("runs/mine", "--plane", "random", "--metric", "accuracy") == 0
    manifest, arrays = read("mine-random")
    surface = manifest.surfaces[0].arrays
    assert arrays[surface["loss"]][1, 1] == pytest.approx(loss_of(own, network), rel=1e-5)
    assert [metric.id for metric in manifest.metrics] == ["loss", "accuracy"]


def test_running_statistics_of_a_recorded_run_are_recalibrated(own: Any) -> None:
    record(own, "runs/mine", normalized=True)
    assert draw("runs/mine") == 0
    assert read("mine-pca")[0].evaluation.buffers.policy == "recalibrated"
    assert draw("runs/mine", "--plane", "random", "--buffers", "frozen") == 0
    assert read("mine-random")[0].evaluation.buffers.policy == "frozen"


def save_checkpoints(own: Any, count: int) -> list[str]:
    """Save networks with different parameters; return the names of the files."""
    names = []
    for seed in range(count):
        torch.manual_seed(seed)
        names.append(f"a{seed}.pt")
        torch.save(own.network().state_dict(), names[-1])
    return names


FUNCTIONS = ("--data", "own_rings:batches", "--loss", "own_rings:loss")


@pytest.mark.parametrize(
    ("count", "plane", "id"),
    [
        (0, None, "network-random"),
        (1, None, "network-a0-random"),
        (3, None, "network-a0-a1-a2-ends"),
        (4, None, "network-a0-to-a3-pca"),
        (2, "pca", "network-a0-a1-pca"),
    ],
)
def test_checkpoints_become_a_landscape(own: Any, count: int, plane: str | None, id: str) -> None:
    files = save_checkpoints(own, count)
    chosen = [*(["--checkpoint", *files] if files else []), *(["--plane", plane] if plane else [])]
    metrics = ("--metric", "own_rings:confidence")
    assert draw("own_rings:network", *chosen, *FUNCTIONS, *metrics) == 0
    manifest, arrays = read(id)
    assert id.endswith(f"-{manifest.plane.kind}")
    confidence = arrays[manifest.surfaces[0].arrays["confidence"]]
    assert ((confidence > 0.5) & (confidence <= 1)).all()


def test_a_drawing_that_was_interrupted_continues_with_the_same_bits(
    own: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record(own, "runs/mine")
    evaluate, known = Drawing.evaluate, list[int]()

    def fail(self: Drawing, block: Sequence[int]) -> Any:
        if len(known) == 5:
            raise KeyboardInterrupt
        known.extend(block)
        return evaluate(self, block)

    with monkeypatch.context() as patch:
        patch.setattr(Drawing, "evaluate", fail)
        assert draw("runs/mine") == INTERRUPTED
    assert draw("runs/mine") == 0
    assert "5 of 24 points are there already" in capsys.readouterr().out
    assert draw("runs/mine", "--id", "whole") == 0
    one, other = (np.load(f"landscapes/{id}/arrays.npz") for id in ("mine-pca", "whole"))
    for name in one.files:
        np.testing.assert_array_equal(one[name], other[name])


def test_points_of_a_former_loss_are_not_mixed_with_those_of_another(
    own: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record(own, "runs/mine")

    def fail(self: Drawing, values: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Drawing, "finish", fail)
        assert draw("runs/mine") == INTERRUPTED
    source = Path("own_rings.py")
    source.write_text(source.read_text() + "\n# another\n")
    assert draw("runs/mine") == 0
    assert "already" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["nowhere"], "neither the folder of a recorded run nor of the form module:model"),
        (["own_rings:nothing", *FUNCTIONS], 'there is no model "own_rings:nothing"'),
        (["own_rings:batches", *FUNCTIONS], "made a TensorDataset, not a torch.nn.Module"),
        (["own_rings:NUMBER", *FUNCTIONS], 'the model "own_rings:NUMBER" is a int'),
        (["own_rings:network"], "--loss and --data must be named"),
        (["own_rings:network", *FUNCTIONS[:2]], "--loss must be named"),
        (["own_rings:network", *FUNCTIONS, "--plane", "ends"], "two or three networks, not 0"),
        (["own_rings:network", *FUNCTIONS, "--plane", "pca"], "--plane pca needs --checkpoint"),
        (
            ["own_rings:network", *FUNCTIONS, "--checkpoint", "no.pt"],
            "no checkpoint no.pt",
        ),
        (["own_rings:network", *FUNCTIONS, "--metric", "own_rings:loss"], "higher_is_better"),
        (["own_rings:network", *FUNCTIONS, "--reach", "0"], "reach=0.0"),
        (["own_rings:network", *FUNCTIONS, "--id", "My Plane"], "the id 'My Plane' is invalid"),
        (["own_rings:network", *FUNCTIONS, "--device", "abacus"], "the device abacus"),
        (["own_rings:network", *FUNCTIONS, "--parameters", "x.*"], "no parameter matches"),
        (
            ["own_rings:network", *FUNCTIONS[:2], "--loss", "own_rings:failing"],
            "the loss \"own_rings:failing\" failed: KeyError: 'labels'",
        ),
        (
            ["own_rings:network", *FUNCTIONS[:2], "--loss", "own_rings:unsteady"],
            "the loss at the origin is",
        ),
        (
            ["own_rings:network", "--data", "own_rings:NUMBER", *FUNCTIONS[2:]],
            "should be a list of them, or a DataLoader, not a",
        ),
    ],
)
def test_what_cannot_be_drawn_is_told_in_a_sentence(
    own: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], fault: str
) -> None:
    assert draw(*arguments) == 1
    told = capsys.readouterr().err
    assert fault in told
    assert "Traceback" not in told


def test_runs_that_do_not_go_together_are_refused(
    own: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    record(own, "runs/a")
    record(own, "others/a", normalized=True)
    for sources, fault in (
        (["runs/a", "others/a"], "trained different networks"),
        (["runs/a", "runs/a"], "two of the runs have one id"),
        (["runs/a", "--checkpoint", "a.pt"], "--checkpoint belongs to module:model"),
    ):
        assert draw(*sources) == 1
        assert fault in capsys.readouterr().err


def test_the_end_of_a_run_that_is_an_average_is_told(
    own: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    network = own.network()
    with Recorder("run", network=network, factory="own_rings:network", steps=1) as recorder:
        with torch.no_grad():
            network[0].weight += 1
        recorder.snapshot(1)
        half = {name: tensor / 2 for name, tensor in network.state_dict().items()}
        recorder.finish(final=half)
    assert draw("run", *FUNCTIONS) == 0
    assert "the run's end is not its last snapshot" in capsys.readouterr().out
    manifest = json.loads(Path("landscapes/run-pca/manifest.json").read_text())
    assert manifest["runs"][0]["end_distance"] > 0


def test_a_recorded_run_is_drawn_along_the_eigenvectors_at_its_end(own: Any) -> None:
    network = record(own, "runs/mine")
    options = ("--plane", "hessian", "--second", "negative", "--reach", "2", "--id", "sharp")
    assert draw("runs/mine", *options) == 0
    manifest, arrays = read("sharp")
    assert (manifest.plane.kind, manifest.plane.origin.step) == ("hessian", 6)
    largest, smallest = manifest.plane.curvature.pairs
    assert largest.value > 0 > smallest.value and largest.converged and smallest.converged
    assert manifest.plane.curvature.models[0].loss == pytest.approx(loss_of(own, network), rel=1e-5)
    assert arrays["grid.x"].tolist() == [-2.0, 0.0, 2.0]
    assert [trajectory.run for trajectory in manifest.trajectories] == ["mine"]


@pytest.mark.slow  # its processes load PyTorch
def test_workers_draw_to_the_same_bits_what_cannot_travel_to_them(
    own: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The metric is a lambda. Two workers go on where one was interrupted."""
    monkeypatch.setattr(worker_blocks, "START_SECONDS", 0.0)
    record(own, "runs/mine")
    options = ("--plane", "random", "--metric", "own_rings:confidence")
    keep, kept = KeptRows.keep, list[int]()

    def fail(self: KeptRows, index: int, numbers: Sequence[float]) -> None:
        if len(kept) == 7:
            raise KeyboardInterrupt
        kept.append(index)
        keep(self, index, numbers)

    with monkeypatch.context() as patch:
        patch.setattr(KeptRows, "keep", fail)
        assert draw("runs/mine", *options, "--workers", "1") == INTERRUPTED
    assert draw("runs/mine", *options, "--workers", "2") == 0
    assert "7 of 24 points are there already" in capsys.readouterr().out
    assert [path.name for path in Path("landscapes").glob(".drawing-*")] == []
    assert draw("runs/mine", *options, "--workers", "1", "--id", "alone") == 0
    one, other = (np.load(f"landscapes/{id}/arrays.npz") for id in ("mine-random", "alone"))
    for name in one.files:
        np.testing.assert_array_equal(one[name], other[name])
    assert draw("runs/mine", "--workers", "0") == 1
    assert "workers=0: it should be a number of processes" in capsys.readouterr().err
