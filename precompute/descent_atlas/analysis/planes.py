"""Planes in parameter space: an origin θ* and two directions v and η.

- `random`: Gaussian directions whose every filter is as long as the network's own (Li et al.);
- `pca`: the two principal directions of a run's θₜ - θ*;
- `minima`: orthonormal directions through the ends of three runs;
- `shared`: the principal directions of several runs' θₜ - θ*, each run with equal weight.

In the last three coordinates are distances in parameter space; in the first the network's own
weights are as long as the unit.

Statistics are computed in float64 and held for a stretch of parameters at a time. Directions are
rounded to float32, as networks are evaluated with them; Gram matrix and projection use the rounded
ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from descent_atlas.analysis.array_types import Floats, Mask, Points
from descent_atlas.landscapes.format import read_folder, write_folder
from descent_atlas.training.blocks import split_range
from descent_atlas.training.networks import Layout

Kind = Literal["random", "pca", "minima", "shared"]

STRETCH = 2**12
"""Parameters that are held in float64 at a time: a thousand snapshots take 32 MB."""

ROWS = 16
"""Parameter vectors that are projected at a time."""

MARGIN = 0.15
"""What a fitted grid leaves free on each side, as a share of the trajectories' width or height."""

FLATTEST = 0.1
"""The least height of a fitted grid as a share of its width, or the other way round: a path along
one direction still shows the valley it runs in."""


@dataclass(frozen=True, kw_only=True)
class Plane:
    """The points θ* + αv + βη.

    `origin` is θ*, float32[P], `directions` v and η, float32[2, P]. `seed` is that of random
    directions. `spectrum` holds, for principal directions, every direction's share of the energy,
    the largest first.
    """

    kind: Kind
    origin: Tensor
    directions: Tensor
    seed: int | None = None
    spectrum: tuple[float, ...] = ()

    @cached_property
    def gram(self) -> Floats:
        """The products of the directions with one another, float64[2, 2]."""
        return gram_matrix(self.directions.numpy())

    @property
    def cosine(self) -> float:
        """The cosine of the angle between the directions."""
        return float(self.gram[0, 1] / np.sqrt(self.gram[0, 0] * self.gram[1, 1]))


@dataclass(frozen=True)
class Grid:
    """The coordinates α, float64[nx], and β, float64[ny], at which surfaces are computed."""

    x: Floats
    y: Floats


def random_plane(origin: Tensor, layout: Layout, seed: int) -> Plane:
    """Return a plane along two filter-normalised Gaussian directions.

    A filter is what makes one output: a row of a linear layer's weights, a kernel of a
    convolution. Each of a direction's filters has the norm of the network's. Biases and other
    vectors do not move.

    Reference: Li, Xu, Taylor, Studer, Goldstein, "Visualizing the loss landscape of neural nets",
    NeurIPS 2018, https://arxiv.org/abs/1712.09913.
    """
    generator = np.random.default_rng(seed)
    own = {name: tensor.double() for name, tensor in layout.split(origin).items()}
    directions = []
    for _ in range(2):
        parts = []
        for tensor in own.values():
            noise = torch.from_numpy(generator.standard_normal(tensor.shape))
            if tensor.ndim < 2:
                parts.append(torch.zeros(tensor.numel(), dtype=torch.float64))
                continue
            norms = tensor.flatten(1).norm(dim=1, keepdim=True)
            filters = noise.flatten(1)
            parts.append((filters * (norms / filters.norm(dim=1, keepdim=True))).flatten())
        directions.append(torch.cat(parts))
    return Plane(
        kind="random", origin=origin, directions=torch.stack(directions).float(), seed=seed
    )


def pca_plane(snapshots: Points, origin: Tensor) -> Plane:
    """Return the plane through θ* that holds most of Σ‖θₜ - θ*‖².

    `snapshots` should be uniform in steps. Raises ValueError if none differs from θ*.
    """
    return make_plane("pca", *principal_directions([snapshots], origin.numpy()), origin)


def shared_plane(paths: Sequence[Points], origin: Tensor) -> Plane:
    """Return the plane through θ* that holds most of several runs' energy, on average over them.

    Each run weighs the same, however many snapshots it has and however far it went. Raises
    ValueError if no snapshot differs from θ*.
    """
    return make_plane("shared", *principal_directions(paths, origin.numpy()), origin)


def minima_plane(ends: Sequence[Tensor]) -> Plane:
    """Return the plane through three points, the first of which is the origin.

    v points from the first to the second, η from that line to the third: the plane's picture keeps
    lengths and angles. Raises ValueError if the three lie on one line.
    """
    if len(ends) != 3:
        raise ValueError(f"a plane goes through three ends, not {len(ends)}")
    directions = spanning_directions(*(end.numpy() for end in ends))
    return make_plane("minima", directions, (), ends[0])


def make_plane(kind: Kind, directions: Floats, spectrum: Sequence[float], origin: Tensor) -> Plane:
    """Return a plane whose directions are rounded to float32."""
    return Plane(
        kind=kind,
        origin=origin,
        directions=torch.from_numpy(directions).float(),
        spectrum=tuple(spectrum),
    )


def principal_directions(
    paths: Sequence[Points], origin: Points
) -> tuple[Floats, tuple[float, ...]]:
    """Return the two principal directions of the paths' θₜ - θ*, float64[2, P], and the spectrum.

    Rows that are not finite are left out. Each path is scaled to the same Σ‖θₜ - θ*‖². The singular
    vectors come from the Gram matrix of the rows, [n, n] instead of [P, P]. A direction's sign is
    such that the point farthest along it has a positive coordinate. If all rows lie on one line,
    the second direction is a fixed random one, orthogonal to the first.
    """
    finite = [find_finite(path) for path in paths]
    owner = np.repeat(np.arange(len(paths)), [mask.sum() for mask in finite])
    rows = len(owner)
    gram = np.zeros((rows, rows))
    for stretch in split_range(len(origin), STRETCH):
        differences = subtract(paths, finite, origin, stretch)
        gram += differences @ differences.T
    energies = np.bincount(owner, np.diag(gram), minlength=len(paths))
    weights = np.array([1 / np.sqrt(energy) if energy else 0.0 for energy in energies])[owner]
    if not weights.any():
        raise ValueError("no snapshot differs from the origin: there is no direction to draw")
    values, vectors = np.linalg.eigh(gram * np.outer(weights, weights))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    rank = min(2, int(np.sum(values > values[0] * rows * np.finfo(np.float64).eps)))
    u = vectors[:, :rank]
    u = u * np.sign(u[np.abs(u).argmax(axis=0), range(rank)])
    mixing = (u / np.sqrt(values[:rank])).T * weights  # (rank, rows)
    directions = np.zeros((2, len(origin)))
    for stretch in split_range(len(origin), STRETCH):
        directions[:rank, stretch] = mixing @ subtract(paths, finite, origin, stretch)
    if rank < 2:
        directions[1] = np.random.default_rng(0).standard_normal(len(origin))
    return orthonormalize(directions), tuple((values / values.sum()).tolist())


def spanning_directions(origin: Points, second: Points, third: Points) -> Floats:
    """Return orthonormal directions from a point to a second and, from their line, to a third."""
    directions = np.stack([second, third]).astype(np.float64) - origin
    lengths = np.linalg.norm(directions, axis=1)
    orthonormal = orthonormalize(directions)
    if not lengths.all() or abs(orthonormal[1] @ directions[1]) < 1e-6 * lengths[1]:
        raise ValueError("the three ends lie on one line: they make no plane")
    return orthonormal


def orthonormalize(directions: Floats) -> Floats:
    """Return unit vectors that span the same plane, the first along the first (Gram–Schmidt)."""
    v, eta = directions
    v = v / (np.linalg.norm(v) or 1.0)
    for _ in range(2):  # once more removes what rounding left
        eta = eta - (eta @ v) * v
        eta = eta / (np.linalg.norm(eta) or 1.0)
    return np.stack([v, eta])


def project(plane: Plane, thetas: Points) -> tuple[Floats, Floats]:
    """Return where points lie in a plane, float64[n, 2], and how far outside it, float64[n]."""
    return project_on(thetas, plane.origin.numpy(), plane.directions.numpy())


def project_on(thetas: Points, origin: Points, directions: Points) -> tuple[Floats, Floats]:
    """Return the coordinates of the nearest points of a plane, and the distances to them.

    The directions need not be orthogonal: coordinates solve G (α, β) = (v·d, η·d) with the Gram
    matrix G. Distances are those of the remainders, which no cancellation spoils. Where a point is
    not finite, both are NaN.
    """
    basis = directions.astype(np.float64)
    inverse = np.linalg.inv(gram_matrix(directions))
    coordinates, distances = np.empty((len(thetas), 2)), np.empty(len(thetas))
    for rows in split_range(len(thetas), ROWS):
        differences = thetas[rows].astype(np.float64) - origin
        differences[~np.isfinite(differences).all(axis=1)] = np.nan
        coordinates[rows] = differences @ basis.T @ inverse
        distances[rows] = np.linalg.norm(differences - coordinates[rows] @ basis, axis=1)
    return coordinates, distances


def gram_matrix(directions: Points) -> Floats:
    """Return the products of two directions with one another, float64[2, 2]."""
    exact = directions.astype(np.float64)
    return exact @ exact.T


def unit_grid(count: int) -> Grid:
    """Return the grid of a random plane: [-1, 1]², where one is as far as the network's weights."""
    axis = np.linspace(-1.0, 1.0, count)
    return Grid(axis, axis)


def fit_grid(points: ArrayLike, count: int) -> Grid:
    """Return a grid around the origin and all points, float64[m, 2], with a margin.

    Points that are not finite are left out.
    """
    array = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    array = np.vstack([array[np.isfinite(array).all(axis=1)], np.zeros((1, 2))])
    low, high = array.min(axis=0), array.max(axis=0)
    spans = high - low
    if not spans.any():
        raise ValueError("no point differs from the origin: there is nothing to fit a grid to")
    halves = np.maximum(spans, FLATTEST * spans.max()) * (0.5 + MARGIN)
    middle = (low + high) / 2
    x, y = (np.linspace(m - h, m + h, count) for m, h in zip(middle, halves, strict=True))
    return Grid(x, y)


def find_finite(points: Points) -> Mask:
    """Return which parameter vectors are finite, bool[n], reading one at a time."""
    return np.array([np.isfinite(row).all() for row in points], dtype=np.bool_)


def subtract(
    paths: Sequence[Points], masks: Sequence[Mask], origin: Points, stretch: slice
) -> Floats:
    """Return θₜ - θ* of the paths' chosen rows on a stretch of the parameters, float64[rows, …]."""
    chosen = [path[:, stretch][mask] for path, mask in zip(paths, masks, strict=True)]
    return np.vstack(chosen).astype(np.float64) - origin[stretch]


def save_plane(folder: Path, plane: Plane, grid: Grid, *, key: str) -> None:
    """Write a plane and its grid to a folder, whole or not at all.

    `key` tells what they were made from.
    """
    header = {
        "key": key,
        "kind": plane.kind,
        "seed": plane.seed,
        "spectrum": list(plane.spectrum),
    }
    arrays = {"origin": plane.origin.numpy(), "directions": plane.directions.numpy()}
    write_folder(folder, header, {**arrays, "x": grid.x, "y": grid.y})


def load_plane(folder: Path) -> tuple[Plane, Grid]:
    """Read a plane and its grid. Raises DamagedError."""
    header, arrays = read_folder(folder)
    plane = Plane(
        kind=header["kind"],
        origin=torch.from_numpy(arrays["origin"]),
        directions=torch.from_numpy(arrays["directions"]),
        seed=header["seed"],
        spectrum=tuple(header["spectrum"]),
    )
    return plane, Grid(arrays["x"], arrays["y"])
