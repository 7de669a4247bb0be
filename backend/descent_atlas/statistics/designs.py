"""Designs: points at which a function of a rectangle is sampled.

Importing this module loads `scipy.stats`, which takes about a second: the server does without it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc


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


def scatter_sobol(
    x: tuple[float, float], y: tuple[float, float], exponent: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return 2^`exponent` scrambled Sobol points of a rectangle, float64[points] each.

    They cover the rectangle more evenly than independent points do: however it is divided into
    2^`exponent` equal cells by halving its sides, each cell holds exactly one of them. Scrambling
    makes each point uniformly distributed, so that shares of the points estimate shares of the area
    without bias.

    J. Matoušek, "On the L2-discrepancy for anchored boxes" (1998), the scrambling that SciPy uses.
    """
    unit = qmc.Sobol(d=2, scramble=True, rng=seed).random_base2(exponent)
    points = qmc.scale(unit, [x[0], y[0]], [x[1], y[1]])
    return points[:, 0].copy(), points[:, 1].copy()
