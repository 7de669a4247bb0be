"""Tables of a study's TOML file: its data, network, metrics, runs, landscapes and tables."""

import math
import re
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from descent_atlas.analysis.spectra.eigenplanes import Second
from descent_atlas.evaluation.named_losses import find_metric
from descent_atlas.landscapes.format import ID
from descent_atlas.training.images.dataset_loading import ImageSource
from descent_atlas.training.images.datasets import Normalization, Subset
from descent_atlas.training.images.image_files import PIXELS_LIMIT, ImageFormat
from descent_atlas.training.named.learning_rate_schedules import check_schedule
from descent_atlas.training.named.named_objects import find_named
from descent_atlas.training.named.optimizer_classes import find_optimizer, try_optimizer
from descent_atlas.training.networks import NetworkError, construct, rename_factory
from descent_atlas.training.recording.snapshot_precision import EXACT, Precision
from descent_atlas.training.snapshot_plan import SNAPSHOT_COUNT

EPOCHS_LIMIT = 100_000
"""Epochs of a run. Its metrics take 60 bytes an epoch in a document of at most 8 MiB."""

Id = Annotated[str, Field(pattern=f"^{ID.pattern}$", max_length=60)]
SurfaceName = Annotated[str, Field(pattern=r"^(train|test|batch-[1-9][0-9]*)$")]
"""A split, or a batch: `batch-64` is the first 64 images of a run's first epoch."""

Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]

REFERENCE = re.compile(r"[^\W\d][\w.]*:[^\W\d]\w*")
"""The form of "module:function"."""


class StudyTable(BaseModel):
    """A TOML table of a study. Unknown fields and values of another type are invalid."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Data(StudyTable):
    """The data set: images from a source, or what a function "module:function" gives.

    The function returns train and test batches, see `study.study_data`. What images of class
    folders become is that of `ImageFormat`; `mean` and `std` normalize the channels of pixels in
    [0, 1]. `train` and `test` are how many images of each split are used, see `Subset`.
    """

    name: str
    source: ImageSource | None = None
    function: str | None = None
    options: dict[str, Any] = {}
    classes: Annotated[list[str], Field(min_length=1)] | None = None
    size: list[Annotated[int, Field(ge=1)]] | None = None
    channels: Literal[1, 3] = 3
    mean: list[float] | None = None
    std: list[Annotated[float, Field(gt=0)]] | None = None
    train: Annotated[int, Field(ge=1)] | None = None
    test: Annotated[int, Field(ge=1)] | None = None

    @field_validator("function")
    @classmethod
    def check_function(cls, name: str | None) -> str | None:
        """Look the function up."""
        if name is not None and not callable(find_named(name, "function of data")):
            raise ValueError(f'"{name}" cannot be called')
        return name

    @model_validator(mode="after")
    def check_fields(self) -> Self:
        """Require a source or a function, and what belongs to it alone."""
        if (self.source is None) == (self.function is None):
            raise ValueError("name either a source or a function")
        if self.options and self.function is None:
            raise ValueError("options are those of a function, which is not named")
        if self.source != "class-folders" and (self.classes or self.size or self.channels != 3):
            raise ValueError('classes, size and channels are those of source = "class-folders"')
        if self.function is not None and (self.mean or self.std):
            raise ValueError("mean and std are those of images; a function gives what it likes")
        if self.function is not None and (self.train or self.test):
            raise ValueError("train and test are those of images; a function gives what it likes")
        if (self.mean is None) != (self.std is None):
            raise ValueError("mean and std belong together")
        if self.classes and len(set(self.classes)) < len(self.classes):
            raise ValueError("two classes have one name")
        if self.size and (len(self.size) != 2 or self.size[0] * self.size[1] > PIXELS_LIMIT):
            raise ValueError(f"size is [width, height], of at most {PIXELS_LIMIT:,} pixels in all")
        return self

    @property
    def form(self) -> ImageFormat:
        """What images of class folders become."""
        size = (self.size[0], self.size[1]) if self.size else None
        return ImageFormat(self.channels, size, tuple(self.classes) if self.classes else None)

    @property
    def subset(self) -> Subset:
        """How many images of each split are used."""
        return Subset(self.train, self.test)

    @property
    def normalization(self) -> Normalization | None:
        """The mean and deviation of the channels."""
        if self.mean is None or self.std is None:
            return None
        return Normalization(tuple(self.mean), tuple(self.std))


class Network(StudyTable):
    """The network: a factory "module:function" and its arguments."""

    factory: Annotated[str, AfterValidator(rename_factory)]
    options: dict[str, Any] = {}

    @model_validator(mode="after")
    def check_it_builds(self) -> Self:
        """Build the network once."""
        try:
            self.build()
        except NetworkError as error:
            raise ValueError(str(error)) from error
        return self

    def build(self) -> torch.nn.Module:
        """Return the network with the initial parameters of the seed 0."""
        return construct(self.factory, 0, self.options)


class MetricEntry(StudyTable):
    """A metric beside the loss: its id, and a function "module:name" or a ready one's name.

    `higher_is_better` is needed for a function that is no `evaluation.losses.Metric`. A `share`
    lies between 0 and 1.
    """

    id: Id
    function: str
    label: str | None = None
    higher_is_better: bool | None = None
    unit: Literal["number", "share"] = "number"

    @model_validator(mode="after")
    def check_it_exists(self) -> Self:
        """Look the metric up."""
        if self.id == "loss":
            raise ValueError('a metric cannot be called "loss"')
        find_metric(self.function, self.higher_is_better)
        return self


ACCURACY = MetricEntry(id="accuracy", function="accuracy", unit="share")
"""The metric of studies that name none and whose loss is the classification of samples."""


class TrainingDefaults(StudyTable):
    """The settings of runs that do not override them."""

    epochs: Annotated[int, Field(ge=1, le=EPOCHS_LIMIT)]
    patience: Annotated[int, Field(ge=1)] | None = None
    seeds: Seeds = [0]
    snapshots: Annotated[int, Field(ge=1)] = SNAPSHOT_COUNT
    snapshot_precision: Precision = EXACT


class CurvatureSettings(StudyTable):
    """What is measured of the loss's curvature along every run.

    The sharpness, the largest eigenvalue of the Hessian of the mean loss, is measured on the first
    of `subsets` disjoint sets of `images` training images, the same for all runs, which `seed`
    draws; and on all of them at `spread` of the snapshots. These are the run's start, its end, and
    `snapshots` of the snapshots that are uniform in its planned steps. An eigenpair has converged
    if its residual is at most `tolerance` times its eigenvalue's magnitude.
    """

    images: Annotated[int, Field(ge=1)] = 2000
    snapshots: Annotated[int, Field(ge=1)] = 20
    subsets: Annotated[int, Field(ge=1)] = 3
    spread: Annotated[int, Field(ge=0)] = 3
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.01
    seed: Annotated[int, Field(ge=0)] = 0


class ScheduleEntry(StudyTable):
    """A schedule of the learning rate: a class of `torch.optim.lr_scheduler` and its arguments.

    It moves on after every epoch or step. `parts` are the schedules of which `SequentialLR` and
    `ChainedScheduler` consist; they move with it.
    """

    name: str
    options: dict[str, Any] = {}
    every: Literal["step", "epoch"] = "epoch"
    parts: list["ScheduleEntry"] = []


class RunEntry(StudyTable):
    """A run, trained once with each of its seeds.

    `optimizer` is the name of a class of `torch.optim`, or "module:Class". `planes`
    are planes around its end; each is a landscape of its own. Full-batch runs have no patience:
    they stop early only if the loss is not finite. `network` are options of the network's factory
    in which that of this run differs from the study's.
    """

    id: Id
    label: str
    optimizer: str
    hyperparameters: dict[str, Any]
    batch_size: Annotated[int, Field(ge=1)] | Literal["all"]
    epochs: Annotated[int, Field(ge=1, le=EPOCHS_LIMIT)] | None = None
    seeds: Seeds | None = None
    schedule: ScheduleEntry | None = None
    network: dict[str, Any] = {}
    planes: list[Literal["random", "pca", "hessian"]] = []
    figures: list[str] = []

    @field_validator("optimizer")
    @classmethod
    def check_optimizer(cls, name: str) -> str:
        """Look the class up."""
        find_optimizer(name)
        return name

    @model_validator(mode="after")
    def check_hyperparameters(self) -> Self:
        """Construct the optimizer and its schedule once."""
        try_optimizer(self.optimizer, self.hyperparameters)
        if self.schedule is not None:
            schedule = self.schedule.model_dump()
            try:
                check_schedule(self.optimizer, self.hyperparameters, schedule)
            except ValueError as error:
                raise ValueError(f"schedule: {error}") from error
        return self


class HessianSettings(StudyTable):
    """The eigenvectors of a plane of the kind "hessian", and how far it reaches.

    They are those of the Hessian of the mean loss on `images` training samples that `seed` draws,
    None for all: of the largest eigenvalue, and of the next or of the most negative one (`second`).
    Coordinates count in units of the parabola that each eigenvalue leads to expect, which at 1 has
    risen or fallen by `rise`, None for the loss on these samples at the origin. The grid is
    [-reach, reach]². A pair has converged if its residual is at most `tolerance` times its
    eigenvalue's magnitude; a plane of others is not drawn.
    """

    second: Second = "leading"
    images: Annotated[int, Field(ge=1)] | None = None
    rise: Annotated[float, Field(gt=0)] | None = None
    reach: Annotated[float, Field(gt=0)] = 1.0
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.01
    seed: Annotated[int, Field(ge=0)] = 0


class LandscapeEntry(StudyTable):
    """A landscape: a plane, the surfaces on it, and the runs whose trajectories it shows.

    The plane's origin is the end of the run `origin` or, with `origin_step`, its snapshot nearest
    to that step. Each run is represented by its first seed. `grid` is the number of points along
    each axis. `seed` is that of random directions and batches. With `arrows`, each surface has its
    direction of descent at the origin. With `batches`, the surfaces of as many batches of each size
    that it shows are correlated with the training set's; they are not drawn. `hessian` are the
    settings of a plane of eigenvectors.
    """

    id: Id
    title: str
    shows: str
    figures: list[str]
    plane: Literal["random", "pca", "minima", "shared", "hessian"]
    origin: str
    origin_step: Annotated[int, Field(ge=0)] | None = None
    runs: Annotated[list[str], Field(min_length=1)]
    surfaces: Annotated[list[SurfaceName], Field(min_length=1)]
    grid: Annotated[int, Field(ge=3)]
    seed: Annotated[int, Field(ge=0)] = 0
    arrows: bool = False
    batches: Annotated[int, Field(ge=0)] = 0
    hessian: HessianSettings | None = None

    @property
    def key(self) -> dict[str, Any]:
        """What stands for the entry in keys: of planes without eigenvectors, as before."""
        return self.model_dump(exclude={"hessian"} if self.hessian is None else None)

    @property
    def eigenvectors(self) -> HessianSettings:
        """The settings of a plane of eigenvectors."""
        return self.hessian or HessianSettings()

    @model_validator(mode="after")
    def check_hessian(self) -> Self:
        """Accept settings of eigenvectors for planes of them alone."""
        if self.hessian is not None and self.plane != "hessian":
            raise ValueError('the settings "hessian" are those of plane = "hessian"')
        return self

    @model_validator(mode="after")
    def check_batches(self) -> Self:
        """Require the whole training set beside batches that are compared with it."""
        if self.batches and "train" not in self.surfaces:
            raise ValueError('batches are compared with the surface "train", which is missing')
        return self


class OwnPlanes(StudyTable):
    """Surfaces, grid and seed of the landscapes that the `planes` of runs make.

    `hessian` are the settings of those that are planes of eigenvectors.
    """

    surfaces: Annotated[list[SurfaceName], Field(min_length=1)]
    grid: Annotated[int, Field(ge=3)]
    seed: Annotated[int, Field(ge=0)] = 0
    hessian: HessianSettings | None = None


class CellEntry(StudyTable):
    """A cell of a table of accuracies: a run, and the accuracy in percent that the paper prints."""

    run: str
    row: str
    column: str
    paper: float | None = None


class RescalingSettings(StudyTable):
    """Which network is rescaled, and how: other parameters that compute the same.

    It is that at the end of the run `run`, with the first of its table's seeds. The weights and
    biases of its linear layer `layer`, counted from 0, are multiplied by each of `factors`, and the
    next layer's weights divided by it; there is a ReLU between them. Factors are powers of two,
    which round nothing. The sharpness is measured on `images` training images that `seed` draws,
    with the `tolerance` of `CurvatureSettings`.
    """

    run: str
    layer: Annotated[int, Field(ge=0)] = 0
    factors: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1)]
    images: Annotated[int, Field(ge=1)] = 2000
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.01
    seed: Annotated[int, Field(ge=0)] = 0

    @field_validator("factors")
    @classmethod
    def check_factors(cls, factors: list[float]) -> list[float]:
        """Require powers of two other than 1."""
        for factor in factors:
            if math.frexp(factor)[0] != 0.5 or factor == 1:
                raise ValueError(f"{factor:g} is not a power of two such as 0.25 or 8")
        return factors


class TableEntry(StudyTable):
    """A table of test accuracies: mean and range over a run's seeds, beside the paper's.

    `seeds` restricts it to some of the runs' seeds. With `paths`, it also has the path of every run
    and seed, drawn in its own principal plane, with its true losses. With `rescaling`, one of its
    networks is rescaled too.
    """

    id: Id
    title: str
    shows: str
    seeds: Seeds | None = None
    paths: bool = False
    cells: Annotated[list[CellEntry], Field(min_length=1)]
    rescaling: RescalingSettings | None = None

    @property
    def key(self) -> dict[str, Any]:
        """What stands for the entry in keys: of a table without rescaled networks, as before."""
        return self.model_dump(exclude={"rescaling"})

    @model_validator(mode="after")
    def check_rescaling(self) -> Self:
        """Require that the rescaled network is one of the table's."""
        if self.rescaling and self.rescaling.run not in {cell.run for cell in self.cells}:
            raise ValueError(f'rescaling: there is no run "{self.rescaling.run}" in the table')
        return self
