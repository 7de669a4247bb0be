"""Buffers: what happens to running statistics and other tensors that are no parameters.

- `frozen`: every point has the buffers of the origin.
- `recalibrated`: at each point, the running statistics of batch normalization are reset and
  computed anew from named training batches, as the plain mean over those batches. Only batch
  normalization is in training mode then; dropout stays off. Other buffers are those of the origin.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from descent_atlas.evaluation.batches import check_batches

RECALIBRATION_BATCHES = 16
"""Batches from which running statistics are computed unless a number is given: of 512 samples each,
they give a mean with a standard error of 1.1% of a standard deviation."""

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


@dataclass(frozen=True)
class Recalibrated:
    """Running statistics that are computed at each point, from the first `count` of `batches`."""

    batches: Any
    count: int = RECALIBRATION_BATCHES

    def __post_init__(self) -> None:
        """Raise ValueError if there would be nothing to compute them from."""
        if self.count < 1:
            raise ValueError(f"running statistics of {self.count} batches: at least 1 is needed")
        object.__setattr__(self, "batches", check_batches(self.batches))

    def take(self) -> Iterator[Any]:
        """Yield the batches."""
        return islice(iter(self.batches), self.count)


def find_normalizations(model: nn.Module) -> dict[str, _BatchNorm]:
    """Return the layers that keep running statistics, by name."""
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, _BatchNorm) and module.running_mean is not None
    }


def name_statistics(model: nn.Module) -> set[str]:
    """Return the names of the buffers that hold running statistics."""
    return {
        f"{name}.{statistic}" if name else statistic
        for name in find_normalizations(model)
        for statistic in STATISTICS
    }


def copy_buffers(
    buffers: Mapping[str, Tensor], device: torch.device, dtype: torch.dtype | None
) -> dict[str, Tensor]:
    """Return copies of buffers on a device; floating-point ones in a type, if one is given."""
    return {
        name: tensor.detach().to(
            device, dtype if dtype is not None and tensor.is_floating_point() else None, copy=True
        )
        for name, tensor in buffers.items()
    }


@torch.no_grad()
def recalibrate(
    model: nn.Module,
    buffers: dict[str, Tensor],
    batches: Iterable[Any],
    forward: Callable[[Any], object],
) -> None:
    """Compute running statistics in `buffers`, in place, from passes of `forward` over batches.

    `forward` calls the model with these buffers on one batch. Whatever happens, the model's layers
    are left in the modes and with the momentum that they had.
    """
    for name in name_statistics(model):
        if name in buffers:
            buffers[name].fill_(1.0 if name.endswith("running_var") else 0.0)
    with averaging(find_normalizations(model).values()):
        for batch in batches:
            forward(batch)


@contextmanager
def averaging(layers: Iterable[_BatchNorm]) -> Iterator[None]:
    """Hold layers in training mode with the plain mean as their running statistics."""
    before = [(layer, layer.training, layer.momentum) for layer in layers]
    try:
        for layer, _, _ in before:
            layer.training, layer.momentum = True, None
        yield
    finally:
        for layer, training, momentum in before:
            layer.training, layer.momentum = training, momentum
