"""Correlations of many batches' surfaces with that of the whole training set."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from descent_atlas.analysis.planes import ParameterPlane, PlaneGrid
from descent_atlas.analysis.progress import Report, ignore, narrow
from descent_atlas.analysis.surfaces import evaluate_surface
from descent_atlas.statistics.association import correlate
from descent_atlas.study.measures import StudyDataset
from descent_atlas.training.images.datasets import Split
from descent_atlas.training.runs import TrainingRun

NEAR = 0.25
"""Distance from the origin within which surfaces are also compared: a random plane's unit is as far
as the model's own weights, and the steep sides there make any two surfaces correlate."""


def correlate_batches(
    plane: ParameterPlane,
    grid: PlaneGrid,
    whole: NDArray[np.float64],
    run: TrainingRun,
    dataset: StudyDataset,
    *,
    sizes: Sequence[int],
    batches: int,
    seed: int,
    arrays: dict[str, NDArray[Any]],
    report: Report = ignore,
) -> list[dict[str, Any]]:
    """Add the correlations of `batches` batches of each size to the arrays; return their entries.

    `whole` is the loss on the whole training set, float64[ny, nx]. Each batch is drawn without
    replacement. A correlation is NaN where a surface is constant. `report` is called with the
    fraction done.
    """
    train = dataset.train
    assert isinstance(train, Split)  # the study's schema asks it of no other samples
    near = np.hypot(*np.meshgrid(grid.x, grid.y)) <= NEAR
    network, described = run.build_network(), []
    surfaces = len(sizes) * batches
    for number, size in enumerate(sizes):
        generator = np.random.default_rng([seed, size])
        found = np.empty((2, batches))
        for index in range(batches):
            first = number * batches + index
            chosen = generator.choice(dataset.train.size, size, replace=False)
            loss = evaluate_surface(
                network,
                run.layout,
                plane.origin,
                plane.directions,
                grid.x,
                grid.y,
                train,
                batch=torch.from_numpy(chosen),
                report=narrow(report, first / surfaces, (first + 1) / surfaces),
            ).loss
            found[:, index] = correlate(loss, whole), correlate(loss[near], whole[near])
        names = {"plane": f"correlations.{size}.plane", "near": f"correlations.{size}.near"}
        arrays |= dict(zip(names.values(), found, strict=True))
        described.append({"images": size, "batches": batches, "within": NEAR, "arrays": names})
    return described
