"""A user's functions that studies of the tests name: networks, losses, metrics, data."""

from typing import Any

import torch
from torch import Tensor, nn

from descent_atlas.evaluation.losses import Loss, Metric

SAMPLES = 40


def regressor(features: int = 4) -> nn.Module:
    """Return a network with one output."""
    return nn.Sequential(nn.Linear(features, 8), nn.Tanh(), nn.Linear(8, 1))


def batches(count: int = SAMPLES) -> tuple[Any, Any]:
    """Return inputs and targets (N, 1) in batches of 16."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(count, 4, generator=generator)
    targets = inputs.sum(1, keepdim=True)
    pairs = list(zip(torch.split(inputs, 16), torch.split(targets, 16), strict=True))
    return pairs, pairs[:1]


def random_batches() -> tuple[Any, Any]:
    """Return other samples each time."""
    return [(torch.rand(4, 4), torch.rand(4, 1))], None


def failing_batches() -> tuple[Any, Any]:
    """Return nothing."""
    raise KeyError("samples")


def single_batches() -> Any:
    """Return something else."""
    return 3


def absolute_error(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Return a value for each sample."""
    inputs, targets = batch
    errors: Tensor = (model(inputs) - targets).abs()
    return errors.mean(1)


def failing_loss(model: nn.Module, batch: Any) -> Tensor:
    """Return nothing."""
    raise RuntimeError("no such luck")


def constant_loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Return a loss without a gradient."""
    return batch[1].mean()


def large(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Return for each sample whether its error is large."""
    return absolute_error(model, batch) > 1


LARGE = Metric(large, higher_is_better=False)


def mean_absolute_error(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Return the mean over a batch."""
    return absolute_error(model, batch).mean()


def twice_the_samples(batch: tuple[Tensor, Tensor]) -> int:
    """Return the weight of a batch."""
    return 2 * len(batch[1])


WEIGHTED = Loss(mean_absolute_error, twice_the_samples)


def normalized(channels: int = 4, classes: int = 3, running: bool = True) -> nn.Module:
    """Return a network of images of 4×4 pixels with batch normalization and dropout."""
    return nn.Sequential(
        nn.Conv2d(3, channels, 3, padding=1),
        nn.BatchNorm2d(channels, track_running_stats=running),
        nn.ReLU(),
        nn.AvgPool2d(2),  # a GPU has no repeatable kernel for the adaptive one
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(4 * channels, classes),
    )


def normalized_regressor() -> nn.Module:
    """Return a network whose loss depends on a batch's composition."""
    return nn.Sequential(
        nn.Linear(4, 8), nn.BatchNorm1d(8, track_running_stats=False), nn.ReLU(), nn.Linear(8, 1)
    )


def segmenter() -> nn.Module:
    """Return a network with a class for each pixel."""
    return nn.Conv2d(3, 3, 1)


def sleepless() -> nn.Module:
    """Return a network whose dropout is always on."""

    class Sleepless(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(48, 3)

        def forward(self, images: Tensor) -> Tensor:
            dropped: Tensor = nn.functional.dropout(images.flatten(1), training=True)
            logits: Tensor = self.layer(dropped)
            return logits

    return Sleepless()


class Signs(torch.optim.Optimizer):
    """An optimizer of one's own: steps by the sign of the gradient."""

    def __init__(self, params: Any, lr: float = 0.01) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Make a step."""
        with torch.enable_grad():
            loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter -= group["lr"] * parameter.grad.sign()
        return loss
