"""Paths of batches: what batches of several sizes see of the loss at moments of a run."""

from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from descent_atlas.analysis.array_types import Counts, Floats
from descent_atlas.analysis.planes import ParameterPlane, PlaneGrid, load_plane, project
from descent_atlas.analysis.progress import Report, narrow
from descent_atlas.analysis.spectra.point_derivatives import Slope
from descent_atlas.analysis.trajectories import RunPath, descent_arrow
from descent_atlas.output.assembly import SPECTRUM, trace_runs
from descent_atlas.output.landscape_parts import choose_images, read_path
from descent_atlas.output.measured.measured_landscape import (
    Arrays,
    MeasuredLandscape,
    SheetPlace,
    bound_losses,
)
from descent_atlas.output.origin_derivatives import OriginDerivatives
from descent_atlas.study.measured_entries import BatchPathEntry, Sheet
from descent_atlas.study.measures import StudySplit
from descent_atlas.training.angles import cosine_between
from descent_atlas.training.loops.batch_order import epoch_order
from descent_atlas.training.runs import TrainingRun

RULE = (
    "Each surface lies on the plane through its moment's snapshot, parallel to the run's principal "
    "plane, in the coordinates of that plane. A batch of N consists of the N images that the run "
    "sees from that step on, in the order of its seed."
)


class BatchPaths(MeasuredLandscape):
    """The surfaces of batches at moments of a run, and their directions of descent there."""

    entry: BatchPathEntry
    kind: ClassVar[str] = "batch-path"
    plane_kind: ClassVar[str] = "pca"

    @property
    def run(self) -> TrainingRun:
        """The run."""
        return self.runs[self.entry.run]

    @cached_property
    def path(self) -> RunPath:
        """The run's path."""
        return read_path(self.run)

    @cached_property
    def plane(self) -> tuple[ParameterPlane, PlaneGrid]:
        """The run's principal plane and its grid. Raises DamagedError if they are missing."""
        return load_plane(self.parts / "plane")

    @cached_property
    def moments(self) -> Counts:
        """The indices of the moments' snapshots in the path, int64[moments]."""
        steps = self.path.steps
        wanted = np.linspace(0, steps[-1], self.entry.moments)
        nearest: Counts = np.abs(steps[:, np.newaxis] - wanted).argmin(axis=0)
        return nearest

    @cached_property
    def places(self) -> tuple[Floats, Floats]:
        """The moments' coordinates float64[moments, 2], and their distances from the plane."""
        thetas = np.stack([np.array(self.path.snapshots[index]) for index in self.moments])
        return project(self.plane[0], thetas)

    def place(self, sheet: Sheet) -> SheetPlace:
        """Return the plane of a sheet's moment; its grid counts from the snapshot."""
        name, surface = sheet
        number = int(name.split("-")[1])
        plane, grid = self.plane
        (x, y), index = self.places[0][number], int(self.moments[number])
        return SheetPlace(
            ParameterPlane(kind="pca", origin=self.path.read(index), directions=plane.directions),
            PlaneGrid(grid.x - x, grid.y - y),
            self.run,
            *self.choose_batch(surface, number),
        )

    def choose_batch(self, surface: str, number: int) -> tuple[StudySplit, Tensor | None]:
        """Return the split of a surface, and the indices of the batch at a moment.

        Where an epoch ends within a batch, the next one follows. Raises ValueError for surfaces
        that there are not.
        """
        split, batch = choose_images(surface, self.dataset, self.run)
        if batch is None:
            return split, None
        count, size = split.size, self.run.batch_size or split.size
        per_epoch = -(-count // size)
        epoch, before = divmod(int(self.path.steps[self.moments[number]]), per_epoch)
        seed = int(self.run.spec.get("seed", 0))
        orders = [epoch_order(seed, each, count) for each in (epoch, epoch + 1)]
        first = before * size
        return split, torch.cat(orders)[first : first + len(batch)]

    def describe(self, arrays: Arrays, report: Report) -> dict[str, Any]:
        """Add surfaces, arrows and path to the arrays; return their entries of the manifest."""
        entry, (plane, grid), path = self.entry, self.plane, self.path
        arrays |= {"grid.x": grid.x, "grid.y": grid.y}
        whole = [
            self._find_derivatives(number, narrow(report, 0.5, 0.5)).slope(self.dataset.train)
            for number in range(entry.moments)
        ]
        coordinates, distances = self.places
        per_epoch = self.run.steps_per_epoch
        steps = path.steps[self.moments]
        landscape = entry.landscape
        return {
            "plane": {
                "kind": plane.kind,
                "origin": {"run": entry.run, "step": int(path.steps[-1])},
                "makers": [entry.run],
                "seed": plane.seed,
                "gram": plane.gram.tolist(),
                "cosine": plane.cosine,
                "spectrum": list(plane.spectrum[:SPECTRUM]),
                "origin_norm": float(plane.origin.double().norm()),
            },
            "grid": {"x": "grid.x", "y": "grid.y", "shape": list(entry.shape)},
            "trajectories": trace_runs(
                landscape,
                plane,
                {entry.run: path},
                len(path.steps) - 1,
                self.measured,
                self.runs,
                self.dataset,
                self.measures,
                arrays,
                narrow(report, 0, 0.5),
            ),
            "batch_path": {
                "run": entry.run,
                "moments": [
                    {
                        "step": int(step),
                        "epoch": None if per_epoch is None else float(step / per_epoch),
                        "x": float(place[0]),
                        "y": float(place[1]),
                        "distance": float(distance),
                    }
                    for step, place, distance in zip(steps, coordinates, distances, strict=True)
                ],
                "views": [
                    self._describe_view(surface, whole, arrays, narrow(report, 0.5, 1))
                    for surface in entry.surfaces
                ],
                "rule": RULE,
            },
        }

    def _find_derivatives(self, number: int, report: Report) -> OriginDerivatives:
        """Return the derivatives at a moment's snapshot."""
        report(number / self.entry.moments)
        theta = self.path.read(int(self.moments[number]))
        return OriginDerivatives(self.run, self.dataset, self.measures, theta)

    def _describe_view(
        self, surface: str, whole: list[Slope], arrays: Arrays, report: Report
    ) -> dict[str, Any]:
        """Add what samples of one size see to the arrays; return its entry of the manifest."""
        plane, _ = self.plane
        values = [self.read((f"moment-{number}", surface)) for number in range(self.entry.moments)]
        arrows, norms, cosines = [], [], []
        for number, full in enumerate(whole):
            own = full
            if surface != "train":
                chosen = self.choose_batch(surface, number)
                own = self._find_derivatives(number, report).slope(*chosen)
            gradient = torch.from_numpy(own.gradient)
            arrows.append(descent_arrow(plane, gradient))
            norms.append(float(gradient.norm()))
            cosines.append(cosine_between(gradient, torch.from_numpy(full.gradient)))
        names = {key: f"batches.{surface}.{key}" for key in values[0]}
        for key, name in names.items():
            arrays[name] = np.stack([each[key] for each in values]).astype(np.float32)
        columns = {
            "arrow.x": np.array([arrow[0] for arrow in arrows]),
            "arrow.y": np.array([arrow[1] for arrow in arrows]),
            "norm": np.array(norms),
            "cosine": np.array(cosines),
        }
        for key, column in columns.items():
            names[key] = f"batches.{surface}.{key}"
            arrays[names[key]] = column
        split, batch = self.choose_batch(surface, 0)
        return {
            "surface": surface,
            "images": split.size if batch is None else len(batch),
            "arrays": names,
            **bound_losses(np.stack([each["loss"] for each in values])),
        }
