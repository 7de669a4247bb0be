"""Gradient noise from a counter-based generator: the same seed and evaluation, the same numbers.

A draw depends only on the seed and on how many gradients the descent has asked for, not on earlier
draws, so that a basin map, computed in any order, predicts the descent that a click starts. Where
many starts should each meet noise of their own, `start_seed` derives a seed for each, which
reproduces that descent alone.
"""

import math
from dataclasses import dataclass

import numpy as np

from descent_atlas.statistics.philox import MANTISSA_SHIFT, SEEDS, philox

MAX_STD = 100.0
"""Larger than the gradients of every objective near its minima: more noise would hide the rule."""

MAX_BATCH_SIZE = 1_000_000
"""Beyond it, the noise of the largest `std` is below a ten-thousandth of a typical gradient."""

MAX_SEED = 2**53 - 1
"""The largest integer that JSON carries exactly to a browser."""


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Gaussian noise that is added to the exact gradient, like that of a batch of samples.

    `std` is the standard deviation of one coordinate of a one-sample gradient. `seed` chooses
    the draws. The noise affects stochastic gradient descent only, or, if `all` is set, every
    optimizer except those whose gradient is exact by definition, with the same draws for all.

    Raises ValueError, naming the field and its limits, if a value is of the wrong type or out
    of range.
    """

    std: float = 0.0
    batch_size: int = 1
    seed: int = 0
    all: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.std, bool) or not isinstance(self.std, int | float):
            raise ValueError(f"std must be a number, not {self.std!r}")
        if not 0.0 <= self.std <= MAX_STD:
            raise ValueError(f"std must be between 0 and {MAX_STD:g}, not {self.std!r}")
        for name, minimum, maximum in (("batch_size", 1, MAX_BATCH_SIZE), ("seed", 0, MAX_SEED)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise ValueError(f"{name} must be an integer, not {value!r}")
            if not minimum <= value <= maximum:
                raise ValueError(f"{name} must be between {minimum} and {maximum}, not {value!r}")
        if not isinstance(self.all, bool):
            raise ValueError(f"all must be true or false, not {self.all!r}")

    @property
    def scale(self) -> float:
        """The standard deviation of one coordinate of a batch's gradient: std / √batch_size."""
        return self.std / math.sqrt(self.batch_size)


DEFAULT_NOISE = Noise(std=1.0)
"""The page's initial setting: enough to bend a path in the wells of the bowl."""


def start_seed(seed: int, start: int) -> int:
    """Return the seed of one of many starts, numbered from 0, that draw noise of their own.

    It is the upper 53 bits of the first word of `philox` at the counter (start, 1, 0, 0), so that
    it is a valid `Noise.seed`: `descend` and the page reproduce any of the descents with it.
    """
    word, _, _, _ = philox(np.uint64(seed), np.uint64(start), SEEDS)
    return int(word) >> int(MANTISSA_SHIFT)
