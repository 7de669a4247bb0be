"""Networks that tests record, by factories that a `Recorder` can name."""

import torch
from torch import nn

NAME = __name__


def line() -> nn.Module:
    """Return a linear network of two inputs."""
    return nn.Linear(2, 1)


def normalized(running: bool = True) -> nn.Module:
    """Return a network with batch normalization, and with running statistics if asked for."""
    normalization = nn.BatchNorm1d(3, track_running_stats=running)
    return nn.Sequential(nn.Linear(2, 3), normalization, nn.Linear(3, 1))


def half_frozen() -> nn.Module:
    """Return a stack of linear layers with ReLU, of which the first is not trained."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(48, 6), nn.ReLU(), nn.Linear(6, 3))
    network[1].requires_grad_(False)
    return network


def activated(function: str = "Tanh") -> nn.Module:
    """Return a network with an activation of some class."""
    return nn.Sequential(nn.Linear(2, 3), getattr(nn, function)(), nn.Linear(3, 1))


def two_lines() -> nn.Module:
    """Return two linear layers, each with a weight of its own."""
    return nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))


def tied() -> nn.Module:
    """Return two linear layers of one weight."""
    network = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    network[1].weight = network[0].weight
    return network


def broken() -> nn.Module:
    """Raise an error, as a factory may."""
    raise RuntimeError("no such width")


def make_loss(network: nn.Module, seed: int = 0) -> torch.Tensor:
    """Return the squared outputs of a network for a few fixed inputs."""
    inputs = torch.randn((8, 2), generator=torch.Generator().manual_seed(seed))
    loss: torch.Tensor = network(inputs).square().mean()
    return loss
