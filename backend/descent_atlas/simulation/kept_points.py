"""Points of a path that are kept: those that are finite, and of a long path not all."""

import numpy as np
from numpy.typing import NDArray


def count_finite(path: NDArray[np.float64], last: int) -> int:
    """Return how many leading points of a diverged path are finite: all of them or a few less."""
    count = last + 1
    while count > 1 and not np.isfinite(path[:, count - 1]).all():
        count -= 1
    return count


def thin_path(path: NDArray[np.float64], max_points: int) -> NDArray[np.int32]:
    """Return the indices of at most `max_points` points to keep of a path with more.

    Half of them are uniform in steps and half in the length travelled, so that both a fast
    beginning and a slow end keep their points. First and last always stay.
    """
    count = path.shape[1]
    lengths = np.hypot(np.diff(path[0]), np.diff(path[1]))
    travelled = np.concatenate(([0.0], np.cumsum(lengths)))
    half = max_points // 2
    by_step = np.linspace(0, count - 1, half).round()
    by_length = np.searchsorted(travelled, np.linspace(0.0, travelled[-1], half))
    kept = np.union1d(by_step, np.minimum(by_length, count - 1))
    return kept.astype(np.int32)
