"""Jobs of a landscape (its plane, blocks of its surfaces, its assembly) and of a table."""

from dataclasses import dataclass
from pathlib import Path

from descent_atlas.analysis.planes import load_plane
from descent_atlas.jobs.run_jobs import name_curvature
from descent_atlas.jobs.scheduler import Reporter
from descent_atlas.output.assembly import assemble_landscape
from descent_atlas.output.hessian_planes import make_hessian_plane
from descent_atlas.output.landscape_parts import (
    BLOCK_SECONDS,
    compute_points,
    is_complete,
    key_landscape,
    key_surfaces,
    make_plane,
)
from descent_atlas.output.landscape_sketch import key_sketch, may_replace, sketch_landscape
from descent_atlas.output.measured.rescaled_networks import key_rescaling, measure_rescaling
from descent_atlas.output.surface_parts import SurfaceParts
from descent_atlas.output.tables import assemble_table, key_table
from descent_atlas.study.code_record import check_unchanged
from descent_atlas.study.entries import LandscapeEntry, RescalingSettings, TableEntry
from descent_atlas.study.folder import RunSelection
from descent_atlas.training.runs import TrainingRun


@dataclass(frozen=True, kw_only=True)
class PlaneJob:
    """Computes a landscape's plane and grid."""

    selection: RunSelection
    entry: LandscapeEntry
    cost: float

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
        key = key_surfaces(
            self.entry,
            self.selection.load_first(),
            self.selection.dataset,
            self.selection.measures,
        )
        return is_complete(self.output, key=key)

    def run(self, report: Reporter) -> None:
        """Compute the plane."""
        report(0.0)
        runs = self.selection.load_first()
        key = key_surfaces(self.entry, runs, self.selection.dataset, self.selection.measures)
        if self.entry.plane != "hessian":
            make_plane(self.output, key=key, entry=self.entry, runs=runs, report=report)
            return
        make_hessian_plane(
            self.output,
            key=key,
            entry=self.entry,
            runs=runs,
            dataset=self.selection.dataset,
            measures=self.selection.measures,
            report=report,
        )


@dataclass(frozen=True, kw_only=True)
class BlockJob:
    """Computes the points `span` of a landscape's surface, numbered coarse first.

    `together` points are computed at once.
    """

    selection: RunSelection
    entry: LandscapeEntry
    surface: str
    span: tuple[int, int]
    together: int
    cost: float

    @property
    def id(self) -> str:
        """The landscape's name, the surface and the first point."""
        return f"{self.entry.id}/{self.surface}-{self.span[0]}"

    @property
    def needs(self) -> tuple[str, ...]:
        """The plane."""
        return (f"{self.entry.id}/plane",)

    @property
    def parts(self) -> SurfaceParts:
        """The parts of the surface."""
        return find_parts(self.selection, self.entry, self.surface, self.together)

    def is_done(self) -> bool:
        """Verify the parts that hold the points."""
        return not self.parts.find_missing(*self.span)

    def run(self, report: Reporter) -> None:
        """Compute the points that are missing."""
        report(0.0)
        check_unchanged(self.selection.folder)
        plane, grid = load_plane(self.selection.folder.plane(self.entry.id))
        compute_points(
            self.parts,
            self.span,
            plane=plane,
            grid=grid,
            run=self.selection.load_first()[self.entry.origin],
            dataset=self.selection.dataset,
            measures=self.selection.measures,
            pace=self.cost / (self.span[1] - self.span[0]),
            seconds=max(BLOCK_SECONDS, self.cost),
            report=report,
        )


def find_parts(
    selection: RunSelection, entry: LandscapeEntry, surface: str, together: int
) -> SurfaceParts:
    """Return the parts of a landscape's surface, of which some points are computed together."""
    return SurfaceParts(
        folder=selection.folder.landscape_parts(entry.id),
        surface=surface,
        key=key_surfaces(entry, selection.load_first(), selection.dataset, selection.measures),
        shape=(entry.grid, entry.grid),
        metrics=("loss", *(metric.id for metric in selection.measures.metrics)),
        together=together,
    )


def key_whole(selection: RunSelection, entry: LandscapeEntry) -> str:
    """Return the key of a complete landscape."""
    return key_landscape(
        entry,
        selection.load_first(),
        selection.dataset,
        selection.curvature,
        selection.measures,
    )


@dataclass(frozen=True, kw_only=True)
class SketchJob:
    """Writes an incomplete landscape once a subgrid of its surfaces is computed.

    The subgrid is the `number`-th of the refinements. `needs` are the blocks that hold it, and the
    sketch before. `together` is that of the blocks.
    """

    selection: RunSelection
    entry: LandscapeEntry
    number: int
    together: int
    needs: tuple[str, ...]
    cost: float

    @property
    def id(self) -> str:
        """The landscape's name, `sketch` and the number of the subgrid."""
        return f"{self.entry.id}/sketch-{self.number}"

    @property
    def output(self) -> Path:
        """The landscape's folder."""
        return self.selection.folder.landscapes / self.entry.id

    def is_done(self) -> bool:
        """Tell whether the folder has the landscape, a later sketch, or what is not to be lost."""
        return not may_replace(self.output, self._key, self.number, together=self.together)

    @property
    def _key(self) -> str:
        return key_sketch(key_whole(self.selection, self.entry))

    def run(self, report: Reporter) -> None:
        """Write what there is of the landscape."""
        report(0.0)
        check_unchanged(self.selection.folder)
        plane, grid = load_plane(self.selection.folder.plane(self.entry.id))
        surfaces = self.entry.surfaces
        sketch_landscape(
            self.selection.folder.landscapes,
            entry=self.entry,
            plane=plane,
            grid=grid,
            parts={
                name: find_parts(self.selection, self.entry, name, self.together)
                for name in surfaces
            },
            number=self.number,
            key=self._key,
            runs=self.selection.load_first(),
            labels=self.selection.labels,
            dataset=self.selection.dataset,
            study=self.selection.study,
            about=self.selection.about,
            measures=self.selection.measures,
            report=report,
        )


@dataclass(frozen=True, kw_only=True)
class LandscapeJob:
    """Assembles a landscape from its parts, which the jobs `blocks` compute.

    `together` is that of the blocks, `sketches` are the jobs that write it before it is complete.
    """

    selection: RunSelection
    entry: LandscapeEntry
    blocks: tuple[str, ...]
    together: int
    cost: float
    sketches: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The landscape's name."""
        return self.entry.id

    @property
    def needs(self) -> tuple[str, ...]:
        """The blocks of its surfaces, and its runs' paths and curvature."""
        paths = (f"{name}/path" for name in self.selection.all_names)
        curvatures = map(name_curvature, self.selection.curvatures)
        return (*self.blocks, *self.sketches, *paths, *curvatures)

    def is_done(self) -> bool:
        """Verify the landscape."""
        key = key_whole(self.selection, self.entry)
        return is_complete(self.selection.folder.landscapes / self.id, key=key)

    def run(self, report: Reporter) -> None:
        """Assemble and write the landscape."""
        report(0.0)
        check_unchanged(self.selection.folder)
        folder, runs = self.selection.folder, self.selection.load_first()
        plane, grid = load_plane(folder.plane(self.id))
        assemble_landscape(
            folder.landscapes,
            entry=self.entry,
            plane=plane,
            grid=grid,
            parts={
                surface: find_parts(self.selection, self.entry, surface, self.together)
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
            measures=self.selection.measures,
            report=report,
        )


@dataclass(frozen=True, kw_only=True)
class RescalingJob:
    """Measures the rescaled networks that a table shows."""

    selection: RunSelection
    table: str
    settings: RescalingSettings
    cost: float

    @property
    def id(self) -> str:
        """The table's name and `rescaling`."""
        return name_rescaling(self.table)

    @property
    def needs(self) -> tuple[str, ...]:
        """The run."""
        return (self.selection.names[self.settings.run][0],)

    @property
    def output(self) -> Path:
        """The folder of what was measured."""
        return self.selection.folder.rescaling(self.table)

    @property
    def key(self) -> str:
        """The SHA-256 of all that determines it."""
        return key_rescaling(self._load_run(), self.selection.dataset, self.settings)

    def is_done(self) -> bool:
        """Verify what was measured."""
        return is_complete(self.output, key=self.key)

    def run(self, report: Reporter) -> None:
        """Measure the networks."""
        report(0.0)
        check_unchanged(self.selection.folder)
        measure_rescaling(
            self.output,
            key=self.key,
            run=self._load_run(),
            dataset=self.selection.dataset,
            settings=self.settings,
            report=report,
        )

    def _load_run(self) -> TrainingRun:
        return TrainingRun.load(self.selection.folder.run(*self.needs), verify=False)


def name_rescaling(table: str) -> str:
    """Return the id of the job that measures a table's rescaled networks."""
    return f"{table}/rescaling"


@dataclass(frozen=True, kw_only=True)
class TableJob:
    """Writes a table of accuracies."""

    selection: RunSelection
    entry: TableEntry
    cost: float

    @property
    def id(self) -> str:
        """The table's name."""
        return self.entry.id

    @property
    def needs(self) -> tuple[str, ...]:
        """The runs with their seeds, and what the table has of them beside accuracies."""
        names = self.selection.all_names
        paths = (f"{name}/path" for name in names) if self.entry.paths else ()
        rescaling = (name_rescaling(self.id),) if self.entry.rescaling else ()
        return (*names, *paths, *map(name_curvature, self.selection.curvatures), *rescaling)

    def is_done(self) -> bool:
        """Verify the table."""
        key = key_table(
            self.entry, self.selection.load(), self.selection.dataset, self.selection.curvature
        )
        return is_complete(self.selection.folder.landscapes / self.id, key=key)

    def run(self, report: Reporter) -> None:
        """Write the table."""
        report(0.0)
        check_unchanged(self.selection.folder)
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
            rescaled=self.selection.folder.rescaling(self.id) if self.entry.rescaling else None,
            report=report,
        )
