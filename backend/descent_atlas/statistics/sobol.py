"""Scrambled Sobol points of a rectangle, as SciPy draws them but without its second of loading."""

import numpy as np
from numpy.typing import NDArray

BITS = 30
"""Bits of a coordinate: there are 2^30 points."""

_WEIGHTS = 1 << np.arange(BITS - 1, -1, -1, dtype=np.int64)
"""The values of a coordinate's bits, the most significant first."""


def scatter_sobol(
    x: tuple[float, float], y: tuple[float, float], exponent: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return 2^`exponent` scrambled Sobol points of a rectangle, float64[points] each.

    They cover the rectangle more evenly than independent points do: however it is divided into
    2^`exponent` equal cells by halving its sides, each cell holds exactly one of them. Scrambling
    makes each point uniformly distributed, so that shares of the points estimate shares of the area
    without bias. Points of a smaller exponent are the first of those of a larger one.

    I. M. Sobol, "On the distribution of points in a cube" (1967); J. Matoušek, "On the
    L2-discrepancy for anchored boxes" (1998), the scrambling by lower triangular matrices and a
    shift. The points are those of `scipy.stats.qmc.Sobol(d=2, rng=seed)`, bit for bit.
    """
    generator = np.random.default_rng(seed).spawn(1)[0]  # SciPy's owns a generator that it spawned
    shift = generator.integers(2, size=(2, BITS), dtype=np.uint32) @ _WEIGHTS[::-1]
    matrices = np.tril(generator.integers(2, size=(2, BITS, BITS), dtype=np.uint32))
    matrices[:, range(BITS), range(BITS)] = 1
    bits = (_list_directions()[:, :, np.newaxis] // _WEIGHTS) % 2  # (dimension, number, bit)
    directions = np.einsum("dij,dnj->dni", matrices, bits) % 2 @ _WEIGHTS
    points = np.empty((2, 2**exponent), dtype=np.int64)
    points[:, 0] = shift
    # The order of Gray's code: each half mirrors the one before with one more direction.
    for k in range(exponent):
        half = 2**k
        points[:, half : 2 * half] = points[:, half - 1 :: -1] if k else points[:, :1]
        points[:, half : 2 * half] ^= directions[:, k, np.newaxis]
    unit = points * 2.0**-BITS
    return unit[0] * (x[1] - x[0]) + x[0], unit[1] * (y[1] - y[0]) + y[0]


def _list_directions() -> NDArray[np.int64]:
    """Return the direction numbers of two dimensions, int64[2, BITS].

    The first dimension's polynomial is 1, which gives van der Corput's sequence; the second's is
    x + 1 with m_1 = 1 (Joe and Kuo, "Constructing Sobol sequences with better two-dimensional
    projections", 2008).
    """
    second = [1]
    while len(second) < BITS:
        second.append(2 * second[-1] ^ second[-1])
    return np.stack((_WEIGHTS, np.array(second) * _WEIGHTS))
