"""Stored landscapes and profiles as figures show them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.analysis.array_types import Counts, Floats
from descent_atlas.analysis.spectra.quadratic_models import read_model
from descent_atlas.drawing.figures.figure_subjects import LossBarrier, SurfaceModel
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Manifest, Surface, Trajectory, list_metrics
from descent_atlas.landscapes.parts.segment_parts import End


@dataclass(frozen=True, eq=False)
class StoredPath:
    """A trajectory of a manifest; see `PathSubject`."""

    label: str
    step_unit: str
    steps: Counts
    x: Floats
    y: Floats
    distance: Floats | None
    loss: Floats | None
    loss_in_plane: Floats | None


@dataclass(frozen=True, eq=False)
class StoredPlane:
    """One surface of a landscape; see `PlaneSubject`."""

    title: str
    x: Floats
    y: Floats
    values: Mapping[str, Floats]
    metrics: Sequence[Mapping[str, Any]]
    ends: Sequence[End]
    trajectories: Sequence[StoredPath]
    evaluation: Mapping[str, Any] | None
    model: SurfaceModel | None


@dataclass(frozen=True, eq=False)
class StoredSegment:
    """A profile; see `CurveSubject`."""

    title: str
    t: Floats
    values: Mapping[str, Floats]
    barrier: LossBarrier
    note: str
    metrics: Sequence[Mapping[str, Any]]
    ends: Sequence[End]
    evaluation: Mapping[str, Any] | None

    @property
    def loss(self) -> Floats:
        """The loss, float64[n]."""
        return self.values["loss"]

    @property
    def line(self) -> Floats:
        """The straight line between the losses of the ends, float64[n]."""
        line: Floats = (1 - self.t) * self.loss[0] + self.t * self.loss[-1]
        return line


def view_plane(landscape: Landscape, surface: str | None) -> StoredPlane:
    """Return a landscape with one of its surfaces, the first if none is named.

    Raises ValueError for an unknown surface, and for a landscape that has none.
    """
    manifest = landscape.manifest
    if manifest.grid is None or not manifest.surfaces:
        raise ValueError(f"{manifest.id} is a {manifest.kind}, which has no surface to draw")
    chosen = find_surface(manifest, surface)
    several = len(manifest.surfaces) > 1
    name = chosen.label or chosen.id
    return StoredPlane(
        title=f"{manifest.title} ({name})" if several else manifest.title,
        x=widen(landscape.arrays[manifest.grid.x]),
        y=widen(landscape.arrays[manifest.grid.y]),
        values={
            metric.id: widen(landscape.arrays[chosen.arrays[metric.id]])
            for metric in list_metrics(manifest)
        },
        metrics=describe_metrics(manifest),
        ends=manifest.ends,
        trajectories=[view_path(landscape, each) for each in manifest.trajectories],
        evaluation=describe_rules(manifest),
        model=view_model(landscape, chosen),
    )


def view_model(landscape: Landscape, surface: Surface) -> SurfaceModel | None:
    """Return the quadratic model of a surface; None unless its plane is of eigenvectors."""
    plane, grid = landscape.manifest.plane, landscape.manifest.grid
    if plane is None or grid is None or plane.curvature is None:
        return None
    loss, x, y = (
        widen(landscape.arrays[name]) for name in (surface.arrays["loss"], grid.x, grid.y)
    )
    found = read_model(plane.curvature.model_dump(), surface.id, loss, x, y)
    return SurfaceModel(*found) if found else None


def view_path(landscape: Landscape, trajectory: Trajectory) -> StoredPath:
    """Return a trajectory, with the name and the count of its run."""
    run = next(run for run in landscape.manifest.runs if run.id == trajectory.run)
    found = {key: landscape.arrays[name] for key, name in trajectory.arrays.items()}
    optional = ("distance", "loss", "loss_in_plane")
    distance, loss, loss_in_plane = (
        widen(found[key]) if key in found else None for key in optional
    )
    steps: Counts = found["step"].astype(np.int64)
    x, y = widen(found["x"]), widen(found["y"])
    return StoredPath(run.label, run.step_unit, steps, x, y, distance, loss, loss_in_plane)


def view_segment(landscape: Landscape) -> StoredSegment:
    """Return a profile. Raises ValueError if the landscape is none."""
    manifest = landscape.manifest
    segment = manifest.segment
    if segment is None:
        raise ValueError(f"{manifest.id} is a {manifest.kind}, and no profile")
    named = {key: widen(landscape.arrays[name]) for key, name in segment.arrays.items()}
    height, at = segment.barrier.height, segment.barrier.at
    return StoredSegment(
        title=manifest.title,
        t=named["t"],
        values={metric.id: named[metric.id] for metric in list_metrics(manifest)},
        barrier=LossBarrier(math.nan if height is None else height, math.nan if at is None else at),
        note=segment.note,
        metrics=describe_metrics(manifest),
        ends=manifest.ends,
        evaluation=describe_rules(manifest),
    )


def find_surface(manifest: Manifest, id: str | None) -> Surface:
    """Return a surface by its id, the first without one. Raises ValueError for an unknown id."""
    if id is None:
        return manifest.surfaces[0]
    for surface in manifest.surfaces:
        if surface.id == id:
            return surface
    known = ", ".join(surface.id for surface in manifest.surfaces)
    raise ValueError(f"there is no surface {id!r}; there are {known}")


def describe_metrics(manifest: Manifest) -> list[Mapping[str, Any]]:
    """Return the metrics as figures take them."""
    return [metric.model_dump() for metric in list_metrics(manifest)]


def describe_rules(manifest: Manifest) -> Mapping[str, Any] | None:
    """Return the rules of evaluation as figures take them; None if not recorded."""
    return None if manifest.evaluation is None else manifest.evaluation.model_dump()


def widen(array: NDArray[Any]) -> Floats:
    """Return numbers as float64."""
    return array.astype(np.float64)
