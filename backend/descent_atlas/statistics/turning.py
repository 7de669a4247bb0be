"""Angles in degrees: of a cosine, and between the moves of a path."""

import math

import numpy as np
from numpy.typing import NDArray


def angle_of(cosine: float) -> float:
    """Return the angle in degrees that has a cosine; NaN for NaN.

    Rounding may have carried the cosine beyond 1.
    """
    if math.isnan(cosine):
        return math.nan
    return math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))


def measure_turning(points: NDArray[np.float64]) -> float | None:
    """Return the mean angle in degrees between consecutive moves of a path, float64[points, P].

    Return None if no two consecutive moves have a length.

    Example:
        >>> import numpy as np
        >>> measure_turning(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]]))
        90.0
    """
    moves = np.diff(points, axis=0)
    lengths = np.linalg.norm(moves, axis=1)
    products = (moves[1:] * moves[:-1]).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines = products / (lengths[1:] * lengths[:-1])
    finite = cosines[np.isfinite(cosines)]
    return float(np.degrees(np.arccos(np.clip(finite, -1, 1))).mean()) if len(finite) else None
