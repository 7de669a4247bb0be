"""What a study measures at a point of parameter space: its loss, metrics, buffers, device."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from descent_atlas.evaluation.batches import BatchesError
from descent_atlas.evaluation.buffers import RECALIBRATION_BATCHES
from descent_atlas.evaluation.losses import Loss, Metric, Total, average, total
from descent_atlas.evaluation.named_losses import find_loss, find_metric
from descent_atlas.evaluation.points import add
from descent_atlas.evaluation.sample_sets import SampleDataset, SampleSet
from descent_atlas.evaluation.shared_outputs import sharing_outputs
from descent_atlas.study.entries import MetricEntry
from descent_atlas.study.schema import Study
from descent_atlas.training.blocks import split_range
from descent_atlas.training.images.datasets import ImageDataset, Split
from descent_atlas.training.loops.training_plan import DEFAULT_DEVICE, DEFAULT_LOSS, Scoring

BLOCK_SAMPLES = 512
"""Images that are evaluated at once. Samples of a user's function come in their own batches."""

StudyDataset = ImageDataset | SampleDataset

StudySplit = Split | SampleSet


@dataclass(frozen=True, kw_only=True)
class Measures:
    """A study's loss and metrics, what happens to buffers, and the device.

    Running statistics that are recalibrated are those of `recalibration_batches` batches.
    `are_usual` tells whether loss and metrics are the classification of samples and its accuracy.
    """

    loss: str = DEFAULT_LOSS
    metrics: tuple[MetricEntry, ...] = ()
    are_usual: bool = True
    buffers: Literal["recalibrated", "frozen"] = "recalibrated"
    device: str = DEFAULT_DEVICE
    recalibration_batches: int = RECALIBRATION_BATCHES

    @classmethod
    def of(cls, study: Study) -> "Measures":
        """Return what a study measures."""
        return cls(
            loss=study.loss,
            metrics=tuple(study.list_metrics()),
            are_usual=study.loss == DEFAULT_LOSS and study.metrics is None,
            buffers=study.buffers,
            device=study.device,
            recalibration_batches=study.recalibration_batches,
        )

    @property
    def key(self) -> list[Any]:
        """What they add to the key of a surface; the others stand in the manifest of its runs."""
        if self.buffers != "recalibrated":
            return [{"buffers": self.buffers}]
        if self.recalibration_batches != RECALIBRATION_BATCHES:
            return [{"recalibration_batches": self.recalibration_batches}]
        return []

    def suit_images(self, dataset: StudyDataset, network: nn.Module) -> bool:
        """Tell whether the fast ways of images compute all that is measured."""
        return (
            self.are_usual
            and self.device == DEFAULT_DEVICE
            and isinstance(dataset, ImageDataset)
            and next(network.buffers(), None) is None
        )

    def find_loss(self) -> Loss:
        """Return the loss."""
        return find_loss(self.loss)

    def find_metrics(self) -> dict[str, Metric]:
        """Return the metrics by id."""
        return {
            entry.id: find_metric(entry.function, entry.higher_is_better) for entry in self.metrics
        }

    def score(self, dataset: StudyDataset) -> Scoring | None:
        """Return what training computes; None if it is the classification of images."""
        if self.are_usual and isinstance(dataset, ImageDataset):
            return None
        loss, metrics = self.find_loss(), self.find_metrics()

        def mean(model: nn.Module, batch: Any) -> tuple[Tensor, float]:
            return average(loss, model, batch)

        def measure(model: nn.Module, samples: Any) -> dict[str, float]:
            if samples is None:
                return {}
            measured: dict[str, Loss | Metric] = {"loss": loss, **metrics}
            sums = {name: Total(0.0, 0.0) for name in measured}
            for batch in cut_batches(samples):
                with sharing_outputs():
                    for name, each in measured.items():
                        own = total(each.function, model, batch, each.weight)
                        sums[name] = add(sums[name], own)
            return {f"test_{name}": value.mean for name, value in sums.items()}

        return Scoring(mean=mean, measure=measure)


def cut_batches(samples: StudySplit) -> Iterable[Any]:
    """Return the batches in which samples are evaluated, the same each time."""
    return ImageBatches(samples) if isinstance(samples, Split) else samples.as_given()


class ImageBatches(Sequence[tuple[Tensor, Tensor]]):
    """The images and labels of a split, in blocks."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.blocks = split_range(split.size, BLOCK_SAMPLES)

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self.split.take(block) for block in self.blocks[index]]
        return self.split.take(self.blocks[index])


def choose_samples(samples: StudySplit, indices: Tensor | slice) -> StudySplit:
    """Return the chosen samples; those of a user's function as one batch."""
    if isinstance(samples, Split):
        return samples.choose(indices)
    chosen = torch.arange(samples.size)[indices]
    if not len(chosen):
        raise BatchesError("there are no samples")
    return SampleSet(samples.take(chosen), (len(chosen),))
