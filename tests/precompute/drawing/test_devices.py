"""Drawing on each kind of device that the machine has: nothing differs but rounding."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from descent_atlas.drawing import Recalibrated, accuracy, classification, draw, ends, profile
from tests.precompute.drawing.small_networks import make_batches, make_mlp, make_normalized

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]

BATCHES = make_batches()

ROUNDING = 1e-4
"""The largest relative difference between devices in float32, over sums of some dozens of terms."""


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("vmap", [1, 4])
def test_a_landscape_is_the_same_on_every_device(device: str, vmap: int) -> None:
    networks = [make_mlp(seed) for seed in range(3)]
    one, other = (
        draw(
            networks[0],
            classification,
            BATCHES,
            plane=ends(*networks),
            metrics={"accuracy": accuracy},
            grid=3,
            device=each,
            vmap=at_once,
        )
        for each, at_once in (("cpu", 1), (device, vmap))
    )
    np.testing.assert_allclose(other.loss, one.loss, rtol=ROUNDING)
    assert other.evaluation["device"].startswith(device)
    assert other.evaluation["points_at_once"] == vmap
    assert {each.device.type for each in networks[0].parameters()} == {"cpu"}


@pytest.mark.parametrize("device", DEVICES)
def test_recalibrated_statistics_are_the_same_on_every_device(device: str) -> None:
    first, second = make_normalized(0), make_normalized(1)
    one, other = (
        profile(
            first,
            second,
            classification,
            BATCHES,
            buffers=Recalibrated(BATCHES),
            points=3,
            device=each,
        )
        for each in ("cpu", device)
    )
    np.testing.assert_allclose(other.loss, one.loss, rtol=ROUNDING)
    assert other.ends[1].own_loss == pytest.approx(one.ends[1].own_loss, rel=ROUNDING)


@pytest.mark.parametrize("device", DEVICES)
def test_networks_may_lie_on_the_device(tmp_path: Path, device: str) -> None:
    """Those of a plane and of a trajectory too, beside files."""
    networks = [make_mlp(seed) for seed in range(3)]
    torch.save(networks[1].state_dict(), tmp_path / "b.pt")
    first, second, third = (copy.deepcopy(network).to(device) for network in networks)
    on_cpu, there = (
        draw(
            each[0],
            classification,
            BATCHES,
            plane=ends(each[0], tmp_path / "b.pt", each[2]),
            trajectories={"way": [each[1], each[2]]},
            grid=3,
            device=device,
        )
        for each in (networks, (first, second, third))
    )
    np.testing.assert_array_equal(there.loss, on_cpu.loss)
    np.testing.assert_array_equal(there.trajectories[0].loss, on_cpu.trajectories[0].loss)
    np.testing.assert_array_equal(there.trajectories[0].x, on_cpu.trajectories[0].x)
    assert {each.device.type for each in first.parameters()} == {torch.device(device).type}
    one, other = (
        profile(each[0], each[2], classification, BATCHES, points=3, device=device).loss
        for each in (networks, (first, second, third))
    )
    np.testing.assert_array_equal(one, other)
