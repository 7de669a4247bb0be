"""Mean loss and accuracy at points of parameter space."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from descent_atlas.analysis.array_types import Counts, Floats


class PointValues(NamedTuple):
    """Mean loss and accuracy (the share of images classified as labelled), float64[points] each."""

    loss: Floats
    accuracy: Floats


class Sums(NamedTuple):
    """Losses summed over images, float64[points], and correct answers, int64[points]."""

    loss: Floats
    correct: Counts


def zero_sums(points: int) -> Sums:
    """Return sums over no images."""
    return Sums(np.zeros(points), np.zeros(points, np.int64))


def divide_by_images(sums: Iterable[Sums], images: int) -> PointValues:
    """Return the means over images of blocks of points, joined."""
    losses, correct = zip(*sums, strict=True)
    return PointValues(np.concatenate(losses) / images, np.concatenate(correct) / images)
