"""Confidence intervals of proportions."""

import math
from statistics import NormalDist


def wilson_interval(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion.

    It holds the true proportion with about the given confidence also near 0 and 1, where the
    normal approximation fails.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927).

    Example:
        >>> low, high = wilson_interval(0, 2048)
        >>> low, round(high, 4)
        (0.0, 0.0019)
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / trials
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    scale = 1 + z * z / trials
    # At the ends the limit is exact; rounding would miss it.
    low = 0.0 if successes == 0 else (middle - half) / scale
    high = 1.0 if successes == trials else (middle + half) / scale
    return low, high
