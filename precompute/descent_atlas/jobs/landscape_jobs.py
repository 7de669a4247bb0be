"""Jobs of a landscape (its plane, the rows of its surfaces, its assembly) and of a table."""

from dataclasses import dataclass
from pathlib import Path

from descent_atlas.analysis.planes import load_plane
from descent_atlas.jobs.run_jobs import name_curvature
from descent_atlas.jobs.scheduler import Reporter
from descent_atlas.output.assembly import assemble_landscape
from descent_atlas.output.landscape_parts import (
    compute_rows,
    is_complete,
    key_landscape,
    key_surfaces,
    make_plane,
)
from descent_atlas.output.tables import assemble_table, key_table
from descent_atlas.study.folder import RunSelection
from descent_atlas.study.schema import LandscapeEntry, TableEntry

ROWS_PER_JOB = 51
"""Grid rows that one job computes: half a minute on 50,000 images with 51 points in a row. Each job
recomputes the first layer, which takes 3 % of that time."""


@dataclass(frozen=True, kw_only=True)
class PlaneJob:
    """Computes a landscape's plane and grid."""

    selection: RunSelection
    entry: LandscapeEntry
    cost: float = 5.0

    @property
    def id(self) -> str:
        """The landscape's name and `plane`."""
        return f"{self.entry.id}/plane"

    @property
    def needs(self) -> tuple[str, ...]:
        """The runs."""
        return self.selection.all_names

    @property
    def output(self) -> Path:
        """The folder of the plane."""
        return self.selection.folder.plane(self.entry.id)

    def is_done(self) -> bool:
        """Verify the plane."""
        key = key_surfaces(self.entry, self.selection.load_first(), self.selection.dataset)
        return is_complete(self.output, key=key)

    def run(self, report: Reporter) -> None:
        """Compute the plane."""
        report(0.0)
        runs = self.selection.load_first()
        key = key_surfaces(self.entry, runs, self.selection.dataset)
        make_plane(self.output, key=key, entry=self.entry, runs=runs)


@dataclass(frozen=True, kw_only=True)
class RowsJob:
    """Computes `ROWS_PER_JOB` rows of a landscape's surface, from `start` on."""

    selection: RunSelection
    entry: LandscapeEntry
    surface: str
    start: int
    cost: float

    @property
    def id(self) -> str:
        """The landscape's name, the surface and the first row."""
        return name_rows(self.entry, self.surface, self.start)

    @property
    def needs(self) -> tuple[str, ...]:
        """The plane."""
        return (f"{self.entry.id}/plane",)

    @property
    def output(self) -> Path:
        """The folder of the rows."""
        return self.selection.folder.rows(self.entry.id, self.surface, self.start)

    def is_done(self) -> bool:
        """Verify the rows."""
        key = key_surfaces(self.entry, self.selection.load_first(), self.selection.dataset)
        return is_complete(self.output, key=key)

    def run(self, report: Reporter) -> None:
        """Compute the rows."""
        report(0.0)
        runs, dataset = self.selection.load_first(), self.selection.dataset
        plane, grid = load_plane(self.selection.folder.plane(self.entry.id))
        compute_rows(
            self.output,
            key=key_surfaces(self.entry, runs, dataset),
            plane=plane,
            grid=grid,
            rows=(self.start, min(self.start + ROWS_PER_JOB, self.entry.grid)),
            surface=self.surface,
            run=runs[self.entry.origin],
            dataset=dataset,
            report=report,
        )


def name_rows(entry: LandscapeEntry, surface: str, start: int) -> str:
    """Return the id of the job that computes the rows from `start` on."""
    return f"{entry.id}/{surface}-{start}"


@dataclass(frozen=True, kw_only=True)
class LandscapeJob:
    """Assembles a landscape from its parts."""

    selection: RunSelection
    entry: LandscapeEntry
    cost: float = 10.0

    @property
    def id(self) -> str:
        """The landscape's name."""
        return self.entry.id

    @property
    def needs(self) -> tuple[str, ...]:
        """The rows of its surfaces, and its runs' paths and curvature."""
        rows = (
            name_rows(self.entry, surface, start)
            for surface in self.entry.surfaces
            for start in range(0, self.entry.grid, ROWS_PER_JOB)
        )
        paths = (f"{name}/path" for name in self.selection.all_names)
        return (*rows, *paths, *map(name_curvature, self.selection.curvatures))

    def is_done(self) -> bool:
        """Verify the landscape."""
        key = key_landscape(
            self.entry,
            self.selection.load_first(),
            self.selection.dataset,
            self.selection.curvature,
        )
        return is_complete(self.selection.folder.landscapes / self.id, key=key)

    def run(self, report: Reporter) -> None:
        """Assemble and write the landscape."""
        report(0.0)
        folder, runs = self.selection.folder, self.selection.load_first()
        plane, grid = load_plane(folder.plane(self.id))
        assemble_landscape(
            folder.landscapes,
            entry=self.entry,
            plane=plane,
            grid=grid,
            rows={
                surface: [
                    folder.rows(self.id, surface, start)
                    for start in range(0, len(grid.y), ROWS_PER_JOB)
                ]
                for surface in self.entry.surfaces
            },
            measured={id: folder.path(names[0]) for id, names in self.selection.names.items()},
            runs=runs,
            labels=self.selection.labels,
            dataset=self.selection.dataset,
            study=self.selection.study,
            about=self.selection.about,
            curvature=self.selection.curvature,
            curvatures=self.selection.curvatures,
        )


@dataclass(frozen=True, kw_only=True)
class TableJob:
    """Writes a table of accuracies."""

    selection: RunSelection
    entry: TableEntry
    cost: float = 1.0

    @property
    def id(self) -> str:
        """The table's name."""
        return self.entry.id

    @property
    def needs(self) -> tuple[str, ...]:
        """The runs with their seeds, their curvature, and their paths if the table has them."""
        names = self.selection.all_names
        paths = (f"{name}/path" for name in names) if self.entry.paths else ()
        return (*names, *paths, *map(name_curvature, self.selection.curvatures))

    def is_done(self) -> bool:
        """Verify the table."""
        key = key_table(
            self.entry, self.selection.load(), self.selection.dataset, self.selection.curvature
        )
        return is_complete(self.selection.folder.landscapes / self.id, key=key)

    def run(self, report: Reporter) -> None:
        """Write the table."""
        report(0.0)
        assemble_table(
            self.selection.folder.landscapes,
            entry=self.entry,
            runs=self.selection.load(),
            measured={name: self.selection.folder.path(name) for name in self.selection.all_names},
            labels=self.selection.labels,
            dataset=self.selection.dataset,
            study=self.selection.study,
            about=self.selection.about,
            curvature=self.selection.curvature,
            curvatures=self.selection.curvatures,
        )
