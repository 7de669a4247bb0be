"""`sharpness_along`: the largest eigenvalue at the checkpoints of any training."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.curvature import MatrixKind
from descent_atlas.analysis.eigenpairs import Eigenpairs, find_eigenpairs
from descent_atlas.analysis.spectra.curvature_points import (
    CountReport,
    CurvaturePoints,
    Scaling,
    ignore_count,
)
from descent_atlas.analysis.spectra.found_spectra import SharpnessPath
from descent_atlas.analysis.spectra.network_spectra import TOLERANCE
from descent_atlas.evaluation.evaluation_rules import Buffers, describe_network, open_space
from descent_atlas.evaluation.losses import Function, Loss, Weight
from descent_atlas.evaluation.parameters import ModelError, Pattern
from descent_atlas.evaluation.states import Source, list_checkpoints


def sharpness_along(
    model: nn.Module,
    loss: Loss | Function,
    batches: Any,
    checkpoints: Source | Sequence[Source],
    *,
    matrix: MatrixKind = "hessian",
    tolerance: float = TOLERANCE,
    scalings: Sequence[Scaling] | None = None,
    seed: int = 0,
    weight: Weight | None = None,
    parameters: Pattern = None,
    buffers: Buffers = None,
    device: torch.device | str = "cpu",
    precision: torch.dtype | str | None = None,
    report: CountReport = ignore_count,
) -> SharpnessPath:
    """Return the sharpness at the checkpoints of a training, one after the other.

    `checkpoints` are a folder, a pattern or a list, as the trajectories of `draw`. Each search
    starts near the vector of the last one that converged, which saves products. With `scalings`,
    one for each checkpoint, it is the preconditioned sharpness. The other arguments, and what is
    raised, are those of `spectrum`.

    Running statistics follow the rule of `draw`: those of the checkpoints differ in most trainings,
    and then they are computed anew at each, from the first of `batches`.
    """
    space = open_space(model, parameters, precision)
    found = list_checkpoints(checkpoints, space.model)
    if scalings is not None and len(scalings) != len(found):
        raise ModelError(f"{len(scalings)} scalings for {len(found)} checkpoints")
    points = CurvaturePoints(
        space,
        loss,
        batches,
        found,
        matrix=matrix,
        weight=weight,
        buffers=buffers,
        device=device,
        report=report,
    )
    pairs: list[Eigenpairs] = []
    start: Floats | None = None
    for index, checkpoint in enumerate(found):
        product = points.multiply_at(checkpoint, scalings[index] if scalings else None)
        pair = find_eigenpairs(product, points.size, tolerance=tolerance, seed=seed, start=start)
        start = pair.vectors[0] if pair.converged[0] else start
        pairs.append(pair)
    return SharpnessPath(
        matrix=matrix,
        is_scaled=scalings is not None,
        names=tuple(each.name for each in found),
        steps=np.array([each.step for each in found], dtype=np.int64),
        values=np.array([pair.values[0] for pair in pairs]),
        residuals=np.array([pair.residuals[0] for pair in pairs]),
        converged=np.array([pair.converged[0] for pair in pairs]),
        tolerance=tolerance,
        seed=seed,
        products=points.products,
        evaluation=points.rules.describe(),
        network=describe_network(points.space),
    )
