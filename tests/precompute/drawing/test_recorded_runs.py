"""Recorded runs as the networks along a trajectory."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from descent_atlas.drawing.recorded_runs import (
    build_recorded,
    end_of,
    is_recorded,
    list_states,
    read_runs,
)
from descent_atlas.training import Recorder
from descent_atlas.training.networks import flatten
from descent_atlas.training.run_manifest import RunError
from tests.precompute.training import recorded_networks


def record(folder: Path, factory: str, steps: int = 4, *, end: bool = True) -> nn.Module:
    """Record a run whose parameters grow by 1 a step; return the network as it was left."""
    network: nn.Module = getattr(recorded_networks, factory)()
    name = f"{recorded_networks.NAME}:{factory}"
    recorder = Recorder(folder, network=network, factory=name, steps=steps)
    recorder.snapshot(0)
    for step in range(1, steps + 1):
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(1)
            for buffer in network.buffers():
                buffer.add_(1)
        recorder.snapshot(step)
    with contextlib.suppress(KeyboardInterrupt), recorder:
        if not end:
            raise KeyboardInterrupt
    return network


def test_a_run_is_the_networks_along_it(tmp_path: Path) -> None:
    network = record(tmp_path / "run", "line")
    (run,) = read_runs([tmp_path / "run"])
    built = build_recorded([run])
    assert torch.equal(flatten(built), flatten(network))
    states = list_states(run, built)
    assert [state.step for state in states] == [0, 1, 2, 3, 4]
    assert states[1].name == "run, step 1"
    for state in states:
        behind = 4 - (state.step or 0)
        for name, parameter in network.named_parameters():
            torch.testing.assert_close(state.tensors[name], parameter.detach() - behind)


def test_the_end_of_a_run_takes_the_place_of_a_snapshot_at_its_step(tmp_path: Path) -> None:
    network = recorded_networks.line()
    factory = f"{recorded_networks.NAME}:line"
    with Recorder(tmp_path, network=network, factory=factory, steps=2) as recorder:
        recorder.snapshot(2)
        recorder.finish(final=torch.zeros(3))
    (run,) = read_runs([tmp_path])
    states = list_states(run, network)
    assert [state.step for state in states] == [0, 2]
    assert not states[-1].tensors["weight"].any()


def test_buffers_are_those_of_the_end(tmp_path: Path) -> None:
    network = record(tmp_path, "normalized")
    (run,) = read_runs([tmp_path])
    built = build_recorded([run])
    for name, tensor in network.state_dict().items():
        assert torch.equal(built.state_dict()[name], tensor)
    for state in list_states(run, built):
        assert set(state.tensors) == set(network.state_dict())
        assert torch.equal(state.tensors["1.running_mean"], run.buffers["1.running_mean"])


def test_tied_parameters_are_built_again(tmp_path: Path) -> None:
    network = record(tmp_path, "tied")
    built = build_recorded(read_runs([tmp_path]))
    assert torch.equal(flatten(built), flatten(network))
    assert built.get_parameter("0.weight") is built.get_parameter("1.weight")


def test_what_no_run_trained_is_frozen(tmp_path: Path) -> None:
    record(tmp_path, "half_frozen")
    (run,) = read_runs([tmp_path])
    built = build_recorded([run])
    frozen = [name for name, each in built.named_parameters() if not each.requires_grad]
    assert frozen == ["1.weight", "1.bias"]


def test_runs_that_cannot_be_drawn_are_refused(tmp_path: Path) -> None:
    record(tmp_path / "line", "line")
    record(tmp_path / "other", "normalized")
    record(tmp_path / "going", "line", end=False)
    for folders, fault in (
        (["line", "other"], "trained different networks"),
        (["going"], "has not ended"),
        (["missing"], "there is no run"),
    ):
        with pytest.raises(RunError, match=fault):
            read_runs([tmp_path / name for name in folders])
    assert is_recorded(tmp_path / "line")
    assert not is_recorded(tmp_path)


def test_the_end_of_a_run_is_named_after_it(tmp_path: Path) -> None:
    network = record(tmp_path / "mine", "line")
    (run,) = read_runs([tmp_path / "mine"])
    end = end_of(run, network)
    assert (end.name, end.step) == ("mine", 4)
    np.testing.assert_array_equal(end.tensors["bias"], network.get_parameter("bias").detach())
