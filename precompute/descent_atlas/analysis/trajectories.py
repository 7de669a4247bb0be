"""Trajectories: runs projected on a plane, and gradients at its origin."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from descent_atlas.analysis.array_types import Counts, Floats, Mask, Rows
from descent_atlas.analysis.planes import ParameterPlane, gram_matrix, project
from descent_atlas.analysis.progress import Report, ignore
from descent_atlas.analysis.surfaces import check_independent
from descent_atlas.evaluation.losses import check_classification
from descent_atlas.evaluation.modes import evaluating
from descent_atlas.training.angles import cosine_between
from descent_atlas.training.blocks import split_range
from descent_atlas.training.images.datasets import Split
from descent_atlas.training.networks import Layout, mask_frozen

GRADIENT_IMAGES = 512
"""Images whose gradient is computed at once."""


@dataclass(frozen=True)
class RunPath:
    """The path of a run that a landscape draws.

    `snapshots` are its parameters, one a row, in the order of `steps` int64[n]; the last is the end
    of the run. `rounding` float64[n] are the distances of rounded snapshots from the parameters
    that they were; None if they are exact. `uniform` bool[n] marks the snapshots that are uniform
    in steps. Statistics use only these.
    """

    steps: Counts
    snapshots: Rows
    uniform: Mask
    rounding: Floats | None = None

    @property
    def uniform_snapshots(self) -> Rows:
        """The snapshots that are uniform in steps."""
        return self.snapshots[self.uniform]

    def read(self, index: int) -> Tensor:
        """Return a copy of a snapshot, float32[P]."""
        return torch.from_numpy(np.array(self.snapshots[index]))


@dataclass(frozen=True)
class ProjectedTrajectory:
    """A path projected on a plane.

    `coordinates` float64[n, 2] are those of the nearest points of the plane, `distance` float64[n]
    the distances to them, `length` float64[n] ‖θₜ - θ*‖.
    """

    coordinates: Floats
    distance: Floats
    length: Floats


def trace(plane: ParameterPlane, path: RunPath, report: Report = ignore) -> ProjectedTrajectory:
    """Project a path on a plane."""
    coordinates, distance = project(plane, path.snapshots, report)
    inside = np.einsum("ni,ij,nj->n", coordinates, plane.gram, coordinates)
    return ProjectedTrajectory(coordinates, distance, np.sqrt(inside + distance**2))


def gradient(
    network: nn.Module,
    layout: Layout,
    theta: Tensor,
    split: Split,
    batch: Tensor | None = None,
    report: Report = ignore,
) -> Tensor:
    """Return the gradient of the mean loss at θ, float64[P]; zero for frozen parameters.

    `batch` are the indices of images of the split; without it, all are used. Raises LossError if
    the network does not classify, or its loss depends on more than parameters and single images.
    """
    check_independent(network)
    indices = torch.arange(len(split.labels)) if batch is None else batch
    total = torch.zeros(layout.size, dtype=torch.float64)
    leaf = theta.clone().requires_grad_()
    with evaluating(network):
        for block in split_range(len(indices), GRADIENT_IMAGES):
            report(block.start / len(indices))
            part = indices[block]
            logits = functional_call(network, layout.split(leaf), (split.inputs(part),))
            check_classification(logits, split.labels[part])
            loss = functional.cross_entropy(logits, split.labels[part], reduction="sum")
            total += torch.autograd.grad(loss, leaf)[0]
    mask = mask_frozen(network)
    return total / len(indices) if mask is None else total * mask / len(indices)


def descent_arrow(plane: ParameterPlane, gradient: Tensor) -> Floats:
    """Return the steepest descent within a plane, -G⁻¹(g·v, g·η), float64[2].

    It is the projection of -g, with g float64[P], on the plane, in the plane's coordinates.
    """
    slopes = plane.directions.double().numpy() @ gradient.double().numpy()
    arrow: Floats = -np.linalg.solve(gram_matrix(plane.directions.numpy()), slopes)
    return arrow


def batch_cosines(
    network: nn.Module,
    layout: Layout,
    theta: Tensor,
    split: Split,
    *,
    size: int,
    batches: int,
    seed: int,
    full: Tensor,
    report: Report = ignore,
) -> Floats:
    """Return the cosines between batches' gradients and the full one, float64[batches].

    `batches` batches of `size` images are drawn from the split with a seed, each without
    replacement. `full` is the gradient on the whole split. Cosines with a gradient of zero are NaN.
    """
    generator = np.random.default_rng([seed, size])
    cosines = np.empty(batches)
    for i in range(batches):
        report(i / batches)
        batch = torch.from_numpy(generator.choice(len(split.labels), size, replace=False))
        cosines[i] = cosine_between(gradient(network, layout, theta, split, batch), full)
    return cosines
