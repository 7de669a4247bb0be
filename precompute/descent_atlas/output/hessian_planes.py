"""Planes of eigenvectors of a study's loss, and the quadratic models of their surfaces."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.planes import ParameterPlane, PlaneGrid, save_plane, unit_grid
from descent_atlas.analysis.progress import Report, ignore
from descent_atlas.analysis.spectra.eigenplanes import find_eigenplane
from descent_atlas.analysis.spectra.quadratic_models import describe_model
from descent_atlas.output.landscape_parts import (
    USUAL,
    check_networks,
    choose_images,
    find_origin,
    read_path,
)
from descent_atlas.output.origin_derivatives import OriginDerivatives, draw_samples
from descent_atlas.study.entries import HessianSettings, LandscapeEntry
from descent_atlas.study.measures import Measures, StudyDataset, StudySplit, choose_samples
from descent_atlas.training.runs import TrainingRun


def make_hessian_plane(
    output: Path,
    *,
    key: str,
    entry: LandscapeEntry,
    runs: Mapping[str, TrainingRun],
    dataset: StudyDataset,
    measures: Measures = USUAL,
    report: Report = ignore,
) -> None:
    """Compute the plane of eigenvectors of a landscape and its grid, and write them to a folder.

    `report` is called with 0 before each product; an exception that it raises ends the computation,
    and nothing is written. Raises ValueError if an eigenpair has not converged or there is none, if
    there are too few samples, or if the runs trained different networks.
    """
    check_networks(entry.id, [runs[id] for id in entry.runs])
    run, settings = runs[entry.origin], entry.eigenvectors
    path = read_path(run)
    origin = path.read(find_origin(entry, path))
    derivatives = OriginDerivatives(run, dataset, measures, origin, lambda: report(0.0))
    plane = find_plane(derivatives, settings, dataset.train)
    save_plane(output, plane, unit_grid(entry.grid, settings.reach), key=key)


def find_plane(
    derivatives: OriginDerivatives, settings: HessianSettings, train: StudySplit
) -> ParameterPlane:
    """Return the plane of two eigenvectors at a point, with what a manifest says of their pairs.

    Raises NoEigenplaneError if a pair has not converged, or there is none.
    """
    batch = draw_samples(train, settings.images, settings.seed)
    rise = settings.rise
    found = find_eigenplane(
        derivatives.product(train, batch),
        derivatives.layout.size,
        second=settings.second,
        rise=abs(derivatives.slope(train, batch).loss) if rise is None else rise,
        tolerance=settings.tolerance,
        seed=settings.seed,
    )
    return ParameterPlane(
        kind="hessian",
        origin=derivatives.theta,
        directions=torch.from_numpy(found.directions).float(),
        curvature={
            "images": train.size if batch is None else len(batch),
            "images_seed": None if batch is None else settings.seed,
            **found.describe(),
        },
    )


def describe_plane_curvature(
    entry: LandscapeEntry,
    plane: ParameterPlane,
    grid: PlaneGrid,
    surfaces: Mapping[str, Mapping[str, Floats]],
    run: TrainingRun,
    dataset: StudyDataset,
    measures: Measures,
) -> dict[str, Any]:
    """Return the entry `curvature` of a plane in a manifest, with a model for each surface.

    Planes that are not of eigenvectors have none.
    """
    if plane.curvature is None:
        return {}
    derivatives = OriginDerivatives(run, dataset, measures, plane.origin)
    models = []
    for name in entry.surfaces:
        split, batch = choose_images(name, dataset, run)
        model = derivatives.model(plane, split if batch is None else choose_samples(split, batch))
        loss, rise = surfaces[name]["loss"], float(plane.curvature["rise"])
        models.append(describe_model(name, model, loss, grid.x, grid.y, rise=rise))
    return {"curvature": {**plane.curvature, "models": models}}
