"""Evaluation of a model's loss and metrics at points of its parameter space."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.func import functional_call

from descent_atlas.evaluation.batches import (
    BatchesError,
    check_batches,
    count_samples,
    cut,
    explain_difference,
    move,
)
from descent_atlas.evaluation.buffers import Recalibrated, copy_buffers, recalibrate
from descent_atlas.evaluation.device_memory import HalvingGroups
from descent_atlas.evaluation.losses import (
    Function,
    Loss,
    Metric,
    Total,
    Weight,
    interpret,
    total,
)
from descent_atlas.evaluation.modes import evaluating, multiplying_exactly
from descent_atlas.evaluation.parameters import ModelError, ParameterSpace, list_names
from descent_atlas.evaluation.shared_outputs import sharing_outputs

REPEATABLE = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 1e-2}
"""The relative difference that two evaluations of one point may have, by precision: a sum of 10⁴
terms in another order differs by less."""

COMPOSITION = {torch.float64: 1e-9, torch.float32: 1e-3, torch.bfloat16: 5e-2}
"""The relative difference between a batch's loss and that of its two halves above which the loss
depends on the composition of batches, by precision."""

Result = TypeVar("Result")

FunctionAndWeight = tuple[Function, Weight | None]

RANDOM_LAYERS = (nn.modules.dropout._DropoutNd, nn.RReLU, nn.FractionalMaxPool2d)
"""Layers that draw random numbers."""


class NotRepeatableError(ValueError):
    """A loss that is not the same when it is evaluated twice at one point."""


class _Within(nn.Module):
    """Work that is done while a model has other tensors in place of its own.

    A loss may thereby call any method of the model, not its forward pass alone.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, work: Callable[[], Any]) -> Any:
        """Do the work."""
        return work()


def do_within(
    model: nn.Module, tensors: Mapping[str, Tensor], work: Callable[[], Result]
) -> Result:
    """Return what some work returns while a model has given tensors.

    The model is in evaluation mode, and no gradients are recorded. Whatever happens, the model
    has its own tensors and modes again.
    """
    named = {f"model.{name}": tensor for name, tensor in tensors.items()}
    with evaluating(model), multiplying_exactly(), torch.no_grad():
        result: Result = functional_call(_Within(model), named, (work,))
    return result


class Evaluator:
    """A model's loss and metrics over batches, at any point of its parameter space.

    `base` is the state (parameters and buffers by name) whose fixed parameters and buffers every
    point has. `evaluations` counts the points.
    """

    def __init__(
        self,
        space: ParameterSpace,
        loss: Loss,
        batches: Any,
        *,
        base: Mapping[str, Tensor],
        metrics: Mapping[str, Metric] | None = None,
        buffers: Recalibrated | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.space, self.loss, self.metrics = space, loss, dict(metrics or {})
        self.model = space.model
        self.batches = check_batches(batches)
        self.buffers = buffers
        self.device = torch.device(device)
        self.fixed = {
            name: self._cast(base.get(name, own).detach()) for name, own in space.fixed.items()
        }
        self.own_buffers = {
            name: base.get(name, own).detach() for name, own in self.model.named_buffers()
        }
        self.groups: HalvingGroups | None = None  # once memory ran out
        self.evaluations = 0
        self.batch_count = 0

    def _cast(self, tensor: Tensor) -> Tensor:
        """Return a tensor on the device, in the precision that was asked for."""
        precision = self.space.precision if tensor.is_floating_point() else None
        return tensor.to(self.device, precision)

    def at(
        self, parameters: Mapping[str, Tensor], own: Mapping[str, Tensor] | None = None
    ) -> dict[str, Total]:
        """Return the totals of "loss" and every metric at a point.

        `parameters` are the varying ones, from `ParameterSpace.place`. `own` are buffers to use
        instead of the rule's. Raises BatchesError if there are no batches, ModelError if the model
        changes its buffers in evaluation mode.
        """
        buffers = self.settle_buffers(parameters, own)

        def work() -> dict[str, Total]:
            before = {name: tensor.clone() for name, tensor in self.model.named_buffers()}
            sums = self._sum()
            changed = [
                name
                for name, tensor in self.model.named_buffers()
                if not equal_bits(tensor, before[name])
            ]
            if changed:
                raise ModelError(
                    f"the model changes itself in evaluation mode (the buffer "
                    f"{list_names(changed)}), so that its loss is no function of its parameters"
                )
            return sums

        sums = do_within(self.model, {**self.fixed, **parameters, **buffers}, work)
        self.evaluations += 1
        return sums

    def settle_buffers(
        self, parameters: Mapping[str, Tensor], own: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Return the buffers that a point has by the rule: copies, on the device.

        `own` are buffers to use instead of the rule's.
        """
        given = self.own_buffers if own is None else own
        buffers = copy_buffers(given, self.device, self.space.precision)
        if own is None and self.buffers is not None:
            tensors = {**self.fixed, **parameters, **buffers}
            do_within(self.model, tensors, lambda: self._recalibrate(buffers))
        return buffers

    def at_many(self, points: Sequence[Mapping[str, Tensor]]) -> list[dict[str, Total]]:
        """Return the totals at several points, which `torch.vmap` evaluates at once.

        If the device's memory does not suffice, they are evaluated in halves, and so are later
        ones. They differ from those of `at` by rounding. Raises whatever `vmap` raises for a
        network or a loss that it does not support, ModelError if running statistics are
        recalibrated.
        """
        if self.buffers is not None:
            raise ModelError("running statistics are computed anew at each point")
        groups = self.groups or HalvingGroups(len(points))
        found = list(groups.work(points, self._vmap))
        if groups.size < len(points):
            self.groups = groups
        return found

    def _vmap(self, points: Sequence[Mapping[str, Tensor]]) -> list[dict[str, Total]]:
        stacked = {
            f"model.{name}": torch.stack([point[name] for point in points]) for name in points[0]
        }
        shared = {**self.fixed, **copy_buffers(self.own_buffers, self.device, self.space.precision)}
        named = {f"model.{name}": tensor for name, tensor in shared.items()}
        functions = self._list_functions()
        sums = [{name: Total(0.0, 0.0) for name in functions} for _ in points]
        within = _Within(self.model)
        with evaluating(self.model), multiplying_exactly(), torch.no_grad():
            for raw in self.batches:
                batch = move(raw, self.device, self.space.precision)
                values = torch.vmap(
                    lambda varying, batch=batch: functional_call(
                        within,
                        {**named, **varying},
                        (lambda: self._call(functions, batch),),
                    )
                )(stacked)
                for index, own in enumerate(sums):
                    for name, (_, weight) in functions.items():
                        value = pick_point(values[name], index)
                        own[name] = add(own[name], interpret(value, batch, weight))
        self.evaluations += len(points)
        return sums

    def _call(self, functions: Mapping[str, FunctionAndWeight], batch: Any) -> dict[str, Any]:
        """Return what loss and metrics return for a batch, as tensors."""
        values = {name: function(self.model, batch) for name, (function, _) in functions.items()}
        return {
            name: tuple(torch.as_tensor(part, device=self.device) for part in value)
            if isinstance(value, tuple)
            else value
            for name, value in values.items()
        }

    def find_obstacle(self, point: Mapping[str, Tensor]) -> str | None:
        """Return why several points cannot be evaluated at once, or None if they can."""
        alone = self.at(point)
        try:
            together = self.at_many([point, point])
        except Exception as error:  # vmap may raise anything within the user's functions
            return str(error).strip().partition("\n")[0]
        tolerance = max(REPEATABLE[self.space.coarsest], REPEATABLE[torch.float32])
        for name, value in alone.items():
            for other in together:
                if not is_close(value.mean, other[name].mean, tolerance):
                    return f"the {name} would be {other[name].mean:.6g} instead of {value.mean:.6g}"
        return None

    def _list_functions(self) -> dict[str, FunctionAndWeight]:
        """Return loss and metrics by name, each with its weight."""
        functions: dict[str, FunctionAndWeight] = {"loss": (self.loss.function, self.loss.weight)}
        functions |= {name: (each.function, each.weight) for name, each in self.metrics.items()}
        return functions

    def _recalibrate(self, buffers: dict[str, Tensor]) -> None:
        """Compute running statistics in `buffers`, which the model has at the moment."""
        assert self.buffers is not None
        moved = (move(batch, self.device, self.space.precision) for batch in self.buffers.take())
        recalibrate(self.model, buffers, moved, lambda batch: self.loss.function(self.model, batch))

    def _sum(self) -> dict[str, Total]:
        """Return the totals over the batches. Raises BatchesError if there are none."""
        functions = self._list_functions()
        sums = {name: Total(0.0, 0.0) for name in functions}
        count = 0
        for raw in self.batches:
            count += 1
            batch = move(raw, self.device, self.space.precision)
            with sharing_outputs():
                for name, (function, weight) in functions.items():
                    sums[name] = add(sums[name], total(function, self.model, batch, weight))
        if not count and self.batch_count:
            raise BatchesError(
                "the batches are exhausted after one pass: pass a list of them, or a DataLoader"
            )
        if not count or not sums["loss"].count:
            raise BatchesError("there are no batches, or they hold no samples")
        if self.batch_count and count != self.batch_count:
            raise BatchesError(
                f"the collection gave {self.batch_count} batches at first and {count} then"
            )
        self.batch_count = count
        return sums

    def check_origin(self, parameters: Mapping[str, Tensor]) -> dict[str, Total]:
        """Return the totals at the origin, evaluated twice.

        Raises ModelError if the loss there is not finite, NotRepeatableError if the two differ.
        """
        first = self.at(parameters)
        if not math.isfinite(first["loss"].mean):
            raise ModelError(f"the loss at the origin is {first['loss'].mean}: it is not finite")
        self.compare(first, self.at(parameters))
        return first

    def compare(self, first: Mapping[str, Total], again: Mapping[str, Total]) -> None:
        """Raise NotRepeatableError, with the likely cause, if a point's two evaluations differ."""
        tolerance = REPEATABLE[self.space.coarsest]
        if self.device.type != "cpu":
            tolerance = max(tolerance, REPEATABLE[torch.float32])
        for name, value in first.items():
            if not is_close(value.mean, again[name].mean, tolerance):
                raise NotRepeatableError(
                    f"the {'loss' if name == 'loss' else f'metric {name}'} at the origin is "
                    f"{value.mean:.6g} and then {again[name].mean:.6g}: {self.diagnose()}"
                )

    def diagnose(self) -> str:
        """Return why two evaluations of one point differ, most probably."""
        cause = explain_difference(self.batches)
        if cause is not None:
            return cause
        layers = [
            name for name, module in self.model.named_modules() if isinstance(module, RANDOM_LAYERS)
        ]
        known = f" ({list_names(layers)})" if layers else ""
        return (
            f"the batches are the same, so the model or the loss is random: dropout{known} that is "
            "on in evaluation mode (functional.dropout needs training=self.training), noise, or "
            "something that it counts"
        )

    def depends_on_composition(self, parameters: Mapping[str, Tensor]) -> bool | None:
        """Tell whether a sample's loss depends on the others of its batch.

        The first batch of at least two samples is compared with its halves. None if batches cannot
        be cut.
        """
        buffers = copy_buffers(self.own_buffers, self.device, self.space.precision)

        def work() -> bool | None:
            for raw in self.batches:
                batch = move(raw, self.device, self.space.precision)
                try:
                    samples = count_samples(batch)
                    if samples < 2:
                        continue
                    parts = [slice(0, samples // 2), slice(samples // 2, samples)]
                    whole = self._total(batch)
                    halves = [self._total(cut(batch, part)) for part in parts]
                except Exception:  # the user's functions may need whole batches
                    return None
                joined = Total(sum(half.sum for half in halves), sum(half.count for half in halves))
                return not is_close(whole.mean, joined.mean, COMPOSITION[self.space.coarsest])
            return None

        return do_within(self.model, {**self.fixed, **parameters, **buffers}, work)

    def _total(self, batch: Any) -> Total:
        return total(self.loss.function, self.model, batch, self.loss.weight)

    def evaluate_line(
        self,
        origin: Tensor,
        directions: Tensor,
        coordinates: Iterable[Sequence[float]],
        report: Callable[[float], None] = lambda fraction: None,
    ) -> dict[str, list[float]]:
        """Return the means at θ* + Σ cᵢ vᵢ for each of some coordinates, by name.

        `report` is called with the fraction done before each point.
        """
        points = list(coordinates)
        means: dict[str, list[float]] = {name: [] for name in ("loss", *self.metrics)}
        for index, point in enumerate(points):
            report(index / len(points))
            sums = self.at(self.space.place(origin, directions, point, self.device))
            for name, value in sums.items():
                means[name].append(value.mean)
        return means


def add(one: Total, other: Total) -> Total:
    """Return the sum of two totals."""
    return Total(one.sum + other.sum, one.count + other.count)


def pick_point(value: Any, index: int) -> Any:
    """Return what a loss returned at one of several points."""
    return tuple(part[index] for part in value) if isinstance(value, tuple) else value[index]


def is_close(a: float, b: float, tolerance: float) -> bool:
    """Tell whether two numbers agree to a relative tolerance; NaN and infinity equal themselves."""
    if not (math.isfinite(a) and math.isfinite(b)):
        return a == b or (math.isnan(a) and math.isnan(b))
    return abs(a - b) <= tolerance * max(abs(a), abs(b))


def equal_bits(a: Tensor, b: Tensor) -> bool:
    """Tell whether two tensors are equal; NaN equals itself."""
    if not a.is_floating_point():
        return bool(torch.equal(a, b))
    return bool(torch.equal(a.nan_to_num(), b.nan_to_num()))
