"""Designs: points at which a function of a rectangle is sampled; Sobol points are in `sobol`."""

import numpy as np
from numpy.typing import NDArray


def place_centres(
    x: tuple[float, float], y: tuple[float, float], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the centres of `count` × `count` equal cells of a rectangle, float64[count²] each.

    No centre lies on a border or, for an even count, on an axis of symmetry. The centres come row
    by row, from the lowest y.

    Example:
        >>> place_centres((0.0, 4.0), (0.0, 2.0), 2)
        (array([1., 3., 1., 3.]), array([0.5, 0.5, 1.5, 1.5]))
    """
    middles = [_divide(low, high, count) for low, high in (x, y)]
    grid_x, grid_y = np.meshgrid(*middles)
    return grid_x.ravel(), grid_y.ravel()


def _divide(low: float, high: float, count: int) -> NDArray[np.float64]:
    half = (high - low) / (2 * count)
    return np.linspace(low + half, high - half, count)


def scatter_in_cells(
    x: tuple[float, float], y: tuple[float, float], count: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a random point in each of `count` × `count` equal cells, float64[count²] each.

    The points come in the order of the cells' centres, see `place_centres`.
    """
    centres = place_centres(x, y, count)
    shifts = np.random.default_rng(seed).uniform(-0.5, 0.5, (2, count * count))
    widths = ((high - low) / count for low, high in (x, y))
    scattered_x, scattered_y = (
        centre + shift * width for centre, shift, width in zip(centres, shifts, widths, strict=True)
    )
    return scattered_x, scattered_y
