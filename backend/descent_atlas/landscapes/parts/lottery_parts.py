"""Parts of a manifest on many random planes at one origin: the lottery of directions."""

from typing import Annotated, Literal

from pydantic import Field

from descent_atlas.landscapes.parts.manifest_part import ManifestPart
from descent_atlas.landscapes.parts.plane_parts import Origin


class SeedStatistic(ManifestPart):
    """A number of each random plane, and its range over their seeds.

    `array` has one for each seed, NaN where there is none. `lowest`, `median` and `highest` are
    those of the finite ones. `truth` is the same in the whole parameter space, None where that has
    no meaning or is not known. `rule` defines the number, as a sentence.
    """

    id: str
    label: str
    unit: Literal["number", "share", "degrees"]
    rule: str
    array: str
    lowest: float | None
    median: float | None
    highest: float | None
    truth: float | None


class LotteryArrow(ManifestPart):
    """A surface's direction of descent at the origin, projected to each of the planes.

    `arrays` names `x` and `y`, with a number for each seed. `norm` is that of the whole gradient,
    `cosine` its cosine with the gradient on all training samples.
    """

    surface: str
    arrays: dict[str, str]
    norm: float | None
    cosine: float | None


class LotteryCurvature(ManifestPart):
    """How much of the sharpness at the origin random planes show.

    `sharpness` is the largest eigenvalue of the Hessian of the mean loss on `images` training
    samples, drawn with `images_seed`, None if it has not converged; `residual` and `tolerance` are
    those of its pair. `array` has for each seed the largest second derivative of the same loss at
    the origin along any direction of the plane, by distance in parameter space; `highest` is the
    largest of them, `ratio` that divided by the sharpness. `rule` says so in words.
    """

    images: int
    images_seed: int | None
    tolerance: float
    products: int
    sharpness: float | None
    residual: float | None
    converged: bool
    array: str
    highest: float | None
    ratio: float | None
    rule: str


class Lottery(ManifestPart):
    """Random planes at one origin, each from a seed of its own.

    `arrays` names for each metric a float32[seeds, rows, columns]: the loss of `images` samples of
    the surface on the grid of each plane. `shown` are the seeds that are shown at first.
    `directions` names the array float64[seeds, 2] of the lengths of the planes' directions.
    """

    origin: Origin
    origin_norm: float
    seeds: Annotated[list[int], Field(min_length=1)]
    shown: list[int]
    surface: str
    images: int
    arrays: dict[str, str]
    directions: str
    lowest: float | None
    highest: float | None
    not_finite: int
    noise: float
    statistics: list[SeedStatistic]
    arrows: list[LotteryArrow]
    curvature: LotteryCurvature | None
