"""Schema of a study: a TOML file with a data set, a network, training runs and landscapes."""

import inspect
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from descent_atlas.landscapes.format import ID
from descent_atlas.training.images.dataset_loading import ImageSource
from descent_atlas.training.loop import Training
from descent_atlas.training.networks import NetworkError, build, rename_factory
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
    """The data set."""

    name: str
    source: ImageSource


class Network(StudyTable):
    """The network: a factory "module:function" and its arguments."""

    factory: Annotated[str, AfterValidator(rename_factory)]
    options: dict[str, Any] = {}

    @model_validator(mode="after")
    def check_it_builds(self) -> Self:
        """Build the network once."""
        try:
            build(self.factory, seed=0, **self.options)
        except NetworkError as error:
            raise ValueError(str(error)) from error
        return self


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


class RunEntry(StudyTable):
    """A run, trained once with each of its seeds.

    `planes` are planes around its end; each is a landscape of its own. Full-batch runs have no
    patience: they stop early only if the loss is not finite.
    """

    id: Id
    label: str
    optimizer: str
    hyperparameters: dict[str, Any]
    batch_size: Annotated[int, Field(ge=1)] | Literal["all"]
    epochs: Annotated[int, Field(ge=1, le=EPOCHS_LIMIT)] | None = None
    seeds: Seeds | None = None
    planes: list[Literal["random", "pca"]] = []
    figures: list[str] = []

    @field_validator("optimizer")
    @classmethod
    def check_optimizer(cls, name: str) -> str:
        """Look the class up in `torch.optim`."""
        if name not in OPTIMIZERS:
            raise ValueError(f'there is no "{name}" in torch.optim; there are {join_optimizers()}')
        return name

    @model_validator(mode="after")
    def check_hyperparameters(self) -> Self:
        """Construct the optimizer once."""
        parameter = torch.nn.Parameter(torch.zeros(2, 2))
        try:
            OPTIMIZERS[self.optimizer]([parameter], **self.hyperparameters)
        except Exception as error:  # an optimizer may raise anything for bad values
            raise ValueError(f"torch.optim.{self.optimizer} refuses them: {error}") from error
        return self


class LandscapeEntry(StudyTable):
    """A landscape: a plane, the surfaces on it, and the runs whose trajectories it shows.

    The plane's origin is the end of the run `origin` or, with `origin_step`, its snapshot nearest
    to that step. Each run is represented by its first seed. `grid` is the number of points along
    each axis. `seed` is that of random directions and batches. With `arrows`, each surface has its
    direction of descent at the origin. With `batches`, the surfaces of as many batches of each size
    that it shows are correlated with the training set's; they are not drawn.
    """

    id: Id
    title: str
    shows: str
    figures: list[str]
    plane: Literal["random", "pca", "minima", "shared"]
    origin: str
    origin_step: Annotated[int, Field(ge=0)] | None = None
    runs: Annotated[list[str], Field(min_length=1)]
    surfaces: Annotated[list[SurfaceName], Field(min_length=1)]
    grid: Annotated[int, Field(ge=3)]
    seed: Annotated[int, Field(ge=0)] = 0
    arrows: bool = False
    batches: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def check_batches(self) -> Self:
        """Require the whole training set beside batches that are compared with it."""
        if self.batches and "train" not in self.surfaces:
            raise ValueError('batches are compared with the surface "train", which is missing')
        return self


class OwnPlanes(StudyTable):
    """Surfaces, grid and seed of the landscapes that the `planes` of runs make."""

    surfaces: Annotated[list[SurfaceName], Field(min_length=1)]
    grid: Annotated[int, Field(ge=3)]
    seed: Annotated[int, Field(ge=0)] = 0


class CellEntry(StudyTable):
    """A cell of a table of accuracies: a run, and the accuracy in percent that the paper prints."""

    run: str
    row: str
    column: str
    paper: float | None = None


class TableEntry(StudyTable):
    """A table of test accuracies: mean and range over a run's seeds, beside the paper's.

    `seeds` restricts it to some of the runs' seeds. With `paths`, it also has the path of every run
    and seed, drawn in its own principal plane, with its true losses.
    """

    id: Id
    title: str
    shows: str
    seeds: Seeds | None = None
    paths: bool = False
    cells: Annotated[list[CellEntry], Field(min_length=1)]


class Study(StudyTable):
    """A study: the root of the file.

    `version` names the state of the user's code, in place of the hashes of its files.
    """

    id: Id
    title: str
    reference: str
    version: str | None = None
    data: Data
    network: Network
    training: TrainingDefaults
    planes: OwnPlanes
    curvature: CurvatureSettings | None = None
    runs: Annotated[list[RunEntry], Field(min_length=1)]
    landscapes: list[LandscapeEntry] = []
    tables: list[TableEntry] = []

    @model_validator(mode="after")
    def check_ids(self) -> Self:
        """Require unique ids, and references to runs of this study."""
        landscapes = [entry.id for entry in self.expand_landscapes()]
        for kind, ids in (
            ("run", [run.id for run in self.runs]),
            ("landscape or table", [*landscapes, *(table.id for table in self.tables)]),
        ):
            twice = [id for id, count in Counter(ids).items() if count > 1]
            if twice:
                raise ValueError(f"two of the {kind}s have the id {twice[0]}")
        known = {run.id for run in self.runs}
        for entry in self.landscapes:
            check_known(f"landscape {entry.id}", {entry.origin, *entry.runs}, known)
            if entry.origin not in entry.runs:
                raise ValueError(f"landscape {entry.id}: its origin is not among its runs")
            if entry.plane == "minima" and (len(entry.runs) != 3 or entry.origin_step is not None):
                raise ValueError(f"landscape {entry.id}: the ends of three runs span the plane")
        for table in self.tables:
            check_known(f"table {table.id}", {cell.run for cell in table.cells}, known)
            for cell in table.cells:
                lacking = set(table.seeds or []) - set(self.list_seeds(self.find_run(cell.run)))
                if lacking:
                    raise ValueError(
                        f"table {table.id}: the run {cell.run} has no seed {min(lacking)}"
                    )
        return self

    def list_code(self) -> dict[str, list[str]]:
        """Return what the study names as "module:function", by the key under which it stands."""
        tables = self.model_dump(mode="json")
        named = {
            key: [text for text in list_texts(table) if REFERENCE.fullmatch(text)]
            for key, table in tables.items()
        }
        return {key: references for key, references in named.items() if references}

    def find_run(self, id: str) -> RunEntry:
        """Return the run of an id."""
        return next(run for run in self.runs if run.id == id)

    def list_seeds(self, run: RunEntry) -> list[int]:
        """Return the seeds of a run."""
        return run.seeds or self.training.seeds

    def expand_runs(self) -> Iterator[Training]:
        """Yield the training of every run with each of its seeds."""
        for run in self.runs:
            for seed in self.list_seeds(run):
                yield Training(
                    id=name_run(run.id, seed),
                    factory=self.network.factory,
                    options=self.network.options,
                    optimizer=run.optimizer,
                    hyperparameters=run.hyperparameters,
                    batch_size=None if run.batch_size == "all" else run.batch_size,
                    epochs=run.epochs or self.training.epochs,
                    seed=seed,
                    patience=None if run.batch_size == "all" else self.training.patience,
                    snapshots=self.training.snapshots,
                    snapshot_precision=self.training.snapshot_precision,
                )

    def expand_landscapes(self) -> Iterator[LandscapeEntry]:
        """Yield every landscape: those of the runs' `planes`, and those of the study."""
        for run in self.runs:
            for plane in run.planes:
                yield LandscapeEntry(
                    id=f"{run.id}-{plane}",
                    title=f"{run.label}: {PLANE_TITLES[plane]}",
                    shows=PLANE_SENTENCES[plane],
                    figures=run.figures,
                    plane=plane,
                    origin=run.id,
                    runs=[run.id],
                    **dict(self.planes),
                )
        yield from self.landscapes

    def name_first(self, run: str) -> str:
        """Return the name of a run with the first of its seeds."""
        return self.name_all(run)[0]

    def name_all(self, run: str, seeds: Sequence[int] | None = None) -> list[str]:
        """Return the names of a run with each of its seeds, or with some of them."""
        return [name_run(run, seed) for seed in seeds or self.list_seeds(self.find_run(run))]

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the runs, by their ids."""
        return {run.id: run.label for run in self.runs}


PLANE_TITLES = {"random": "a random plane", "pca": "its principal plane"}

PLANE_SENTENCES = {
    "random": "The loss along two random directions around the end of the run, and the run's "
    "path true to scale.",
    "pca": "The plane of the two directions in which the run moved most, and its path on it.",
}

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    name: value
    for name, value in vars(torch.optim).items()
    if inspect.isclass(value)
    and issubclass(value, torch.optim.Optimizer)
    and value is not torch.optim.Optimizer
}
"""Every optimizer of `torch.optim` by its class's name."""


def list_texts(value: Any) -> Iterator[str]:
    """Yield all strings within a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from list_texts(inner)


def join_optimizers() -> str:
    """Return the names of all optimizers, joined for a message."""
    return ", ".join(sorted(OPTIMIZERS))


def name_run(run: str, seed: int) -> str:
    """Return the name of a run with one of its seeds, which is also the name of its folder."""
    return f"{run}-seed{seed}"


def check_known(what: str, names: Iterable[str], known: set[str]) -> None:
    """Raise ValueError if one of the names is no known run."""
    for name in sorted(set(names) - known):
        raise ValueError(f'{what}: there is no run "{name}"')
