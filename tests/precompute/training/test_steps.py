"""The step that is written out by hand is PyTorch's."""

from typing import Any

import pytest
import torch
from torch import nn

from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.networks import build, flatten, mlp
from descent_atlas.training.steps import CHUNK_IMAGES, AutogradStep, PerceptronSGD, make_step

MLP = "descent_atlas.training.networks:mlp"
SIZES = [48, 16, 8, 3]


@pytest.mark.parametrize("batch_size", [1, 7, 64])
@pytest.mark.parametrize(
    "hyperparameters",
    [
        {"lr": 0.05},
        {"lr": 0.05, "momentum": 0.9},
        {"lr": 0.05, "momentum": 0.9, "dampening": 0.9},
        {"lr": 0.05, "dampening": 0.9},
    ],
)
@pytest.mark.parametrize("sizes", [SIZES, [48, 3], [48, 20, 20, 20, 3]])
def test_a_step_by_hand_is_pytorchs_but_for_rounding(
    dataset: ImageDataset, hyperparameters: dict[str, Any], batch_size: int, sizes: list[int]
) -> None:
    ours, theirs = build(MLP, 0, sizes=sizes), build(MLP, 0, sizes=sizes)
    by_hand = make_step(ours, "SGD", hyperparameters, batch_size)
    assert isinstance(by_hand, PerceptronSGD)
    peer = AutogradStep(theirs, torch.optim.SGD(theirs.parameters(), **hyperparameters))
    start = flatten(ours)
    for step in range(20):
        batch = slice(step * batch_size % 200, step * batch_size % 200 + batch_size)
        inputs, labels = dataset.train.inputs(batch), dataset.train.labels[batch]
        assert by_hand(inputs, labels) == pytest.approx(peer(inputs, labels), rel=1e-5)
    assert not torch.equal(flatten(ours), start)
    torch.testing.assert_close(flatten(ours), flatten(theirs), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("factory", "options", "optimizer", "hyperparameters", "batch_size"),
    [
        ("descent_atlas.training.networks:convolutional", {}, "SGD", {"lr": 0.1}, 1),
        (MLP, {}, "Adam", {"lr": 0.1}, 1),
        (MLP, {}, "SGD", {"lr": 0.1, "nesterov": True, "momentum": 0.9}, 1),
        (MLP, {}, "SGD", {"lr": 0.1, "weight_decay": 0.1}, 1),
        (MLP, {}, "SGD", {"lr": 0.1}, CHUNK_IMAGES + 1),
    ],
)
def test_what_the_step_by_hand_does_not_know_is_left_to_pytorch(
    factory: str,
    options: dict[str, Any],
    optimizer: str,
    hyperparameters: dict[str, Any],
    batch_size: int,
) -> None:
    network = build(factory, 0, **options)
    assert isinstance(make_step(network, optimizer, hyperparameters, batch_size), AutogradStep)


def tie(network: nn.Sequential) -> nn.Sequential:
    """Give the second linear layer the first one's weight."""
    network[3].weight = network[1].weight
    return network


def freeze(network: nn.Sequential) -> nn.Sequential:
    """Leave the first linear layer out of the training."""
    network[1].requires_grad_(False)
    return network


@pytest.mark.parametrize(
    "network",
    [
        tie(mlp((8, 8, 8, 3))),
        freeze(mlp((8, 8, 3))),
        nn.Sequential(nn.Flatten(), nn.Linear(8, 4, bias=False), nn.ReLU(), nn.Linear(4, 3)),
        nn.Sequential(nn.Flatten(2), nn.Linear(8, 3)),
    ],
    ids=["tied weights", "frozen weights", "no bias", "another flattening"],
)
def test_a_stack_with_other_gradients_is_left_to_pytorch(network: nn.Sequential) -> None:
    assert isinstance(make_step(network, "SGD", {"lr": 0.1}, 1), AutogradStep)


def test_a_batch_in_chunks_is_one_batch() -> None:
    images = torch.rand(CHUNK_IMAGES * 2 + 5, 48)
    labels = torch.randint(3, (len(images),))
    network, peer = build(MLP, 0, sizes=SIZES), build(MLP, 0, sizes=SIZES)
    step = AutogradStep(network, torch.optim.SGD(network.parameters(), lr=0.5))
    optimizer = torch.optim.SGD(peer.parameters(), lr=0.5)
    loss = torch.nn.functional.cross_entropy(peer(images), labels)
    loss.backward()  # type: ignore[no-untyped-call]  # PyTorch gives it no types
    optimizer.step()
    assert step(images, labels) == pytest.approx(loss.item(), rel=1e-5)
    torch.testing.assert_close(flatten(network), flatten(peer), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "LBFGS"])
def test_a_loss_that_is_not_finite_leaves_the_network_as_it_is(optimizer: str) -> None:
    network = build(MLP, 0, sizes=SIZES)
    step = make_step(network, optimizer, {"lr": 0.1}, 4)
    before = flatten(network)
    loss = step(torch.full((4, 48), torch.inf), torch.zeros(4, dtype=torch.int64))
    assert loss != loss
    assert torch.equal(flatten(network), before)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "AdamW", "LBFGS"])
def test_frozen_parameters_do_not_move(optimizer: str) -> None:
    network = freeze(mlp((8, 8, 3)))
    before = {name: each.detach().clone() for name, each in network.named_parameters()}
    step = make_step(network, optimizer, {"lr": 0.1}, 4)
    inputs, labels = torch.randn(4, 8), torch.tensor([0, 1, 2, 0])
    for _ in range(3):
        step(inputs, labels)
    moved = {n for n, each in network.named_parameters() if not torch.equal(each, before[n])}
    assert moved == {"3.weight", "3.bias"}
