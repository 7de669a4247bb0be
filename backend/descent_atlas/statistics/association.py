"""Correlation, and the share of variance that groups explain."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def correlate(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return Pearson's correlation of two arrays of one shape where both are finite.

    Return NaN if one of them is constant there, or has fewer than two values.
    """
    finite = np.isfinite(a) & np.isfinite(b)
    a, b = a[finite], b[finite]
    if len(a) < 2 or not np.ptp(a) or not np.ptp(b):
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def rank_correlate(a: ArrayLike, b: ArrayLike) -> float:
    """Return Spearman's rank correlation of two arrays of one shape, as `correlate` otherwise.

    Example:
        >>> rank_correlate([1.0, 2.0, 30.0], [-1.0, -2.0, -3.0])
        -1.0
    """
    return correlate(rank(a), rank(b))


def rank(values: ArrayLike) -> NDArray[np.float64]:
    """Return the rank of each of some finite values, float64[n]; equal ones share their mean.

    It is that of `scipy.stats.rankdata`, whose import takes about a second: the server does
    without.

    Example:
        >>> rank([3.0, 1.0, 3.0]).tolist()
        [2.5, 1.0, 2.5]
    """
    _, places, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = ((last - counts + 1 + last) / 2)[places]
    return ranks


def bootstrap_rank_correlation(
    a: Sequence[float],
    b: Sequence[float],
    groups: Sequence[Hashable],
    *,
    level: float,
    resamples: int,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of Spearman's correlation over dependent values.

    Whole groups are drawn with replacement, from a fixed seed, as the values of one group may be
    alike. Resamples in which one side is constant are left out; (NaN, NaN) if all are.

    Reference: Davison and Hinkley (1997), Bootstrap Methods and their Application, section 3.8.
    """
    first, second = (np.asarray(values, dtype=np.float64) for values in (a, b))
    names = sorted(set(groups), key=list(groups).index)
    members = [np.flatnonzero([group == name for group in groups]) for name in names]
    generator = np.random.default_rng(0)
    found = []
    for _ in range(resamples):
        drawn = generator.integers(len(members), size=len(members))
        chosen = np.concatenate([members[index] for index in drawn])
        found.append(rank_correlate(first[chosen], second[chosen]))
    known = np.asarray(found)[np.isfinite(found)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def explained_share(values: Sequence[float], groups: Sequence[Hashable]) -> float:
    """Return η², the share of the values' variance that lies between groups; NaN without variance.

    In a full factorial design, such as Table II, the shares of the factors can be compared.

    Example:
        >>> explained_share([1.0, 1.0, 3.0, 3.0], ["low", "low", "high", "high"])
        1.0
    """
    array = np.asarray(values, dtype=np.float64)
    total = float(((array - array.mean()) ** 2).sum())
    if not total:
        return float("nan")
    between = 0.0
    for group in set(groups):
        members = array[[other == group for other in groups]]
        between += len(members) * float((members.mean() - array.mean()) ** 2)
    return between / total
