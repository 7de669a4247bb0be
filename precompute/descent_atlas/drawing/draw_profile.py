"""`profile`: the loss on the straight segment between two networks."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from descent_atlas.drawing.draw_landscape import Report, ignore_progress
from descent_atlas.drawing.drawn_landscape import DrawnEnd
from descent_atlas.drawing.drawn_profile import DrawnProfile
from descent_atlas.drawing.plane_choices import PlaneError, name_sources
from descent_atlas.drawing.snapshot_streams import measure_distance
from descent_atlas.evaluation.evaluation_rules import (
    Buffers,
    EvaluationRules,
    describe_network,
    open_space,
)
from descent_atlas.evaluation.losses import Function, Loss, Metric, Weight
from descent_atlas.evaluation.parameters import STRETCH, ParameterSpace, Pattern
from descent_atlas.evaluation.states import Checkpoint, Source, read_state
from descent_atlas.training.blocks import split_range

POINTS = 51
"""Points of a segment unless a number is given, its ends among them."""

MOST_POINTS = 10_001


def profile(
    first: Source,
    second: Source,
    loss: Loss | Function,
    batches: Any,
    *,
    model: nn.Module | None = None,
    metrics: Mapping[str, Metric] | None = None,
    weight: Weight | None = None,
    parameters: Pattern = None,
    buffers: Buffers = None,
    points: int = POINTS,
    device: torch.device | str = "cpu",
    precision: torch.dtype | str | None = None,
    report: Report = ignore_progress,
) -> DrawnProfile:
    """Draw the loss on the straight segment between two networks. No network changes.

    The networks are modules, states or files; if neither is a module, `model` is one of their kind.
    The other arguments, and what is raised, are those of `draw`. The segment is evaluated at
    `points` evenly spaced coordinates t: the parameters there are (1 - t) a + t b.
    """
    if not 2 <= points <= MOST_POINTS:
        raise PlaneError(f"points={points}: they should be 2 to {MOST_POINTS:,}")
    modules = [each for each in (model, first, second) if isinstance(each, nn.Module)]
    if not modules:
        raise PlaneError("neither network is a module: pass model=… for the files to fit")
    space = open_space(modules[0], parameters, precision)
    sources = (first, second)
    ends = [
        Checkpoint(name, source, read_state(source, space.model).step)
        for source, name in zip(sources, name_sources(sources), strict=True)
    ]
    a, b = (end.read(space.model).tensors for end in ends)
    length = measure_distance(a, b, space)
    if not length > 0:
        raise PlaneError(
            f"{ends[0].name} and {ends[1].name} have the same varying parameters"
            if length == 0
            else f"{ends[0].name} or {ends[1].name} holds numbers that are not finite"
        )
    rules = EvaluationRules(
        space,
        loss,
        batches,
        base=a,
        joined=ends,
        metrics=metrics,
        weight=weight,
        buffers=buffers,
        device=device,
    )
    t = np.linspace(0.0, 1.0, points)
    values = np.empty((points, len(rules.names)))
    for index, coordinate in enumerate(t):
        report(index / points)
        values[index] = rules.measure(interpolate(space, a, b, float(coordinate), device))
    rules.compare_origin()
    return DrawnProfile(
        t=t,
        values={name: values[:, i] for i, name in enumerate(rules.names)},
        ends=(
            describe_end(ends[0], 0.0, values[0, 0], rules),
            describe_end(ends[1], 1.0, values[-1, 0], rules),
        ),
        length=length,
        metrics=tuple(rules.describe_metrics()),
        evaluation=rules.describe(),
        network=describe_network(space),
    )


def interpolate(
    space: ParameterSpace,
    a: Mapping[str, Tensor],
    b: Mapping[str, Tensor],
    t: float,
    device: torch.device | str,
) -> dict[str, Tensor]:
    """Return the varying parameters at (1 - t) a + t b, computed in float64 and rounded once."""
    placed = {}
    for name in space.layout.names:
        start, end = a[name].detach().reshape(-1), b[name].detach().reshape(-1)
        point = torch.empty(a[name].shape, dtype=space.dtypes[name])
        flat = point.view(-1)
        for part in split_range(len(flat), STRETCH):
            flat[part] = (1 - t) * start[part].double() + t * end[part].double()
        placed[name] = point.to(device)
    return placed


def describe_end(end: Checkpoint, t: float, loss: float, rules: EvaluationRules) -> DrawnEnd:
    """Return an end of the segment, with its own loss if it may differ."""
    own = rules.measure_network(end, own=True)[0] if rules.differs_from_own(end) else None
    return DrawnEnd(label=end.name, step=end.step, x=t, y=0.0, loss=float(loss), own_loss=own)
