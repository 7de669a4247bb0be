"""Confidence intervals of proportions.

Importing this module loads `scipy.stats`, which takes about a second: the server does without it.
"""

from scipy.stats import binomtest


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
    interval = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)
