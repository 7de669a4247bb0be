"""Gradient noise from a counter-based generator: the same seed and step, the same numbers.

A draw depends only on the seed and the step, not on earlier draws, so that a basin map, computed in
any order, predicts the descent that a click starts. Where many starts should each meet noise of
their own, `start_seed` derives a seed for each, which reproduces that descent alone.
"""

import math
from dataclasses import dataclass

import numpy as np

from descent_atlas.compilation.kernels import compile_function

MAX_STD = 100.0
"""Larger than the gradients of every objective near its minima: more noise would hide the rule."""

MAX_BATCH_SIZE = 1_000_000
"""Beyond it, the noise of the largest `std` is below a ten-thousandth of a typical gradient."""

MAX_SEED = 2**53 - 1
"""The largest integer that JSON carries exactly to a browser."""

ROUNDS = 10
MULTIPLIER_0 = np.uint64(0xD2E7470EE14C6C93)
MULTIPLIER_1 = np.uint64(0xCA5A826395121157)
WEYL_0 = np.uint64(0x9E3779B97F4A7C15)
WEYL_1 = np.uint64(0xBB67AE8584CAA73B)
LOW_HALF = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MANTISSA_SHIFT = np.uint64(11)

DRAWS, SEEDS = np.uint64(0), np.uint64(1)
"""The generator's streams: noise of the steps, seeds of the starts."""


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Gaussian noise that is added to the exact gradient, like that of a batch of samples.

    `std` is the standard deviation of one coordinate of a one-sample gradient. `seed` chooses
    the draws. The noise affects stochastic gradient descent only, or, if `all` is set, every
    optimizer except plain gradient descent, with the same draws for all.

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


@compile_function
def multiply_high(a: np.uint64, b: np.uint64) -> np.uint64:
    """Return the upper 64 bits of the 128-bit product of two 64-bit words."""
    a_low, a_high = a & LOW_HALF, a >> HALF
    b_low, b_high = b & LOW_HALF, b >> HALF
    middle = a_high * b_low + ((a_low * b_low) >> HALF)
    carry = a_low * b_high + (middle & LOW_HALF)
    return a_high * b_high + (middle >> HALF) + (carry >> HALF)


@compile_function
def philox(
    seed: np.uint64, step: np.uint64, stream: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the words of Philox4x64-10 for the key (seed, 0), the counter (step, stream, 0, 0).

    Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011). For
    steps from 1 they equal `numpy.random.Philox(key=seed, counter=[step - 1, stream, 0,
    0]).random_raw(4)`, because NumPy adds one to its counter before it draws.
    """
    c0, c1, c2, c3 = step, stream, np.uint64(0), np.uint64(0)
    k0, k1 = seed, np.uint64(0)
    for _ in range(ROUNDS):
        c0, c1, c2, c3 = (
            multiply_high(MULTIPLIER_1, c2) ^ c1 ^ k0,
            MULTIPLIER_1 * c2,
            multiply_high(MULTIPLIER_0, c0) ^ c3 ^ k1,
            MULTIPLIER_0 * c0,
        )
        k0 += WEYL_0
        k1 += WEYL_1
    return c0, c1, c2, c3


@compile_function
def normal_pair(seed: np.uint64, step: np.uint64) -> tuple[float, float]:
    """Return two independent standard normal numbers for a seed and a step.

    The transform of Box and Muller (1958) of two uniform numbers, each the upper 53 bits of a
    word of `philox`; the first is shifted to (0, 1], where the logarithm is finite.
    """
    word_0, word_1, _, _ = philox(seed, step, DRAWS)
    u = (float(word_0 >> MANTISSA_SHIFT) + 1.0) * 2.0**-53
    angle = 2.0 * math.pi * (float(word_1 >> MANTISSA_SHIFT) * 2.0**-53)
    radius = math.sqrt(-2.0 * math.log(u))
    return radius * math.cos(angle), radius * math.sin(angle)


def start_seed(seed: int, start: int) -> int:
    """Return the seed of one of many starts, numbered from 0, that draw noise of their own.

    It is the upper 53 bits of the first word of `philox` at the counter (start, 1, 0, 0), so that
    it is a valid `Noise.seed`: `descend` and the page reproduce any of the descents with it.
    """
    word, _, _, _ = philox(np.uint64(seed), np.uint64(start), SEEDS)
    return int(word) >> int(MANTISSA_SHIFT)
