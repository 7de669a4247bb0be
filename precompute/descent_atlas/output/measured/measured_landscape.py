"""What landscapes that are measured around runs have in common: sheets of points, keys, assembly.

A sheet is a set of points that are evaluated together: those of a segment, of one random plane, of
one moment of a path. Its points are kept in parts, as those of a surface are, and a part's numbers
do not depend on it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.planes import ParameterPlane, PlaneGrid
from descent_atlas.analysis.progress import Report, ignore
from descent_atlas.landscapes.format import write_landscape
from descent_atlas.output.assembly import describe_metrics
from descent_atlas.output.descriptions import (
    describe_dataset,
    describe_network,
    describe_run,
    describe_versions,
)
from descent_atlas.output.landscape_parts import BLOCK_SECONDS, compute_points, digest, key_path
from descent_atlas.output.point_measures import PointMeasures
from descent_atlas.output.surface_parts import Span, SurfaceParts
from descent_atlas.storage.durable import hash_file
from descent_atlas.study.measured_entries import MeasuredEntry, Sheet
from descent_atlas.study.measures import Measures, StudyDataset, StudySplit
from descent_atlas.training.run_manifest import MANIFEST
from descent_atlas.training.runs import TrainingRun

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class SheetPlace:
    """Where the points of a sheet lie, and the samples on which they are evaluated."""

    plane: ParameterPlane
    grid: PlaneGrid
    run: TrainingRun
    samples: StudySplit
    batch: Tensor | None = None


@dataclass(frozen=True, kw_only=True)
class MeasuredLandscape(ABC):
    """A landscape that is measured around runs, given by their ids in the study.

    `labels` are those of the runs, `parts` is the folder of its parts, `measured` the outputs of
    `measure_path` by the ids of those runs whose paths it shows.
    """

    entry: MeasuredEntry
    runs: Mapping[str, TrainingRun]
    labels: Mapping[str, str]
    dataset: StudyDataset
    measures: Measures
    parts: Path
    measured: Mapping[str, Path]

    kind: ClassVar[str]
    plane_kind: ClassVar[str]

    @cached_property
    def points_key(self) -> str:
        """The SHA-256 of all that determines the values at the points."""
        return digest(
            self.kind,
            self.entry.point_settings,
            {id: hash_file(run.folder / MANIFEST) for id, run in self.runs.items()},
            self.dataset.fingerprint,
            *self.measures.key,
        )

    @property
    def key(self) -> str:
        """The SHA-256 of all that determines the landscape."""
        paths = {id: key_path(self.runs[id], self.dataset, self.measures) for id in self.measured}
        return digest(self.entry.model_dump(), self.points_key, paths)

    def find_parts(self, sheet: Sheet) -> SurfaceParts:
        """Return the parts of a sheet."""
        name, surface = sheet
        return SurfaceParts(
            folder=self.parts / name,
            surface=surface,
            key=self.points_key,
            shape=self.entry.shape,
            metrics=("loss", *self.metric_ids),
        )

    @property
    def metric_ids(self) -> list[str]:
        """The ids of the metrics beside the loss."""
        return [metric.id for metric in self.measures.metrics]

    def compute(
        self,
        sheet: Sheet,
        span: Span,
        *,
        pace: float,
        seconds: float = BLOCK_SECONDS,
        report: Report = ignore,
    ) -> None:
        """Compute those of a sheet's points in a span that no part holds, and write them."""
        place = self.place(sheet)
        compute_points(
            self.find_parts(sheet),
            span,
            plane=place.plane,
            grid=place.grid,
            run=place.run,
            dataset=self.dataset,
            measures=self.measures,
            images=(place.samples, place.batch),
            pace=pace,
            seconds=seconds,
            report=report,
        )

    def read(self, sheet: Sheet) -> dict[str, Floats]:
        """Return the values of a sheet, float64[rows, columns] each.

        Raises DamagedError if points are missing.
        """
        return self.find_parts(sheet).read()

    @abstractmethod
    def place(self, sheet: Sheet) -> SheetPlace:
        """Return where a sheet's points lie."""

    @abstractmethod
    def describe(self, arrays: Arrays, report: Report) -> dict[str, Any]:
        """Add what was measured to the arrays; return what its manifest has beside the usual."""

    def assemble(
        self,
        root: Path,
        *,
        study: str | None = None,
        about: Mapping[str, str] | None = None,
        report: Report = ignore,
    ) -> Path:
        """Write the landscape to `root`/id and return the folder.

        The arguments are those of `assemble_landscape`. Raises DamagedError if points are missing.
        """
        arrays: Arrays = {}
        entry, first = self.entry, next(iter(self.runs.values()))
        manifest: dict[str, Any] = {
            "id": entry.id,
            "kind": self.kind,
            "title": entry.title,
            "shows": entry.shows,
            "figures": entry.figures,
            "dataset": describe_dataset(self.dataset),
            "network": describe_network(first),
            "runs": [
                describe_run(id, self.labels[id], run, self.dataset)
                for id, run in self.runs.items()
            ],
            "plane": None,
            "grid": None,
            "surfaces": [],
            "trajectories": [],
            "arrows": [],
            "results": {},
            "seeds": {"runs": {id: run.spec.get("seed") for id, run in self.runs.items()}},
            "versions": describe_versions(),
            "study": study,
            "study_about": about,
            "key": self.key,
        }
        manifest |= self.describe(arrays, report)
        evaluation = PointMeasures(first, self.dataset, self.measures).describe(self.plane_kind)
        if evaluation is not None:
            manifest |= {"metrics": describe_metrics(self.measures), "evaluation": evaluation}
        return write_landscape(root, manifest, arrays)


def bound_losses(loss: NDArray[Any]) -> dict[str, Any]:
    """Return the lowest and the highest finite loss, and how many are not finite."""
    finite = loss[np.isfinite(loss)]
    return {
        "lowest": float(finite.min()) if len(finite) else None,
        "highest": float(finite.max()) if len(finite) else None,
        "not_finite": int(loss.size - len(finite)),
    }
