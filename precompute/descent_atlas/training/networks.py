"""Networks, and the flat vector θ that holds all the parameters of one.

A run, a plane and a surface see a network as a point θ in a space of P dimensions; `Layout` says
which stretch of θ is which tensor.
"""

import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn


class NetworkError(ValueError):
    """A network that cannot be built or studied; the message says why."""


@dataclass(frozen=True)
class Layout:
    """How a flat parameter vector maps to a network's named tensors, in their order."""

    names: tuple[str, ...]
    shapes: tuple[torch.Size, ...]

    @property
    def size(self) -> int:
        """The number of parameters P."""
        return sum(math.prod(shape) for shape in self.shapes)

    def split(self, theta: Tensor) -> dict[str, Tensor]:
        """Return views of θ float[…, P] as the network's tensors, each float[…, *shape].

        Raises ValueError if θ is of another size.
        """
        if theta.shape[-1] != self.size:
            raise ValueError(f"a vector of {theta.shape[-1]} for {self.size} parameters")
        sizes = [math.prod(shape) for shape in self.shapes]
        parts = torch.split(theta, sizes, dim=-1)
        return {
            name: part.view(*theta.shape[:-1], *shape)
            for name, part, shape in zip(self.names, parts, self.shapes, strict=True)
        }


def build(factory: str, seed: int, **options: Any) -> nn.Module:
    """Return the network that a factory "module:function" makes, initialized from a seed.

    The generator of the calling process stays as it was.

    Raises NetworkError if there is no such factory, if it refuses the options, or if what it
    makes is no network whose loss is a function of its parameters alone.
    """
    module_name, colon, function_name = factory.partition(":")
    if not (module_name and colon and function_name):
        raise NetworkError(f'"{factory}" is not of the form "module:function"')
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except Exception as error:  # a module of the user's may fail in any way
        raise NetworkError(f'there is no network factory "{factory}": {error}') from error
    with torch.random.fork_rng(devices=[]):
        torch.random.manual_seed(seed)
        try:
            network = function(**options)
        except Exception as error:  # and so may a function of theirs
            raise NetworkError(f'the network factory "{factory}" failed: {error}') from error
    if not isinstance(network, nn.Module):
        raise NetworkError(f'"{factory}" made a {type(network).__name__}, not a torch.nn.Module')
    layout(network)
    return network


def layout(network: nn.Module) -> Layout:
    """Return the layout of a network's parameters.

    Raises NetworkError if the network has no parameters, has parameters that are not float32, or
    keeps buffers, as batch normalization does: its loss would not be a function of θ alone.
    """
    parameters = dict(network.named_parameters())
    if not parameters:
        raise NetworkError("the network has no parameters")
    for name, parameter in parameters.items():
        if parameter.dtype != torch.float32:
            raise NetworkError(f"the parameter {name} is {parameter.dtype}, not float32")
    for name, _ in network.named_buffers():
        raise NetworkError(
            f"the network keeps the buffer {name}, so that its loss is no function of its "
            "parameters alone; normalize within a sample (GroupNorm, LayerNorm) instead"
        )
    return Layout(tuple(parameters), tuple(parameter.shape for parameter in parameters.values()))


@torch.no_grad()
def flatten(network: nn.Module) -> Tensor:
    """Return a copy of a network's parameters as one vector, float32[P]."""
    return torch.cat([parameter.reshape(-1) for parameter in network.parameters()])


@torch.no_grad()
def load_flat(network: nn.Module, theta: Tensor) -> None:
    """Copy θ float32[P] into a network's parameters. Raises ValueError if its size differs."""
    tensors = layout(network).split(theta)
    for name, parameter in network.named_parameters():
        parameter.copy_(tensors[name])


def mlp(sizes: Sequence[int] = (3072, 64, 64, 32, 10)) -> nn.Sequential:
    """Return a multilayer perceptron with ReLU between its linear layers.

    `sizes` are the widths from the flattened input to the classes.
    """
    if len(sizes) < 2:
        raise ValueError("an MLP needs at least an input and an output size")
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def convolutional(
    channels: Sequence[int] = (3, 16, 32), size: int = 32, classes: int = 10
) -> nn.Sequential:
    """Return a small convolutional network for square images.

    `channels` are the image's and then each convolution's; every convolution is 3×3, followed by
    ReLU and by a pooling that halves height and width. `size` is the image's height and width.
    """
    halvings = len(channels) - 1
    if halvings < 1 or size % 2**halvings:
        raise ValueError(f"{size} pixels cannot be halved {halvings} times")
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(channels):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    side = size // 2**halvings
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels[-1] * side**2, classes))
