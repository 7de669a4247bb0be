"""A study: the TOML file that names a data set, a network, training runs and landscapes."""

import inspect
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from descent_atlas.landscapes.format import ID
from descent_atlas.training.datasets import Source
from descent_atlas.training.loop import Training
from descent_atlas.training.networks import NetworkError, build
from descent_atlas.training.recorder import SNAPSHOT_COUNT

STUDY_BYTES = 2**20
"""Bytes of a study's file. The paper's has 11 kB."""

EPOCHS_LIMIT = 100_000
"""Epochs of a run: its metrics, 60 bytes an epoch, stand in a document of at most 8 MiB."""

Id = Annotated[str, Field(pattern=f"^{ID.pattern}$", max_length=60)]
SurfaceName = Annotated[str, Field(pattern=r"^(train|test|batch-[1-9][0-9]*)$")]
"""A split, or the first images of a run's first epoch: `batch-64` is the first 64."""


Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]


class StudyError(Exception):
    """A study that cannot be read; the message names file, line and field of every fault."""


class Table(BaseModel):
    """A table of the file: unknown fields and values of another type are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Data(Table):
    """The data set."""

    name: str
    source: Source


class Network(Table):
    """The network: a factory "module:function" and its arguments."""

    factory: str
    options: dict[str, Any] = {}

    @model_validator(mode="after")
    def check_it_builds(self) -> Self:
        """Build it once."""
        try:
            build(self.factory, seed=0, **self.options)
        except NetworkError as error:
            raise ValueError(str(error)) from error
        return self


class TrainingDefaults(Table):
    """What runs share unless they say otherwise."""

    epochs: Annotated[int, Field(ge=1, le=EPOCHS_LIMIT)]
    patience: Annotated[int, Field(ge=1)] | None = None
    seeds: Seeds = [0]
    snapshots: Annotated[int, Field(ge=1)] = SNAPSHOT_COUNT


class RunEntry(Table):
    """A run, trained once with each of its seeds.

    `planes` are those around its own end, each drawn as a landscape of its own. Full-batch runs
    have no patience: they stop only when the loss is not finite.
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
            raise ValueError(f'there is no "{name}" in torch.optim; there are {list_optimizers()}')
        return name

    @model_validator(mode="after")
    def check_hyperparameters(self) -> Self:
        """Make the optimizer once."""
        parameter = torch.nn.Parameter(torch.zeros(2, 2))
        try:
            OPTIMIZERS[self.optimizer]([parameter], **self.hyperparameters)
        except Exception as error:  # whatever an optimizer answers to numbers that it cannot take
            raise ValueError(f"torch.optim.{self.optimizer} refuses them: {error}") from error
        return self


class LandscapeEntry(Table):
    """A landscape: a plane, the surfaces on it, and the runs whose trajectories it shows.

    `origin` is the run at whose end the plane has its origin, or, with `origin_step`, at whose
    snapshot nearest to that step. Runs stand for their first seed. `grid` is the number of points
    along each axis. `arrows` asks for each surface's direction of descent at the origin.
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


class Surfaces(Table):
    """What the landscapes of `planes` show: every run's own."""

    surfaces: Annotated[list[SurfaceName], Field(min_length=1)]
    grid: Annotated[int, Field(ge=3)]
    seed: Annotated[int, Field(ge=0)] = 0


class Cell(Table):
    """A cell of a table of accuracies: a run, and the percentage that the paper prints for it."""

    run: str
    row: str
    column: str
    paper: float | None = None


class TableEntry(Table):
    """A table of test accuracies, mean and range over a run's seeds, beside the paper's."""

    id: Id
    title: str
    shows: str
    cells: Annotated[list[Cell], Field(min_length=1)]


class Study(Table):
    """The whole file."""

    id: Id
    title: str
    reference: str
    data: Data
    network: Network
    training: TrainingDefaults
    planes: Surfaces
    runs: Annotated[list[RunEntry], Field(min_length=1)]
    landscapes: list[LandscapeEntry] = []
    tables: list[TableEntry] = []

    @model_validator(mode="after")
    def check_ids(self) -> Self:
        """Every id is given once, and what is referred to is there."""
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
        return self

    def find_run(self, id: str) -> RunEntry:
        """Return the run of an id."""
        return next(run for run in self.runs if run.id == id)

    def list_seeds(self, run: RunEntry) -> list[int]:
        """Return the seeds of a run."""
        return run.seeds or self.training.seeds

    def expand_runs(self) -> Iterator[Training]:
        """Yield every training, one a run and seed."""
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
                )

    def expand_landscapes(self) -> Iterator[LandscapeEntry]:
        """Yield every landscape: each run's own planes, and those that are named."""
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

    def name_all(self, run: str) -> list[str]:
        """Return the names of a run with each of its seeds."""
        return [name_run(run, seed) for seed in self.list_seeds(self.find_run(run))]

    @property
    def labels(self) -> dict[str, str]:
        """What the runs are called, by their ids."""
        return {run.id: run.label for run in self.runs}


PLANE_TITLES = {"random": "a random plane", "pca": "its principal plane"}

PLANE_SENTENCES = {
    "random": "The loss along two random directions around the end of the run, and the run's "
    "path true to scale.",
    "pca": "The plane in which most of the run's path lies, and the path on it.",
}

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    name: value
    for name, value in vars(torch.optim).items()
    if inspect.isclass(value)
    and issubclass(value, torch.optim.Optimizer)
    and value is not torch.optim.Optimizer
}
"""Every optimizer of `torch.optim` by its class's name."""


def list_optimizers() -> str:
    """Return the names of all optimizers, for a message."""
    return ", ".join(sorted(OPTIMIZERS))


def name_run(run: str, seed: int) -> str:
    """Return the name of a run with one of its seeds, which is also its folder's."""
    return f"{run}-seed{seed}"


def check_known(what: str, names: Iterable[str], known: set[str]) -> None:
    """Raise ValueError if a name is not that of a run."""
    for name in sorted(set(names) - known):
        raise ValueError(f'{what}: there is no run "{name}"')


def read_study(path: Path) -> Study:
    """Read a study. Raises StudyError, naming line and field of every fault."""
    try:
        with path.open("rb") as file:
            data = file.read(STUDY_BYTES + 1)
        if len(data) > STUDY_BYTES:
            raise StudyError(f"{path} is no study: it has more than {STUDY_BYTES:,} bytes")
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{path} cannot be read: {error}") from error
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, or a number of 5,000 digits
        raise StudyError(f"{path} is not TOML: {error}") from error
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        lines = locate_fields(text)
        faults = [
            f"{path}:{find_line(lines, fault['loc'])}: {name_field(fault['loc'])}{fault['msg']}"
            for fault in error.errors()
        ]
        raise StudyError("\n".join(dict.fromkeys(faults))) from error


Location = tuple[int | str, ...]

HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.-]+)\s*\]\]?")
KEY = re.compile(r"^\s*([\w-]+)\s*=\s*(\[\s*(#.*)?$)?")
ITEM = re.compile(r"^\s*\{")
INNER_KEY = re.compile(r"[{,]\s*([\w-]+)\s*=")


def locate_fields(text: str) -> dict[Location, int]:
    """Return the lines, from 1, of a TOML text's tables, keys, and arrays of one table a line."""
    lines: dict[Location, int] = {}
    counts: Counter[str] = Counter()
    table: Location = ()
    array: Location | None = None  # the key whose array of tables is open
    items = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            brackets, name = header.groups()
            table = tuple(name.split("."))
            if brackets == "[[":
                table = (*table, counts[name])
                counts[name] += 1
            lines[table], array = number, None
        elif array is not None and ITEM.match(line):
            lines[*array, items] = number
            for key in INNER_KEY.findall(line):
                lines.setdefault((*array, items, key), number)
            items += 1
        elif key_line := KEY.match(line):
            location = (*table, key_line[1])
            lines.setdefault(location, number)
            array, items = (location, 0) if key_line[2] else (None, 0)
    return lines


def find_line(lines: dict[Location, int], location: Location) -> int:
    """Return the line of a field, or of the innermost known table that it belongs to."""
    for length in range(len(location), 0, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return 1


def name_field(location: Location) -> str:
    """Return a field's name for a message, as in `runs[3].optimizer: `."""
    name = ""
    for part in location:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return f"{name}: " if name else ""
