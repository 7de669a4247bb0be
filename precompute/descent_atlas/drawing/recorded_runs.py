"""Runs that a `Recorder` has left, as the networks along a trajectory."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from descent_atlas.evaluation.states import State
from descent_atlas.output.descriptions import describe_run
from descent_atlas.training.networks import Layout, construct
from descent_atlas.training.run_manifest import MANIFEST, RunError
from descent_atlas.training.runs import TrainingRun


class SnapshotTensors(Mapping[str, Tensor]):
    """The tensors of a network at a point θ float32[P], which are views of it, and its buffers."""

    def __init__(self, theta: Tensor, layout: Layout, buffers: Mapping[str, Tensor]) -> None:
        self.parts = layout.split(theta)
        self.buffers = buffers

    def __getitem__(self, name: str) -> Tensor:
        return self.parts[name] if name in self.parts else self.buffers[name]

    def __iter__(self) -> Iterator[str]:
        yield from self.parts
        yield from self.buffers

    def __len__(self) -> int:
        return len(self.parts) + len(self.buffers)


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
    network.load_state_dict(end_of(first, network).tensors)
    held = set(first.frozen).intersection(*(run.frozen for run in runs))
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name not in held)
    return network


def end_of(run: TrainingRun, network: nn.Module) -> State:
    """Return the network that a run left."""
    return State(run.id, name_all(run.final, run, network), run.steps)


def list_states(run: TrainingRun, network: nn.Module) -> list[State]:
    """Return the networks along a run: its uniform snapshots, and its end.

    A snapshot at the step of the end gives way to it. Snapshots are mapped: their numbers are read
    from the file when they are used. The buffers are those of the run's end, as a run keeps no
    others.
    """
    chosen = np.flatnonzero(~run.early & (run.snapshot_steps < run.steps))
    states = [end_of(run, network)]
    for index in reversed(chosen.tolist()):
        step, theta = int(run.snapshot_steps[index]), torch.from_numpy(run.snapshots[index])
        states.append(State(f"{run.id}, step {step}", name_all(theta, run, network), step))
    return states[::-1]


def name_all(theta: Tensor, run: TrainingRun, network: nn.Module) -> SnapshotTensors:
    """Return the tensors that a network's `state_dict` holds, at θ.

    A buffer that the run did not keep, as one that was not finite, is the network's own.
    """
    own = network.state_dict()
    buffers = {
        name: run.buffers.get(name, tensor)
        for name, tensor in network.named_buffers()
        if name in own
    }
    return SnapshotTensors(theta, run.layout, buffers)


def describe_recorded(runs: Sequence[TrainingRun]) -> dict[str, dict[str, Any]]:
    """Return the runs by their ids, as a manifest has them."""
    return {run.id: describe_run(run.id, run.id, run, None) for run in runs}
