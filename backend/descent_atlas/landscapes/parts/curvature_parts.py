"""Parts of a manifest on curvature: along a run, and at the origin of a plane."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from descent_atlas.landscapes.parts.manifest_part import ManifestPart, check_two_by_two


class Curvature(ManifestPart):
    """The sharpness along a run: the largest eigenvalue of the loss's Hessian at its snapshots.

    It is that of the mean loss on `images` training images, drawn with `images_seed`, and in a few
    snapshots of `subsets` disjoint sets of them. `tolerance` bounds the relative residual of a
    value that has converged; others are NaN. Of an adaptive optimizer the largest eigenvalue after
    division by its own scaling is there too (`preconditioned`). `limit` is the full-batch stability
    limit of the run's rule, None where none is known, and `limit_of` the value that it bounds.
    """

    run: str
    seed: int
    images: int
    subsets: int
    images_seed: int
    tolerance: float
    products: int
    limit: float | None
    limit_of: Literal["sharpness", "preconditioned"] | None
    arrays: dict[str, str]


class Eigenpair(ManifestPart):
    """An eigenvalue of the Hessian at a plane's origin, whose eigenvector is a direction there.

    It is the one at place `rank`, from 1, at one `end` of the spectrum. `residual` is ‖Hv - λv‖
    with the unit eigenvector v; the pair has converged if that is at most the tolerance times |λ|.
    `length` is that of the plane's direction, v times the unit of its coordinate.
    """

    end: Literal["largest", "smallest"]
    rank: int
    value: float
    residual: float
    converged: bool
    length: float


class QuadraticModel(ManifestPart):
    """The quadratic model of a surface: its loss at the origin and derivatives in the plane there.

    At coordinates p = (x, y) it is q(p) = loss + gradient·p + ½ pᵀ hessian p, from the derivatives
    on the surface's own samples. It fails at a point of the grid whose loss differs from q(p) by
    more than `share` of what the parabolas of both eigenvalues change it by, rise·(x² + y²), and by
    more than the surface's `noise`, or is not finite; `rule` says so in words. `failing` is the
    number of such points, `nearest_failure` the least distance of one from the origin, √(x² + y²),
    None if there is none.
    """

    surface: str
    loss: float
    gradient: Annotated[list[float], Field(min_length=2, max_length=2)]
    hessian: Annotated[list[list[float]], AfterValidator(check_two_by_two)]
    share: float
    rule: str
    failing: int
    nearest_failure: float | None


class PlaneCurvature(ManifestPart):
    """The curvature at the origin of a plane along two eigenvectors of the Hessian.

    The eigenpairs are those of the mean loss on `images` training samples, drawn with
    `images_seed`, None if all were used. Coordinates count in units of the parabola ½λ‖·‖² that an
    eigenvalue λ leads to expect: at 1 it has risen, or fallen, by `rise`. `tolerance` bounds the
    relative residual of a pair that has converged. There is a model for each surface.
    """

    images: int
    images_seed: int | None
    tolerance: float
    products: int
    rise: float
    pairs: Annotated[list[Eigenpair], Field(min_length=2, max_length=2)]
    models: list[QuadraticModel]
