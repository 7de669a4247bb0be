"""Confidence intervals of medians, from order statistics."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike


def median_interval(
    values: ArrayLike, confidence: float = 0.95
) -> tuple[float, float] | tuple[None, None]:
    """Return the interval of a median between two of the sorted values, (None, None) for too few.

    The number of values below the median is binomial with p = 1/2, whatever their distribution.
    The limits are the k-th value from below and from above, for the largest k of which the interval
    still holds the median with the given confidence; below 6 values not even the whole range does
    at 95 %.

    W. R. Thompson, "On confidence ranges for the median and other expectation distributions for
    populations of unknown distribution form" (1936).

    Example:
        >>> median_interval(range(1, 11))
        (2.0, 9.0)
        >>> median_interval([1, 2, 3])
        (None, None)
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    k = _count_outside(ordered.size, confidence)
    return (float(ordered[k - 1]), float(ordered[-k])) if k > 0 else (None, None)


@lru_cache(maxsize=4096)
def _count_outside(count: int, confidence: float) -> int:
    """Return the largest k with P(fewer than k of the values lie below the median) ≤ half the rest.

    0 if there is none.
    """
    allowed = 2**count * round(1e9 * (1 - confidence)) // (2 * 10**9)  # no float holds 2^1024
    k = below = 0
    while k < count and below + math.comb(count, k) <= allowed:
        below += math.comb(count, k)
        k += 1
    return k
