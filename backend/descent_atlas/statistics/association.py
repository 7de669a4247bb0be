"""Correlation, and the share of variance that groups explain."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray


def correlate(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return Pearson's correlation of two arrays of one shape where both are finite.

    Return NaN if one of them is constant there, or has fewer than two values.
    """
    finite = np.isfinite(a) & np.isfinite(b)
    a, b = a[finite], b[finite]
    if len(a) < 2 or not np.ptp(a) or not np.ptp(b):
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


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
