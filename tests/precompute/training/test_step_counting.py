"""What a Recorder counts as a step: accumulated gradients, L-BFGS, gradient scalers."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.amp.grad_scaler import GradScaler

from descent_atlas.training import Recorder, TrainingRun
from tests.precompute.training import recorded_networks
from tests.precompute.training.recorded_networks import make_loss

MakeOptimizer = Callable[..., torch.optim.Optimizer]


def record(
    folder: Path, network: nn.Module, optimizer: Any, steps: int, **options: Any
) -> Recorder:
    """Return a recorder of a linear network."""
    return Recorder(
        folder,
        network=network,
        factory=f"{recorded_networks.NAME}:line",
        optimizer=optimizer,
        steps=steps,
        **options,
    )


def backward(network: nn.Module, seed: int = 0) -> None:
    make_loss(network, seed).backward()  # type: ignore[no-untyped-call]


def test_a_step_over_accumulated_gradients_counts_once(tmp_path: Path) -> None:
    network = recorded_networks.line()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    seen = [copy.deepcopy(network.state_dict())]
    with record(tmp_path / "run", network, optimizer, 3) as recorder:
        for batch in range(12):
            backward(network, batch)
            if batch % 4 == 3:
                optimizer.step()
                optimizer.zero_grad()
                seen.append(copy.deepcopy(network.state_dict()))
        assert recorder.step == 3
    run = TrainingRun.load(tmp_path / "run")
    assert (run.status, run.steps, run.snapshot_steps.tolist()) == ("completed", 3, [0, 1, 2, 3])
    for row, state in zip(run.snapshots, seen, strict=True):
        assert row[:2].tolist() == state["weight"].flatten().tolist()


def test_a_step_of_lbfgs_counts_once_however_often_it_evaluates_its_closure(tmp_path: Path) -> None:
    network = recorded_networks.line()
    optimizer = torch.optim.LBFGS(network.parameters(), max_iter=5)
    calls = 0

    def closure() -> torch.Tensor:
        nonlocal calls
        calls += 1
        optimizer.zero_grad()
        loss = make_loss(network)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    with record(tmp_path / "run", network, optimizer, 2):
        optimizer.step(closure)  # type: ignore[no-untyped-call]
        optimizer.step(closure)  # type: ignore[no-untyped-call]
    assert calls > 2
    assert TrainingRun.load(tmp_path / "run").snapshot_steps.tolist() == [0, 1, 2]


@pytest.mark.parametrize("fused", [False, True])
def test_steps_that_a_gradient_scaler_skips_count_and_are_marked(
    tmp_path: Path, fused: bool
) -> None:
    network = recorded_networks.line()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1, fused=fused)
    scaler = GradScaler("cpu", init_scale=4.0)
    with record(tmp_path / "run", network, optimizer, 4, scaler=scaler) as recorder:
        for step in range(4):
            optimizer.zero_grad()
            loss = make_loss(network) * (torch.inf if step in (1, 2) else 1.0)
            scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            scaler.step(optimizer)
            scaler.update()
        assert recorder.step == 4
    run = TrainingRun.load(tmp_path / "run")
    assert run.skipped_steps.tolist() == [2, 3]
    assert run.snapshot_steps.tolist() == [0, 1, 2, 3, 4]
    assert (run.snapshots[1] == run.snapshots[3]).all()
    assert (run.snapshots[3] != run.snapshots[4]).any()
    assert "step" not in vars(scaler)


def test_a_step_that_calls_the_step_of_its_base_class_counts_once(tmp_path: Path) -> None:
    class Doubled(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            super().step(closure)
            return super().step(closure)

    network = recorded_networks.line()
    torch.optim.SGD(network.parameters(), lr=0.1)  # PyTorch puts hooks around the step of its class
    optimizer = Doubled(network.parameters(), lr=0.1)
    with record(tmp_path / "run", network, optimizer, 1) as recorder:
        backward(network)
        optimizer.step()
        assert recorder.step == 1


def test_steps_count_again_after_one_that_failed(tmp_path: Path) -> None:
    network = recorded_networks.line()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)

    def fail() -> float:
        raise ArithmeticError

    with record(tmp_path / "run", network, optimizer, 1) as recorder:
        with pytest.raises(ArithmeticError):
            optimizer.step(fail)
        assert recorder.step == 0
        backward(network)
        optimizer.step()
        assert recorder.step == 1


def test_steps_after_the_end_are_not_recorded(tmp_path: Path) -> None:
    network = recorded_networks.line()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    with record(tmp_path / "run", network, optimizer, 2) as recorder:
        backward(network)
        optimizer.step()
        recorder.finish()
        optimizer.step()
    optimizer.step()
    run = TrainingRun.load(tmp_path / "run")
    assert (run.status, run.steps) == ("stopped", 1)
    assert run.stop_reason == "the loop ended after 1 of 2 planned steps"


def test_a_schedule_does_not_disturb_the_count(tmp_path: Path) -> None:
    network = recorded_networks.line()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    with record(
        tmp_path / "run", network, optimizer, 2, stateful={"schedule": schedule}
    ) as recorder:
        for _ in range(2):
            backward(network)
            optimizer.step()
            schedule.step()
        assert recorder.step == 2
    assert TrainingRun.load(tmp_path / "run").spec["hyperparameters"] == {"lr": 0.1}


def test_a_loop_that_counts_otherwise_is_told(tmp_path: Path) -> None:
    network = recorded_networks.line()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    recorder = record(tmp_path / "run", network, optimizer, 2)
    recorder.snapshot(0)
    with pytest.raises(ValueError, match=r"snapshot\(1\): the optimizer has made 0 steps"):
        recorder.snapshot(1)
    recorder.finish()


def test_a_gradient_scaler_without_an_optimizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="scaler"):
        record(tmp_path, recorded_networks.line(), None, 2, scaler=GradScaler("cpu"))
