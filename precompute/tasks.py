"""A study's jobs: its runs, the parts of its landscapes, and its tables.

All lie in one folder:

dataset/              the images, cached
runs/<run>/           see precompute/runs.py
parts/                planes, rows of surfaces, losses along paths: what landscapes are made from
landscapes/<id>/      the landscapes and tables, in the format of backend/artifacts.py
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from precompute.assembly import assemble
from precompute.datasets import Dataset, read_cache
from precompute.jobs import Job, Reporter
from precompute.landscape import (
    compute_rows,
    is_whole,
    key_landscape,
    key_path,
    key_surfaces,
    make_plane,
    measure_path,
)
from precompute.planes import load_plane
from precompute.runs import NewerRunError, Run, RunError
from precompute.study import LandscapeEntry, Study, TableEntry
from precompute.tables import assemble_table, key_table
from precompute.training import Training, train

ROWS = 17
"""Grid rows in one job: ten seconds of work on 50,000 images. Each job computes the first layer
anew, 8 % of that."""

STEP_SECONDS, IMAGE_SECONDS = 3e-4, 1.2e-5
"""About what a training step costs, and each image in it: enough to order the jobs by."""

FIRST_LAYER_SECONDS, POINT_SECONDS = 1.3e-5, 1.8e-7
"""About what an image costs a job that computes rows, and at each of its grid points."""

SNAPSHOT_SECONDS = 4e-6
"""About what an image costs at a snapshot, where no other shares its first layer."""


@dataclass(frozen=True)
class Place:
    """Where a study's results lie."""

    folder: Path

    @property
    def dataset(self) -> Path:
        """The cached images."""
        return self.folder / "dataset"

    @property
    def landscapes(self) -> Path:
        """The landscapes and tables."""
        return self.folder / "landscapes"

    def run(self, id: str) -> Path:
        """The folder of a run."""
        return self.folder / "runs" / id

    def path(self, run: str) -> Path:
        """The losses along a run's path."""
        return self.folder / "parts" / "paths" / run

    def plane(self, landscape: str) -> Path:
        """A landscape's plane."""
        return self.folder / "parts" / landscape / "plane"

    def rows(self, landscape: str, surface: str, start: int) -> Path:
        """Some rows of a landscape's surface."""
        return self.folder / "parts" / landscape / f"{surface}-{start}"


@lru_cache(maxsize=1)
def open_dataset(folder: Path) -> Dataset:
    """Return the cached data set, which a process reads once."""
    return read_cache(folder)


@dataclass(frozen=True, kw_only=True)
class Source:
    """The runs of a landscape or table: by the study's id, the names with their seeds."""

    place: Place
    names: dict[str, list[str]]
    labels: dict[str, str]

    @classmethod
    def of(cls, place: Place, study: Study, runs: Iterable[str], seeds: int | None) -> "Source":
        """Return the source of some of a study's runs, with so many of their seeds."""
        ids = list(dict.fromkeys(runs))
        names = {id: study.name_all(id)[:seeds] for id in ids}
        return cls(place=place, names=names, labels={id: study.labels[id] for id in ids})

    @property
    def all_names(self) -> tuple[str, ...]:
        """The names of all runs."""
        return tuple(name for names in self.names.values() for name in names)

    def load(self) -> dict[str, list[Run]]:
        """Return the runs, which were verified before, by the study's id."""
        return {
            id: [Run.load(self.place.run(name), verify=False) for name in names]
            for id, names in self.names.items()
        }

    def load_first(self) -> dict[str, Run]:
        """Return the runs with the first of their seeds, by the study's id."""
        return {id: runs[0] for id, runs in self.load().items()}

    @property
    def dataset(self) -> Dataset:
        """The images."""
        return open_dataset(self.place.dataset)


@dataclass(frozen=True, kw_only=True)
class TrainingJob:
    """Trains one run."""

    place: Place
    training: Training
    images: int
    needs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The run's name."""
        return self.training.id

    @property
    def cost(self) -> float:
        """Seconds, from steps and images."""
        batch = self.training.batch_size or self.images
        steps = self.training.epochs * self.images / batch
        return steps * (STEP_SECONDS + batch * IMAGE_SECONDS)

    def is_done(self) -> bool:
        """Verify the run and its settings."""
        try:
            run = Run.load(self.place.run(self.id))
        except RunError:
            return False
        same = run.spec == self.training.spec(open_dataset(self.place.dataset))
        network = (run.factory, run.options) == (self.training.factory, self.training.options)
        return run.status != "running" and same and network

    def run(self, report: Reporter) -> None:
        """Train, from the last checkpoint on; a run that is damaged, from the start."""
        folder = self.place.run(self.id)
        try:
            Run.load(folder)
        except NewerRunError:
            raise
        except RunError:
            shutil.rmtree(folder, ignore_errors=True)
        train(folder, self.training, open_dataset(self.place.dataset), report=report)


@dataclass(frozen=True, kw_only=True)
class PathJob:
    """Computes the loss on the whole training set at every snapshot of a run."""

    place: Place
    run_id: str
    cost: float

    @property
    def id(self) -> str:
        """The run's name with what is computed."""
        return f"{self.run_id}/path"

    @property
    def needs(self) -> tuple[str, ...]:
        """The run."""
        return (self.run_id,)

    def _load(self) -> tuple[Run, Dataset]:
        run = Run.load(self.place.run(self.run_id), verify=False)
        return run, open_dataset(self.place.dataset)

    def is_done(self) -> bool:
        """Verify the losses."""
        return is_whole(self.place.path(self.run_id), key=key_path(*self._load()))

    def run(self, report: Reporter) -> None:
        """Compute the losses."""
        report(0.0)
        run, dataset = self._load()
        output = self.place.path(self.run_id)
        measure_path(output, key=key_path(run, dataset), run=run, dataset=dataset)


@dataclass(frozen=True, kw_only=True)
class PlaneJob:
    """Makes a landscape's plane and grid."""

    source: Source
    entry: LandscapeEntry
    cost: float = 5.0

    @property
    def id(self) -> str:
        """The landscape's name with what is made."""
        return f"{self.entry.id}/plane"

    @property
    def needs(self) -> tuple[str, ...]:
        """The runs."""
        return self.source.all_names

    @property
    def output(self) -> Path:
        """Where the plane is written."""
        return self.source.place.plane(self.entry.id)

    def is_done(self) -> bool:
        """Verify the plane."""
        key = key_surfaces(self.entry, self.source.load_first(), self.source.dataset)
        return is_whole(self.output, key=key)

    def run(self, report: Reporter) -> None:
        """Make the plane."""
        report(0.0)
        runs = self.source.load_first()
        key = key_surfaces(self.entry, runs, self.source.dataset)
        make_plane(self.output, key=key, entry=self.entry, runs=runs)


@dataclass(frozen=True, kw_only=True)
class RowsJob:
    """Computes some rows of a landscape's surface."""

    source: Source
    entry: LandscapeEntry
    surface: str
    start: int
    cost: float

    @property
    def id(self) -> str:
        """The landscape's name with the surface and first row."""
        return name_rows(self.entry, self.surface, self.start)

    @property
    def needs(self) -> tuple[str, ...]:
        """The plane."""
        return (f"{self.entry.id}/plane",)

    @property
    def output(self) -> Path:
        """Where the rows are written."""
        return self.source.place.rows(self.entry.id, self.surface, self.start)

    def is_done(self) -> bool:
        """Verify the rows."""
        key = key_surfaces(self.entry, self.source.load_first(), self.source.dataset)
        return is_whole(self.output, key=key)

    def run(self, report: Reporter) -> None:
        """Compute the rows."""
        report(0.0)
        runs, dataset = self.source.load_first(), self.source.dataset
        plane, grid = load_plane(self.source.place.plane(self.entry.id))
        compute_rows(
            self.output,
            key=key_surfaces(self.entry, runs, dataset),
            plane=plane,
            grid=grid,
            rows=(self.start, min(self.start + ROWS, self.entry.grid)),
            surface=self.surface,
            run=runs[self.entry.origin],
            dataset=dataset,
        )


def name_rows(entry: LandscapeEntry, surface: str, start: int) -> str:
    """Return the id of the job that computes rows from one on."""
    return f"{entry.id}/{surface}-{start}"


@dataclass(frozen=True, kw_only=True)
class LandscapeJob:
    """Puts a landscape together."""

    source: Source
    entry: LandscapeEntry
    cost: float = 10.0

    @property
    def id(self) -> str:
        """The landscape's name."""
        return self.entry.id

    @property
    def needs(self) -> tuple[str, ...]:
        """The parts of its surfaces, and its runs' paths."""
        rows = (
            name_rows(self.entry, surface, start)
            for surface in self.entry.surfaces
            for start in range(0, self.entry.grid, ROWS)
        )
        return (*rows, *(f"{name}/path" for name in self.source.all_names))

    def is_done(self) -> bool:
        """Verify the landscape."""
        key = key_landscape(self.entry, self.source.load_first(), self.source.dataset)
        return is_whole(self.source.place.landscapes / self.id, key=key)

    def run(self, report: Reporter) -> None:
        """Assemble and write it."""
        report(0.0)
        place, runs = self.source.place, self.source.load_first()
        plane, grid = load_plane(place.plane(self.id))
        assemble(
            place.landscapes,
            entry=self.entry,
            plane=plane,
            grid=grid,
            rows={
                surface: [
                    place.rows(self.id, surface, start) for start in range(0, len(grid.y), ROWS)
                ]
                for surface in self.entry.surfaces
            },
            measured={id: place.path(names[0]) for id, names in self.source.names.items()},
            runs=runs,
            labels=self.source.labels,
            dataset=self.source.dataset,
        )


@dataclass(frozen=True, kw_only=True)
class TableJob:
    """Writes a table of accuracies."""

    source: Source
    entry: TableEntry
    cost: float = 1.0

    @property
    def id(self) -> str:
        """The table's name."""
        return self.entry.id

    @property
    def needs(self) -> tuple[str, ...]:
        """The runs, with all their seeds."""
        return self.source.all_names

    def is_done(self) -> bool:
        """Verify the table."""
        key = key_table(self.entry, self.source.load(), self.source.dataset)
        return is_whole(self.source.place.landscapes / self.id, key=key)

    def run(self, report: Reporter) -> None:
        """Write the table."""
        report(0.0)
        assemble_table(
            self.source.place.landscapes,
            entry=self.entry,
            runs=self.source.load(),
            labels=self.source.labels,
            dataset=self.source.dataset,
        )


def list_jobs(study: Study, place: Place) -> list[Job]:
    """Return all jobs of a study whose images are cached."""
    dataset = open_dataset(place.dataset)
    images = {"train": len(dataset.train.labels), "test": len(dataset.test.labels)}
    jobs: list[Job] = [
        TrainingJob(place=place, training=training, images=images["train"])
        for training in study.expand_runs()
    ]
    landscapes = list(study.expand_landscapes())
    drawn = dict.fromkeys(study.name_first(run) for entry in landscapes for run in entry.runs)
    path_cost = study.training.snapshots * images["train"] * SNAPSHOT_SECONDS
    jobs += [PathJob(place=place, run_id=name, cost=path_cost) for name in drawn]
    for entry in landscapes:
        source = Source.of(place, study, entry.runs, seeds=1)
        jobs.append(PlaneJob(source=source, entry=entry))
        for surface in entry.surfaces:
            seen = images.get(surface) or int(surface.removeprefix("batch-"))
            cost = seen * (FIRST_LAYER_SECONDS + ROWS * entry.grid * POINT_SECONDS)
            jobs += [
                RowsJob(source=source, entry=entry, surface=surface, start=start, cost=cost)
                for start in range(0, entry.grid, ROWS)
            ]
        jobs.append(LandscapeJob(source=source, entry=entry))
    for table in study.tables:
        source = Source.of(place, study, (cell.run for cell in table.cells), seeds=None)
        jobs.append(TableJob(source=source, entry=table))
    return jobs


def find_ids(study: Study, wanted: Iterable[str]) -> list[str]:
    """Return the jobs' ids that stand for ids of runs, with or without a seed, landscapes, tables.

    Raises KeyError with the first that is none of these.
    """
    known = {run.id: study.name_all(run.id) for run in study.runs}
    known |= {training.id: [training.id] for training in study.expand_runs()}
    known |= {entry.id: [entry.id] for entry in study.expand_landscapes()}
    known |= {table.id: [table.id] for table in study.tables}
    return [id for name in wanted for id in known[name]]
