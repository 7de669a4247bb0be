"""How much of a trajectory a plane shows, beside what it would show of random walks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.plane_fidelity import FIXED, divide, walk_fidelities
from descent_atlas.analysis.trajectories import RunPath
from descent_atlas.drawing.plane_building import BuiltPlane, Trail
from descent_atlas.drawing.snapshot_streams import ProjectedSnapshots
from descent_atlas.output.assembly import describe_walks


@dataclass(frozen=True)
class TrailJudgement:
    """The shares of a trajectory's movement that lie in a plane; NaN if it never moved.

    `energy` and `displacement` are those of `analysis.plane_fidelity`. `random_walks` is their
    spread over random walks as a manifest has it, None where the plane was not chosen by chance or
    by the trajectories alone.
    """

    energy: float
    displacement: float
    end_distance: float
    random_walks: dict[str, Any] | None


def judge_trails(
    plane: BuiltPlane,
    trails: Sequence[Trail],
    projected: Sequence[ProjectedSnapshots],
    dimensions: int,
) -> list[TrailJudgement]:
    """Judge the trajectories on a plane in a space of so many dimensions."""
    walks = compare_with_walks(plane, trails, projected, dimensions)
    judged = []
    for own, random_walks in zip(projected, walks, strict=True):
        moves = own.coordinates - own.coordinates[-1]
        inside = np.einsum("ni,ij,nj->n", moves, plane.gram, moves)
        share = divide(inside, own.from_end**2, np.ones(len(moves), dtype=np.bool_))
        judged.append(
            TrailJudgement(
                energy=share.energy,
                displacement=share.displacement,
                end_distance=float(own.distance[-1]),
                random_walks=random_walks,
            )
        )
    return judged


def compare_with_walks(
    plane: BuiltPlane,
    trails: Sequence[Trail],
    projected: Sequence[ProjectedSnapshots],
    dimensions: int,
) -> list[dict[str, Any] | None]:
    """Return what the plane would show of random walks with the trajectories' steps."""
    none: list[dict[str, Any] | None] = [None] * len(trails)
    if not trails or not all(np.isfinite(own.steps).all() and len(own.steps) for own in projected):
        return none
    are_fixed = plane.kind in FIXED
    if are_fixed:
        points = [np.cumsum([0.0, *own.steps])[:, np.newaxis] for own in projected]
        origin = (0, 0)
    elif plane.products is not None and len(trails) == len(plane.trails):
        place = find_place(plane)
        if place is None:
            return none
        lengths = [len(trail.checkpoints) for trail in trails]
        points = np.split(embed(plane.products), np.cumsum(lengths)[:-1])
        origin = place
    else:
        return none
    paths = [RunPath(np.arange(len(own)), own, np.ones(len(own), dtype=np.bool_)) for own in points]
    walks = walk_fidelities(
        "random" if are_fixed else "shared",
        paths,
        makers=range(len(paths)),
        origin=origin,
        dimensions=dimensions,
    )
    return [describe_walks([walked[i] for walked in walks]) for i in range(len(paths))]


def find_place(plane: BuiltPlane) -> tuple[int, int] | None:
    """Return the indices of the trajectory and the checkpoint at the origin, or None."""
    for number, trail in enumerate(plane.trails):
        for index, checkpoint in enumerate(trail.checkpoints):
            if checkpoint is plane.origin:
                return number, index
    return None


def embed(products: Floats) -> Floats:
    """Return points float64[n, k] with given products, and so with the same distances.

    k is at most n: points of a space of any dimension lie in one of n dimensions.
    """
    values, vectors = np.linalg.eigh(products)
    kept = values > max(values.max(), 0.0) * len(values) * np.finfo(np.float64).eps
    points: Floats = vectors[:, kept] * np.sqrt(values[kept])
    return points
