"""Optimizers by name: PyTorch's, and a user's own."""

import pytest
import torch
from torch import nn

from descent_atlas.training.named.named_objects import NamedObjectError
from descent_atlas.training.named.optimizer_classes import (
    find_optimizer,
    make_optimizer,
    try_optimizer,
)


class Halving(torch.optim.SGD):
    """An optimizer of one's own."""


HALVING = f"{__name__}:Halving"


def test_an_optimizer_is_found_by_its_name_or_module() -> None:
    assert find_optimizer("AdamW") is torch.optim.AdamW
    assert find_optimizer(HALVING) is Halving


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Adamm", r'there is no "Adamm" in torch\.optim; there are ASGD, .*"module:Class"'),
        (f"{__name__}:Nothing", "has no attribute 'Nothing'"),
        ("no.such:Adam", "No module named 'no'"),
        ("torch.nn:Linear", "is no class of optimizers"),
        (f"{__name__}:", 'is not of the form "module:name"'),
    ],
)
def test_what_is_no_optimizer_is_named(name: str, message: str) -> None:
    with pytest.raises(NamedObjectError, match=message):
        find_optimizer(name)


def test_bad_hyperparameters_are_refused_with_the_classes_reason() -> None:
    with pytest.raises(ValueError, match=r"torch\.optim\.SGD refuses them: Invalid learning rate"):
        try_optimizer("SGD", {"lr": -1.0})
    with pytest.raises(ValueError, match=r":Halving refuses them: .*'rate'"):
        try_optimizer(HALVING, {"rate": 1.0})


def test_frozen_parameters_are_not_given_to_an_optimizer() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    network[0].requires_grad_(False)
    optimizer = make_optimizer("SGD", network.parameters(), {"lr": 0.1})
    assert [len(group["params"]) for group in optimizer.param_groups] == [2]
