"""Leading eigenpairs of a symmetric matrix that is known by its products with vectors.

SciPy's `eigsh` (ARPACK's implicitly restarted Lanczos method) finds them at either end of the
spectrum: the largest eigenvalues, or the smallest, which for a Hessian are the most negative. The
eigenvalue that is largest in magnitude is at one of the two ends, see `pick_dominant`; it is not
the sharpness where negative curvature dominates.

The rule of convergence: one more product gives each unit vector v its value λ = v·Hv and its
residual ‖Hv - λv‖, and the pair has converged if the residual is at most `tolerance`·|λ|. An
eigenvalue of the matrix then lies within the residual of λ.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, LinearOperator, eigsh

from descent_atlas.analysis.array_types import Floats, Mask
from descent_atlas.analysis.curvature import Product

BASIS = 10
"""Lanczos vectors between restarts, if a single pair is sought."""

RESTARTS = 100
"""Restarts, of fewer than `BASIS` products each, after which a pair has not converged."""

SAFETY = 0.5
"""The share of the tolerance that is asked of ARPACK, which estimates residuals: rounding within a
product then does not decide on convergence."""


@dataclass(frozen=True)
class Eigenpairs:
    """Eigenpairs of one end of the spectrum, the outermost first.

    `values` float64[k]; `vectors` float64[k, P], of length 1; `residuals` float64[k];
    `converged` bool[k]. What was not found is NaN. `products` is the number of products made.
    """

    values: Floats
    vectors: Floats
    residuals: Floats
    converged: Mask
    products: int


class CountingProduct:
    """A product that counts its calls and refuses results that are not finite."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.calls = 0

    def __call__(self, vector: Floats) -> Floats:
        """Return the product. Raises FloatingPointError if it is not finite."""
        self.calls += 1
        found = self.product(np.ravel(vector))
        if not np.isfinite(found).all():
            raise FloatingPointError("a product is not finite")
        return found


def find_eigenpairs(
    product: Product,
    size: int,
    *,
    end: Literal["largest", "smallest"] = "largest",
    count: int = 1,
    tolerance: float,
    seed: int = 0,
    start: Floats | None = None,
) -> Eigenpairs:
    """Return the `count` outermost eigenpairs at one end of the spectrum, fewer than `size`.

    The iteration starts from a random unit vector, drawn with the seed, to which `start`
    float64[P], scaled to length 1, is added. It never starts from `start` alone: an eigenvector of
    a lower eigenvalue would be returned as it is.
    """
    counted = CountingProduct(product)
    generator = np.random.default_rng(seed)
    begin = generator.standard_normal(size)
    begin /= np.linalg.norm(begin)
    if start is not None:
        begin += start / np.linalg.norm(start)
    try:
        _, columns = eigsh(
            LinearOperator((size, size), matvec=counted, dtype=np.float64),
            k=count,
            which="LA" if end == "largest" else "SA",
            v0=begin,
            ncv=min(size, max(2 * count + 1, BASIS)),
            maxiter=RESTARTS,
            tol=SAFETY * tolerance,
            rng=generator,  # for the vectors that continue from an invariant subspace
        )
    except ArpackNoConvergence as error:
        columns = error.eigenvectors
    except (ArpackError, FloatingPointError):  # as where the matrix is zero, or not finite
        columns = np.empty((size, 0))
    return measure_pairs(counted, columns.T, end=end, count=count, tolerance=tolerance)


def measure_pairs(
    counted: CountingProduct,
    vectors: Floats,
    *,
    end: Literal["largest", "smallest"],
    count: int,
    tolerance: float,
) -> Eigenpairs:
    """Return unit vectors float64[n, P] as eigenpairs, with values and residuals of their own."""
    images = np.array([counted(vector) for vector in vectors]).reshape(vectors.shape)
    values = np.einsum("np,np->n", vectors, images)
    order = np.argsort(values)[:: -1 if end == "largest" else 1]
    values, vectors, images = values[order], vectors[order], images[order]
    residuals = np.linalg.norm(images - values[:, None] * vectors, axis=1)
    missing = count - len(values)
    values = np.pad(values, (0, missing), constant_values=np.nan)
    residuals = np.pad(residuals, (0, missing), constant_values=np.nan)
    return Eigenpairs(
        values=values,
        vectors=np.pad(vectors, ((0, missing), (0, 0)), constant_values=np.nan),
        residuals=residuals,
        converged=residuals <= tolerance * np.abs(values),
        products=counted.calls,
    )


def pick_dominant(largest: Eigenpairs, smallest: Eigenpairs) -> float:
    """Return the eigenvalue of largest magnitude, with its sign; NaN unless both ends converged."""
    if not (largest.converged[0] and smallest.converged[0]):
        return float("nan")
    return float(max(largest.values[0], smallest.values[0], key=abs))
