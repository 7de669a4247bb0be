"""`draw`: the landscape of any network."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.sharding.refinements import (
    RefinedOrder,
    Subgrid,
    order_refinements,
)
from descent_atlas.drawing.drawing_assembly import assemble_drawing
from descent_atlas.drawing.drawn_landscape import DrawnLandscape, Growth
from descent_atlas.drawing.eigenvector_planes import find_eigenvectors
from descent_atlas.drawing.plane_building import PlaneBuilder, choose_grid
from descent_atlas.drawing.plane_choices import HessianChoice, PlaneChoice, PlaneError, random
from descent_atlas.drawing.random_directions import Normalization, OneDimensional
from descent_atlas.drawing.sharding.worker_blocks import Workers, check_workers, evaluate_with
from descent_atlas.drawing.snapshot_streams import ProjectedSnapshots, project_snapshots
from descent_atlas.drawing.trail_fidelity import TrailJudgement, judge_trails
from descent_atlas.evaluation.batches import digest, digest_samples
from descent_atlas.evaluation.evaluation_rules import (
    Buffers,
    EvaluationRules,
    PointsAtOnce,
    open_space,
)
from descent_atlas.evaluation.losses import Function, Loss, Metric, Weight
from descent_atlas.evaluation.parameters import Pattern
from descent_atlas.evaluation.states import Checkpoint, Source

GRID = 31
"""Points along each axis unless a number is given: 961 points, 0 among them."""

FINEST = 501
"""The most points along an axis: the finest grid that a screen shows."""

BEFORE_TRAJECTORIES = 2
"""Refinements of the grid that come before the losses along trajectories: a first picture is there
early, and the paths are on it already."""

Report = Callable[[float], None]


def ignore_progress(fraction: float) -> None:
    """Do nothing."""


def draw(
    model: nn.Module,
    loss: Loss | Function,
    batches: Any,
    *,
    plane: PlaneChoice | None = None,
    metrics: Mapping[str, Metric] | None = None,
    weight: Weight | None = None,
    parameters: Pattern = None,
    buffers: Buffers = None,
    normalization: Normalization = "filter",
    one_dimensional: OneDimensional = "zero",
    grid: int = GRID,
    reach: float = 1.0,
    device: torch.device | str = "cpu",
    precision: torch.dtype | str | None = None,
    vmap: PointsAtOnce = 1,
    trajectories: Mapping[str, Source | Sequence[Source]] | None = None,
    workers: Workers | None = None,
    report: Report = ignore_progress,
) -> DrawnLandscape:
    """Draw the loss of a model on a plane of its parameters. The model does not change.

    `loss(model, batch)` returns the batch's mean (a tensor of no dimension, weighted by
    `weight(batch)`, or else by the batch's leading dimension), a value for each sample (of one
    dimension), or a pair (sum, count). `batches` are any collection that gives the same batches
    each time. `metrics` are further functions with their directions, by name.

    `plane` is `random(seed)`, the default, `ends(…)`, `pca(…)`, `hessian(…)` or `given(…)`.
    `trajectories` are folders, patterns or lists of checkpoints, by name, to show on it.

    `parameters` are names with the wildcards of a shell, such as "encoder.*"; None lets all
    parameters vary. Frozen ones stay, tied ones move together. `buffers` is "frozen" (every point
    has the origin's), or `Recalibrated(batches, count)` (running statistics are computed anew at
    each point). None freezes them unless those of the joined networks differ; then they are
    recalibrated from the first of `batches`.

    `normalization` scales random directions like the network's "filter"s, like its "layer"s, or as
    a whole ("none"); `one_dimensional` parameters stay ("zero") or are scaled too ("same").

    `grid` points lie along each axis. `reach` is how far the grid reaches along the directions
    ("random", "given", "hessian"), or how much wider it is than what it shows. `precision` is the
    type of the computation, None that of the parameters. `vmap` points are evaluated at once, if
    the network allows it; "auto" are as many as the memory of a GPU holds, and elsewhere 1.
    `workers` is a number of processes, or an executor of `concurrent.futures`, that evaluate the
    points, each on one thread: model, loss and batches must then be such that pickle takes them.
    Without it, this process evaluates them on PyTorch's threads. A point's bits depend on its
    threads, not on the workers. `report` is called with the fraction done; an exception that it
    raises ends the work.

    Raises:
        PlaneError: if there is no such plane.
        StateError: if a checkpoint cannot be read or does not fit the model.
        ModelError: if the loss is no function of real parameters, or not finite at the origin.
        LossError: if the loss or a metric has no known meaning.
        BatchesError: if there are no batches, or they cannot be repeated.
        NotRepeatableError: if the origin's loss changes from one evaluation to the next.
        ShardingError: if the workers cannot have what they evaluate, or were killed.
    """
    workers = None if workers is None else check_workers(workers)
    drawing = Drawing(
        model,
        loss,
        batches,
        plane=plane,
        metrics=metrics,
        weight=weight,
        parameters=parameters,
        buffers=buffers,
        normalization=normalization,
        one_dimensional=one_dimensional,
        grid=grid,
        reach=reach,
        device=device,
        precision=precision,
        vmap=vmap,
        trajectories=trajectories,
    )
    if workers is None:
        return drawing.finish(drawing.evaluate(report=report))
    arguments = {
        "model": model,
        "loss": loss,
        "batches": batches,
        "metrics": metrics,
        "weight": weight,
        "plane": plane,
        "buffers": buffers,
        "trajectories": trajectories,
    }
    values, done = np.empty((len(drawing.points), len(drawing.rules.names))), 0
    for points, numbers in evaluate_with(
        drawing, workers, drawing.order.points.tolist(), arguments=arguments
    ):
        values[list(points)] = numbers
        done += len(points)
        report(done / len(values))
    return drawing.finish(values)


@dataclass(frozen=True)
class DrawingPoint:
    """A point to evaluate: at coordinates of the plane, or a network's own parameters.

    With `own`, the network has its own buffers.
    """

    coordinates: tuple[float, float] | None = None
    checkpoint: Checkpoint | None = None
    own: bool = False


class Drawing:
    """A landscape that is being drawn, whose points can be evaluated block by block.

    The arguments are those of `draw`. Construction builds the plane and evaluates the origin.
    `points` are all that is to evaluate, `order` says which come first. The numbers of a point do
    not depend on its block, nor on the order.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Loss | Function,
        batches: Any,
        *,
        plane: PlaneChoice | None = None,
        metrics: Mapping[str, Metric] | None = None,
        weight: Weight | None = None,
        parameters: Pattern = None,
        buffers: Buffers = None,
        normalization: Normalization = "filter",
        one_dimensional: OneDimensional = "zero",
        grid: int = GRID,
        reach: float = 1.0,
        device: torch.device | str = "cpu",
        precision: torch.dtype | str | None = None,
        vmap: PointsAtOnce = 1,
        trajectories: Mapping[str, Source | Sequence[Source]] | None = None,
    ) -> None:
        check_options(normalization, one_dimensional, grid, reach)
        self.space = open_space(model, parameters, precision)
        builder = PlaneBuilder(self.space, normalization, one_dimensional)
        choice = random() if plane is None else plane
        self.plane = builder.build(choice)
        further = builder.read_trails(trajectories or {})
        taken = {trail.label for trail in self.plane.trails} & {trail.label for trail in further}
        if taken:
            raise PlaneError(f"the plane has a trajectory called {min(taken)!r} already")
        self.trails = (*self.plane.trails, *further)
        self.ends = self.plane.through or (self.plane.origin,)
        self.rules = EvaluationRules(
            self.space,
            loss,
            batches,
            base=self.plane.tensors,
            joined=[self.plane.origin, *self._list_joined()],
            metrics=metrics,
            weight=weight,
            buffers=buffers,
            device=device,
            points_at_once=vmap,
        )
        if isinstance(choice, HessianChoice):
            self.plane = find_eigenvectors(self.plane, choice, self.rules)
        self.end_places = self._place_ends()
        self.projected = [self._project(trail.checkpoints) for trail in self.trails]
        shown = [each.coordinates for each in self.projected]
        self.grid = choose_grid(self.plane, np.vstack([self.end_places, *shown]), grid, reach)
        self.points = tuple(self._list_points())
        on_device = self.rules.evaluator.device
        self._origin = {
            name: self.plane.tensors[name].to(on_device) for name in self.space.layout.names
        }
        self._directions = self.plane.directions.to(on_device)
        self._room: dict[str, Tensor] | None = None
        self._group: dict[int, list[list[float]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "_room": None,
            "_group": {},
        }  # another process has memory of its own

    def _list_joined(self) -> list[Checkpoint]:
        """Return the networks that the plane joins, but for its origin."""
        trails = [each for trail in self.trails for each in trail.checkpoints]
        return [each for each in (*self.plane.through, *trails) if each is not self.plane.origin]

    def _place_ends(self) -> Floats:
        """Return the coordinates of the networks that the plane goes through, float64[n, 2]."""
        if len(self.ends) == 1:
            return np.zeros((1, 2))
        return self._project(self.ends).coordinates

    def _project(self, checkpoints: Sequence[Checkpoint]) -> ProjectedSnapshots:
        plane = self.plane
        return project_snapshots(checkpoints, plane.tensors, plane.directions, self.space)

    def _list_points(self) -> list[DrawingPoint]:
        """Return the grid's points row by row, the ends, their own losses, and the trajectories."""
        x, y = np.meshgrid(self.grid.x, self.grid.y)
        grid = np.stack([x.ravel(), y.ravel()], axis=1)
        points = [DrawingPoint(coordinates=(a, b)) for a, b in (*grid.tolist(), *self.end_places)]
        points += [
            DrawingPoint(checkpoint=end, own=True)
            for end in self.ends
            if self.rules.differs_from_own(end)
        ]
        for trail, projected in zip(self.trails, self.projected, strict=True):
            points += [DrawingPoint(checkpoint=each) for each in trail.checkpoints]
            points += [DrawingPoint(coordinates=(a, b)) for a, b in projected.coordinates]
        return points

    def compute_key(self) -> str:
        """Return a SHA-256 of all that the numbers of the points depend on, but for the code.

        These are the origin, the directions, the points, the batches and the rules.
        """
        found = hashlib.sha256()
        for tensor in (*self.plane.tensors.values(), self.plane.directions):
            found.update(digest([tensor]))
        for sample in digest_samples(self.rules.evaluator.batches):
            found.update(sample)
        for trail in self.trails:
            for checkpoint in trail.checkpoints:
                state = checkpoint.read(self.space.model)
                found.update(digest(state.tensors[name] for name in self.space.layout.names))
        places = [(each.coordinates, each.own) for each in self.points]
        facts = {**self.rules.describe(), "names": self.rules.names, "points": places}
        found.update(json.dumps(facts).encode())
        return found.hexdigest()

    @cached_property
    def order(self) -> RefinedOrder:
        """The order in which a picture grows: ends, coarse grid, trajectories, finer grids."""
        grid = order_refinements(
            (len(self.grid.y), len(self.grid.x)), self.rules.facts.points_at_once
        )
        split = grid.stops[min(BEFORE_TRAJECTORIES, len(grid.stops)) - 1]
        ends = np.arange(self._grid_size, self._first_of_trails)
        trails = np.arange(self._first_of_trails, len(self.points))
        return RefinedOrder(
            np.concatenate([ends, grid.points[:split], trails, grid.points[split:]]),
            grid.subgrids,
            [len(ends) + stop + (len(trails) if stop > split else 0) for stop in grid.stops],
        )

    def evaluate(
        self, block: Sequence[int] | None = None, report: Report = ignore_progress
    ) -> Floats:
        """Return the loss and the metrics, float64[points, metrics], of a block of the points.

        `block` are indices of `points`. Without it, all points are evaluated. A point of the plane
        that is not finite has NaN.
        """
        chosen = range(len(self.points)) if block is None else block
        values = np.full((len(chosen), len(self.rules.names)), np.nan)
        for row, index in enumerate(chosen):
            report(row / max(len(chosen), 1))
            at_once = self.rules.facts.points_at_once
            if at_once > 1 and index < self._grid_size:
                number = index // at_once
                if number not in self._group:
                    self._group = {number: self._measure_group(number * at_once, at_once)}
                values[row] = self._group[number][index % at_once]
            else:
                values[row] = self._measure(self.points[index])
        return values

    @property
    def _grid_size(self) -> int:
        return len(self.grid.x) * len(self.grid.y)

    @cached_property
    def judgements(self) -> list[TrailJudgement]:
        """How much of each trajectory the plane shows."""
        return judge_trails(self.plane, self.trails, self.projected, self.space.layout.size)

    @property
    def _first_of_trails(self) -> int:
        """The index of the first point of a trajectory."""
        ends, own, *_ = self.list_lengths()
        return self._grid_size + ends + own

    def _measure_group(self, first: int, count: int) -> list[list[float]]:
        """Return the numbers of several points of the grid; the last one fills up a group."""
        indices = [min(first + i, self._grid_size - 1) for i in range(count)]
        return self.rules.measure_many([self._place(self.points[i].coordinates) for i in indices])

    def _measure(self, point: DrawingPoint) -> list[float]:
        """Return the numbers of a point."""
        if point.checkpoint is not None:
            return self.rules.measure_network(point.checkpoint, own=point.own)
        if not np.isfinite(point.coordinates or ()).all():
            return [np.nan] * len(self.rules.names)
        self._room = self._place(point.coordinates, self._room)
        return self.rules.measure(self._room)

    def _place(
        self, coordinates: Sequence[float] | None, room: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        device = self.rules.evaluator.device
        return self.space.place(self._origin, self._directions, coordinates or (), device, room)

    def finish(self, values: Floats) -> DrawnLandscape:
        """Return the landscape from the numbers of all points.

        Raises NotRepeatableError if the origin's loss is another than at the beginning.
        """
        self._room = None  # the comparison places another point
        self.rules.compare_origin()
        return assemble_drawing(self, values)

    def sketch(
        self, values: Floats, computed: NDArray[np.bool_], subgrid: Subgrid
    ) -> DrawnLandscape:
        """Return what there is of the landscape while some points are not `computed` yet.

        The ends, and the points of the subgrid, are.
        """
        shape = (len(self.grid.y), len(self.grid.x))
        within = values.copy()
        within[~computed] = np.nan
        growth = Growth(computed[: self._grid_size].reshape(shape), subgrid)
        are_measured = bool(computed[self._grid_size :].all())
        return assemble_drawing(self, within, growth, are_measured=are_measured)

    def list_lengths(self) -> list[int]:
        """Return how many points after the grid are ends, their own losses, and of trajectories."""
        lengths = [len(self.ends), sum(self.rules.differs_from_own(end) for end in self.ends)]
        for trail in self.trails:
            lengths += [len(trail.checkpoints)] * 2
        return lengths


def check_options(normalization: str, one_dimensional: str, grid: int, reach: float) -> None:
    """Raise PlaneError unless options have values that they can have."""
    if normalization not in ("filter", "layer", "none"):
        raise PlaneError(f'normalization={normalization!r} is none of "filter", "layer", "none"')
    if one_dimensional not in ("zero", "same"):
        raise PlaneError(f'one_dimensional={one_dimensional!r} is neither "zero" nor "same"')
    if not 3 <= grid <= FINEST:
        raise PlaneError(f"grid={grid} points along each axis: they should be 3 to {FINEST}")
    if not 0 < reach < np.inf:
        raise PlaneError(f"reach={reach}: it should be positive and finite")
