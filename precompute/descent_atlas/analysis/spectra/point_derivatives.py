"""First and second derivatives of any network's loss at a point, in few directions."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from descent_atlas.analysis.array_types import Floats, Points
from descent_atlas.analysis.curvature import Product
from descent_atlas.analysis.spectra.network_curvature import differentiating
from descent_atlas.evaluation.batches import BatchesError, move
from descent_atlas.evaluation.losses import add_up
from descent_atlas.evaluation.points import Evaluator, do_within


@dataclass(frozen=True)
class Slope:
    """The mean loss at a point, and its gradient float64[P] in the varying parameters."""

    loss: float
    gradient: Floats


def differentiate(
    evaluator: Evaluator,
    parameters: Mapping[str, Tensor],
    own: Mapping[str, Tensor] | None = None,
) -> Slope:
    """Return the mean loss over an evaluator's batches and its gradient at a point.

    `parameters` are the varying ones, from `ParameterSpace.place`; `own` are buffers to use instead
    of the evaluator's rule. Derivatives are computed in the precision of the parameters and summed
    over batches in float64. Raises LossError if the loss has no known meaning or gradient,
    BatchesError if there are no batches.
    """
    layout = evaluator.space.layout
    buffers = evaluator.settle_buffers(parameters, own)
    leaves = {name: parameters[name].detach().clone().requires_grad_() for name in layout.names}
    tensors = {**evaluator.fixed, **buffers, **leaves}
    gradient = torch.zeros(layout.size, dtype=torch.float64)
    places = list(layout.split(gradient).values())
    total, count = 0.0, 0.0

    def work() -> None:
        nonlocal total, count
        for raw in evaluator.batches:
            batch = move(raw, evaluator.device, evaluator.space.precision)
            with torch.enable_grad():
                value = evaluator.loss.function(evaluator.model, batch)
                summed, weight = add_up(value, batch, evaluator.loss.weight)
            count += weight
            total += float(summed.detach())
            if summed.requires_grad:
                slopes = torch.autograd.grad(summed, list(leaves.values()), materialize_grads=True)
                for place, slope in zip(places, slopes, strict=True):
                    place += slope.cpu()

    with differentiating():
        do_within(evaluator.model, tensors, work)
    if not count:
        raise BatchesError("there are no batches, or they hold no samples")
    return Slope(total / count, gradient.div_(count).numpy())


def project_hessian(product: Product, directions: Points) -> Floats:
    """Return the second derivatives dᵢᵀHdⱼ along directions float[k, P], float64[k, k].

    `product` multiplies with the Hessian H, once for each direction.
    """
    exact = directions.astype(np.float64)
    images = np.stack([product(direction) for direction in exact])
    found = exact @ images.T
    symmetric: Floats = (found + found.T) / 2  # products are rounded
    return symmetric
