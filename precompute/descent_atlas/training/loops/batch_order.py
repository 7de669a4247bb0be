"""The batches of a run: which samples, and in which order."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from descent_atlas.training.images.datasets import Split
from descent_atlas.training.loops.training_plan import Samples

BLOCK_IMAGES = 256
"""Images scaled to [0, 1] at once: few dispatches, and the block stays in the cache."""


def epoch_order(seed: int, epoch: int, count: int) -> Tensor:
    """Return the order int64[count] in which a run sees its images in an epoch, counted from 0.

    The order depends on these arguments alone: all runs with one seed and batch size see the same
    batches.
    """
    return torch.from_numpy(np.random.default_rng((seed, epoch)).permutation(count))


class Batches:
    """The batches of a training set, in an order that depends on seed and epoch alone.

    A batch of the whole set is made once and kept in the set's own order, since the mean does not
    depend on it.
    """

    def __init__(self, samples: Samples, seed: int, batch_size: int) -> None:
        self.samples = samples
        self.seed = seed
        self.batch_size = batch_size
        self.count = samples.size
        self.per_block = max(1, BLOCK_IMAGES // batch_size)
        self._whole = samples.take(slice(None)) if batch_size == self.count else None

    def draw(self, epoch: int, first: int) -> Iterator[Any]:
        """Yield an epoch's batches from `first` on; of images, float32[batch, …] and int64[batch].

        Blocks begin at the same images for every `first`. A batch therefore has the same alignment
        in memory, on which the rounding of matrix products may depend.
        """
        if self._whole is not None:
            if first == 0:
                yield self._whole
            return
        order = epoch_order(self.seed, epoch, self.count)
        if not isinstance(self.samples, Split):
            for chosen in torch.split(order, self.batch_size)[first:]:
                yield self.samples.take(chosen)
            return
        first_block, skipped = divmod(first, self.per_block)
        for chosen in torch.split(order, self.per_block * self.batch_size)[first_block:]:
            inputs, labels = self.samples.take(chosen)
            batches = zip(
                torch.split(inputs, self.batch_size),
                torch.split(labels, self.batch_size),
                strict=True,
            )
            yield from islice(batches, skipped, None)
            skipped = 0
