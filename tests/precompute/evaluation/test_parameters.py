"""Which parameters vary, and points of the space that they span."""

from typing import cast

import pytest
import torch
from torch import nn

from descent_atlas.evaluation.parameters import ModelError, ParameterSpace
from descent_atlas.training.networks import unwrap

CPU = torch.device("cpu")


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))


def test_all_parameters_vary_in_the_models_order() -> None:
    model = network()
    space = ParameterSpace(model)
    assert space.layout.names == ("0.weight", "0.bias", "2.weight", "2.bias")
    theta = space.flatten(dict(model.named_parameters()))
    assert torch.equal(theta, torch.cat([p.detach().flatten() for p in model.parameters()]))


def test_a_pattern_chooses_parameters_and_the_others_stay() -> None:
    space = ParameterSpace(network(), ["2.*", "0.bias"])
    assert space.layout.names == ("0.bias", "2.weight", "2.bias")
    assert set(space.fixed) == {"0.weight"}
    with pytest.raises(ModelError, match=r"matches 'head\.\*'; there are 0\.weight"):
        ParameterSpace(network(), "head.*")


def test_frozen_parameters_stay() -> None:
    model = network()
    model[0].requires_grad_(False)
    assert ParameterSpace(model).layout.names == ("2.weight", "2.bias")
    with pytest.raises(ModelError, match=r"frozen \(0\.weight, 0\.bias\)"):
        ParameterSpace(model, "0.*")


def test_tied_parameters_are_one() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    model[1].weight = model[0].weight
    assert ParameterSpace(model).layout.names == ("0.weight", "0.bias", "1.bias")


@pytest.mark.parametrize(
    ("dtype", "reason"),
    [
        (torch.complex64, "is complex"),
        (torch.int8, "whole numbers"),
        (torch.float16, "convert the model"),
    ],
)
def test_parameters_of_other_types_are_refused(dtype: torch.dtype, reason: str) -> None:
    model = nn.Module()
    model.weight = nn.Parameter(torch.zeros(2, dtype=dtype), requires_grad=False)
    with pytest.raises(ModelError, match=reason):
        ParameterSpace(model)


def test_a_model_without_parameters_or_with_broken_ones_is_refused() -> None:
    with pytest.raises(ModelError, match="no parameters"):
        ParameterSpace(nn.ReLU())
    model = nn.Linear(2, 2)
    nn.init.constant_(model.weight, float("nan"))
    with pytest.raises(ModelError, match="weight holds numbers that are not finite"):
        ParameterSpace(model)


def test_a_point_is_computed_in_float64_and_rounded_once() -> None:
    model = network()
    space = ParameterSpace(model)
    origin = space.flatten(dict(model.named_parameters()))
    directions = torch.randn(2, len(origin))
    placed = space.place(origin, directions, (0.3, -1.7), CPU)
    exact = origin.double() + 0.3 * directions[0].double() - 1.7 * directions[1].double()
    for name, tensor in space.layout.split(exact.float()).items():
        assert torch.equal(placed[name], tensor)
    own = space.place(origin, directions, (0.0, 0.0), CPU)
    assert all(torch.equal(own[name], each) for name, each in model.named_parameters())


@pytest.mark.parametrize(
    ("own", "precision", "storage", "name"),
    [
        (torch.float32, None, torch.float32, "float32"),
        (torch.float64, None, torch.float64, "float64"),
        (torch.bfloat16, None, torch.float32, "bfloat16"),
        (torch.float32, torch.float64, torch.float64, "float64"),
    ],
)
def test_the_precision_is_the_models_or_the_one_asked_for(
    own: torch.dtype, precision: torch.dtype | None, storage: torch.dtype, name: str
) -> None:
    model = network().to(own)
    space = ParameterSpace(model, precision=precision)
    theta = space.flatten(dict(model.named_parameters()))
    assert theta.dtype == storage and space.precision_name == name
    placed = space.place(theta, None, (), CPU)
    assert {each.dtype for each in placed.values()} == {precision or own}
    for key, each in model.named_parameters():
        assert torch.equal(placed[key].to(own), each)


def test_a_mixed_model_keeps_each_parameters_type() -> None:
    model = network().to(torch.bfloat16)
    model[2].float()
    space = ParameterSpace(model)
    assert space.precision_name == "bfloat16, float32"
    assert space.coarsest == torch.bfloat16


def test_a_precision_that_no_network_computes_in_is_refused() -> None:
    with pytest.raises(ModelError, match=r"torch\.int8"):
        ParameterSpace(network(), precision=torch.int8)


def test_wrappers_are_seen_through() -> None:
    model = network()
    assert unwrap(nn.DataParallel(model)) is model
    assert unwrap(cast("nn.Module", torch.compile(model))) is model
    assert unwrap(cast("nn.Module", torch.compile(nn.DataParallel(model)))) is model
    assert unwrap(model) is model
