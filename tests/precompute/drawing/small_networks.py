"""Small networks, data and losses whose landscapes are known."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Batches = list[tuple[Tensor, Tensor]]


def make_batches(count: int = 24, features: int = 4, classes: int = 3, size: int = 16) -> Batches:
    """Return classified samples in batches, the last of which is smaller."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(count, features, generator=generator)
    y = torch.randint(classes, (count,), generator=generator)
    return list(zip(torch.split(x, size), torch.split(y, size), strict=True))


def make_mlp(seed: int = 0, *inner: nn.Module) -> nn.Sequential:
    """Return a network of 4 features, 6 hidden units and 3 classes."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 6), *inner, nn.ReLU(), nn.Linear(6, 3))


def make_normalized(seed: int = 0) -> nn.Sequential:
    """Return a network with batch normalization that has seen some batches."""
    network = make_mlp(seed, nn.BatchNorm1d(6))
    for x, _ in make_batches():
        network((seed + 1) * x)
    return network.eval()


def own_loss(network: nn.Module, batches: Batches) -> float:
    """Return the mean cross-entropy in evaluation mode, by other means than the program."""
    network.eval()
    x, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
    with torch.no_grad():
        return functional.cross_entropy(network(x), y).item()


class Quadratic(nn.Module):
    """A network whose loss is half the sum of its parameters' squares, times `scales`."""

    def __init__(self, values: list[float], scales: list[float]) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.tensor([values], dtype=torch.float64))
        self.scales: Tensor
        self.register_buffer("scales", torch.tensor(scales, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        """Return the loss of each sample, the same for all."""
        half: Tensor = (self.scales * self.values.square()).sum() / 2
        return half.expand(len(x))


def quadratic_loss(model: nn.Module, batch: Any) -> Tensor:
    """Return what the quadratic network gives."""
    found: Tensor = model(batch[0])
    return found


ONE_BATCH = [(torch.zeros(2, 1, dtype=torch.float64),)]
"""Batches for the quadratic network, which looks at their length alone."""
