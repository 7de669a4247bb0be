"""A drawn landscape, from the numbers of a drawing's points."""

from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from descent_atlas.analysis.array_types import Floats
from descent_atlas.drawing.drawn_landscape import (
    SURFACE,
    DrawnEnd,
    DrawnLandscape,
    DrawnTrajectory,
    Growth,
)
from descent_atlas.drawing.eigenvector_planes import describe_curvature
from descent_atlas.drawing.snapshot_streams import norm_of
from descent_atlas.evaluation.evaluation_rules import describe_network

if TYPE_CHECKING:
    from descent_atlas.drawing.draw_landscape import Drawing


def assemble_drawing(
    drawing: "Drawing",
    values: Floats,
    growth: Growth | None = None,
    *,
    are_measured: bool = True,
) -> DrawnLandscape:
    """Return the landscape of a drawing from its numbers, float64[points, metrics].

    With `growth` it is incomplete; `are_measured` tells whether trajectories have their losses.
    """
    names, shape = drawing.rules.names, (len(drawing.grid.y), len(drawing.grid.x))
    size = shape[0] * shape[1]
    cuts = list(accumulate(drawing.list_lengths()))[:-1]
    left = iter(np.split(values[size:], cuts))
    at_ends, own = next(left), next(left)
    surfaces = {name: values[:size, i].reshape(shape) for i, name in enumerate(names)}
    loss = surfaces["loss"] if growth is None else None
    return DrawnLandscape(
        x=drawing.grid.x,
        y=drawing.grid.y,
        values=surfaces,
        ends=describe_ends(drawing, at_ends[:, 0], iter(own[:, 0])),
        trajectories=describe_trajectories(drawing, left, are_measured),
        plane=describe_plane(drawing, loss),
        metrics=tuple(drawing.rules.describe_metrics()),
        evaluation={
            **drawing.rules.describe(),
            "normalization": drawing.plane.normalization,
            "one_dimensional": drawing.plane.one_dimensional,
        },
        network=describe_network(drawing.space),
        growth=growth,
    )


def describe_ends(drawing: "Drawing", losses: Floats, own: Iterator[float]) -> tuple[DrawnEnd, ...]:
    """Return the networks that the plane goes through, with their losses and those of their own."""
    return tuple(
        DrawnEnd(
            label=end.name,
            step=end.step,
            x=float(x),
            y=float(y),
            loss=float(loss),
            own_loss=float(next(own)) if drawing.rules.differs_from_own(end) else None,
        )
        for end, (x, y), loss in zip(drawing.ends, drawing.end_places, losses, strict=True)
    )


def describe_trajectories(
    drawing: "Drawing", left: Iterator[Floats], are_measured: bool
) -> tuple[DrawnTrajectory, ...]:
    """Return the trajectories; `left` yields each one's own numbers, then those in the plane."""
    measured = slice(None if are_measured else 0)
    found = []
    for trail, projected, judgement in zip(
        drawing.trails, drawing.projected, drawing.judgements, strict=True
    ):
        truth, in_plane = next(left)[measured], next(left)[measured]
        found.append(
            DrawnTrajectory(
                label=trail.label,
                steps=np.array([each.step for each in trail.checkpoints], dtype=np.int64),
                x=projected.coordinates[:, 0],
                y=projected.coordinates[:, 1],
                distance=projected.distance,
                length=projected.length,
                loss=truth[:, 0],
                loss_in_plane=in_plane[:, 0],
                judgement=judgement,
            )
        )
    return tuple(found)


def describe_plane(drawing: "Drawing", loss: Floats | None) -> dict[str, Any]:
    """Return the plane as a manifest has it; `loss` is None while the surface is incomplete."""
    plane, grid = drawing.plane, drawing.grid
    curvature = describe_curvature(plane, drawing.rules, SURFACE, loss, grid.x, grid.y)
    origin = next(
        (
            {"run": trail.label, "step": each.step}
            for trail in drawing.trails
            for each in trail.checkpoints
            if each.source is plane.origin.source
        ),
        None,
    )
    return {
        "kind": plane.kind,
        "origin": origin,
        "makers": [trail.label for trail in plane.trails],
        "seed": plane.seed,
        "gram": plane.gram.tolist(),
        "cosine": plane.cosine,
        "spectrum": list(plane.spectrum),
        "origin_norm": norm_of(plane.tensors, drawing.space.layout),
        **({} if curvature is None else {"curvature": curvature}),
    }
