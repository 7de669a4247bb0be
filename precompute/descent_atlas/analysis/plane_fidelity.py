"""Fidelity of a plane: how much of a run's movement it shows, beside what it shows of random walks.

A run is measured about its own end θ_T, whichever point is the plane's origin: measured from
another run's end, the offset between the two runs would count as movement.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from descent_atlas.analysis.array_types import Floats, Mask, Points, Rows
from descent_atlas.analysis.planes import (
    Kind,
    find_two_largest,
    gram_matrix,
    principal_directions,
    spanning_directions,
    split_parameters,
    widen,
)
from descent_atlas.analysis.progress import Report, ignore
from descent_atlas.analysis.trajectories import RunPath

WALKS = 100
"""Sets of random walks, each with as many walks as a landscape has runs: the 5% and 95% quantiles
have five sets beyond them."""

WALK_SEED = 0

FIXED = ("random", "hessian")
"""Kinds of planes whose directions do not depend on a path."""


@dataclass(frozen=True)
class Fidelity:
    """Shares of a run's movement that lie in a plane; NaN if it never moved.

    With the orthogonal projection Π on the plane's directions, `energy` is
    Σ‖Π(θₜ - θ_T)‖² / Σ‖θₜ - θ_T‖² over the uniform snapshots, and `displacement` is
    ‖Π(θ_T - θ₀)‖² / ‖θ_T - θ₀‖².
    """

    energy: float
    displacement: float


def measure_fidelity(directions: Points, path: RunPath, report: Report = ignore) -> Fidelity:
    """Return how much of a run's movement lies along two directions, [2, P]."""
    count, size = path.snapshots.shape
    products, whole = np.zeros((count, 2)), np.zeros(count)
    blocks = split_parameters(count, size)
    for number, block in enumerate(blocks):
        report(number / len(blocks))
        moves = widen(path.snapshots, block)
        moves -= moves[-1].copy()
        products += moves @ widen(directions, block).T
        whole += np.einsum("np,np->n", moves, moves)
    inverse = np.linalg.inv(gram_matrix(directions))  # ‖Πd‖² = (v·d, η·d) G⁻¹ (v·d, η·d)ᵀ
    inside = np.einsum("ni,ij,nj->n", products, inverse, products)
    return divide(inside, whole, path.uniform)


def divide(inside: Floats, whole: Floats, uniform: Mask) -> Fidelity:
    """Return the shares from ‖Π(θₜ - θ_T)‖² and ‖θₜ - θ_T‖², both float64[n]."""
    counted = uniform & np.isfinite(inside) & np.isfinite(whole)
    total = float(whole[counted].sum())
    return Fidelity(
        energy=float(inside[counted].sum()) / total if total else float("nan"),
        displacement=float(inside[0] / whole[0]) if whole[0] > 0 else float("nan"),
    )


def walk_fidelities(
    kind: Kind,
    paths: Sequence[RunPath],
    *,
    makers: Sequence[int],
    origin: tuple[int, int],
    dimensions: int | None = None,
    walks: int = WALKS,
    seed: int = WALK_SEED,
    report: Report = ignore,
) -> list[list[Fidelity]]:
    """Return the fidelity that a plane would have for random walks in place of the runs.

    The result has `walks` lists, one for each set of walks, with an entry for each path. A set has
    as many walks as there are runs, with their starts and the lengths of their steps from snapshot
    to snapshot; the directions are random. The plane is constructed from each set as from the runs:
    `makers` are the indices of the paths that determine it, `origin` is the index of a path and of
    its snapshot. A plane that no path determines has two random directions: to a random walk, all
    directions are alike. `dimensions` is the number of parameters, if the paths are given in fewer
    coordinates.

    A plane that is chosen after a path shows much of any path: a walk of many equal steps has
    (1 + 1/9) · 8/π² = 0.90 of its energy about its end in its own principal plane. For walks that
    are centred at their mean see Antognini and Sohl-Dickstein, "PCA of high dimensional random
    walks with comparison to neural network training", NeurIPS 2018,
    https://arxiv.org/abs/1806.08805.
    """
    generator = np.random.default_rng(seed)
    lengths = [step_lengths(path.snapshots) for path in paths]
    starts = place_starts(paths)
    dimensions = dimensions or paths[0].snapshots.shape[1]
    found = []
    for number in range(walks):
        report(number / walks)
        walked, extra = draw_walks(generator, starts, lengths, dimensions)
        start = walked[origin[0]][origin[1]]
        if kind in FIXED:
            directions = extra
        elif kind == "minima":
            directions = spanning_directions(*(walked[maker][-1] for maker in makers))
        else:
            chosen = [walked[maker][paths[maker].uniform] for maker in makers]
            directions, _ = principal_directions(chosen, start, decompose=find_two_largest)
        found.append(
            [
                measure_fidelity(directions, RunPath(path.steps, walk, path.uniform))
                for walk, path in zip(walked, paths, strict=True)
            ]
        )
    return found


def draw_walks(
    generator: np.random.Generator,
    starts: Floats,
    lengths: Sequence[Floats],
    dimensions: int,
) -> tuple[list[Floats], Floats]:
    """Return random walks from starts float64[walks, k] with steps of given lengths.

    The second result are two more random directions, [2, m]. Walks are not drawn in all P
    dimensions but in coordinates of the space that they span with the starts, in which they have
    the same distribution: the k coordinates of the starts, and those of n Gaussian vectors in the
    other P - k dimensions after the rotation that makes their matrix lower triangular. That matrix
    has Gaussian entries below its diagonal and, on it, the roots of χ² with P - k, P - k - 1, …
    degrees of freedom (Bartlett 1933, On the theory of statistical regression).
    """
    steps = sum(map(len, lengths)) + 2
    spanned = starts.shape[1]
    free = max(dimensions - spanned, 1)
    if free <= steps:
        beyond = generator.standard_normal((steps, free))
    else:
        beyond = np.tril(generator.standard_normal((steps, steps)), -1)
        beyond[np.diag_indices(steps)] = np.sqrt(generator.chisquare(free - np.arange(steps)))
    vectors = np.hstack([generator.standard_normal((steps, spanned)), beyond])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    walks, first = [], 0
    for start, own in zip(starts, lengths, strict=True):
        walk = np.zeros((len(own) + 1, vectors.shape[1]))
        walk[1:] = np.cumsum(vectors[first : first + len(own)] * own[:, None], axis=0)
        walk[:, :spanned] += start
        walks.append(walk)
        first += len(own)
    return walks, vectors[-2:]


def place_starts(paths: Sequence[RunPath]) -> Floats:
    """Return points with the distances of the paths' starts, float64[paths, k].

    k is the number of dimensions that the starts span, none if all are one.
    """
    size = paths[0].snapshots.shape[1]
    gram = np.zeros((len(paths), len(paths)))
    for block in split_parameters(len(paths), size):
        starts = np.vstack([path.snapshots[:1, block] for path in paths]).astype(np.float64)
        starts -= starts[0].copy()
        gram += starts @ starts.T
    values, vectors = np.linalg.eigh(gram)
    kept = values > max(values.max(), 0) * len(paths) * np.finfo(np.float64).eps
    placed: Floats = vectors[:, kept] * np.sqrt(values[kept])
    return placed


def step_lengths(snapshots: Rows) -> Floats:
    """Return the distances between neighbouring snapshots, float64[n - 1]."""
    squares = np.zeros(max(len(snapshots) - 1, 0))
    for block in split_parameters(*snapshots.shape):
        moves = np.diff(widen(snapshots, block), axis=0)
        squares += np.einsum("np,np->n", moves, moves)
    return np.sqrt(squares)
