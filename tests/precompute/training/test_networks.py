"""Networks and their flat parameter vectors."""

import pytest
import torch
from torch import nn

from descent_atlas.training.networks import (
    Layout,
    NetworkError,
    build,
    flatten,
    layout,
    load_flat,
    rename_factory,
)
from descent_atlas.training.recording.generators import fork_generators, read_generators
from tests.precompute.conftest import DEVICES

MLP = "descent_atlas.training.networks:mlp"


def normalized() -> nn.Module:
    """Return a network whose loss depends on more than its parameters."""
    return nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))


def empty() -> nn.Module:
    """Return a network with nothing to train."""
    return nn.ReLU()


def test_the_papers_network_has_its_parameters() -> None:
    network = build(MLP, seed=0)
    shapes = [tuple(shape) for shape in layout(network).shapes]
    assert shapes == [(64, 3072), (64,), (64, 64), (64,), (32, 64), (32,), (10, 32), (10,)]
    assert layout(network).size == 203_242
    assert network(torch.zeros(5, 3, 32, 32)).shape == (5, 10)


@pytest.mark.parametrize("device", DEVICES)
def test_a_seed_fixes_the_parameters_and_leaves_the_callers_generators_alone(device: str) -> None:
    with fork_generators():
        torch.rand(1, device=device)
        before = read_generators()
        first, second, other = (flatten(build(MLP, seed)) for seed in (3, 3, 4))
        assert torch.equal(first, second)
        assert not torch.equal(first, other)
        for state, own in zip(read_generators(), before, strict=True):
            assert torch.equal(state, own)


def test_flattening_and_loading_are_inverse() -> None:
    source, target = (
        build("descent_atlas.training.networks:convolutional", seed) for seed in (0, 1)
    )
    load_flat(target, flatten(source))
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(source(images), target(images))


def test_a_layout_splits_a_stack_of_vectors() -> None:
    plan = Layout(("weight", "scale"), (torch.Size([2, 3]), torch.Size([])))
    thetas = torch.arange(14.0).view(2, 7)
    tensors = plan.split(thetas)
    assert tensors["weight"].shape == (2, 2, 3)
    assert tensors["weight"][1].flatten().tolist() == [7, 8, 9, 10, 11, 12]
    assert tensors["scale"].tolist() == [6, 13]


def test_a_vector_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="a vector of 3 for 203242 parameters"):
        load_flat(build(MLP, seed=0), torch.zeros(3))


@pytest.mark.parametrize(
    ("factory", "options", "message"),
    [
        ("mlp", {}, 'not of the form "module:name"'),
        ("no.such.module:mlp", {}, "No module named 'no'"),
        ("descent_atlas.training.networks:perceptron", {}, "has no attribute 'perceptron'"),
        (MLP, {"width": 3}, "unexpected keyword argument 'width'"),
        (MLP, {"sizes": [3]}, "at least an input and an output"),
        ("descent_atlas.training.networks:convolutional", {"size": 30}, "cannot be halved 2 times"),
        ("builtins:dict", {}, r"made a dict, not a torch\.nn\.Module"),
        (f"{__name__}:normalized", {}, "keeps the buffer 1.running_mean"),
        (f"{__name__}:empty", {}, "no parameters"),
    ],
)
def test_a_network_that_cannot_be_studied_is_refused(
    factory: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(NetworkError, match=message):
        build(factory, seed=0, **options)


def test_a_factory_by_the_former_name_of_its_module_builds_the_same_network() -> None:
    former = "precompute.networks:mlp"
    assert rename_factory(former) == rename_factory(MLP) == MLP
    assert rename_factory("mine.networks:mlp") == "mine.networks:mlp"
    assert torch.equal(
        flatten(build(former, 0, sizes=[4, 2])), flatten(build(MLP, 0, sizes=[4, 2]))
    )
