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
    # As `scipy.stats` computes it, whose import takes about a second: the server does without.
    share = successes / trials
    z = NormalDist().inv_cdf(0.5 + 0.5 * confidence)
    denominator = 2 * (trials + z**2)
    center = (2 * trials * share + z**2) / denominator
    half = z / denominator * math.sqrt(4 * trials * share * (1 - share) + z**2)
    return (
        0.0 if successes == 0 else center - half,
        1.0 if successes == trials else center + half,
    )
