"""The density of a symmetric matrix's eigenvalues, by stochastic Lanczos quadrature.

From a random vector of ±1, m steps of Lanczos' method give a tridiagonal matrix. Its eigenvalues
are the nodes, and the squares of its eigenvectors' first coordinates the weights, of a Gauss
quadrature of the spectral measure; its mean over random vectors is the spectrum's (Golub and Welsch
1969; Ubaru, Chen and Saad 2017; for networks Ghorbani, Krishnan and Xiao 2019; Papyan 2020). Each
node is drawn as a Gaussian of a stated width.

Vectors are not orthogonalized again: of a basis that rounding makes lose its orthogonality, the
quadrature is still that of a spectrum whose eigenvalues lie closely about the true ones (Greenbaum
1989), and memory holds three vectors whatever m is.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.curvature import Product
from descent_atlas.analysis.spectra.trace_estimates import draw_signs

GRID_POINTS = 1001

REACH = 4.0
"""How many widths the grid reaches beyond the outermost nodes."""

ENDED = 1e-10
"""The remainder, relative to the product, with which Lanczos' method has found all there is."""


@dataclass(frozen=True, eq=False)
class SpectralDensity:
    """A density of eigenvalues on a grid, whose integral is 1, and what it was made from.

    `grid` float64[n] has eigenvalues, `values` float64[n] the density, in the inverse unit, and
    `errors` float64[n] its standard error over random vectors, NaN for a single one. `width` is the
    standard deviation of the Gaussian that stands for a node. `nodes` and `weights` are
    float64[probes, steps], NaN and 0 where a vector's quadrature has fewer nodes.
    """

    grid: Floats
    values: Floats
    errors: Floats
    width: float
    nodes: Floats
    weights: Floats

    @property
    def probes(self) -> int:
        """The number of random vectors."""
        return len(self.nodes)

    @property
    def steps(self) -> int:
        """The number m of steps, which is the most nodes that a quadrature has."""
        return int(self.nodes.shape[1])


def find_density(
    product: Product,
    size: int,
    *,
    probes: int,
    steps: int,
    seed: int = 0,
    width: float | None = None,
) -> SpectralDensity:
    """Return the density of the eigenvalues from `probes` × `steps` products.

    `width` is that of the Gaussian; None takes the range of the nodes divided by `steps`, which is
    the mean distance of a quadrature's nodes. Raises ValueError for no probes or fewer than two
    steps, or if the width is not positive.
    """
    if probes < 1 or steps < 2:
        raise ValueError(
            f"a density from {probes} random vectors and {steps} steps: at least 1 and 2 are needed"
        )
    if width is not None and not 0 < width < np.inf:
        raise ValueError(f"width={width}: it should be positive")
    nodes, weights = np.full((probes, steps), np.nan), np.zeros((probes, steps))
    generator = np.random.default_rng(seed)
    for index in range(probes):
        found, shares = find_quadrature(product, draw_signs(generator, size), steps)
        nodes[index, : len(found)], weights[index, : len(found)] = found, shares
    return smooth(nodes, weights, width)


def find_quadrature(product: Product, start: Floats, steps: int) -> tuple[Floats, Floats]:
    """Return the nodes and weights, float64[m] with m ≤ `steps`, that a start vector leads to.

    There are fewer if the vector lies in an invariant subspace of fewer dimensions.
    """
    vector = start / np.linalg.norm(start)
    before = np.zeros_like(vector)
    diagonal: list[float] = []
    beside: list[float] = []
    for _ in range(min(steps, len(start))):
        image = np.array(product(vector))
        scale = float(np.linalg.norm(image))
        if beside:
            image -= beside[-1] * before
        diagonal.append(float(vector @ image))
        image -= diagonal[-1] * vector
        rest = float(np.linalg.norm(image))
        if not rest > ENDED * scale:
            break
        beside.append(rest)
        before, vector = vector, image
        vector /= rest
    values, vectors = eigh_tridiagonal(diagonal, beside[: len(diagonal) - 1])
    return values, vectors[0] ** 2


def smooth(nodes: Floats, weights: Floats, width: float | None = None) -> SpectralDensity:
    """Return the density of weighted nodes float64[probes, steps], each a Gaussian.

    See `find_density` for the width. Where all nodes are one, it is a share of their magnitude.
    """
    low, high = float(np.nanmin(nodes)), float(np.nanmax(nodes))
    if width is None:
        width = (high - low or abs(high) or 1.0) / nodes.shape[1]
    grid = np.linspace(low - REACH * width, high + REACH * width, GRID_POINTS)
    rows = np.empty((len(nodes), GRID_POINTS))
    for row, places, shares in zip(rows, nodes, weights, strict=True):
        used = shares > 0
        shifts = (grid - places[used, None]) / width
        row[:] = shares[used] @ np.exp(-0.5 * shifts**2) / (width * np.sqrt(2 * np.pi))
    errors = (
        rows.std(axis=0, ddof=1) / np.sqrt(len(rows))
        if len(rows) > 1
        else np.full(GRID_POINTS, np.nan)
    )
    return SpectralDensity(grid, rows.mean(axis=0), errors, width, nodes, weights)
