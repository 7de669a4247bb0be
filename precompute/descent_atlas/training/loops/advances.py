"""Updates of a network from batches of images, or of any form."""

from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from descent_atlas.training.loops.training_plan import Scoring, Training
from descent_atlas.training.named.optimizer_classes import make_optimizer
from descent_atlas.training.steps import AutogradStep, LossStep, make_step


def make_advance(
    network: nn.Module, training: Training, batch_size: int, scoring: Scoring | None
) -> "Advance":
    """Return what updates a network from one batch.

    Batch normalization needs batches whole, and a schedule an optimizer of PyTorch's.
    """
    name, hyperparameters = training.optimizer, training.hyperparameters
    if scoring is not None or next(network.buffers(), None) is not None:
        optimizer = make_optimizer(name, network.parameters(), hyperparameters)
        mean = image_loss if scoring is None else scoring.mean
        return BatchAdvance(LossStep(network, optimizer, mean))
    if training.schedule is not None:
        optimizer = make_optimizer(name, network.parameters(), hyperparameters)
        return ImageAdvance(AutogradStep(network, optimizer))
    return ImageAdvance(make_step(network, name, hyperparameters, batch_size))


def image_loss(network: nn.Module, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, float]:
    """Return the mean cross-entropy of labelled images, and their number."""
    inputs, labels = batch
    return cross_entropy(network(inputs), labels), float(len(labels))


class Advance(Protocol):
    """Updates a network from one batch with a `step`, which has the state of its optimizer."""

    step: Any

    def __call__(self, batch: Any) -> tuple[float, float]:
        """Update the network; return the batch's mean loss before, and what it counts for."""


@dataclass
class ImageAdvance:
    """A step that takes images and labels."""

    step: Any  # a Step; the protocol of Advance asks for no less

    def __call__(self, batch: tuple[Tensor, Tensor]) -> tuple[float, float]:
        """Update the network; return the batch's mean loss before, and the number of images."""
        inputs, labels = batch
        return self.step(inputs, labels), len(labels)


@dataclass
class BatchAdvance:
    """A step that takes batches of any form."""

    step: Any

    def __call__(self, batch: Any) -> tuple[float, float]:
        """Update the network; return the batch's mean loss before, and its weight."""
        found: tuple[float, float] = self.step(batch)
        return found
