"""Networks, and the flat vector θ of a network's parameters.

Runs, planes and surfaces see a network as a point θ in a space of P dimensions. A `Layout` maps the
parts of θ to tensors.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor, nn

from descent_atlas.training.named.named_objects import NamedObjectError, find_named
from descent_atlas.training.recording.generators import fork_generators

RENAMED_MODULES = {"precompute.networks": "descent_atlas.training.networks"}
"""Modules with factories: the names that older studies and runs use, and today's."""

WRAPPERS = ("_orig_mod.", "module.")
"""What `torch.compile` and `DataParallel` put before the names of a model's tensors."""


class NetworkError(ValueError):
    """A network that cannot be built, or whose loss is no function of its parameters alone."""


@dataclass(frozen=True)
class Layout:
    """The names and shapes of a network's tensors, in the order in which θ holds them."""

    names: tuple[str, ...]
    shapes: tuple[torch.Size, ...]

    @property
    def size(self) -> int:
        """The number of parameters P."""
        return sum(math.prod(shape) for shape in self.shapes)

    @property
    def byte_count(self) -> int:
        """The bytes of θ in a file, as float32[P]."""
        return 4 * self.size

    def split(self, theta: Tensor) -> dict[str, Tensor]:
        """Return views of θ float[…, P] as the network's tensors, each float[…, *shape].

        Raises ValueError if θ has another size.
        """
        if theta.shape[-1] != self.size:
            raise ValueError(f"a vector of {theta.shape[-1]} for {self.size} parameters")
        sizes = [math.prod(shape) for shape in self.shapes]
        parts = torch.split(theta, sizes, dim=-1)
        return {
            name: part.view(*theta.shape[:-1], *shape)
            for name, part, shape in zip(self.names, parts, self.shapes, strict=True)
        }


def rename_factory(factory: str) -> str:
    """Return a factory "module:function" with the present name of its module.

    Studies and runs that name a module of this program as it was called before thereby load, and
    equal those that name it as it is called now.
    """
    module, colon, function = factory.partition(":")
    return f"{RENAMED_MODULES.get(module, module)}{colon}{function}"


def build(factory: str, seed: int, **options: Any) -> nn.Module:
    """Build a network whose loss is a function of its parameters alone; see `construct`.

    Raises NetworkError, also if the network keeps buffers: with them, as in batch normalization,
    the loss is no function of θ alone.
    """
    network = construct(factory, seed, options)
    for name, _ in network.named_buffers():
        raise NetworkError(
            f"the network keeps the buffer {name}, so that its loss is no function of its "
            "parameters alone; normalize within a sample (GroupNorm, LayerNorm) instead"
        )
    return network


def construct(factory: str, seed: int, options: Mapping[str, Any]) -> nn.Module:
    """Build any network with a factory "module:function" and its options, from a seed.

    The states of PyTorch's global generators do not change.

    Raises NetworkError if there is no such factory, if it fails, or if it returns no network of
    float32 parameters.
    """
    function = find_factory(factory)
    with fork_generators():
        torch.random.manual_seed(seed)
        try:
            network = function(**options)
        except Exception as error:  # a user's function may raise anything
            raise NetworkError(f'the network factory "{factory}" failed: {error}') from error
    if not isinstance(network, nn.Module):
        raise NetworkError(f'"{factory}" made a {type(network).__name__}, not a torch.nn.Module')
    layout(network)
    return network


def find_factory(factory: str, role: str = "network factory") -> Callable[..., Any]:
    """Return the function that "module:function" names. Raises NetworkError if there is none.

    `role` says in the message what it is.
    """
    try:
        function = find_named(rename_factory(factory), role)
    except NamedObjectError as error:
        raise NetworkError(str(error)) from error
    if not callable(function):
        raise NetworkError(f'the {role} "{factory}" cannot be called')
    return cast(Callable[..., Any], function)


def layout(network: nn.Module) -> Layout:
    """Return the layout of a network's parameters.

    Raises NetworkError if the network has no parameters, or parameters that are not float32.
    """
    parameters = dict(network.named_parameters())
    if not parameters:
        raise NetworkError("the network has no parameters")
    for name, parameter in parameters.items():
        if parameter.dtype != torch.float32:
            raise NetworkError(f"the parameter {name} is {parameter.dtype}, not float32")
    return Layout(tuple(parameters), tuple(parameter.shape for parameter in parameters.values()))


def unwrap(model: nn.Module) -> nn.Module:
    """Return the model within the wrappers of `torch.compile` and `DataParallel`."""
    while True:
        inner = getattr(model, "_orig_mod", None)
        if inner is None and isinstance(
            model, nn.DataParallel | nn.parallel.DistributedDataParallel
        ):
            inner = model.module
        if not isinstance(inner, nn.Module):
            return model
        model = inner


def strip_wrappers(name: str) -> str:
    """Return a tensor's name without the prefixes of wrappers.

    >>> strip_wrappers("_orig_mod.module.layer.weight")
    'layer.weight'
    """
    while (prefix := next((one for one in WRAPPERS if name.startswith(one)), None)) is not None:
        name = name.removeprefix(prefix)
    return name


def mask_frozen(network: nn.Module) -> Tensor | None:
    """Return 0 for frozen parameters and 1 for others, float32[P]; None if all are trained."""
    parameters = list(network.parameters())
    if all(each.requires_grad for each in parameters):
        return None
    parts = [torch.full((each.numel(),), float(each.requires_grad)) for each in parameters]
    return torch.cat(parts)


@torch.no_grad()
def flatten(network: nn.Module) -> Tensor:
    """Return a copy of a network's parameters as one vector, float32[P], on the CPU."""
    return torch.cat([parameter.reshape(-1) for parameter in network.parameters()]).cpu()


def is_finite(theta: Tensor) -> bool:
    """Return whether all numbers of a tensor are finite."""
    return bool(torch.isfinite(theta).all())


@torch.no_grad()
def load_flat(network: nn.Module, theta: Tensor) -> None:
    """Copy θ float32[P] into a network's parameters. Raises ValueError if its size differs."""
    tensors = layout(network).split(theta)
    for name, parameter in network.named_parameters():
        parameter.copy_(tensors[name])


def mlp(sizes: Sequence[int] = (3072, 64, 64, 32, 10)) -> nn.Sequential:
    """Return a multilayer perceptron with ReLU between its linear layers.

    `sizes` are the widths of the layers, from the flattened input to the classes. Raises ValueError
    if there are fewer than two.
    """
    if len(sizes) < 2:
        raise ValueError("an MLP needs at least an input and an output size")
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def convolutional(
    channels: Sequence[int] = (3, 16, 32),
    size: int | Sequence[int] = 32,
    classes: int = 10,
    batch_norm: bool = False,
) -> nn.Sequential:
    """Return a small convolutional network.

    `channels` are the image's and then each convolution's. Every convolution is 3×3, followed by
    batch normalization if that is asked for, by ReLU, and by a pooling that halves height and
    width. `size` is the image's height and width in pixels: one number for square images, or two.
    Raises ValueError if they cannot be halved for every convolution.
    """
    halvings = len(channels) - 1
    height, width = (size, size) if isinstance(size, int) else size
    for side in (height, width):
        if halvings < 1 or side % 2**halvings:
            raise ValueError(f"{side} pixels cannot be halved {halvings} times")
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(channels):
        normalization = [nn.BatchNorm2d(outputs)] if batch_norm else []
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), *normalization]
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    area = (height // 2**halvings) * (width // 2**halvings)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels[-1] * area, classes))
