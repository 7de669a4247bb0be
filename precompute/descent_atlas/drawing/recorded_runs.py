"""Runs that a `Recorder` has left, as the networks along a trajectory."""

from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from descent_atlas.evaluation.states import State, read_state
from descent_atlas.output.descriptions import describe_run
from descent_atlas.training.networks import Layout, construct
from descent_atlas.training.recording.snapshot_precision import EXACT
from descent_atlas.training.run_manifest import MANIFEST, RunError
from descent_atlas.training.runs import TrainingRun


class SnapshotTensors(Mapping[str, Tensor]):
    """The tensors of a network at a point θ, and its buffers.

    `read` returns θ float32[P]. It is called when the tensors are asked for, once for all of them
    by `items`.
    """

    def __init__(
        self, read: Callable[[], Tensor], layout: Layout, buffers: Mapping[str, Tensor]
    ) -> None:
        self.read, self.layout, self.buffers = read, layout, buffers

    def items(self) -> ItemsView[str, Tensor]:
        """Return the tensors by name, of which the parameters are views of θ."""
        return {**self.layout.split(self.read()), **self.buffers}.items()

    def __getitem__(self, name: str) -> Tensor:
        return dict(self.items())[name]

    def __iter__(self) -> Iterator[str]:
        yield from self.layout.names
        yield from self.buffers

    def __len__(self) -> int:
        return len(self.layout.names) + len(self.buffers)


class RecordedPoint:
    """Reads a snapshot of a run, or its end; another process reads it from the run's folder.

    `index` is that of the snapshot, None for the end.
    """

    def __init__(self, run: TrainingRun, index: int | None) -> None:
        self.run, self.index = run, index

    def __call__(self) -> Tensor:
        """Return θ, float32[P]."""
        if self.index is None:
            return self.run.final
        is_exact = self.run.snapshot_precision == EXACT
        rows = self.run.snapshots if is_exact else self.run.snapshot_rows
        return torch.from_numpy(rows[self.index])

    def __reduce__(self) -> tuple[Callable[..., "RecordedPoint"], tuple[Path, int | None]]:
        return open_point, (self.run.folder.absolute(), self.index)


def open_point(folder: Path, index: int | None) -> RecordedPoint:
    """Return a point of the run in a folder."""
    return RecordedPoint(open_run(folder), index)


@lru_cache(maxsize=8)
def open_run(folder: Path) -> TrainingRun:
    """Return the run in a folder, which all its points share."""
    return TrainingRun.load(folder, verify=False)


def is_recorded(folder: Path) -> bool:
    """Tell whether a folder holds a run."""
    return (folder / MANIFEST).exists()


def read_runs(folders: Sequence[Path]) -> list[TrainingRun]:
    """Return runs that have ended and trained one network.

    Raises RunError if one is missing or damaged, still runs, or trained another network.
    """
    runs = [TrainingRun.load(folder) for folder in folders]
    for run in runs:
        if run.status == "running":
            raise RunError(f"the run in {run.folder} has not ended")
        if run.layout != runs[0].layout:
            raise RunError(
                f"the runs in {runs[0].folder} and {run.folder} trained different networks, which "
                "share no plane"
            )
    return runs


def build_recorded(runs: Sequence[TrainingRun]) -> nn.Module:
    """Return the network that runs trained, as the first one left it.

    Parameters that no run trained are frozen. Raises NetworkError if it cannot be built.
    """
    first = runs[0]
    network = construct(first.factory, int(first.spec.get("seed", 0)), first.options)
    network.load_state_dict(dict(read_state(end_of(first, network), network).tensors))
    held = set(first.frozen).intersection(*(run.frozen for run in runs))
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name not in held)
    return network


def end_of(run: TrainingRun, network: nn.Module) -> State:
    """Return the network that a run left; its tensors have the names of its parameters."""
    return State(
        run.id,
        SnapshotTensors(RecordedPoint(run, None), run.layout, list_buffers(run, network)),
        run.steps,
    )


def list_states(run: TrainingRun, network: nn.Module) -> list[State]:
    """Return the networks along a run: its uniform snapshots, and its end.

    A snapshot at the step of the end gives way to it. Snapshots are read from the file when they
    are used, and mapped unless they are rounded. The buffers are those of the run's end, as a run
    keeps no others.
    """
    buffers = list_buffers(run, network)

    def name(index: int) -> State:
        step = int(run.snapshot_steps[index])
        tensors = SnapshotTensors(RecordedPoint(run, index), run.layout, buffers)
        return State(f"{run.id}, step {step}", tensors, step)

    chosen = np.flatnonzero(~run.early & (run.snapshot_steps < run.steps))
    return [*map(name, chosen.tolist()), end_of(run, network)]


def list_buffers(run: TrainingRun, network: nn.Module) -> dict[str, Tensor]:
    """Return the buffers of a network's `state_dict` at a run's end.

    One that the run did not keep, as one that was not finite, is the network's own.
    """
    own = network.state_dict()
    return {
        name: run.buffers.get(name, tensor)
        for name, tensor in network.named_buffers()
        if name in own
    }


def describe_recorded(runs: Sequence[TrainingRun]) -> dict[str, dict[str, Any]]:
    """Return the runs by their ids, as a manifest has them."""
    return {run.id: describe_run(run.id, run.id, run, None) for run in runs}
