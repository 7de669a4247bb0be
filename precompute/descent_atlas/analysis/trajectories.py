"""Trajectories: runs projected on a plane, their energy in it, and gradients at its origin."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from descent_atlas.analysis.array_types import Counts, Floats, Mask, Points
from descent_atlas.analysis.planes import (
    Kind,
    ParameterPlane,
    gram_matrix,
    principal_directions,
    project,
    project_on,
    spanning_directions,
)
from descent_atlas.analysis.surfaces import evaluating
from descent_atlas.training.angles import cosine_between
from descent_atlas.training.blocks import split_range
from descent_atlas.training.images.datasets import Split
from descent_atlas.training.networks import Layout

GRADIENT_IMAGES = 512
"""Images whose gradient is computed at once."""


@dataclass(frozen=True)
class RunPath:
    """The path of a run that a landscape draws.

    `snapshots` are its parameters, one a row, in the order of `steps` int64[n]; the last is the end
    of the run. `uniform` bool[n] marks the snapshots that are uniform in steps. Statistics use only
    these.
    """

    steps: Counts
    snapshots: Points
    uniform: Mask

    @property
    def uniform_snapshots(self) -> Points:
        """The snapshots that are uniform in steps."""
        return self.snapshots[self.uniform]

    def read(self, index: int) -> Tensor:
        """Return a copy of a snapshot, float32[P]."""
        return torch.from_numpy(np.array(self.snapshots[index]))


@dataclass(frozen=True)
class ProjectedTrajectory:
    """A path projected on a plane.

    `coordinates` float64[n, 2] are those of the nearest points of the plane, `distance` float64[n]
    the distances to them, `length` float64[n] ‖θₜ - θ*‖. `energy` is the share of Σ‖θₜ - θ*‖² that
    lies in the plane; NaN if the run never left the origin.
    """

    coordinates: Floats
    distance: Floats
    length: Floats
    energy: float


def trace(plane: ParameterPlane, path: RunPath) -> ProjectedTrajectory:
    """Project a path on a plane."""
    coordinates, distance = project(plane, path.snapshots)
    inside = np.einsum("ni,ij,nj->n", coordinates, plane.gram, coordinates)
    energy = energy_share(inside, distance, path.uniform)
    return ProjectedTrajectory(coordinates, distance, np.sqrt(inside + distance**2), energy)


def energy_share(inside: Floats, distance: Floats, uniform: Mask) -> float:
    """Return Σ‖P(θₜ - θ*)‖² / Σ‖θₜ - θ*‖² over the uniform snapshots that are finite.

    P is the projection on the plane, `inside` ‖P(θₜ - θ*)‖², `distance` that from the plane.
    """
    counted = uniform & np.isfinite(inside) & np.isfinite(distance)
    within = float(inside[counted].sum())
    whole = within + float((distance[counted] ** 2).sum())
    return within / whole if whole else float("nan")


def random_walk_energies(
    kind: Kind, paths: Sequence[RunPath], *, makers: Sequence[int], origin: tuple[int, int]
) -> list[float]:
    """Return the `energy` that each run would have if the runs were random walks.

    The walks have the starts of the runs and the lengths of their steps from snapshot to snapshot;
    the directions are random. In as many dimensions as a network has, random directions are
    orthogonal to one another. Up to a rotation the walks are therefore known without sampling:
    every step has an axis of its own. The plane is computed from them as from the runs: `makers`
    are the indices of the paths that determine it, `origin` is the index of a path and of its
    snapshot.

    A walk of many equal steps, anchored at its end, has (1 + 1/9) · 8/π² = 0.90 of its energy in
    its own principal plane: a high energy proves little. For walks centred at their mean see
    Antognini and Sohl-Dickstein, "PCA of high dimensional random walks with comparison to neural
    network training", NeurIPS 2018, https://arxiv.org/abs/1806.08805.

    A random plane does not depend on the runs, and holds 2/P of the energy of a walk in P
    dimensions.
    """
    if kind == "random":
        return [2 / paths[0].snapshots.shape[1]] * len(paths)
    walks = straighten(paths)
    start = walks[origin[0]][origin[1]]
    if kind == "minima":
        first, *others = (walks[maker][-1] for maker in makers)
        directions = spanning_directions(first, *others)
    else:
        chosen = [walks[maker][paths[maker].uniform] for maker in makers]
        directions, _ = principal_directions(chosen, start)
    energies = []
    for walk, path in zip(walks, paths, strict=True):
        coordinates, distance = project_on(walk, start, directions)
        energies.append(energy_share((coordinates**2).sum(axis=1), distance, path.uniform))
    return energies


def straighten(paths: Sequence[RunPath]) -> list[Floats]:
    """Return random walks with the paths' steps, each on an axis of its own, float64[n, m].

    The distances between the starts are those of the paths.
    """
    starts = np.stack([path.snapshots[0].astype(np.float64) for path in paths])
    starts -= starts[0].copy()
    values, vectors = np.linalg.eigh(starts @ starts.T)
    placed = vectors * np.sqrt(np.maximum(values, 0.0))  # (paths, paths): the same distances
    steps = [step_lengths(path.snapshots) for path in paths]
    ends = len(paths) + np.cumsum([len(lengths) for lengths in steps])
    walks = []
    for lengths, end, start in zip(steps, ends, placed, strict=True):
        walk = np.zeros((len(lengths) + 1, ends[-1]))
        walk[:, : len(paths)] = start
        walk[1:, end - len(lengths) : end] = np.tril(np.broadcast_to(lengths, (len(lengths),) * 2))
        walks.append(walk)
    return walks


def step_lengths(snapshots: Points) -> Floats:
    """Return the distances between neighbouring snapshots, float64[n - 1]."""
    lengths = np.empty(max(len(snapshots) - 1, 0))
    for i in range(len(lengths)):
        lengths[i] = np.linalg.norm(snapshots[i + 1].astype(np.float64) - snapshots[i])
    return lengths


def gradient(
    network: nn.Module, layout: Layout, theta: Tensor, split: Split, batch: Tensor | None = None
) -> Tensor:
    """Return the gradient of the mean loss at θ, float64[P].

    `batch` are the indices of images of the split; without it, all are used.
    """
    indices = torch.arange(len(split.labels)) if batch is None else batch
    total = torch.zeros(layout.size, dtype=torch.float64)
    leaf = theta.clone().requires_grad_()
    with evaluating(network):
        for block in split_range(len(indices), GRADIENT_IMAGES):
            part = indices[block]
            logits = functional_call(network, layout.split(leaf), (split.inputs(part),))
            loss = functional.cross_entropy(logits, split.labels[part], reduction="sum")
            total += torch.autograd.grad(loss, leaf)[0]
    return total / len(indices)


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
) -> Floats:
    """Return the cosines between batches' gradients and the full one, float64[batches].

    `batches` batches of `size` images are drawn from the split with a seed, each without
    replacement. `full` is the gradient on the whole split. Cosines with a gradient of zero are NaN.
    """
    generator = np.random.default_rng([seed, size])
    cosines = np.empty(batches)
    for i in range(batches):
        batch = torch.from_numpy(generator.choice(len(split.labels), size, replace=False))
        cosines[i] = cosine_between(gradient(network, layout, theta, split, batch), full)
    return cosines
