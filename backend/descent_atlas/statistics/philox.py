"""A counter-based random generator: the same key and counter, the same numbers, in any order."""

import math

import numpy as np

from descent_atlas.compilation.kernels import compile_function

ROUNDS = 10
MULTIPLIER_0 = np.uint64(0xD2E7470EE14C6C93)
MULTIPLIER_1 = np.uint64(0xCA5A826395121157)
WEYL_0 = np.uint64(0x9E3779B97F4A7C15)
WEYL_1 = np.uint64(0xBB67AE8584CAA73B)
LOW_HALF = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MANTISSA_SHIFT = np.uint64(11)

DRAWS, SEEDS = np.uint64(0), np.uint64(1)
"""The generator's streams: noise of the gradients, seeds of the starts."""


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
def normal_pair(seed: np.uint64, number: np.uint64) -> tuple[float, float]:
    """Return two independent standard normal numbers for a seed and the number of a draw, from 1.

    The transform of Box and Muller (1958) of two uniform numbers, each the upper 53 bits of a
    word of `philox`; the first is shifted to (0, 1], where the logarithm is finite.
    """
    word_0, word_1, _, _ = philox(seed, number, DRAWS)
    u = (float(word_0 >> MANTISSA_SHIFT) + 1.0) * 2.0**-53
    angle = 2.0 * math.pi * (float(word_1 >> MANTISSA_SHIFT) * 2.0**-53)
    radius = math.sqrt(-2.0 * math.log(u))
    return radius * math.cos(angle), radius * math.sin(angle)
