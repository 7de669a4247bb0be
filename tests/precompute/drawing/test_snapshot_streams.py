"""Statistics of checkpoints that are read in stretches: equal to those of all at once."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from descent_atlas.analysis.array_types import Floats
from descent_atlas.drawing import snapshot_streams
from descent_atlas.drawing.snapshot_streams import (
    gram_of_differences,
    gram_of_directions,
    mix_differences,
    norm_of,
    project_snapshots,
)
from descent_atlas.evaluation.parameters import ParameterSpace
from descent_atlas.evaluation.states import Checkpoint, list_checkpoints


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 4), nn.Linear(4, 3))


@pytest.fixture
def checkpoints(model: nn.Module, tmp_path: Path) -> list[Checkpoint]:
    for step in range(6):
        state = {name: torch.randn(each.shape) for name, each in model.state_dict().items()}
        torch.save(state, tmp_path / f"step-{step}.pt")
    return list_checkpoints(tmp_path, model)


def stack(checkpoints: list[Checkpoint], model: nn.Module) -> Floats:
    """Return all networks as float64[n, P]."""
    found: list[Tensor] = []
    for checkpoint in checkpoints:
        tensors = checkpoint.read(model).tensors
        found.append(torch.cat([tensors[name].flatten() for name in model.state_dict()]))
    return torch.stack(found).double().numpy()


@pytest.mark.parametrize(("stretch", "block"), [(2**28, 2**22), (200, 2**22), (2**28, 13), (60, 7)])
def test_stretches_and_blocks_change_no_result(
    model: nn.Module,
    checkpoints: list[Checkpoint],
    monkeypatch: pytest.MonkeyPatch,
    stretch: int,
    block: int,
) -> None:
    monkeypatch.setattr(snapshot_streams, "STRETCH_BYTES", stretch)
    monkeypatch.setattr(snapshot_streams, "NUMBERS_AT_ONCE", block)
    space = ParameterSpace(model)
    origin = checkpoints[-1].read(model).tensors
    thetas = stack(checkpoints, model)
    moves = thetas - thetas[-1]
    products = gram_of_differences(origin, checkpoints, space)
    np.testing.assert_allclose(products, moves @ moves.T, rtol=1e-12)
    mixing = np.random.default_rng(0).standard_normal((2, 6))
    directions = torch.empty(2, space.layout.size, dtype=torch.float64)
    mix_differences(mixing, origin, checkpoints, space, directions)
    np.testing.assert_allclose(directions.numpy(), mixing @ moves, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        gram_of_directions(directions), (mixing @ moves) @ (mixing @ moves).T, rtol=1e-12
    )
    found = project_snapshots(checkpoints, origin, directions, space)
    basis = directions.numpy()
    expected = np.linalg.lstsq(basis.T, moves.T, rcond=None)[0].T
    np.testing.assert_allclose(found.coordinates, expected, atol=1e-10)
    np.testing.assert_allclose(
        found.distance, np.linalg.norm(moves - expected @ basis, axis=1), atol=1e-10
    )
    np.testing.assert_allclose(found.length, np.linalg.norm(moves, axis=1), rtol=1e-12)
    np.testing.assert_allclose(found.from_end, found.length)
    np.testing.assert_allclose(
        found.steps, np.linalg.norm(np.diff(thetas, axis=0), axis=1), rtol=1e-12
    )
    assert norm_of(origin, space.layout) == pytest.approx(np.linalg.norm(thetas[-1]))


def test_a_network_that_is_not_finite_has_no_place(model: nn.Module) -> None:
    broken = dict(model.state_dict())
    broken["0.bias"] = torch.full((4,), float("inf"))
    checkpoints = [Checkpoint("a", broken, 0), Checkpoint("b", model, 1)]
    space = ParameterSpace(model)
    directions = torch.eye(2, space.layout.size)
    found = project_snapshots(checkpoints, model.state_dict(), directions, space)
    assert np.isnan(found.coordinates[0]).all() and np.isnan(found.distance[0])
    assert np.isnan(found.length[0]) and np.isnan(found.steps[0])
    np.testing.assert_array_equal(found.coordinates[1], [0, 0])


def test_mixed_types_of_checkpoints_are_read_as_they_are(model: nn.Module) -> None:
    halves = {name: each.to(torch.bfloat16) for name, each in model.state_dict().items()}
    space = ParameterSpace(model)
    (product,), *_ = gram_of_differences(model.state_dict(), [Checkpoint("a", halves)], space)
    rounding = [
        (each.double() - halves[name].double()).square().sum()
        for name, each in model.state_dict().items()
    ]
    assert product == pytest.approx(float(sum(rounding)), rel=1e-5)
