"""A study's landscape before it is complete: what is computed, from the coarsest subgrid on.

It has the plane, the paths on it and the surfaces as far as they go. Losses along the paths, arrows
and all statistics come with the complete landscape.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from descent_atlas.analysis.planes import ParameterPlane, PlaneGrid
from descent_atlas.analysis.progress import Report, divide, ignore
from descent_atlas.analysis.sharding.refinements import order_refinements
from descent_atlas.analysis.surface_statistics import describe_growing, describe_progress
from descent_atlas.analysis.trajectories import RunPath, trace
from descent_atlas.landscapes.format import read_landscape, write_landscape
from descent_atlas.output.assembly import (
    SPECTRUM,
    Arrays,
    describe_metrics,
    list_columns,
)
from descent_atlas.output.descriptions import (
    describe_dataset,
    describe_network,
    describe_run,
    describe_versions,
)
from descent_atlas.output.landscape_parts import (
    choose_images,
    choose_makers,
    digest,
    find_origin,
    read_path,
)
from descent_atlas.output.point_measures import PointMeasures
from descent_atlas.output.surface_parts import SurfaceParts
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.study.entries import LandscapeEntry
from descent_atlas.study.measures import Measures, StudyDataset
from descent_atlas.training.runs import TrainingRun


def key_sketch(landscape: str) -> str:
    """Return the key of a landscape's incomplete versions, given that of the landscape."""
    return digest(landscape, "incomplete")


def may_replace(folder: Path, key: str, number: int, *, together: int) -> bool:
    """Tell whether a sketch is better than what a landscape's folder holds.

    `key` is that of the sketch, `number` that of its subgrid among the refinements. A complete
    landscape stays, of whatever key, until another one is complete.
    """
    if not folder.exists():
        return True
    try:
        manifest = read_landscape(folder.absolute()).manifest
    except DamagedError:
        return True
    if manifest.complete or manifest.grid is None or manifest.progress is None:
        return False
    rows, columns = manifest.grid.shape
    known = [each.describe() for each in order_refinements((rows, columns), together).subgrids]
    present = {"rows": manifest.progress.rows, "columns": manifest.progress.columns}
    return manifest.key != key or present not in known or known.index(present) < number


def sketch_landscape(
    root: Path,
    *,
    entry: LandscapeEntry,
    plane: ParameterPlane,
    grid: PlaneGrid,
    parts: Mapping[str, SurfaceParts],
    number: int,
    key: str,
    runs: Mapping[str, TrainingRun],
    labels: Mapping[str, str],
    dataset: StudyDataset,
    study: str | None,
    about: Mapping[str, str] | None,
    measures: Measures,
    report: Report = ignore,
) -> Path:
    """Write an incomplete landscape to `root`/id and return the folder.

    The surfaces have the points that `parts` hold, among them those of the `number`-th refinement
    of the grid. `key` is that of `key_sketch`; the other arguments are those of
    `assemble_landscape`.
    """
    reports = list(divide(report, 2 * len(entry.runs)))
    paths = {id: read_path(runs[id], own) for id, own in zip(entry.runs, reports[::2], strict=True)}
    arrays: Arrays = {"grid.x": grid.x, "grid.y": grid.y}
    computed = {name: parts[name].read_computed() for name in entry.surfaces}
    order = parts[entry.surfaces[0]].order
    assert order is not None  # a study's surfaces are computed coarse first
    index = find_origin(entry, paths[entry.origin])
    run = runs[entry.origin]
    manifest: dict[str, Any] = {
        "complete": False,
        "progress": describe_progress(
            [mask for _, mask in computed.values()], order.subgrids[number]
        ),
        "id": entry.id,
        "kind": "landscape",
        "title": entry.title,
        "shows": entry.shows,
        "figures": entry.figures,
        "dataset": describe_dataset(dataset),
        "network": describe_network(run),
        "runs": [describe_run(id, labels[id], runs[id], dataset) for id in entry.runs],
        "plane": {
            "kind": plane.kind,
            "origin": {"run": entry.origin, "step": int(paths[entry.origin].steps[index])},
            "makers": choose_makers(entry, runs),
            "seed": plane.seed,
            "gram": plane.gram.tolist(),
            "cosine": plane.cosine,
            "spectrum": list(plane.spectrum[:SPECTRUM]),
            "origin_norm": float(plane.origin.double().norm()),
            **describe_eigenpairs(plane),
        },
        "grid": {"x": "grid.x", "y": "grid.y", "shape": [len(grid.y), len(grid.x)]},
        "surfaces": [
            describe_growing(name, values, mask, arrays) | describe_samples(name, dataset, run)
            for name, (values, mask) in computed.items()
        ],
        "trajectories": [
            draw_path(place, id, plane, path, runs[id], measures, arrays, own)
            for place, ((id, path), own) in enumerate(
                zip(paths.items(), reports[1::2], strict=True)
            )
        ],
        "arrows": [],
        "results": {},
        "seeds": {
            "plane": plane.seed,
            "runs": {id: runs[id].spec.get("seed") for id in entry.runs},
        },
        "versions": describe_versions(),
        "study": study,
        "study_about": about,
        "key": key,
    }
    evaluation = PointMeasures(run, dataset, measures).describe(plane.kind)
    if evaluation is not None:
        manifest |= {"metrics": describe_metrics(measures), "evaluation": evaluation}
    return write_landscape(root, manifest, arrays)


def describe_eigenpairs(plane: ParameterPlane) -> dict[str, Any]:
    """Return the eigenpairs of a plane of eigenvectors; its models need whole surfaces."""
    return {} if plane.curvature is None else {"curvature": {**plane.curvature, "models": []}}


def describe_samples(name: str, dataset: StudyDataset, run: TrainingRun) -> dict[str, Any]:
    """Return which samples a surface is of, and how many."""
    split, batch = choose_images(name, dataset, run)
    return {
        "split": "test" if name == "test" else "train",
        "images": split.size if batch is None else len(batch),
    }


def draw_path(
    place: int,
    id: str,
    plane: ParameterPlane,
    path: RunPath,
    run: TrainingRun,
    measures: Measures,
    arrays: Arrays,
    report: Report,
) -> dict[str, Any]:
    """Add a run's path on the plane to the arrays; return its entry of the manifest."""
    trajectory = trace(plane, path, report)
    own = list_columns(run, path, trajectory, measures)
    arrays |= {f"trajectory.{place}.{name}": array for name, array in own.items()}
    return {"run": id, "arrays": {name: f"trajectory.{place}.{name}" for name in own}}
