"""Running statistics and other buffers of drawn networks: recalibrated, frozen, held."""

import copy

import pytest
import torch
from torch import nn

from descent_atlas.drawing import (
    classification,
    draw,
    ends,
)
from tests.precompute.drawing.small_networks import (
    ONE_BATCH,
    Quadratic,
    make_batches,
    make_mlp,
    make_normalized,
    own_loss,
    quadratic_loss,
)

BATCHES = make_batches()


def recalibrate(network: nn.Sequential) -> nn.Sequential:
    """Return a copy whose running statistics are the plain means over the batches."""
    found = copy.deepcopy(network)
    normalization = found[1]
    assert isinstance(normalization, nn.BatchNorm1d)
    assert normalization.running_mean is not None and normalization.running_var is not None
    with torch.no_grad():
        inputs = [found[0](x) for x, _ in BATCHES]
    normalization.running_mean.copy_(torch.stack([each.mean(0) for each in inputs]).mean(0))
    normalization.running_var.copy_(torch.stack([each.var(0) for each in inputs]).mean(0))
    return found


def test_networks_whose_running_statistics_differ_are_recalibrated_by_default() -> None:
    networks = [make_normalized(seed) for seed in range(3)]
    landscape = draw(networks[0], classification, BATCHES, plane=ends(*networks), grid=3)
    buffers = landscape.evaluation["buffers"]
    assert buffers["policy"] == "recalibrated" and "1.running_mean" in buffers["why"]
    for end, network in zip(landscape.ends, networks, strict=True):
        assert end.loss == pytest.approx(own_loss(recalibrate(network), BATCHES), rel=1e-6)
        assert end.own_loss == pytest.approx(own_loss(network, BATCHES), rel=1e-6)
        assert abs(end.loss - (end.own_loss or 0)) > 1e-4


def test_frozen_buffers_are_those_of_the_origin_and_say_so() -> None:
    networks = [make_normalized(seed) for seed in range(2)]
    landscape = draw(
        networks[1], classification, BATCHES, plane=ends(*networks), buffers="frozen", grid=3
    )
    first, second = landscape.ends
    assert first.loss == pytest.approx(own_loss(networks[0], BATCHES), rel=1e-6)
    assert first.own_loss is None
    mixed = copy.deepcopy(networks[1])
    mixed[1].load_state_dict(
        {**networks[0][1].state_dict(), **dict(networks[1][1].named_parameters())}
    )
    assert second.loss == pytest.approx(own_loss(mixed, BATCHES), rel=1e-6)
    assert second.own_loss == pytest.approx(own_loss(networks[1], BATCHES), rel=1e-6)
    assert "only there is the loss the network’s own" in landscape.evaluation["notes"][0]


def test_one_networks_buffers_are_frozen_and_constant_ones_held() -> None:
    one = draw(make_normalized(), classification, BATCHES, grid=3)
    assert one.evaluation["buffers"]["policy"] == "frozen"
    assert one.loss[1, 1] == pytest.approx(own_loss(make_normalized(), BATCHES), rel=1e-6)
    constant = draw(
        Quadratic([1.0, 1.0], [1.0, 2.0]), quadratic_loss, ONE_BATCH, one_dimensional="same", grid=3
    )
    assert constant.evaluation["buffers"]["why"] == "The buffers are constant."
    bare = draw(make_mlp(), classification, BATCHES, grid=3)
    assert bare.evaluation["buffers"]["policy"] == "none"
