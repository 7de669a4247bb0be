"""Curvature along the paths of runs: measured once a run, then described in landscapes and tables.

What is measured, on which images and at which snapshots, follows `study.entries.CurvatureSettings`;
when an eigenpair has converged, `analysis.eigenpairs`. Values that have not converged are NaN in
what is written; their residuals stay.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.curvature import CurvatureMatrix, Product, precondition
from descent_atlas.analysis.eigenpairs import Eigenpairs, find_eigenpairs
from descent_atlas.analysis.stability_limits import find_limit, find_scaling_matrix
from descent_atlas.analysis.surfaces import report_progress
from descent_atlas.analysis.trajectories import RunPath
from descent_atlas.output.descriptions import finite_or_none
from descent_atlas.output.landscape_parts import USUAL, digest, key_path, read_path
from descent_atlas.output.origin_derivatives import OriginDerivatives
from descent_atlas.output.point_measures import PointMeasures
from descent_atlas.storage.array_folder import read_folder, write_folder
from descent_atlas.study.entries import CurvatureSettings
from descent_atlas.study.measures import Measures, StudyDataset
from descent_atlas.training.images.datasets import Split
from descent_atlas.training.loops.training_plan import DEFAULT_DEVICE
from descent_atlas.training.networks import construct
from descent_atlas.training.runs import TrainingRun
from descent_atlas.training.snapshot_plan import choose_uniform, plan_snapshots

MEASURED = "sharpness, and loss and accuracy on all images"
"""What is measured; a change of it measures anew."""


def key_curvature(
    run: TrainingRun,
    dataset: StudyDataset,
    settings: CurvatureSettings,
    measures: Measures = USUAL,
) -> str:
    """Return the SHA-256 of all that determines the curvature along a run's path."""
    return digest(key_path(run, dataset, measures), settings.model_dump(), MEASURED)


def choose_points(path: RunPath, run: TrainingRun, settings: CurvatureSettings) -> list[int]:
    """Return the indices of a path's snapshots at which the curvature is measured.

    They are the start, those of the `snapshots` planned ones that the run reached, and the end.
    """
    planned = choose_uniform(
        plan_snapshots(run.planned_steps, run.planned_snapshots), settings.snapshots
    )
    chosen = np.isin(path.steps, planned)
    chosen[[0, -1]] = True
    return [int(index) for index in np.flatnonzero(chosen)]


def choose_spread(points: int, settings: CurvatureSettings) -> list[int]:
    """Return which of the points are measured on all subsets: the last of each of `spread` parts.

    The start belongs to no part, unless there are fewer points than parts.
    """
    later = points - 1
    if later < settings.spread:
        return list(range(points))[-settings.spread :]
    return [(part + 1) * later // settings.spread for part in range(settings.spread)]


def draw_subsets(dataset: StudyDataset, settings: CurvatureSettings) -> list[Tensor]:
    """Return the indices int64[images] of the disjoint subsets of the training set.

    Raises ValueError if the set has too few images.
    """
    count, wanted = dataset.train.size, settings.subsets * settings.images
    if wanted > count:
        raise ValueError(
            f"curvature: {settings.subsets} subsets of {settings.images:,} images are more than "
            f"the {count:,} of the training set"
        )
    order = torch.from_numpy(np.random.default_rng(settings.seed).permutation(count))
    return list(torch.split(order[:wanted], settings.images))


def measure_curvature(
    output: Path,
    *,
    key: str,
    run: TrainingRun,
    dataset: StudyDataset,
    settings: CurvatureSettings,
    measures: Measures = USUAL,
    report: Callable[[float], None] = lambda fraction: None,
) -> None:
    """Compute the sharpness along a run's path, and write it to a folder.

    Where the run kept its optimizer's scaling, the preconditioned sharpness is computed too; and at
    the same snapshots loss and metrics on all samples of both sets, without which the sharpness of
    two runs cannot be compared: that of the cross-entropy falls with the loss itself. Each
    search starts near the vector found at the snapshot before. `report` is called with the fraction
    done; an exception that it raises ends the computation, and nothing is written. Raises
    ValueError if the training set has too few images.
    """
    path, size = read_path(run), run.layout.size
    points, subsets = choose_points(path, run, settings), draw_subsets(dataset, settings)
    spread = choose_spread(len(points), settings)
    multiply = choose_product(run, dataset, measures)
    plain: list[Eigenpairs | None] = []
    scaled: list[Eigenpairs | None] = []
    apart: list[list[Eigenpairs | None]] = []

    def search(product: Product, before: Sequence[Eigenpairs | None]) -> Eigenpairs:
        return find_eigenpairs(
            product,
            size,
            tolerance=settings.tolerance,
            seed=settings.seed,
            start=find_last_vector(before),
        )

    for number in report_progress(range(len(points)), report):
        theta = path.read(points[number])
        products = (multiply(theta, subset) for subset in subsets)
        product = next(products)
        plain.append(search(product, plain))
        scaling = find_scaling_at(run, int(path.steps[points[number]]))
        if scaling is None:
            scaled.append(None)
        else:
            scaled.append(search(precondition(product, scaling), scaled))
        if number in spread:
            others = [search(other, plain) for other in products]
            apart.append([plain[-1], *others])
    rows = [join_leading(row) for row in apart]
    sharpness, residual = join_leading(plain)
    preconditioned, preconditioned_residual = join_leading(scaled)
    made = [*plain, *scaled, *(pair for row in apart for pair in row[1:])]
    write_folder(
        output,
        {"key": key, "run": run.id, "products": sum(pair.products for pair in made if pair)},
        {
            "step": path.steps[points],
            "sharpness": sharpness,
            "residual": residual,
            "preconditioned": preconditioned,
            "preconditioned.residual": preconditioned_residual,
            "spread.step": path.steps[points][spread],
            "spread.sharpness": stack_rows([values for values, _ in rows], len(subsets)),
            "spread.residual": stack_rows([residuals for _, residuals in rows], len(subsets)),
            **measure_points(path, points, PointMeasures(run, dataset, measures)),
        },
    )


def choose_product(
    run: TrainingRun, dataset: StudyDataset, measures: Measures
) -> Callable[[Tensor, Tensor], Product]:
    """Return what gives the product with the Hessian at θ on a subset of the training set.

    Images that a network without buffers classifies have a way of their own.
    """
    network = construct(run.factory, int(run.spec.get("seed", 0)), run.options)
    train = dataset.train
    if replace(measures, device=DEFAULT_DEVICE).suit_images(dataset, network):
        assert isinstance(train, Split)
        on_device = train.to(torch.device(measures.device))  # once for all points
        return lambda theta, subset: (
            CurvatureMatrix(
                network, run.layout, theta, on_device, batch=subset, device=measures.device
            ).multiply
        )
    return lambda theta, subset: OriginDerivatives(run, dataset, measures, theta).product(
        train, subset
    )


def measure_points(
    path: RunPath, points: Sequence[int], measures: PointMeasures
) -> dict[str, Floats]:
    """Return loss and metrics at some points of a path, float64[n] on each set that there is."""
    found: dict[str, Floats] = {}
    for name, split in (("train", measures.dataset.train), ("test", measures.dataset.test)):
        if split is not None:
            values = measures.along((path.read(point) for point in points), split)
            found |= {f"{name}.{metric}": column for metric, column in values.items()}
    return found


def find_last_vector(found: Sequence[Eigenpairs | None]) -> Floats | None:
    """Return the vector of the last pair that has converged, None if none has."""
    return next((pair.vectors[0] for pair in reversed(found) if pair and pair.converged[0]), None)


def join_leading(found: Sequence[Eigenpairs | None]) -> tuple[Floats, Floats]:
    """Return the leading values float64[n], NaN where not converged, and the residuals float64[n].

    Both are NaN where there is no pair.
    """
    values = [pair.values[0] if pair and pair.converged[0] else np.nan for pair in found]
    residuals = [pair.residuals[0] if pair else np.nan for pair in found]
    return np.array(values, dtype=np.float64), np.array(residuals, dtype=np.float64)


def stack_rows(rows: Sequence[Floats], columns: int) -> Floats:
    """Return rows as float64[rows, columns], also if there are none."""
    return np.array(rows, dtype=np.float64).reshape(len(rows), columns)


def find_scaling_at(run: TrainingRun, step: int) -> Floats | None:
    """Return the diagonal P by which a run's optimizer divided a step, None if it is not known."""
    kept = np.flatnonzero(run.scaling_steps == step)
    spec = run.spec
    if not len(kept) or "optimizer" not in spec:
        return None
    v = np.array(run.scalings[kept[0]])
    return find_scaling_matrix(spec["optimizer"], spec.get("hyperparameters", {}), v, step)


def describe_curvatures(
    runs: Mapping[str, Sequence[TrainingRun]],
    measured: Mapping[str, Path],
    settings: CurvatureSettings | None,
    arrays: dict[str, NDArray[Any]],
) -> list[dict[str, Any]]:
    """Add the curvature along runs to the arrays; return their entries of the manifest.

    `runs` are those of a landscape or table by the study's id, `measured` the outputs of
    `measure_curvature` by the runs' names. Without settings there are none.
    """
    described: list[dict[str, Any]] = []
    if settings is None:
        return described
    for id, run in ((id, run) for id, seeds in runs.items() for run in seeds):
        header, own = read_folder(measured[run.id])
        spec, number = run.spec, len(described)
        limit = find_limit(spec["optimizer"], spec.get("hyperparameters", {}))
        if "schedule" in spec:  # the limit is that of a fixed rate
            limit = None
        names = {key: f"curvature.{number}.{key}" for key in own}
        arrays |= {names[key]: array for key, array in own.items()}
        described.append(
            {
                "run": id,
                "seed": spec.get("seed"),
                "images": settings.images,
                "subsets": settings.subsets,
                "images_seed": settings.seed,
                "tolerance": settings.tolerance,
                "products": header["products"],
                "limit": None if limit is None else finite_or_none(limit.value),
                "limit_of": None if limit is None else limit.of,
                "arrays": names,
            }
        )
    return described
