"""The manifest of a landscape: the one model for its writer, its reader, the claims and the API."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from descent_atlas.landscapes.parts.batch_path_parts import BatchPath
from descent_atlas.landscapes.parts.curvature_parts import Curvature
from descent_atlas.landscapes.parts.lottery_parts import Lottery
from descent_atlas.landscapes.parts.manifest_part import ManifestPart
from descent_atlas.landscapes.parts.plane_parts import Grid, GridProgress, Plane
from descent_atlas.landscapes.parts.segment_parts import End, RunSegments, Segment
from descent_atlas.storage.npz import ArraySummary

LandscapeKind = Literal["landscape", "profile", "table", "segments", "lottery", "batch-path"]


class NamedMetric(ManifestPart):
    """A value that surfaces have: the loss, or a metric beside it.

    `higher_is_better` is None if not known. A `share` lies between 0 and 1.
    """

    id: str
    label: str
    higher_is_better: bool | None
    unit: Literal["number", "share"]


EARLIER_METRICS = (
    NamedMetric(id="loss", label="loss", higher_is_better=False, unit="number"),
    NamedMetric(id="accuracy", label="accuracy", higher_is_better=True, unit="share"),
)
"""The metrics of a manifest that names none."""


class VaryingParameters(ManifestPart):
    """How many of a network's parameters vary, and which were asked for.

    `patterns` are names with the wildcards of a shell, None if all were asked for. Parameters with
    `requires_grad=False` are `frozen`; the rest of `total` matched no pattern.
    """

    patterns: list[str] | None
    varying: int
    total: int
    frozen: int


class BufferRule(ManifestPart):
    """What happens to buffers, such as running statistics, at each point.

    They are those of the origin (`frozen`), or computed anew from `batches` training batches
    (`recalibrated`). `why` is a sentence.
    """

    policy: Literal["none", "frozen", "recalibrated"]
    batches: int | None
    why: str


class Evaluation(ManifestPart):
    """How the loss was evaluated at a point.

    `samples` is what the means are over in total, `weight` what a sample counts for: "samples", or
    the name of a function. `composition` says whether a sample's loss depends on its batch. The
    normalization of directions is None where none was drawn at random. `notes` are sentences on
    what a reader may not expect.
    """

    loss: str
    unit: str | None
    samples: float
    batches: int
    weight: str
    composition: Literal["independent", "as given", "unknown"]
    precision: str
    device: str
    parameters: VaryingParameters
    buffers: BufferRule
    normalization: Literal["filter", "layer", "none"] | None
    one_dimensional: Literal["zero", "same"] | None
    points_at_once: int = 1
    notes: list[str] = Field(default_factory=list)
    torch: str


class Run(ManifestPart):
    """A run as the study calls it, with its hyperparameters (`spec`) and results.

    What is None is not known. `metrics` is the last row of the numbers that a loop of one's own
    recorded, `skipped_steps` how many steps a gradient scaler skipped. `steps` and the steps of
    snapshots count optimizer steps, or, where those are not known, checkpoints (`step_unit`).
    `end_distance` is how far the end lies from a snapshot at the same step, as an average of the
    parameters does.
    """

    id: str
    label: str
    status: str | None
    stop_reason: str | None = None
    spec: dict[str, Any]
    batch_size: int | None
    steps: int
    step_unit: Literal["step", "checkpoint"] = "step"
    steps_per_epoch: int | None
    images: int | None
    seconds: float | None
    ended: str | None = None
    train_loss: float | None
    test_accuracy: float | None
    turning: float | None
    metrics: dict[str, float | None] = Field(default_factory=dict)
    skipped_steps: int = 0
    end_distance: float | None = None


class Surface(ManifestPart):
    """A surface: what it is the loss of, and what can be read off it.

    `arrays` names one for each metric, and those of convexity. `label` is its name for people.
    `images` is None if not known. In an incomplete landscape, `arrays` names in place of those of
    convexity the mask `computed`, and what is counted or measured on the whole surface is None.
    """

    id: str
    label: str | None = None
    split: str
    images: int | None
    arrays: dict[str, str]
    lowest: float | None
    highest: float | None
    not_finite: int | None
    minima: int | None
    minima_on_border: int | None
    noise: float | None = None
    correlation: float | None


class Spread(ManifestPart):
    """The mean of several values, and their 5% and 95% quantiles."""

    mean: float | None
    low: float | None
    high: float | None


class RandomWalks(ManifestPart):
    """What a plane would show of random walks in place of the runs.

    The plane was constructed anew from each of `sets` sets of as many walks, drawn with `seed`.
    """

    sets: int
    seed: int
    energy: Spread
    displacement: Spread


class Trajectory(ManifestPart):
    """A run on the plane, and how much of its movement about its own end θ_T lies in it.

    With the projection Π on the plane's directions, `energy_about_end` is
    Σ‖Π(θₜ - θ_T)‖² / Σ‖θₜ - θ_T‖², `displacement` ‖Π(θ_T - θ₀)‖² / ‖θ_T - θ₀‖². Landscapes before
    schema 3 have neither: they measured energy from the plane's origin.
    """

    run: str
    arrays: dict[str, str]
    energy_about_end: float | None = None
    displacement: float | None = None
    end_distance: float | None = None
    random_walks: RandomWalks | None = None


class Arrow(ManifestPart):
    """A surface's direction of descent at the origin, and its cosine with the full gradient's."""

    surface: str
    x: float | None
    y: float | None
    norm: float | None
    cosine: float | None


class Cosines(ManifestPart):
    """The cosines of many batches' gradients with the full one."""

    images: int
    batches: int
    array: str
    mean: float | None
    median: float | None
    quartiles: Annotated[list[float | None], Field(min_length=2, max_length=2)]


class BatchCorrelations(ManifestPart):
    """The correlations of many batches' surfaces with the whole training set's.

    `arrays` has one number for each of `batches` batches of `images` images: on the whole plane
    (`plane`) and within the distance `within` of the origin (`near`).
    """

    images: int
    batches: int
    within: float
    arrays: dict[str, str]


class SeedPath(ManifestPart):
    """The path of a run with one of its seeds, drawn in its own principal plane.

    `arrays` has one number for each uniform snapshot: the images seen, the coordinates x and y, in
    units of parameter space, and the true training loss.
    """

    run: str
    seed: int
    arrays: dict[str, str]


class PaperPoint(ManifestPart):
    """Where a run passed the accuracy that the paper prints.

    `step` is that of the first snapshot whose test accuracy reaches it, `before` that of the
    snapshot before.
    """

    step: int
    before: int


class Cell(ManifestPart):
    """A cell of a table: accuracies in percent over seeds, and the paper's if it prints one."""

    run: str
    row: str
    column: str
    mean: float | None
    low: float | None
    high: float | None
    paper: float | None
    paper_reached: PaperPoint | None = None


class Results(ManifestPart):
    """What was found beside the surfaces."""

    cells: list[Cell] = Field(default_factory=list)
    explained: dict[str, float | None] = Field(default_factory=dict)
    cosines: list[Cosines] = Field(default_factory=list)
    correlations: list[BatchCorrelations] = Field(default_factory=list)
    paths: list[SeedPath] = Field(default_factory=list)
    curvature: list[Curvature] = Field(default_factory=list)


class StudyAbout(ManifestPart):
    """What a gallery says of a study: its title, and a text, which may be empty."""

    title: str
    text: str


class Dataset(ManifestPart):
    """The samples; None where their number is not known.

    `origin` is a sentence on where they come from, as a function of data gave it.
    """

    name: str
    classes: list[str] = Field(default_factory=list)
    train: int | None = None
    test: int | None = None
    origin: str | None = None


class ImportedFile(ManifestPart):
    """A file of another program from which a landscape was read, with its SHA-256."""

    file: str
    sha256: str


class Manifest(ManifestPart):
    """What a landscape or table says of itself; what is not finite stands in the arrays.

    `kind` is "landscape" (a plane with surfaces and trajectories), "profile" (losses on a segment),
    "table" (accuracies of runs), "segments" (losses on segments between points of runs), "lottery"
    (many random planes at one origin) or "batch-path" (what batches see along a run). A landscape
    and a batch path have a `plane` and a `grid`, a lottery a `grid`; only a profile has a
    `segment`. `metrics` are those of surfaces and segment, the loss first; None in earlier
    versions, which had loss and accuracy. `shows` is a sentence on what to see, `figures` are the
    paper's. `study` is the study's id, which earlier versions did not record. `imported_from` are
    the files of another program that it was read from. A landscape that is being computed is not
    `complete`, and says its `progress`. `key` is a SHA-256 of
    all that the landscape was computed from, `sha256` that of the file of arrays, which `arrays`
    names with their types and shapes.
    """

    schema_version: Annotated[int, Field(alias="schema")]
    id: str
    kind: LandscapeKind
    title: str
    shows: str
    figures: list[str]
    dataset: Dataset
    network: dict[str, Any]
    runs: list[Run]
    plane: Plane | None
    grid: Grid | None
    segment: Segment | None = None
    segments: RunSegments | None = None
    lottery: Lottery | None = None
    batch_path: BatchPath | None = None
    metrics: list[NamedMetric] | None = None
    evaluation: Evaluation | None = None
    ends: list[End] = Field(default_factory=list)
    surfaces: list[Surface]
    trajectories: list[Trajectory]
    arrows: list[Arrow]
    results: Results
    seeds: dict[str, Any]
    versions: dict[str, str]
    study: str | None = None
    study_about: StudyAbout | None = None
    imported_from: list[ImportedFile] = Field(default_factory=list)
    complete: bool = True
    progress: GridProgress | None = None
    key: str
    arrays: dict[str, ArraySummary]
    sha256: str


def validate_manifest(header: Mapping[str, Any]) -> Manifest:
    """Return a manifest from JSON. Raises ValueError, which names the first faulty field."""
    try:
        return Manifest.model_validate(header)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        if first["type"] == "missing":
            raise ValueError(f'the field "{place}" is missing') from None
        raise ValueError(f"{place}: {first['msg']}") from None


def list_metrics(manifest: Manifest) -> Sequence[NamedMetric]:
    """Return the metrics of a manifest, the loss first.

    Raises ValueError if the first is not the loss, or two have one id.
    """
    if manifest.metrics is None:
        return EARLIER_METRICS
    ids = [metric.id for metric in manifest.metrics]
    if ids[:1] != ["loss"]:
        raise ValueError('the first metric is not "loss"')
    if len(set(ids)) < len(ids):
        raise ValueError("two metrics have one id")
    return manifest.metrics
