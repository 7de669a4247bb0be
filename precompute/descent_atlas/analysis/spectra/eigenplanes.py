"""Planes along two eigenvectors of the Hessian at their origin.

Coordinates count in units of the parabola that each eigenvalue leads to expect: along the unit
eigenvector of λ the loss changes by ½λd² over the distance d, so that a direction of the length
√(2·rise/|λ|) has at the coordinate 1 a parabola that has risen, or fallen, by `rise`.

An eigenvector whose pair has not converged is none, and no plane is made of it.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.curvature import Product
from descent_atlas.analysis.eigenpairs import Eigenpairs, find_eigenpairs

Second = Literal["leading", "negative"]
"""The second direction: of the second-largest eigenvalue, or of the most negative one."""

FEWEST = 3
"""Parameters that are needed: Lanczos' method finds fewer pairs than there are."""


class NoEigenplaneError(ValueError):
    """A plane of eigenvectors that cannot be drawn; the message says why."""


@dataclass(frozen=True)
class Eigenplane:
    """Two eigenvectors of a Hessian as directions, and what is known of their pairs.

    `vectors` float64[2, P] are of length 1, `lengths` float64[2] those of the plane's directions.
    `ends` and `ranks` say which eigenvalues they are, from 1 at either end of the spectrum. The
    pairs have converged: `residuals` ‖Hv - λv‖ are at most `tolerance`·|λ|. `products` is the
    number of products that were made.
    """

    values: Floats
    vectors: Floats
    residuals: Floats
    ends: tuple[str, str]
    ranks: tuple[int, int]
    rise: float
    tolerance: float
    products: int

    @property
    def lengths(self) -> Floats:
        """The lengths of the directions, at which the parabolas have changed by `rise`."""
        found: Floats = np.sqrt(2 * self.rise / np.abs(self.values))
        return found

    @property
    def directions(self) -> Floats:
        """The directions, float64[2, P]."""
        found: Floats = self.lengths[:, np.newaxis] * self.vectors
        return found

    def describe(self) -> dict[str, Any]:
        """Return what a manifest says of the pairs, without samples and models."""
        return {
            "tolerance": self.tolerance,
            "products": self.products,
            "rise": self.rise,
            "pairs": [
                {
                    "end": self.ends[number],
                    "rank": self.ranks[number],
                    "value": float(self.values[number]),
                    "residual": float(self.residuals[number]),
                    "converged": True,
                    "length": float(self.lengths[number]),
                }
                for number in range(2)
            ],
        }


def find_eigenplane(
    product: Product, size: int, *, second: Second, rise: float, tolerance: float, seed: int = 0
) -> Eigenplane:
    """Return the plane along the leading eigenvector of a Hessian and a second one.

    `product` multiplies with the Hessian of `size` parameters. The sign of a vector makes the
    component of largest magnitude positive. Raises NoEigenplaneError if a pair does not converge,
    if there is no negative eigenvalue where one is wanted, or if `rise` is not positive.
    """
    if not (np.isfinite(rise) and rise > 0):
        raise NoEigenplaneError(
            f"the loss at the origin is {rise:g}, by which no parabola can rise: say by how much "
            "it should with rise=…"
        )
    if size < FEWEST:
        raise NoEigenplaneError(f"{size} parameters vary, and eigenvectors need {FEWEST}")

    def search(end: Literal["largest", "smallest"], count: int) -> Eigenpairs:
        found = find_eigenpairs(product, size, end=end, count=count, tolerance=tolerance, seed=seed)
        check_convergence(found, end, tolerance)
        return found

    if second == "leading":
        both = search("largest", 2)
        values, vectors, residuals = both.values, both.vectors, both.residuals
        products = both.products
    else:
        largest, smallest = search("largest", 1), search("smallest", 1)
        values = np.concatenate([largest.values, smallest.values])
        if values[1] >= 0:
            raise NoEigenplaneError(
                f"the smallest eigenvalue of the Hessian is {values[1]:.3g}: there is no negative "
                "curvature at the origin"
            )
        vectors = np.concatenate([largest.vectors, smallest.vectors])
        residuals = np.concatenate([largest.residuals, smallest.residuals])
        products = largest.products + smallest.products
    heaviest = np.abs(vectors).argmax(axis=1)
    signs = np.sign(vectors[np.arange(2), heaviest])
    return Eigenplane(
        values=values,
        vectors=vectors * signs[:, np.newaxis],
        residuals=residuals,
        ends=("largest", "largest" if second == "leading" else "smallest"),
        ranks=(1, 2 if second == "leading" else 1),
        rise=rise,
        tolerance=tolerance,
        products=products,
    )


def check_convergence(found: Eigenpairs, end: str, tolerance: float) -> None:
    """Raise NoEigenplaneError unless all pairs have converged."""
    for rank, (value, residual, converged) in enumerate(
        zip(found.values, found.residuals, found.converged, strict=True), start=1
    ):
        if not converged:
            reached = (
                f"its residual {residual:.3g} is more than {tolerance:g} of {abs(value):.3g}"
                if np.isfinite(residual)
                else "no vector was found"
            )
            raise NoEigenplaneError(
                f"the eigenpair {rank} from the {end} has not converged after {found.products:,} "
                f"products with the Hessian: {reached}. A larger tolerance or more samples may help"
            )
