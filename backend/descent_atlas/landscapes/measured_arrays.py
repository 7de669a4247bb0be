"""Checks of what is measured around points: curvature, segments, lotteries, paths of batches."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.landscapes.array_shapes import (
    Shapes,
    expect,
    expect_known,
    expect_one_length,
    pick,
)
from descent_atlas.landscapes.manifest import Manifest, list_metrics
from descent_atlas.landscapes.parts.plane_parts import Plane

SEGMENT_RANGE = (0.0, 1.0)
"""The coordinates of a segment's ends."""

ARROW_ARRAYS = ("arrow.x", "arrow.y", "norm", "cosine")


def check_coordinates(t: NDArray[Any]) -> None:
    """Raise ValueError unless the coordinates of a profile rise from 0 to 1."""
    if len(t) < 2 or (t[0], t[-1]) != SEGMENT_RANGE or not (np.diff(t) > 0).all():
        raise ValueError("the coordinates of a profile do not rise from 0 to 1")


def check_plane_curvature(manifest: Manifest, plane: Plane) -> None:
    """Raise ValueError unless a plane of eigenvectors, and no other, says which they are."""
    if (plane.kind == "hessian") != (plane.curvature is not None):
        raise ValueError('planes of the kind "hessian" alone have their curvature')
    surfaces = [surface.id for surface in manifest.surfaces]
    models = [] if plane.curvature is None else plane.curvature.models
    expect_known("surface", [model.surface for model in models], surfaces)


def check_segments(manifest: Manifest, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Raise ValueError unless each profile has its losses, from one end to the other."""
    segments = manifest.segments
    if segments is None or not segments.profiles:
        raise ValueError("segments without a profile")
    shapes = {name: array.shape for name, array in arrays.items()}
    expect_one_length(shapes, [segments.t])
    check_coordinates(arrays[segments.t])
    metrics = [metric.id for metric in list_metrics(manifest)]
    runs = [run.id for run in manifest.runs]
    for profile in segments.profiles:
        expect_known("run", [profile.first.run, profile.second.run], runs)
        if not profile.curves:
            raise ValueError(f'the profile "{profile.id}" has no curve')
        for curve in profile.curves:
            values = pick(curve.arrays, metrics)
            expect(shapes, dict.fromkeys(values, shapes[segments.t]))
            if set(curve.barriers) != set(metrics):
                raise ValueError(f'the profile "{profile.id}" lacks the barrier of a metric')


def check_lottery(manifest: Manifest, shapes: Shapes) -> None:
    """Raise ValueError unless every seed of a lottery has its surface and its numbers."""
    lottery, grid = manifest.lottery, manifest.grid
    if lottery is None or grid is None:
        raise ValueError("a lottery without its planes or their grid")
    rows, columns = grid.shape
    seeds = len(lottery.seeds)
    values = pick(lottery.arrays, [metric.id for metric in list_metrics(manifest)])
    expect(shapes, {grid.x: (columns,), grid.y: (rows,), lottery.directions: (seeds, 2)})
    expect(shapes, dict.fromkeys(values, (seeds, rows, columns)))
    arrows = [name for arrow in lottery.arrows for name in pick(arrow.arrays, ("x", "y"))]
    numbers = [statistic.array for statistic in lottery.statistics]
    curvature = [] if lottery.curvature is None else [lottery.curvature.array]
    expect(shapes, dict.fromkeys([*arrows, *numbers, *curvature], (seeds,)))
    expect_known("run", [lottery.origin.run], [run.id for run in manifest.runs])
    expect_known("seed", lottery.shown, lottery.seeds)


def check_batch_path(manifest: Manifest, shapes: Shapes) -> None:
    """Raise ValueError unless every view of a batch path has a surface for each moment."""
    path, plane, grid = manifest.batch_path, manifest.plane, manifest.grid
    if path is None or plane is None or grid is None:
        raise ValueError("a batch path without moments, plane or grid")
    rows, columns = grid.shape
    moments = len(path.moments)
    expect(shapes, {grid.x: (columns,), grid.y: (rows,)})
    for view in path.views:
        values = pick(view.arrays, [metric.id for metric in list_metrics(manifest)])
        expect(shapes, dict.fromkeys(values, (moments, rows, columns)))
        expect(shapes, dict.fromkeys(pick(view.arrays, ARROW_ARRAYS), (moments,)))
    runs = [run.id for run in manifest.runs]
    expect_known("run", [path.run, *(each.run for each in manifest.trajectories)], runs)
