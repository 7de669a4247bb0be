"""Planes in parameter space: an origin θ* and two directions v and η.

- `random`: Gaussian directions in which each filter has the norm of the network's (Li et al.);
- `pca`: the two principal directions of a run's θₜ - θ*;
- `minima`: orthonormal directions through the ends of three runs;
- `shared`: the principal directions of several runs' θₜ - θ*, each run with equal weight.

In a random plane the unit of length is the norm of the network's weights. In the other planes
coordinates are distances in parameter space.

Statistics are computed in float64, for a stretch of parameters at a time, so that snapshots may be
larger than memory. Directions are rounded to float32, the precision of networks; Gram matrix and
projection use the rounded directions.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.sparse.linalg import eigsh
from torch import Tensor

from descent_atlas.analysis.array_types import Floats, Mask, Points, Rows
from descent_atlas.analysis.progress import Report, ignore
from descent_atlas.storage.array_folder import read_folder, write_folder
from descent_atlas.training.blocks import split_range
from descent_atlas.training.networks import Layout

Kind = Literal["random", "pca", "minima", "shared", "hessian", "segment"]

NUMBERS_AT_ONCE = 2**22
"""Numbers that are converted to float64 at once, 32 MB: a stretch of 19,000 parameters of the 217
snapshots that a run keeps by default."""

DENSE = 32
"""Rows up to which all eigenvalues of a Gram matrix are computed: as fast, and of any rank."""

MARGIN = 0.15
"""Margin of a fitted grid on each side, as a share of the trajectories' width or height."""

FLATTEST = 0.1
"""The least ratio of a fitted grid's height to its width, and of its width to its height: a path
along one direction still shows the valley around it."""


@dataclass(frozen=True, kw_only=True)
class ParameterPlane:
    """The points θ* + αv + βη.

    `origin` is θ*, float32[P], `directions` v and η, float32[2, P]. `seed` is that of random
    directions. `spectrum` is the share of the energy of every principal direction, the largest
    first; other planes have none. `curvature` is what a manifest says of the pairs of a plane of
    eigenvectors.
    """

    kind: Kind
    origin: Tensor
    directions: Tensor
    seed: int | None = None
    spectrum: tuple[float, ...] = ()
    curvature: Mapping[str, Any] | None = None

    @cached_property
    def gram(self) -> Floats:
        """The Gram matrix of the directions, float64[2, 2]."""
        return gram_matrix(self.directions.numpy())

    @property
    def cosine(self) -> float:
        """The cosine of the angle between the directions."""
        return float(self.gram[0, 1] / np.sqrt(self.gram[0, 0] * self.gram[1, 1]))


@dataclass(frozen=True)
class PlaneGrid:
    """The coordinates α, float64[nx], and β, float64[ny], at which surfaces are computed."""

    x: Floats
    y: Floats


def random_plane(
    origin: Tensor, layout: Layout, seed: int, *, frozen: Collection[str] = ()
) -> ParameterPlane:
    """Return a plane along two filter-normalised Gaussian directions.

    A filter is the set of weights of one output: a row of a linear layer's weight, a kernel of a
    convolution. Each filter of a direction has the norm of the network's filter. The directions of
    biases and other vectors are zero, and so are those of parameters that are `frozen`.

    Reference: Li, Xu, Taylor, Studer, Goldstein, "Visualizing the loss landscape of neural nets",
    NeurIPS 2018, https://arxiv.org/abs/1712.09913.
    """
    generator = np.random.default_rng(seed)
    directions = []
    for _ in range(2):
        parts = []
        for name, part in layout.split(origin).items():
            tensor = part.double()
            noise = torch.from_numpy(generator.standard_normal(tensor.shape))
            if tensor.ndim < 2 or name in frozen:
                parts.append(torch.zeros(tensor.numel()))
                continue
            norms = tensor.flatten(1).norm(dim=1, keepdim=True)
            filters = noise.flatten(1)
            scaled = filters * (norms / filters.norm(dim=1, keepdim=True))
            parts.append(scaled.flatten().float())
        directions.append(torch.cat(parts))
    return ParameterPlane(
        kind="random", origin=origin, directions=torch.stack(directions), seed=seed
    )


def pca_plane(snapshots: Rows, origin: Tensor, report: Report = ignore) -> ParameterPlane:
    """Return the plane through θ* with the largest share of Σ‖θₜ - θ*‖².

    `snapshots` should be uniform in steps. Raises ValueError if none differs from θ*.
    """
    return round_plane("pca", *principal_directions([snapshots], origin.numpy(), report), origin)


def shared_plane(paths: Sequence[Rows], origin: Tensor, report: Report = ignore) -> ParameterPlane:
    """Return the plane through θ* with the largest mean share of several runs' energy.

    Every run has the same weight, whatever its number of snapshots and its length. Raises
    ValueError if no snapshot differs from θ*.
    """
    return round_plane("shared", *principal_directions(paths, origin.numpy(), report), origin)


def minima_plane(ends: Sequence[Tensor]) -> ParameterPlane:
    """Return the plane through three points, each float32[P]; the first is the origin.

    v points from the first to the second, η from that line to the third. The plane's picture
    preserves lengths and angles. Raises ValueError if the points are not three, or lie on one line.
    """
    if len(ends) != 3:
        raise ValueError(f"a plane goes through three ends, not {len(ends)}")
    directions = spanning_directions(*(end.numpy() for end in ends))
    return round_plane("minima", directions, (), ends[0])


def round_plane(
    kind: Kind, directions: Floats, spectrum: Sequence[float], origin: Tensor
) -> ParameterPlane:
    """Return a plane whose directions are those given, rounded to float32."""
    return ParameterPlane(
        kind=kind,
        origin=origin,
        directions=torch.from_numpy(directions).float(),
        spectrum=tuple(spectrum),
    )


Decomposition = Callable[[Floats], tuple[Floats, Floats]]
"""Eigenvalues of a symmetric matrix in rising order, float64[k], and its eigenvectors, [n, k]."""


def find_two_largest(matrix: Floats) -> tuple[Floats, Floats]:
    """Return the eigenpairs of the two largest eigenvalues, in a time that grows with n².

    They are as exact as those of `numpy.linalg.eigh` (Lanczos' method, ARPACK): for a thousand
    rows that takes thirty times as long.
    """
    size = len(matrix)
    if size <= DENSE:
        values, vectors = np.linalg.eigh(matrix)
        return values[-2:], vectors[:, -2:]
    start = np.random.default_rng(0).standard_normal(size)
    found: tuple[Floats, Floats] = eigsh(matrix, k=2, which="LA", v0=start, tol=0)
    return found


def principal_directions(
    paths: Sequence[Rows],
    origin: Points,
    report: Report = ignore,
    decompose: Decomposition = np.linalg.eigh,
) -> tuple[Floats, tuple[float, ...]]:
    """Return the two principal directions of the paths' θₜ - θ*, float64[2, P], and the spectrum.

    Rows that are not finite are ignored. Each path is scaled to the same Σ‖θₜ - θ*‖². The singular
    vectors are computed from the Gram matrix of the rows, [n, n] instead of [P, P]; the rows are
    read twice. The sign of a direction gives the point farthest along it a positive coordinate. If
    all rows lie on one line, the second direction is a fixed random one, orthogonal to the first.
    `decompose` finds eigenpairs of the Gram matrix: with `find_two_largest` the spectrum is the
    first two values, as shares of their own sum. Raises ValueError if no row differs from θ*.
    """
    owner = np.repeat(np.arange(len(paths)), [len(path) for path in paths])
    blocks = split_parameters(len(owner), len(origin))
    gram = np.zeros((len(owner), len(owner)))
    for number, block in enumerate(blocks):
        report(number / len(blocks) / 2)
        differences = subtract(paths, origin, block)
        with np.errstate(invalid="ignore"):  # of rows that are not finite
            gram += differences @ differences.T
    kept = np.isfinite(np.diag(gram))
    chosen = [path[kept[owner == number]] for number, path in enumerate(paths)]
    owner, gram = owner[kept], gram[np.ix_(kept, kept)]
    rows = len(owner)
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
    for number, block in enumerate(blocks):
        report((1 + number / len(blocks)) / 2)
        directions[:rank, block] = mixing @ subtract(chosen, origin, block)
    if rank < 2:
        directions[1] = np.random.default_rng(0).standard_normal(len(origin))
    return orthonormalize(directions), tuple((values / values.sum()).tolist())


def spanning_directions(origin: Points, second: Points, third: Points) -> Floats:
    """Return orthonormal directions from a point to a second and, from their line, to a third.

    The result is float64[2, P]. Raises ValueError if the points lie on one line.
    """
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
    for _ in range(2):  # the second pass removes rounding errors
        eta = eta - (eta @ v) * v
        eta = eta / (np.linalg.norm(eta) or 1.0)
    return np.stack([v, eta])


def project(plane: ParameterPlane, thetas: Rows, report: Report = ignore) -> tuple[Floats, Floats]:
    """Return the coordinates float64[n, 2] of points in a plane, and their distances float64[n]."""
    return project_on(thetas, plane.origin.numpy(), plane.directions.numpy(), report)


def project_on(
    thetas: Rows, origin: Points, directions: Points, report: Report = ignore
) -> tuple[Floats, Floats]:
    """Return the coordinates of the nearest points of a plane, and the distances to them.

    The directions need not be orthogonal: with d = θ - θ*, coordinates solve G (α, β) = (v·d, η·d)
    with the Gram matrix G. Distances are the norms of d - αv - βη, which avoids cancellation; for
    them the points are read a second time. For a point that is not finite, both are NaN.
    """
    blocks = split_parameters(len(thetas), len(origin))
    products, squares = np.zeros((len(thetas), 2)), np.zeros(len(thetas))
    for number, block in enumerate(blocks):
        report(number / len(blocks) / 2)
        with np.errstate(invalid="ignore"):  # of points that are not finite
            products += subtract([thetas], origin, block) @ widen(directions, block).T
    products[~np.isfinite(products).all(axis=1)] = np.nan
    coordinates: Floats = products @ np.linalg.inv(gram_matrix(directions))
    for number, block in enumerate(blocks):
        report((1 + number / len(blocks)) / 2)
        beyond = subtract([thetas], origin, block) - coordinates @ widen(directions, block)
        squares += np.einsum("np,np->n", beyond, beyond)
    return coordinates, np.sqrt(squares)


def gram_matrix(directions: Points) -> Floats:
    """Return the Gram matrix of two directions, float64[2, 2]."""
    gram = np.zeros((2, 2))
    for block in split_parameters(*directions.shape):
        exact = widen(directions, block)
        gram += exact @ exact.T
    return gram


def unit_grid(count: int, reach: float = 1.0) -> PlaneGrid:
    """Return a grid of [-reach, reach]² with `count` points along each axis."""
    axis = np.linspace(-reach, reach, count)
    return PlaneGrid(axis, axis)


def fit_grid(points: ArrayLike, count: int) -> PlaneGrid:
    """Return a grid around the origin and all points, float64[m, 2], with a margin.

    Points that are not finite are ignored. Raises ValueError if no point differs from the origin.
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
    return PlaneGrid(x, y)


def find_finite(points: Rows, report: Report = ignore) -> Mask:
    """Return which parameter vectors are finite, bool[n], reading a stretch of all at a time."""
    blocks = split_parameters(*points.shape)
    finite = np.ones(len(points), dtype=np.bool_)
    for number, block in enumerate(blocks):
        report(number / len(blocks))
        finite &= np.isfinite(points[:, block]).all(axis=1)
    return finite


def split_parameters(rows: int, size: int) -> list[slice]:
    """Return stretches of `size` parameters of which `rows` vectors fit in memory as float64."""
    return split_range(size, max(1, NUMBERS_AT_ONCE // max(1, rows)))


def widen(points: Rows, block: slice) -> Floats:
    """Return a stretch of parameters of every vector, float64[n, block]."""
    return points[:, block].astype(np.float64)


def subtract(paths: Sequence[Rows], origin: Points, block: slice) -> Floats:
    """Return θₜ - θ* of the paths' rows for a stretch of parameters, float64[rows, block]."""
    differences = np.vstack([path[:, block] for path in paths]).astype(np.float64)
    with np.errstate(invalid="ignore"):  # of rows that are not finite
        differences -= origin[block]
    return differences


def save_plane(folder: Path, plane: ParameterPlane, grid: PlaneGrid, *, key: str) -> None:
    """Write a plane and its grid to a folder, atomically.

    `key` is the hash of all that determines them.
    """
    header: dict[str, Any] = {
        "key": key,
        "kind": plane.kind,
        "seed": plane.seed,
        "spectrum": list(plane.spectrum),
    }
    if plane.curvature is not None:
        header["curvature"] = dict(plane.curvature)
    arrays = {"origin": plane.origin.numpy(), "directions": plane.directions.numpy()}
    write_folder(folder, header, {**arrays, "x": grid.x, "y": grid.y})


def load_plane(folder: Path) -> tuple[ParameterPlane, PlaneGrid]:
    """Read a plane and its grid. Raises DamagedError if the folder is missing or damaged."""
    header, arrays = read_folder(folder)
    plane = ParameterPlane(
        kind=header["kind"],
        origin=torch.from_numpy(arrays["origin"]),
        directions=torch.from_numpy(arrays["directions"]),
        seed=header["seed"],
        spectrum=tuple(header["spectrum"]),
        curvature=header.get("curvature"),
    )
    return plane, PlaneGrid(arrays["x"], arrays["y"])
