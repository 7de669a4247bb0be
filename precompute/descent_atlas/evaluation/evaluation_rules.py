"""What the loss of a network is at a point: which batches, buffers, precision and device.

The rules are settled once, before the first point, and stand beside the picture.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from descent_atlas.evaluation.batches import BatchesError, check_batches, count_samples
from descent_atlas.evaluation.buffers import Recalibrated, name_statistics
from descent_atlas.evaluation.device_memory import find_group_size
from descent_atlas.evaluation.losses import (
    Function,
    Loss,
    Metric,
    Total,
    Weight,
    as_loss,
    check_metrics,
)
from descent_atlas.evaluation.parameters import (
    PRECISIONS,
    ModelError,
    ParameterSpace,
    Pattern,
    list_names,
)
from descent_atlas.evaluation.points import Evaluator
from descent_atlas.evaluation.states import Checkpoint, find_differing_buffers
from descent_atlas.training.networks import unwrap

Buffers = Literal["frozen"] | Recalibrated | None
"""What happens to buffers; None chooses by whether those of the joined networks differ."""

PointsAtOnce = int | Literal["auto"]
"""How many points are evaluated at once; "auto" are as many as a GPU's memory holds, and elsewhere
one."""

COUNTED_BY_THE_LOSS = "the loss’s own counts"

RESERVED = ("t", "convexity.")
"""How names of metrics cannot begin, as other arrays are called so (`t` is the whole of a name)."""


@dataclass(frozen=True)
class Facts:
    """What the picture says of its evaluation.

    `policy`, `recalibration_batches` and `why` are those of the buffers. `notes` are sentences on
    what a reader may not expect.
    """

    samples: float
    weight: str
    composition: Literal["independent", "as given", "unknown"]
    policy: Literal["none", "frozen", "recalibrated"]
    recalibration_batches: int | None
    why: str
    points_at_once: int
    notes: tuple[str, ...]


class EvaluationRules:
    """A model's loss and metrics at points, by rules that are settled once.

    `joined` are the networks that a plane or segment joins, its origin first; `base` are the
    origin's tensors. Construction evaluates the origin twice, and raises what `Evaluator` raises if
    it cannot be evaluated, or not repeatedly.
    """

    def __init__(
        self,
        space: ParameterSpace,
        loss: Loss | Function,
        batches: Any,
        *,
        base: Mapping[str, Tensor],
        joined: Sequence[Checkpoint],
        metrics: Mapping[str, Metric] | None = None,
        weight: Weight | None = None,
        buffers: Buffers = None,
        device: torch.device | str = "cpu",
        points_at_once: PointsAtOnce = 1,
    ) -> None:
        self.space, self.base, self.joined = space, base, tuple(joined)
        self.loss = as_loss(loss, weight)
        self.metrics = check_names(check_metrics(metrics))
        given = check_batches(batches)
        notes: list[str] = []
        rule, policy, why = self._choose_buffers(buffers, given, notes)
        self.evaluator = Evaluator(
            space,
            self.loss,
            given,
            base=base,
            metrics=self.metrics,
            buffers=rule,
            device=check_device(device),
        )
        self.origin = self.evaluator.check_origin(self._place_origin())
        self.facts = Facts(
            samples=self.origin["loss"].count,
            weight=self._name_weight(given),
            composition=self._judge_composition(),
            policy=policy,
            recalibration_batches=sum(1 for _ in rule.take()) if rule is not None else None,
            why=why,
            points_at_once=self._choose_points_at_once(points_at_once, notes),
            notes=tuple(notes),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The loss and the metrics, in the order of an evaluation's numbers."""
        return ("loss", *self.metrics)

    def _place_origin(self) -> dict[str, Tensor]:
        """Return the varying parameters of the origin: a copy, which is not kept."""
        return self.space.place(self.base, None, (), self.evaluator.device)

    def _choose_buffers(
        self, wanted: object, batches: Any, notes: list[str]
    ) -> tuple[Recalibrated | None, Literal["none", "frozen", "recalibrated"], str]:
        """Return the rule for running statistics, its name and its reason; add notes."""
        model, origin = self.space.model, self.joined[0].name
        if not (wanted is None or wanted == "frozen" or isinstance(wanted, Recalibrated)):
            raise ModelError(
                f'buffers are "frozen", Recalibrated(batches, count) or None, not {wanted!r}'
            )
        buffers = dict(model.named_buffers())
        kept = [name for name in model.state_dict() if name in buffers]
        statistics = {n for n in name_statistics(model) if not n.endswith("num_batches_tracked")}
        differing = find_differing_buffers(self.joined, kept, model)
        self.statistics_differ = [name for name in differing if name in statistics]
        others = [n for n in differing if n not in name_statistics(model)]
        fixed = find_differing_buffers(self.joined, list(self.space.fixed), model)
        for kind, names in (("buffers", others), ("parameters that do not vary,", fixed)):
            if names:
                notes.append(
                    f"The networks differ in {kind} {list_names(names)}; every point has those of "
                    f"{origin}."
                )
        self.others_differ = bool(others or fixed)
        if isinstance(wanted, Recalibrated):
            if not statistics:
                raise ModelError("the network keeps no running statistics to recalibrate")
            return wanted, "recalibrated", "Recalibration was asked for."
        if wanted is None and self.statistics_differ:
            why = (
                f"The networks’ running statistics differ ({list_names(self.statistics_differ)}); "
                "they are computed from the first batches of the loss."
            )
            return Recalibrated(batches), "recalibrated", why
        if self.statistics_differ:
            notes.append(
                "The networks’ running statistics differ, and every point has those of "
                f"{origin}: only there is the loss the network’s own."
            )
        if not buffers:
            return None, "none", "The network has no buffers."
        if not statistics:
            return None, "frozen", "The buffers are constant."
        return None, "frozen", f"Every point has the running statistics of {origin}."

    def _name_weight(self, batches: Any) -> str:
        """Return what a mean counts."""
        if self.loss.weight is not None:
            return str(getattr(self.loss.weight, "__name__", type(self.loss.weight).__name__))
        try:
            samples = sum(count_samples(batch) for batch in batches)
        except BatchesError:
            return COUNTED_BY_THE_LOSS
        return "samples" if samples == self.origin["loss"].count else COUNTED_BY_THE_LOSS

    def _judge_composition(self) -> Literal["independent", "as given", "unknown"]:
        """Return whether a sample's loss depends on the others of its batch."""
        depends = self.evaluator.depends_on_composition(self._place_origin())
        if depends is None:
            return "unknown"
        return "as given" if depends else "independent"

    def _choose_points_at_once(self, wanted: PointsAtOnce, notes: list[str]) -> int:
        """Return how many points are evaluated at once; note why they are fewer than wanted."""
        is_auto = wanted == "auto"
        if not is_auto and (not isinstance(wanted, int) or wanted < 1):
            raise ModelError(f'vmap={wanted!r}: at least 1 point is evaluated at once, or "auto"')
        device = self.evaluator.device
        if wanted == 1 or (is_auto and device.type != "cuda"):
            return 1
        origin = self._place_origin()
        obstacle = self.evaluator.find_obstacle(origin)
        if obstacle is None and is_auto:
            wanted = find_group_size(device, lambda: self.evaluator.at_many([origin]))
        if obstacle is None:
            return int(wanted)
        notes.append(f"Points are evaluated one at a time, as vmap cannot: {obstacle}")
        return 1

    def measure(self, parameters: Mapping[str, Tensor]) -> list[float]:
        """Return the loss and the metrics at a point."""
        return self._list_means(self.evaluator.at(parameters))

    def measure_many(self, points: Sequence[Mapping[str, Tensor]]) -> list[list[float]]:
        """Return the loss and the metrics at several points, which are evaluated at once."""
        return [self._list_means(sums) for sums in self.evaluator.at_many(points)]

    def measure_network(self, checkpoint: Checkpoint, *, own: bool = False) -> list[float]:
        """Return the loss and the metrics of a network.

        With `own`, its buffers and parameters that do not vary are its own, as in `eval()`.
        """
        tensors = checkpoint.read(self.space.model).tensors
        device = self.evaluator.device
        parameters = self.space.place(tensors, None, (), device)
        if not own:
            return self.measure(parameters)
        fixed = {
            name: tensors[name].to(device, tensor.dtype)
            for name, tensor in self.evaluator.fixed.items()
        }
        names = [name for name in self.evaluator.own_buffers if name in tensors]
        buffers = {**self.evaluator.own_buffers, **{name: tensors[name] for name in names}}
        return self._list_means(self.evaluator.at({**fixed, **parameters}, buffers))

    def differs_from_own(self, checkpoint: Checkpoint) -> bool:
        """Tell whether a joined network's own loss may be another than that of the rules."""
        if self.facts.policy == "recalibrated":
            return True
        differs = bool(self.statistics_differ) or self.others_differ
        return differs and checkpoint is not self.joined[0]

    def compare_origin(self) -> None:
        """Evaluate the origin again. Raises NotRepeatableError if it differs."""
        self.evaluator.compare(self.origin, self.evaluator.at(self._place_origin()))

    def _list_means(self, sums: Mapping[str, Total]) -> list[float]:
        return [sums[name].mean for name in self.names]

    def describe(self) -> dict[str, Any]:
        """Return the evaluation as a manifest has it, but for the directions' normalization."""
        space, facts = self.space, self.facts
        parameters = dict(space.model.named_parameters())
        pattern = [space.pattern] if isinstance(space.pattern, str) else space.pattern
        return {
            "loss": self.loss.label,
            "unit": self.loss.unit,
            "samples": facts.samples,
            "batches": self.evaluator.batch_count,
            "weight": facts.weight,
            "composition": facts.composition,
            "precision": space.precision_name,
            "device": name_device(self.evaluator.device),
            "parameters": {
                "patterns": None if pattern is None else list(pattern),
                "varying": space.layout.size,
                "total": sum(each.numel() for each in parameters.values()),
                "frozen": sum(p.numel() for p in parameters.values() if not p.requires_grad),
            },
            "buffers": {
                "policy": facts.policy,
                "batches": facts.recalibration_batches,
                "why": facts.why,
            },
            "normalization": None,
            "one_dimensional": None,
            "points_at_once": facts.points_at_once,
            "notes": list(facts.notes),
            "torch": torch.__version__,
        }

    def describe_metrics(self) -> list[dict[str, Any]]:
        """Return the metrics as a manifest has them, the loss first."""
        loss = {"id": "loss", "label": "loss", "higher_is_better": False, "unit": "number"}
        others = [
            {
                "id": name,
                "label": name,
                "higher_is_better": metric.higher_is_better,
                "unit": metric.unit,
            }
            for name, metric in self.metrics.items()
        ]
        return [loss, *others]


def open_space(
    model: Any, parameters: Pattern, precision: torch.dtype | str | None
) -> ParameterSpace:
    """Return the space of a model's varying parameters.

    `precision` is a type or its name. Raises ModelError if there is none.
    """
    if not isinstance(model, torch.nn.Module):
        raise ModelError(f"a model is a torch.nn.Module, not a {type(model).__name__}")
    if isinstance(precision, str):
        names = {str(each).removeprefix("torch."): each for each in PRECISIONS}
        if precision not in names:
            raise ModelError(f"the precision {precision!r} is none of {', '.join(names)}")
        precision = names[precision]
    return ParameterSpace(unwrap(model), parameters, precision)


def check_names(metrics: dict[str, Metric]) -> dict[str, Metric]:
    """Return metrics. Raises ModelError if a name is taken by other arrays of a landscape."""
    for name in metrics:
        if not name or name == RESERVED[0] or name.startswith(RESERVED[1]):
            raise ModelError(f"a metric cannot be called {name!r}")
    return metrics


def check_device(device: torch.device | str) -> torch.device:
    """Return a device. Raises ModelError if this machine has none of its kind."""
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(f"the device {device} cannot be used: {reason}") from error
    return found


def name_device(device: torch.device) -> str:
    """Return a device's name, of a GPU with its model."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return str(device)


def describe_network(space: ParameterSpace) -> dict[str, Any]:
    """Return a network as a manifest has it."""
    parameters = dict(space.model.named_parameters())
    return {
        "factory": type(space.model).__name__,
        "options": {},
        "parameters": sum(each.numel() for each in parameters.values()),
        "tensors": [{"name": name, "shape": list(p.shape)} for name, p in parameters.items()],
    }
