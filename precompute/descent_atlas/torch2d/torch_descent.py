"""`descend`: any optimizer of PyTorch on any function of two variables."""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from descent_atlas.simulation.descent import (
    DEFAULT_STEPS,
    GRADIENT_TOLERANCE,
    STEP_TOLERANCE,
    Status,
    has_left,
    judge_path,
)
from descent_atlas.simulation.kept_points import count_finite
from descent_atlas.torch2d.descents import MAX_DESCENTS, Descents, TorchDescent
from descent_atlas.torch2d.gradient_oracle import GradientOracle, check_function, describe
from descent_atlas.torch2d.plane_functions import (
    BuiltInFunction,
    DescendError,
    PlaneFunction,
    Point,
    Rectangle,
    TensorFunction,
    check_name,
    open_function,
    open_objective,
)
from descent_atlas.torch2d.settings_record import record_settings

MAX_STEPS = 100_000
"""Steps of one descent, as many as the page allows."""

MAX_COORDINATE = 1e4
"""Coordinate of a start: the page starts its own optimizers no farther from the origin."""

Build = Callable[..., Optimizer]
"""A class of optimizers, or whatever else makes one of a list of parameters and settings."""

Schedule = Callable[[Optimizer], LRScheduler]


def descend(
    function: str | TensorFunction,
    optimizer: Build,
    *,
    start: Point | None = None,
    starts: Sequence[Point] | None = None,
    steps: int = DEFAULT_STEPS,
    parameters: Mapping[str, float] | None = None,
    schedule: Schedule | None = None,
    seed: int = 0,
    label: str | None = None,
    name: str | None = None,
    domain: Rectangle | None = None,
    create_graph: bool = False,
    **settings: Any,
) -> Descents:
    """Run an optimizer of PyTorch on a function of two variables, from each start.

    The optimizer is built anew for each start, with one parameter: a float64 tensor of shape (2,).
    One tensor and not two, so that a rule that measures lengths (a trust ratio, SAM's radius, the
    line search of L-BFGS) measures those of the plane, as every rule of the playground does. A rule
    for matrices alone, such as Muon, refuses it; one that treats matrices in a way of their own
    treats it as a vector.

    Gradients are autograd's and exact. `step` is called with a closure if it takes one; the
    gradient at the point is in place before. Nothing is clamped; divergence is a result.

    Args:
        function: a built-in objective's id, or a function of two zero-dimensional tensors.
        optimizer: a class of `torch.optim` or any other, or a function that builds one; called with
            `[point]` and `settings`.
        start, starts: where descents begin, one or several; an objective's own start without them.
        steps: the steps of each descent, 1 to `MAX_STEPS`.
        parameters: those of a built-in objective that are not at their defaults.
        schedule: makes a scheduler of `torch.optim.lr_scheduler` of the optimizer.
        seed: seeds PyTorch's generator before each descent, which leaves it as it was.
        label: what the optimizer is called; the name of its class without.
        name: what a function of one's own is called.
        domain: ((x0, x1), (y0, y1)), the part of the plane that pictures of a function of one's own
            show; without it, what the paths need.
        create_graph: whether gradients can be differentiated again, as AdaHessian needs it.
        settings: the optimizer's.

    Raises:
        DescendError: for arguments that are wrong, or if the function or the optimizer fails.

    Example:
        >>> adam = descend("rosenbrock", torch.optim.Adam, lr=0.1, start=(-1.2, 1), steps=500)
        >>> adam[0].status.value, adam[0].arrived, adam[0].gradients[-1].item()
        ('exhausted', False, 500)
    """
    if type(steps) is not int or not 1 <= steps <= MAX_STEPS:
        raise DescendError(f"steps must be a whole number from 1 to {MAX_STEPS:,}, not {steps!r}")
    if type(seed) is not int or not 0 <= seed < 2**63:
        raise DescendError(f"seed must be a whole number from 0 to 2**63 - 1, not {seed!r}")
    plane = open_plane(function, parameters, name, domain)
    assert plane.call is not None
    descents = []
    for x, y in choose_starts(plane, start, starts):
        check_function(plane.call, x, y)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            walk = Walk(plane.call, (x, y), optimizer, settings, schedule, create_graph)
            path, gradients, slope, left = walk.run(steps)
        shown = check_name(walk.name if label is None else label, "label")
        descents.append(
            TorchDescent(
                label=shown,
                optimizer=walk.name,
                settings=record_settings(walk.optimizer),
                schedule=None if walk.scheduler is None else type(walk.scheduler).__name__,
                seed=seed,
                **judge(
                    plane,
                    path,
                    gradient=slope,
                    stretch=walk.last_stretch,
                    left=left,
                    steps=steps,
                ),
                gradients=gradients[: count_finite(path, path.shape[1] - 1)],
            )
        )
    return Descents(plane, descents)


def open_plane(
    function: str | TensorFunction,
    parameters: Mapping[str, float] | None,
    name: str | None,
    domain: Rectangle | None,
) -> PlaneFunction:
    """Return the function that descents run on. Raises DescendError."""
    if isinstance(function, str):
        for field, value in (("name", name), ("domain", domain)):
            if value is not None:
                raise DescendError(f"{field} is for a function of your own; {function} has its own")
        return open_objective(function, parameters)
    if not callable(function):
        raise DescendError(
            "function must be an objective's id or a function of two tensors, "
            f"not {type(function).__name__}"
        )
    if parameters is not None:
        raise DescendError("parameters are those of a built-in objective; yours has none")
    return open_function(function, name, domain)


def choose_starts(
    plane: PlaneFunction, start: Point | None, starts: Sequence[Point] | None
) -> list[Point]:
    """Return the points from which descents begin. Raises DescendError."""
    if start is not None and starts is not None:
        raise DescendError("give start or starts, not both")
    if start is None and starts is None:
        if not isinstance(plane, BuiltInFunction):
            raise DescendError("start is missing: a function of your own has none")
        start = plane.objective.start
    points = [start] if start is not None else list(starts or ())
    if not 1 <= len(points) <= MAX_DESCENTS:
        raise DescendError(f"starts must be 1 to {MAX_DESCENTS} points, not {len(points)}")
    chosen = []
    for point in points:
        try:
            x, y = map(float, point)
        except (TypeError, ValueError) as error:
            raise DescendError(f"a start must be a pair of numbers, not {point!r}") from error
        if not (abs(x) <= MAX_COORDINATE and abs(y) <= MAX_COORDINATE):  # NaN fails this, too
            raise DescendError(
                f"the start ({x:g}, {y:g}) must be within {MAX_COORDINATE:,.0f} of 0 on each axis"
            )
        chosen.append((x, y))
    return chosen


class Walk:
    """One descent under way: a point, the optimizer that moves it, its scheduler.

    Raises DescendError if the optimizer cannot be built or fails.
    """

    def __init__(
        self,
        call: TensorFunction,
        start: Point,
        build: Build,
        settings: Mapping[str, Any],
        schedule: Schedule | None,
        create_graph: bool,
    ) -> None:
        self.point = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        self.oracle = GradientOracle(call, self.point, create_graph=create_graph)
        self.name = getattr(build, "__name__", type(build).__name__)
        try:
            self.optimizer = build([self.point], **settings)
        except Exception as error:
            raise DescendError(
                f"{self.name} cannot be built for one tensor of shape (2,): {describe(error)}"
            ) from error
        self.name = type(self.optimizer).__name__
        check_optimizer(self.optimizer, self.point)
        train = getattr(self.optimizer, "train", None)
        if callable(train):  # schedule-free optimizers refuse to step before
            train()
        self.scheduler = None if schedule is None else self._schedule(schedule)
        self._takes_closure = takes_closure(self.optimizer)
        self._last_rate = self._largest_rate = 0.0

    @property
    def last_stretch(self) -> float:
        """By what the last step is multiplied before it is judged: largest by last learning rate.

        1 without a scheduler; infinite if the scheduler has taken the rate to zero.
        """
        if self._last_rate == self._largest_rate:
            return 1.0
        return self._largest_rate / self._last_rate if self._last_rate else math.inf

    def _schedule(self, schedule: Schedule) -> LRScheduler:
        try:
            scheduler = schedule(self.optimizer)
        except Exception as error:
            raise DescendError(f"schedule failed for {self.name}: {describe(error)}") from error
        if not isinstance(scheduler, LRScheduler):
            raise DescendError(
                "schedule must make a scheduler of torch.optim.lr_scheduler, "
                f"not {type(scheduler).__name__}"
            )
        return scheduler

    def run(
        self, steps: int
    ) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], tuple[float, float], bool]:
        """Take all steps, or those until the point has left for good.

        Returns:
            x, y and the loss at each step, float64[3, points]; the gradients spent until then,
            int32[points]; the gradient at the last point; whether that has left.
        """
        path = np.empty((3, steps + 1))
        gradients = np.zeros(steps + 1, dtype=np.int32)
        loss, slope = self.oracle.measure()
        path[:, 0] = *self.point.tolist(), loss
        for k in range(1, steps + 1):
            self._step(k, loss)
            gradients[k] = self.oracle.count
            x, y = self.point.tolist()
            if not (math.isfinite(x) and math.isfinite(y)):
                loss = math.nan
            else:
                loss, slope = self.oracle.measure()
            path[:, k] = x, y, loss
            if has_left(x, y, loss):
                return np.ascontiguousarray(path[:, : k + 1]), gradients[: k + 1], slope, True
        return path, gradients, slope, False

    def _step(self, k: int, loss: float) -> None:
        self.oracle.begin_step()
        if self.scheduler is not None:
            self._last_rate = float(self.optimizer.param_groups[0]["lr"])
            self._largest_rate = max(self._largest_rate, self._last_rate)
        try:
            if self._takes_closure:
                self.optimizer.step(closure=cast("Callable[[], float]", self.oracle))
            else:
                self.optimizer.step()
            if isinstance(self.scheduler, ReduceLROnPlateau):
                self.scheduler.step(loss)
            elif self.scheduler is not None:
                self.scheduler.step()
        except DescendError:
            raise
        except Exception as error:
            raise DescendError(f"{self.name} failed in step {k:,}: {describe(error)}") from error


def check_optimizer(optimizer: object, point: Tensor) -> None:
    """Raise DescendError unless an object is an optimizer of the point."""
    if not isinstance(optimizer, Optimizer):
        raise DescendError(
            "optimizer must be a torch.optim.Optimizer, or build one; "
            f"not {type(optimizer).__name__}"
        )
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    if len(held) != 1 or held[0] is not point:
        raise DescendError(
            f"{type(optimizer).__name__} must hold the one parameter that it is given"
        )


def takes_closure(optimizer: Optimizer) -> bool:
    """Return whether an optimizer's `step` takes an argument `closure`."""
    return "closure" in inspect.signature(optimizer.step).parameters


def judge(
    plane: PlaneFunction,
    path: np.ndarray[Any, Any],
    *,
    gradient: tuple[float, float],
    stretch: float,
    left: bool,
    steps: int,
) -> dict[str, Any]:
    """Return how a path ended, as fields of a `TorchDescent`, and its finite points.

    On a built-in objective by the rules of the simulation, without noise. Where minima are not
    known, arrival is not told: at rest or not is all that can be. The last step counts `stretch`
    times its length, because a scheduler that takes the learning rate to zero brings no rest.
    """
    last = path.shape[1] - 1
    moved_x, moved_y = (
        stretch * length for length in (path[:2, last] - path[:2, last - 1]).tolist()
    )
    if isinstance(plane, BuiltInFunction):
        judged = judge_path(
            plane.objective,
            plane.parameters,
            path,
            optimizer="",
            gradient=gradient,
            moved=(moved_x, moved_y),
            left=left,
            steps=steps,
            max_points=last + 1,
        )
        names = "status steps minimum arrived arrival visit step x y loss"
        return {name: getattr(judged, name) for name in names.split()}
    is_at_rest = (
        math.hypot(moved_x, moved_y) <= STEP_TOLERANCE
        and math.hypot(*gradient) <= GRADIENT_TOLERANCE
    )
    count = count_finite(path, last) if left else last + 1
    return {
        "status": Status.DIVERGED
        if left
        else (Status.STATIONARY if is_at_rest else Status.EXHAUSTED),
        "steps": last,
        "step": np.arange(count, dtype=np.int32),
        "x": path[0, :count],
        "y": path[1, :count],
        "loss": path[2, :count],
    }
