"""Jobs of what is measured around runs: blocks of its points, and its assembly."""

from collections.abc import Mapping
from dataclasses import dataclass

from descent_atlas.jobs.scheduler import Reporter
from descent_atlas.output.landscape_parts import BLOCK_SECONDS, is_complete
from descent_atlas.output.measured.batch_paths import BatchPaths
from descent_atlas.output.measured.lotteries import PlaneLottery
from descent_atlas.output.measured.measured_landscape import MeasuredLandscape
from descent_atlas.output.measured.segment_profiles import SegmentProfiles
from descent_atlas.output.surface_parts import Span
from descent_atlas.study.code_record import check_unchanged
from descent_atlas.study.folder import RunSelection
from descent_atlas.study.measured_entries import (
    BatchPathEntry,
    LotteryEntry,
    MeasuredEntry,
    SegmentsEntry,
    Sheet,
)

KINDS: Mapping[type[MeasuredEntry], type[MeasuredLandscape]] = {
    SegmentsEntry: SegmentProfiles,
    LotteryEntry: PlaneLottery,
    BatchPathEntry: BatchPaths,
}


def open_measured(selection: RunSelection, entry: MeasuredEntry) -> MeasuredLandscape:
    """Return a landscape that is measured around runs, which have ended."""
    folder = selection.folder
    shows_paths = isinstance(entry, BatchPathEntry)
    names = selection.names if shows_paths else {}
    return KINDS[type(entry)](
        entry=entry,
        runs=selection.load_first(),
        labels=selection.labels,
        dataset=selection.dataset,
        measures=selection.measures,
        parts=folder.landscape_parts(entry.id),
        measured={id: folder.path(own[0]) for id, own in names.items()},
    )


@dataclass(frozen=True, kw_only=True)
class SheetJob:
    """Computes the points `span` of a sheet. `plane` is the id of the job of its plane, if any."""

    selection: RunSelection
    entry: MeasuredEntry
    sheet: Sheet
    span: Span
    cost: float
    plane: str | None = None

    @property
    def id(self) -> str:
        """The landscape's name, the sheet and the first point."""
        return f"{self.entry.id}/{'/'.join(self.sheet)}-{self.span[0]}"

    @property
    def needs(self) -> tuple[str, ...]:
        """The runs, or the plane."""
        return self.selection.all_names if self.plane is None else (self.plane,)

    def is_done(self) -> bool:
        """Verify the parts that hold the points."""
        landscape = open_measured(self.selection, self.entry)
        return not landscape.find_parts(self.sheet).find_missing(*self.span)

    def run(self, report: Reporter) -> None:
        """Compute the points that are missing."""
        report(0.0)
        check_unchanged(self.selection.folder)
        open_measured(self.selection, self.entry).compute(
            self.sheet,
            self.span,
            pace=self.cost / (self.span[1] - self.span[0]),
            seconds=max(BLOCK_SECONDS, self.cost),
            report=report,
        )


@dataclass(frozen=True, kw_only=True)
class MeasuredJob:
    """Assembles what was measured around runs from its sheets, which the jobs `sheets` compute."""

    selection: RunSelection
    entry: MeasuredEntry
    sheets: tuple[str, ...]
    cost: float

    @property
    def id(self) -> str:
        """The landscape's name."""
        return self.entry.id

    @property
    def needs(self) -> tuple[str, ...]:
        """The sheets, and the paths of the runs that it shows."""
        shows_paths = isinstance(self.entry, BatchPathEntry)
        paths = (f"{name}/path" for name in self.selection.all_names if shows_paths)
        return (*self.sheets, *paths)

    def is_done(self) -> bool:
        """Verify the landscape."""
        key = open_measured(self.selection, self.entry).key
        return is_complete(self.selection.folder.landscapes / self.id, key=key)

    def run(self, report: Reporter) -> None:
        """Assemble and write the landscape."""
        report(0.0)
        check_unchanged(self.selection.folder)
        open_measured(self.selection, self.entry).assemble(
            self.selection.folder.landscapes,
            study=self.selection.study,
            about=self.selection.about,
            report=report,
        )
