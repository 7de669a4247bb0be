"""Costs of a study's jobs in seconds, measured on its network, its images and this machine."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from descent_atlas.analysis.surfaces import count_together, evaluate_in_plane, evaluate_points
from descent_atlas.evaluation.buffers import find_normalizations
from descent_atlas.evaluation.parameters import ParameterSpace
from descent_atlas.evaluation.points import Evaluator
from descent_atlas.output.landscape_parts import BLOCK_SECONDS
from descent_atlas.study.measures import (
    BLOCK_SAMPLES,
    Measures,
    StudyDataset,
    choose_samples,
    cut_batches,
)
from descent_atlas.training.images.datasets import DataError, Split
from descent_atlas.training.networks import flatten, layout

SAMPLE_SECONDS = 0.1
"""The least time that a measurement lasts, unless it takes all images: far above the clock's
resolution, and little before jobs of minutes."""

SAMPLE_IMAGES = 32
"""Images of the first measurement; the next have twice as many."""

SAMPLED = 512
"""Samples on which a loss of one's own is measured."""

STEP_SECONDS = 3e-4
"""Approximate seconds for a training step, beside those for each image in it."""

ONCE = 0.2
"""The largest share of a block's time for what it shares with others, a stack's first layer."""

TRAINED, SEARCHED = 3.0, 125.0
"""How many forward passes of an image cost as much as its part of a training step (the backward
pass takes twice the forward's), and of the search for a largest eigenvalue."""


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Seconds for each image: `snapshot` at a point alone, `point` at one of a plane's grid.

    `first` are those for each image in a block of points, whatever their number. `together` points
    are computed at once, see `analysis.surfaces.count_together`. `statistics` are the seconds at
    each point, whatever its images, for running statistics that are computed there.
    """

    snapshot: float
    point: float
    first: float
    together: int
    statistics: float = 0.0

    def train(self, steps: float, batch: int) -> float:
        """Return the seconds of a training."""
        return steps * (STEP_SECONDS + batch * TRAINED * self.snapshot)

    def search(self, searches: int, images: int) -> float:
        """Return the seconds of searches for a largest eigenvalue on some images."""
        return searches * images * SEARCHED * self.snapshot

    def evaluate(self, points: int, images: int) -> float:
        """Return the seconds of a block of points."""
        return images * (self.first + points * self.point) + points * self.statistics

    def visit(self, snapshots: int, images: int) -> float:
        """Return the seconds of points alone, as the snapshots of a run."""
        return snapshots * (images * self.snapshot + self.statistics)

    def divide(self, points: int, images: int, workers: int = 1) -> list[tuple[int, int]]:
        """Return blocks of a surface's points that take about `BLOCK_SECONDS` each.

        They begin at multiples of `together`, so that the numbers of no point depend on them. What
        every block computes once takes at most `ONCE` of its time, unless the surface is too small.
        As far as that allows, `workers` have as many blocks each, and finish together.
        """
        once, own = images * self.first, images * self.point + self.statistics
        left = max(BLOCK_SECONDS, once / ONCE) - once
        blocks = max(1, round(points / max(1.0, left / own)))
        if workers > 1:
            shared = workers * -(-blocks // workers)
            most = int(points * own / (once * (1 / ONCE - 1))) if once else points
            blocks = max(blocks, min(shared, most, points))
        length = -(-points // blocks)
        length += -length % self.together
        return [(start, min(start + length, points)) for start in range(0, points, length)]


def measure_study_costs(measures: Measures, network: nn.Module, dataset: StudyDataset) -> Costs:
    """Measure what a study evaluates on its data, on one thread.

    Raises DataError if the network cannot be evaluated on them.
    """
    if measures.suit_images(dataset, network):
        assert isinstance(dataset.train, Split)
        return measure_costs(network, dataset.train)
    device = torch.device(measures.device)
    evaluator = Evaluator(
        ParameterSpace(network.to(device)),
        measures.find_loss(),
        cut_batches(choose_samples(dataset.train, slice(SAMPLED)).to(device)),
        base={},
        metrics=measures.find_metrics(),
        device=device,
    )
    samples = min(SAMPLED, dataset.train.size)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        seconds = measure(lambda: evaluator.at({})) / samples
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        raise DataError(f"the loss cannot be evaluated on the data: {error}") from error
    finally:
        torch.set_num_threads(threads)
    statistics = seconds * count_recalibrated(measures, network, dataset)
    return Costs(snapshot=seconds, point=seconds, first=0.0, together=1, statistics=statistics)


def count_recalibrated(measures: Measures, network: nn.Module, dataset: StudyDataset) -> int:
    """Return how many samples the running statistics of a point are computed from."""
    if measures.buffers == "frozen" or not find_normalizations(network):
        return 0
    if isinstance(dataset.train, Split):
        return min(measures.recalibration_batches * BLOCK_SAMPLES, dataset.train.size)
    return sum(dataset.train.lengths[: measures.recalibration_batches])


def measure_costs(network: nn.Module, split: Split) -> Costs:
    """Measure a network on some images, on one thread.

    Raises DataError if the network cannot be evaluated on them.
    """
    threads, together = torch.get_num_threads(), count_together(network)
    theta = flatten(network)
    directions = torch.zeros(2, len(theta))

    def evaluate(points: int, images: int) -> None:
        evaluate_in_plane(
            network,
            layout(network),
            theta,
            directions,
            np.zeros((points, 2)),
            split,
            batch=slice(images),
        )

    def visit(images: int) -> None:
        evaluate_points(network, [theta] * together, split, batch=slice(images))

    torch.set_num_threads(1)
    try:
        evaluate(together, 1)  # loads compiled code
        images = SAMPLE_IMAGES
        while measure(visit, images) < SAMPLE_SECONDS and images < len(split.labels):
            images *= 2
        images = min(images, len(split.labels))
        alone = measure(visit, images) / together
        few = measure(evaluate, together, images)
        many = measure(evaluate, 3 * together, images)
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        raise DataError(f"the network cannot be evaluated on the images: {error}") from error
    finally:
        torch.set_num_threads(threads)
    point = max((many - few) / (2 * together), many / (30 * together))
    return Costs(
        snapshot=alone / images,
        point=point / images,
        first=max(0.0, few - together * point) / images,
        together=together,
    )


def measure(work: Callable[..., object], *arguments: int) -> float:
    """Return the seconds that work takes, the shorter of two times."""
    times = []
    for _ in range(2):
        begun = time.perf_counter()
        work(*arguments)
        times.append(time.perf_counter() - begun)
    return min(times)
