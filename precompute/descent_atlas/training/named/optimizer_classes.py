"""Optimizers by name: a class of `torch.optim`, or any other as "module:Class"."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from descent_atlas.training.named.named_objects import NamedObjectError, find_named

OPTIMIZERS: dict[str, type[Optimizer]] = {
    name: value
    for name, value in vars(torch.optim).items()
    if inspect.isclass(value) and issubclass(value, Optimizer) and value is not Optimizer
}
"""Every optimizer of `torch.optim` by its class's name."""


def find_optimizer(name: str) -> type[Optimizer]:
    """Return an optimizer's class. Raises NamedObjectError if there is none of that name."""
    if ":" not in name:
        if name not in OPTIMIZERS:
            raise NamedObjectError(
                f'there is no "{name}" in torch.optim; there are {", ".join(sorted(OPTIMIZERS))}; '
                'others are named "module:Class"'
            )
        return OPTIMIZERS[name]
    found = find_named(name, "optimizer")
    if not (inspect.isclass(found) and issubclass(found, Optimizer)):
        raise NamedObjectError(f'"{name}" is no class of optimizers (torch.optim.Optimizer)')
    return found


def make_optimizer(
    name: str, parameters: Iterable[Tensor], hyperparameters: Mapping[str, Any]
) -> Optimizer:
    """Return an optimizer of some parameters, of which those that are frozen are left out.

    Raises NamedObjectError if there is none of that name; the class may raise anything for
    hyperparameters.
    """
    make: Any = find_optimizer(name)  # whose other arguments are the class's own
    optimizer: Optimizer = make(
        [each for each in parameters if each.requires_grad], **hyperparameters
    )
    return optimizer


def try_optimizer(name: str, hyperparameters: Mapping[str, Any]) -> Optimizer:
    """Return an optimizer of a small matrix, made to see whether it can be.

    Raises ValueError with the class's reason if it refuses the hyperparameters.
    """
    try:
        return make_optimizer(name, [nn.Parameter(torch.zeros(2, 2))], hyperparameters)
    except NamedObjectError:
        raise
    except Exception as error:  # an optimizer may raise anything for bad values
        where = name if ":" in name else f"torch.optim.{name}"
        raise ValueError(f"{where} refuses them: {error}") from error
