"""The sweep's design, which curves over the learning rate share: rates, starts, good rates."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from descent_atlas.objectives.objective import Objective
from descent_atlas.statistics.sobol import scatter_sobol

LOWEST, HIGHEST = -8, 3
"""The decimal exponents of the limits of the learning rate."""

PER_DECADE = 4
"""Rates a decade: neighbours differ by a factor of 1.8."""

RATES = tuple(
    float(f"{rate:.4g}")
    for rate in np.logspace(LOWEST, HIGHEST, PER_DECADE * (HIGHEST - LOWEST) + 1)
)
"""Four rates a decade, over the whole range of the learning rate."""

SCRAMBLE = 0
"""The seed of the scrambling of the scoring starts."""

CONFIDENCE = 0.95
"""The confidence of all intervals."""

GOOD_PART = 0.9
"""A rate is good if at least this part of the descents that arrive at the best one arrive."""


def place_scoring_starts(
    objective: Objective, exponent: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return 2^`exponent` scrambled Sobol points of the domain, float64[starts] each for x and y.

    Those of a smaller exponent are the first of those of a larger one.
    """
    return scatter_sobol(objective.domain.x, objective.domain.y, exponent, SCRAMBLE)


def find_good_rates(arrived: Sequence[int], best: int) -> tuple[int, int]:
    """Return the first and the last index of the good rates around the best one, without a gap.

    Args:
        arrived: how many descents arrive at each rate of a grid, ascending.
        best: the index of the best rate, at which at least one arrives.

    Example:
        >>> find_good_rates([0, 90, 100, 91, 89, 95], 2)
        (1, 3)
    """
    least = GOOD_PART * arrived[best]
    first = last = best
    while first > 0 and arrived[first - 1] >= least:
        first -= 1
    while last + 1 < len(arrived) and arrived[last + 1] >= least:
        last += 1
    return first, last
