"""Parts of a manifest on a plane: how it was made, where it is, the grid on it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from descent_atlas.landscapes.parts.curvature_parts import PlaneCurvature
from descent_atlas.landscapes.parts.manifest_part import ManifestPart

PlaneKind = Literal["random", "pca", "minima", "shared", "ends", "given", "hessian"]


def check_pairs(gram: list[list[float]] | None) -> list[list[float]] | None:
    """Return a Gram matrix; raise ValueError unless it is None or that of two directions."""
    if gram is not None and [len(row) for row in gram] != [2, 2]:
        raise ValueError("is not the Gram matrix of two directions")
    return gram


class Origin(ManifestPart):
    """The run and step at which a plane has its origin."""

    run: str
    step: int


class Plane(ManifestPart):
    """A plane: how it was made, where it is, and how skewed its directions are.

    `origin` is None if no run passes through it; the others are None if not known. Only a plane of
    the kind "hessian" has `curvature`.
    """

    kind: PlaneKind
    origin: Origin | None
    makers: list[str]
    gram: Annotated[list[list[float]] | None, AfterValidator(check_pairs)]
    cosine: float | None
    spectrum: list[float]
    origin_norm: float | None
    curvature: PlaneCurvature | None = None


class Grid(ManifestPart):
    """The arrays that hold a grid's axes, and its lengths: rows, columns."""

    x: str
    y: str
    shape: Annotated[list[int], Field(min_length=2, max_length=2)]


class GridProgress(ManifestPart):
    """How far the surfaces of an incomplete landscape are computed.

    Of all `points` of its surfaces, `computed` are there. The subgrid with the rows and the columns
    that `rows` and `columns` choose, by the first index and the step, is complete in every surface.
    """

    computed: Annotated[int, Field(ge=0)]
    points: Annotated[int, Field(ge=1)]
    rows: Annotated[list[int], Field(min_length=2, max_length=2)]
    columns: Annotated[list[int], Field(min_length=2, max_length=2)]
