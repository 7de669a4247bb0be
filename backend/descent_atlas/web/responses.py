"""What the routes answer, as OpenAPI describes it.

The tables are made from these models. The computed answers are plain dictionaries of the same
shape, written to JSON at once: validating thousands of numbers that were just computed would
cost more than computing them.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from descent_atlas.landscapes import manifest as manifests
from descent_atlas.landscapes.claims.claim import Claim
from descent_atlas.landscapes.manifest import PlaneKind
from descent_atlas.measured.stories.story import Story
from descent_atlas.simulation.descent import Status
from descent_atlas.web.typed_arrays import TypedArray


class Answer(BaseModel):
    """A part of an answer; Python's names may differ from those that travel."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")
    # A dictionary that is answered must have these fields and no others: tests compare.


class Formula(Answer):
    """Mathematics in the author's notation and in the browser's."""

    latex: str
    mathml: str


class Link(Answer):
    """A source."""

    text: str
    url: str


class Range(Answer):
    """The least and the greatest value, both included."""

    min: float
    max: float


class DefaultRange(Range):
    """A range, and the value that is taken if none is given."""

    default: float


class ParameterAnswer(DefaultRange):
    """A parameter of an objective."""

    id: str
    symbol: Formula
    description: str


class DomainAnswer(Answer):
    """The part of the plane that is shown."""

    x: Range
    y: Range


class Point(Answer):
    """A point of the plane."""

    x: float
    y: float


class ObjectiveAnswer(Answer):
    """An objective; `scale` says whether its contours are spaced evenly or by the logarithm."""

    id: str
    name: str
    description: str
    formula: Formula
    parameters: list[ParameterAnswer]
    domain: DomainAnswer
    start: Point
    scale: Literal["linear", "log"]
    reference: Link


class ObjectivesAnswer(Answer):
    """All objectives."""

    objectives: list[ObjectiveAnswer]


class HyperparameterAnswer(Answer):
    """A hyperparameter of an optimizer; a switch's values are false and true."""

    id: str
    name: str
    symbol: Formula
    default: bool | float
    min: float
    max: float
    scale: Literal["linear", "log", "switch"]
    description: str


class ArticleAnswer(Answer):
    """The settings that the article's page has: every hyperparameter."""

    hyperparameters: dict[str, bool | float]
    steps: int


class OptimizerAnswer(Answer):
    """An optimizer; `learning_rates` are the best of a sweep, by objective."""

    id: str
    name: str
    description: str
    formula: Formula
    hyperparameters: list[HyperparameterAnswer]
    draws_noise: bool
    torch: str | None
    reference: Link
    learning_rates: dict[str, float]
    article: ArticleAnswer | None


class NoiseRanges(Answer):
    """How far each setting of the noise may go."""

    std: DefaultRange
    batch_size: DefaultRange
    seed: DefaultRange


class OptimizersAnswer(Answer):
    """All optimizers, and what holds for every one of them."""

    optimizers: list[OptimizerAnswer]
    steps: DefaultRange
    noise: NoiseRanges
    arrival_distance: float


class StoriesAnswer(Answer):
    """The article's statements, each with what was measured of it."""

    stories: list[Story]


class ClaimsAnswer(Answer):
    """The paper's claims, each with what the landscapes say to it."""

    claims: list[Claim]


class MinimumAnswer(Answer):
    """A minimum of an objective in its domain."""

    x: float
    y: float
    value: float
    is_global: Annotated[bool, Field(alias="global")]


class SurfaceAnswer(Answer):
    """An objective on a grid: `z[j, i]` is its value at `(x[i], y[j])`, `levels` its contours."""

    x: TypedArray
    y: TypedArray
    z: TypedArray
    minima: list[MinimumAnswer]
    levels: list[float]
    scale: Literal["linear", "log"]


class PointAnswer(Answer):
    """An objective's value and gradient at one point."""

    value: float
    gradient: Point


class DescentAnswer(Answer):
    """A descent; `minimum` and `arrival` are null if there is none."""

    optimizer: str
    status: Status
    steps: int
    minimum: int | None
    arrived: bool
    arrival: int | None
    step: TypedArray
    x: TypedArray
    y: TypedArray
    loss: TypedArray


class DescentsAnswer(Answer):
    """The descents in the order in which they were asked for."""

    descents: list[DescentAnswer]
    minima: list[MinimumAnswer]


class ShareAnswer(Answer):
    """The share of starts that lead to a minimum, and of those that arrive there."""

    minimum: int
    is_global: Annotated[bool, Field(alias="global")]
    share: float
    arrived: float


class BasinAnswer(Answer):
    """Where an optimizer leads: by start the minimum (-1: none) and the step of arrival (-1)."""

    optimizer: str
    labels: TypedArray
    steps: TypedArray
    shares: list[ShareAnswer]
    none: float
    diverged: float


class BasinsAnswer(Answer):
    """The basins in the order in which they were asked for."""

    basins: list[BasinAnswer]
    minima: list[MinimumAnswer]


class LandscapeRow(Answer):
    """What a landscape or table says of itself; `cells` and `explained` are a table's.

    `optimizers` are those of its runs, `gd` being SGD on the whole training set at each step. `url`
    and `files` are relative to the catalog's address, so that they hold below any prefix: from
    `https://example.com/atlas/api/landscapes`, `landscapes/bowl?v=1` leads to
    `https://example.com/atlas/api/landscapes/bowl?v=1`. They carry the version, so that what they
    answer may be kept for good.
    """

    id: str
    kind: Literal["landscape", "table"]
    title: str
    shows: str
    figures: list[str]
    plane: PlaneKind | None
    origin: manifests.Origin | None
    runs: list[manifests.Run]
    optimizers: list[str]
    surfaces: list[str]
    grid: list[int] | None
    arrows: bool
    cells: list[manifests.Cell]
    explained: dict[str, float | None]
    version: str
    url: str
    files: dict[str, str]


class UnavailableAnswer(Answer):
    """A landscape that cannot be trusted, and why."""

    id: str
    reason: str


class LandscapesAnswer(Answer):
    """The landscapes in the paper's order, and the folder's own name.

    Files are named as they lie within the folder; where that is, the server keeps to itself.
    """

    landscapes: list[LandscapeRow]
    unavailable: list[UnavailableAnswer]
    folder: str


class LandscapeAnswer(Answer):
    """A landscape whole: its manifest as it was written, and the arrays that it names."""

    version: str
    manifest: manifests.Manifest
    arrays: dict[str, TypedArray]


class Health(Answer):
    """Whether everything is compiled and in memory, and which version this is.

    `reason` says why the last try failed; the next one follows.
    """

    status: Literal["ready", "warming", "failed"]
    version: str
    reason: str | None = None
