"""The jobs of a landscape: its plane, the rows of its surfaces, the landscape; and of a table."""

from dataclasses import dataclass
from pathlib import Path

from descent_atlas.analysis.planes import load_plane
from descent_atlas.jobs.scheduler import Reporter
from descent_atlas.output.assembly import assemble
from descent_atlas.output.landscape_parts import (
    compute_rows,
    is_whole,
    key_landscape,
    key_surfaces,
    make_plane,
)
from descent_atlas.output.tables import assemble_table, key_table
from descent_atlas.study.folder import Source
from descent_atlas.study.schema import LandscapeEntry, TableEntry

ROWS = 51
"""Grid rows in one job: half a minute of work on 50,000 images where a row has 51 points. Each job
computes the first layer anew, 3 % of that."""


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
            report=report,
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
