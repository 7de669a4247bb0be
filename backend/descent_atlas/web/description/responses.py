"""Models of the responses.

The tables are made from these models. The computed responses are plain dictionaries of the same
shape, written to JSON at once: validating thousands of numbers that were just computed would
cost more than computing them.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from descent_atlas.landscapes import manifest as manifests
from descent_atlas.landscapes.chapters import ChapterName
from descent_atlas.landscapes.claims.claim import Claim
from descent_atlas.landscapes.claims.table_standings import Standings
from descent_atlas.landscapes.manifest import LandscapeKind
from descent_atlas.landscapes.parts.plane_parts import Origin, PlaneKind
from descent_atlas.measured.stories.story import Story
from descent_atlas.simulation.descent import Status
from descent_atlas.web.typed_arrays import TypedArray


class ResponsePart(BaseModel):
    """A part of a response; Python's names may differ from those that travel."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")
    # A dictionary that is answered must have these fields and no others: tests compare.


IsGlobal = Annotated[
    bool, Field(alias="global", description="Whether no other minimum in the domain is lower.")
]


class Formula(ResponsePart):
    """A formula in two notations."""

    latex: str = Field(description="The formula in LaTeX, as its author wrote it.")
    mathml: str = Field(description="The same in MathML, which browsers draw.")


class Link(ResponsePart):
    """A source."""

    text: str = Field(description="The source's name: authors, title, year.")
    url: str = Field(description="The source's address.")


class Range(ResponsePart):
    """A range of numbers."""

    min: float = Field(description="The least value, included.")
    max: float = Field(description="The greatest value, included.")


class DefaultRange(Range):
    """A range of numbers with a default."""

    default: float = Field(description="The value that is taken if a request gives none.")


class ParameterPart(DefaultRange, title="Parameter"):
    """A parameter of an objective."""

    id: str = Field(description="The parameter's name in requests.")
    symbol: Formula = Field(description="The parameter's symbol in the objective's formula.")
    description: str = Field(description="What the parameter changes.")


class DomainPart(ResponsePart, title="Domain"):
    """The part of the plane that the page shows at first."""

    x: Range = Field(description="The range of x.")
    y: Range = Field(description="The range of y.")


class PointPart(ResponsePart, title="Point"):
    """A pair of coordinates."""

    x: float = Field(description="The first coordinate.")
    y: float = Field(description="The second coordinate.")


class OpeningPart(ResponsePart, title="Opening"):
    """The settings at which the page opens an objective."""

    parameters: dict[str, float] = Field(description="The parameters that are not at default.")
    start: PointPart = Field(description="The start.")
    preset: Literal["swept", "article"] = Field(
        description="The optimizers' settings: at the swept learning rates, or the article's."
    )


class StoryTitle(ResponsePart):
    """A story by its name."""

    id: str = Field(description="The story's name in links.")
    title: str = Field(description="The story's title.")


class ObjectivePart(ResponsePart, title="Objective"):
    """A function of two variables."""

    id: str = Field(description="The objective's name in requests.")
    name: str = Field(description="The objective's name for people.")
    description: str = Field(description="What makes the objective easy or hard.")
    formula: Formula = Field(description="The definition.")
    parameters: list[ParameterPart] = Field(description="The parameters, each with its range.")
    domain: DomainPart = Field(description="The ranges of x and y on the page.")
    start: PointPart = Field(description="A start from which optimizers differ.")
    opening: OpeningPart | None = Field(
        description="The settings to show first, where optimizers do not differ at the defaults."
    )
    valley: Formula | None = Field(
        description="The equation of the curves that the minima form, of which each minimum that "
        "is listed stands for one: arriving anywhere on its curve is arriving there. Null where "
        "minima are points."
    )
    stories: list[StoryTitle] = Field(description="The stories that are told on the objective.")
    scale: Literal["linear", "log"] = Field(
        description="How contours are spaced: evenly, or evenly in the logarithm."
    )
    reference: Link = Field(description="Where the objective comes from.")


class ObjectivesResponse(ResponsePart):
    """All objectives."""

    objectives: list[ObjectivePart] = Field(description="The objectives, in the page's order.")


class ThumbnailPart(ResponsePart, title="Thumbnail"):
    """An objective as a small picture: the smallest square around its domain, at its defaults."""

    objective: str = Field(description="The objective's name in requests.")
    levels: int = Field(description="How many contour levels the picture has.")
    numbers: TypedArray = Field(
        description="Where each point stands among the levels, rows from the smallest y upwards: 0 "
        "is one level below the first, 255 one above the last, linear between levels."
    )


class ThumbnailsResponse(ResponsePart):
    """All objectives as small pictures."""

    thumbnails: list[ThumbnailPart] = Field(description="The pictures, in the page's order.")


class StoriesResponse(ResponsePart):
    """The stories: statements about optimizers, each with measurements."""

    stories: list[Story] = Field(description="The stories, in the page's order.")


class ClaimsResponse(ResponsePart):
    """Claims, each with its verdict on the landscapes of this server."""

    claims: list[Claim] = Field(description="The paper's claims, in its order.")
    rules_fixed: datetime = Field(
        description="When the rules were fixed by which the paper's claims are judged; "
        "`/api/v1/claims/rules` is their file."
    )
    curvature: list[Claim] = Field(description="Claims of the literature about curvature.")
    curvature_rules_fixed: datetime = Field(
        description="When the rules were fixed by which the claims about curvature are judged; "
        "`/api/v1/claims/curvature-rules` is their file."
    )
    skips: list[Claim] = Field(
        description="Claims of the literature about networks with and without skips."
    )
    transformer: list[Claim] = Field(
        description="Claims of the literature about training a transformer."
    )
    network_rules_fixed: datetime = Field(
        description="When the rules were fixed by which the claims about skips and the transformer "
        "are judged; `/api/v1/claims/network-rules` is their file."
    )


class MinimumPart(ResponsePart, title="Minimum"):
    """A minimum of an objective in its domain."""

    x: float = Field(description="The first coordinate.")
    y: float = Field(description="The second coordinate.")
    value: float = Field(description="The objective's value there.")
    is_global: IsGlobal


class SurfaceResponse(ResponsePart):
    """An objective's values on a grid."""

    x: TypedArray = Field(description="The grid's coordinates along x, ascending.")
    y: TypedArray = Field(description="The grid's coordinates along y, ascending.")
    z: TypedArray = Field(description="The values: `z[j, i]` is that at `(x[i], y[j])`.")
    minima: list[MinimumPart] = Field(description="The objective's minima.")
    too_many_minima: bool = Field(
        description="Whether no minimum is listed because there are too many, or none is isolated."
    )
    levels: list[float] = Field(description="Values for contour lines, ascending.")
    scale: Literal["linear", "log"] = Field(
        description="How the levels are spaced: evenly, or evenly in the logarithm."
    )


class VisitPart(ResponsePart, title="Visit"):
    """A stay within the arrival distance of a minimum."""

    minimum: int = Field(description="The minimum, as an index into `minima`.")
    first: int = Field(description="The first step of the stay.")
    last: int = Field(description="The last step of the stay.")


class RatesPart(ResponsePart, title="Rates"):
    """The learning rate over all steps that were asked for."""

    step: TypedArray = Field(
        description="Steps, evenly spaced from 1 to the last, every one if there are not many."
    )
    rate: TypedArray = Field(description="The learning rate of each of them.")


class DescentPart(ResponsePart, title="Descent"):
    """One optimizer's path."""

    optimizer: str = Field(description="The optimizer's id.")
    status: Status = Field(
        description="How the descent ended. `converged` and `stationary` need a last step of at "
        "most 1e-8 at the unscheduled learning rate: a schedule that ends near zero brings no rest."
    )
    steps: int = Field(
        description="The steps taken: as many as the budget pays for, or, if it diverged, the "
        "step in which it left."
    )
    evaluations: int = Field(
        description="The gradients spent, each with a value; as many as `steps` unless a step "
        "takes several."
    )
    minimum: int | None = Field(
        description="The minimum to which the gradient flow leads from the end, as an index into "
        "`minima`; null if there is none."
    )
    arrived: bool = Field(
        description="Whether the path stays within the arrival distance of it to the end: over "
        "the last W + 1 points, W = max(20, ⌈steps / 10⌉), or all points if there "
        "are fewer; where a step takes several gradients, over the points of the "
        "last W of these. If the gradient is noisy, one point in 20 may lie "
        "outside."
    )
    arrival: int | None = Field(
        description="The first step of that stay, which lasts to the end (with noise: of the "
        "earliest W + 1 points from which on any W + 1 in succession pass); null if the path "
        "does not arrive."
    )
    visit: VisitPart | None = Field(
        description="If the path does not arrive, its longest unbroken stay near one minimum; null "
        "if that has fewer than W + 1 points, and if the path arrives."
    )
    kink: str | None = Field(
        description="Why the objective has no gradient at the last point and what counts as it; "
        "null if it has one, and if the descent diverged."
    )
    rates: RatesPart | None = Field(
        description="The learning rate over the steps; null if it is constant."
    )
    step: TypedArray = Field(
        description="The step of each point, ascending from 0. Long paths are thinned."
    )
    spent: TypedArray | None = Field(
        description="The gradients spent until each point; null where each step takes one."
    )
    x: TypedArray = Field(
        description="The first coordinate of each point, of the average where the optimizer "
        "averages."
    )
    y: TypedArray = Field(description="The second coordinate of each point.")
    loss: TypedArray = Field(description="The objective's value at each point, without noise.")


class DescentsResponse(ResponsePart):
    """The paths of several optimizers from one start."""

    descents: list[DescentPart] = Field(description="The descents, in the request's order.")
    minima: list[MinimumPart] = Field(description="The objective's minima.")
    too_many_minima: bool = Field(
        description="Whether no minimum is listed because there are too many, or none is isolated."
    )


class BasinShare(ResponsePart):
    """The share of one minimum's basin."""

    minimum: int = Field(description="The minimum, as an index into `minima`.")
    is_global: IsGlobal
    share: float = Field(description="The share of starts that lead to the minimum, 0 to 1.")
    arrived: float = Field(
        description="The share of starts that arrive at it and stay to the end, 0 to 1."
    )


class BasinMap(ResponsePart):
    """Where one optimizer leads from every start of a grid."""

    optimizer: str = Field(description="The optimizer's id.")
    labels: TypedArray = Field(
        description="The minimum by start, as an index into `minima`: `labels[j, i]` is that of "
        "the start `(x[i], y[j])`; -1 if there is none."
    )
    steps: TypedArray = Field(description="The step of arrival by start; -1 if it never arrives.")
    shares: list[BasinShare] = Field(description="The share of each minimum.")
    none: float = Field(description="The share of starts that lead to no minimum, 0 to 1.")
    diverged: float = Field(description="The share of starts that diverge, 0 to 1.")


class BasinsResponse(ResponsePart):
    """The basins of several optimizers."""

    basins: list[BasinMap] = Field(description="The basins, in the request's order.")
    minima: list[MinimumPart] = Field(description="The objective's minima.")
    too_many_minima: bool = Field(
        description="Whether no minimum is listed because there are too many, or none is isolated."
    )


class CatalogEntry(ResponsePart):
    """A landscape or a table of the paper, as the catalog lists it.

    `url` and `files` are relative to the catalog's address, so that they hold below any prefix:
    from `https://example.com/atlas/api/v1/landscapes`, `landscapes/bowl?v=1` leads to
    `https://example.com/atlas/api/v1/landscapes/bowl?v=1`. They carry the version, so that a
    client may keep their answers for good.
    """

    id: str = Field(description="The landscape's name in addresses.")
    own_id: str = Field(
        description="The landscape's name within its folder. It differs from `id` if an earlier "
        "folder has a landscape of the same name."
    )
    study: str = Field(description="The id of its study, among those of the catalog.")
    kind: LandscapeKind = Field(
        description="A landscape has a plane and surfaces, a profile a segment, a table cells; "
        "`segments` have profiles between points of runs, a `lottery` many random planes, a "
        "`batch-path` the surfaces of batches along a run."
    )
    title: str = Field(description="What it is.")
    shows: str = Field(description="What can be seen in it.")
    figures: list[str] = Field(description="The paper's figures and tables to which it belongs.")
    plane: PlaneKind | None = Field(description="How the plane was made; null without one.")
    origin: Origin | None = Field(
        description="The run and step at the plane's origin; null if there is none."
    )
    runs: list[manifests.Run] = Field(description="The trainings that it is about.")
    optimizers: list[str] = Field(
        description="The optimizers of its runs; `gd` is SGD on the whole training set."
    )
    surfaces: list[str] = Field(description="The ids of its surfaces.")
    metrics: list[str] = Field(
        description="The ids of what its surfaces or its profile have values of; none for a table."
    )
    grid: Annotated[list[int], Field(min_length=2, max_length=2)] | None = Field(
        description="The grid's lengths: rows, columns; null without one."
    )
    complete: bool = Field(description="False while it is being computed.")
    arrows: bool = Field(description="Whether it shows directions of descent.")
    cells: list[manifests.Cell] = Field(description="A table's cells.")
    explained: dict[str, float | None] = Field(
        description="A table's share of variance that each factor explains, 0 to 1."
    )
    standings: Standings | None = Field(
        description="How a table's accuracies compare; null for a landscape, and for a table "
        "without accuracies."
    )
    version: str = Field(description="A hash that changes when the landscape does.")
    url: str = Field(description="The landscape's address, relative to the catalog's.")
    files: dict[str, str] = Field(
        description="The addresses of its files by name, relative to the catalog's."
    )


class UnavailableLandscape(ResponsePart):
    """A landscape that is damaged."""

    id: str = Field(description="The name of its folder.")
    reason: str = Field(description="What is wrong with it.")


class CatalogStudy(ResponsePart):
    """A study in one folder, or the landscapes there that belong to none."""

    id: str = Field(description="The study's id, unique in the catalog.")
    title: str = Field(description="What it is.")
    text: str = Field(description="What it is about; empty if its author did not say.")
    is_paper: bool = Field(
        description="Whether it is the paper's own study, by its data set and network."
    )
    chapter: ChapterName | None = Field(
        description="The atlas's chapter on it; null if it has none. A study is known by its data "
        "set and network."
    )
    lead: str | None = Field(
        description="The id of the landscape that leads the chapter; null if it is not there."
    )


class LandscapesResponse(ResponsePart):
    """The catalog of landscapes.

    Files are named as they lie within their folder; the folder's own place stays the server's.
    """

    landscapes: list[CatalogEntry] = Field(
        description="The landscapes and tables, folder by folder, in the paper's order."
    )
    count: int = Field(description="How many match the filters, on this page and all others.", ge=0)
    unavailable: list[UnavailableLandscape] = Field(
        description="The landscapes that are not served, with the reasons."
    )
    studies: list[CatalogStudy] = Field(description="The studies, in the order of the landscapes.")
    folders: list[str] = Field(description="The names of the folders that hold the landscapes.")


class LandscapeResponse(ResponsePart):
    """One landscape whole."""

    version: str = Field(description="A hash that changes when the landscape does.")
    manifest: manifests.Manifest = Field(description="The manifest, as it was written.")
    arrays: dict[str, TypedArray] = Field(description="The arrays, by the manifest's names.")


class HealthResponse(ResponsePart):
    """The server's state."""

    status: Literal["ready", "warming", "failed"] = Field(
        description="`ready`: everything is compiled and in memory. `warming`: requests are "
        "answered, but slower. `failed`: as `warming`, and the last try failed; another follows."
    )
    version: str = Field(description="The version of Descent Atlas.")
    reason: str | None = Field(
        default=None, description="Why the last try failed; absent unless it did."
    )
