"""Checks that a landscape's manifest and arrays fit together.

A landscape whose files match their hashes may still be one that nothing here can draw: a surface
without its arrays, a trajectory whose columns differ in length. `check_arrays` finds that when the
landscape is read, not when somebody opens it.
"""

from collections.abc import Iterator, Mapping, Sequence
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
from descent_atlas.landscapes.measured_arrays import (
    SEGMENT_RANGE,
    check_batch_path,
    check_coordinates,
    check_lottery,
    check_plane_curvature,
    check_segments,
)
from descent_atlas.landscapes.parts.plane_parts import Plane

CONVEXITY_ARRAYS = ("convexity.radius", "convexity.share", "convexity.cells")

SNAPSHOT_COLUMNS = ("step", "uniform", "x", "y")
"""A trajectory's arrays with a number for each snapshot."""

MEASURED_COLUMNS = ("distance", "length", "loss", "loss_in_plane")
"""More of them, which only a trajectory of another program's file may lack, or one of an incomplete
landscape."""

OTHER_COLUMNS = (("epoch", "train_loss", "test_accuracy"), ("turning.step", "turning.angle"))
"""A trajectory's other arrays: those of one group have one length. Checkpoints tell neither, and a
study without accuracy has none."""

CURVATURE_ARRAYS = ("step", "sharpness", "residual", "preconditioned", "preconditioned.residual")

CURVATURE_VALUES = ("train.", "test.")
"""How the names of what may stand beside the sharpness begin: loss and metrics of a set."""

PATH_ARRAYS = ("images", "x", "y", "loss")

LEAST_AXIS = 2
"""Rows and columns of the least grid that can be drawn."""

INT32 = np.iinfo(np.int32)


def check_arrays(manifest: Manifest, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Raise ValueError unless a landscape has all that is needed to list and draw it."""
    shapes = {name: array.shape for name, array in arrays.items()}
    if manifest.kind != "landscape" and not manifest.complete:
        raise ValueError(f"a {manifest.kind} that is incomplete")
    match manifest.kind:
        case "landscape":
            check_drawing(manifest, shapes)
            check_completeness(manifest, arrays)
        case "profile":
            check_segment(manifest, arrays)
        case "table":
            if not manifest.results.cells:
                raise ValueError("a table without cells")
        case "segments":
            check_segments(manifest, arrays)
        case "lottery":
            check_lottery(manifest, shapes)
        case "batch-path":
            check_batch_path(manifest, shapes)
            check_trajectories(manifest, shapes)
    for path in manifest.results.paths:
        expect_one_length(shapes, pick(path.arrays, PATH_ARRAYS))
    for curvature in manifest.results.curvature:
        values = [key for key in curvature.arrays if key.startswith(CURVATURE_VALUES)]
        expect_one_length(shapes, pick(curvature.arrays, [*CURVATURE_ARRAYS, *values]))
        (steps,) = pick(curvature.arrays, ("spread.step",))
        expect_one_length(shapes, [steps])
        table = (*shapes[steps], curvature.subsets)
        spread = pick(curvature.arrays, ("spread.sharpness", "spread.residual"))
        expect(shapes, dict.fromkeys(spread, table))
    for correlations in manifest.results.correlations:
        names = pick(correlations.arrays, ("plane", "near"))
        expect(shapes, dict.fromkeys(names, (correlations.batches,)))
    for name, array in arrays.items():
        if array.dtype.kind in "iu" and array.size:
            low, high = int(array.min()), int(array.max())
            if low < INT32.min or high > INT32.max:
                raise ValueError(f'the array "{name}" has numbers that do not fit into 32 bits')


def check_drawing(manifest: Manifest, shapes: Shapes) -> None:
    """Raise ValueError unless a landscape's parts fit together."""
    plane, grid = manifest.plane, manifest.grid
    if plane is None or grid is None:
        raise ValueError("a landscape without a plane or a grid")
    if not manifest.surfaces:
        raise ValueError("a landscape without a surface")
    rows, columns = grid.shape
    expect(shapes, {grid.x: (columns,), grid.y: (rows,)})
    metrics = [metric.id for metric in list_metrics(manifest)]
    for surface in manifest.surfaces:
        values = pick(surface.arrays, metrics)
        expect(shapes, dict.fromkeys(values, (rows, columns)))
        if manifest.complete:
            expect_one_length(shapes, pick(surface.arrays, CONVEXITY_ARRAYS))
    check_trajectories(manifest, shapes)
    for cosines in manifest.results.cosines:
        expect_one_length(shapes, [cosines.array])
    for kind, known, named in list_names(manifest, plane):
        expect_known(kind, named, known)
    check_plane_curvature(manifest, plane)


def check_completeness(manifest: Manifest, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Raise ValueError unless a landscape has all its numbers, or says which.

    An incomplete one has a mask for each surface, the subgrid of which it says so is there, and no
    statistics.
    """
    progress, found = manifest.progress, []
    shapes = {name: array.shape for name, array in arrays.items()}
    counted = [(each.not_finite, each.minima, each.minima_on_border) for each in manifest.surfaces]
    if manifest.complete:
        if progress is not None or any(None in counts for counts in counted):
            raise ValueError("a complete landscape says its progress, or lacks its statistics")
        return
    if progress is None or any(set(counts) != {None} for counts in counted):
        raise ValueError("an incomplete landscape does not say its progress, or has statistics")
    for surface in manifest.surfaces:
        values, mask = pick(surface.arrays, ("loss", "computed"))
        expect(shapes, {mask: shapes[values]})
        if arrays[mask].dtype != np.bool_:
            raise ValueError(f'the array "{mask}" is no mask')
        found.append(arrays[mask])
    (row, row_step), (column, column_step) = progress.rows, progress.columns
    if min(row, column) < 0 or min(row_step, column_step) < 1:
        raise ValueError("the rows and columns that are computed are none")
    for computed in found:
        subgrid = computed[row::row_step, column::column_step]
        if min(subgrid.shape) < LEAST_AXIS or not subgrid.all():
            raise ValueError("points of the rows and columns that are computed are missing")
    if progress.computed != sum(int(computed.sum()) for computed in found):
        raise ValueError("the number of points that are computed is another")
    if progress.points != sum(computed.size for computed in found):
        raise ValueError("the number of points is another")


def check_trajectories(manifest: Manifest, shapes: Shapes) -> None:
    """Raise ValueError unless each trajectory has its arrays, of one length a group."""
    for trajectory in manifest.trajectories:
        measured = [key for key in MEASURED_COLUMNS if key in trajectory.arrays]
        may_lack = manifest.imported_from or not manifest.complete
        others = measured if may_lack else MEASURED_COLUMNS
        expect_one_length(shapes, pick(trajectory.arrays, (*SNAPSHOT_COLUMNS, *others)))
        for group in OTHER_COLUMNS:
            present = [key for key in group if key in trajectory.arrays]
            wanted: Sequence[str] = group if manifest.metrics is None else present
            if wanted:
                expect_one_length(shapes, pick(trajectory.arrays, wanted))


def check_segment(manifest: Manifest, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Raise ValueError unless a profile has its losses, from one end to the other."""
    if manifest.segment is None:
        raise ValueError("a profile without a segment")
    if [(end.x, end.y) for end in manifest.ends] != [(t, 0.0) for t in SEGMENT_RANGE]:
        raise ValueError("a profile needs two ends, at 0 and 1")
    metrics = [metric.id for metric in list_metrics(manifest)]
    names = pick(manifest.segment.arrays, ["t", *metrics])
    expect_one_length({name: array.shape for name, array in arrays.items()}, names)
    check_coordinates(arrays[names[0]])


def list_names(
    manifest: Manifest, plane: Plane
) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    """Yield what parts refer to by name: the kind, those that there are, those that are named."""
    runs = [run.id for run in manifest.runs]
    origins = [plane.origin.run] if plane.origin is not None else []
    yield "run", runs, [*origins, *plane.makers]
    yield "run", runs, [trajectory.run for trajectory in manifest.trajectories]
    surfaces = [surface.id for surface in manifest.surfaces]
    yield "surface", surfaces, [arrow.surface for arrow in manifest.arrows]
