"""Loss and metrics of a run's network at points of its parameter space, by the rules of its study.

Images that a network without buffers classifies are evaluated in the fast ways of
`analysis.surfaces`; everything else one point after another, by `evaluation.points`. Which of the
two is chosen depends on study, data and network alone.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain, islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.planes import ParameterPlane
from descent_atlas.analysis.progress import Report, ignore
from descent_atlas.analysis.stack_products import evaluate_stack_on_device
from descent_atlas.analysis.surfaces import count_together, evaluate_in_plane, evaluate_points
from descent_atlas.evaluation.buffers import Recalibrated, find_normalizations
from descent_atlas.evaluation.device_memory import HalvingGroups, find_group_size
from descent_atlas.evaluation.losses import Total
from descent_atlas.evaluation.parameters import ParameterSpace
from descent_atlas.evaluation.points import Evaluator
from descent_atlas.study.measures import (
    BLOCK_SAMPLES,
    Measures,
    StudyDataset,
    StudySplit,
    choose_samples,
    cut_batches,
)
from descent_atlas.training.images.datasets import ImageDataset, Split
from descent_atlas.training.loops.batch_order import epoch_order
from descent_atlas.training.loops.process_state import repeat_kernels
from descent_atlas.training.networks import construct
from descent_atlas.training.relu_stacks import LayerNames, find_relu_stack
from descent_atlas.training.runs import TrainingRun

USUAL_METRICS = ("loss", "accuracy")
"""What the fast ways compute."""


class PointMeasures:
    """The loss and the metrics of a run's network over samples, at any parameters.

    With buffers that are frozen, every point has those of the run's end. Recalibrated running
    statistics are computed at each point from the first `recalibration_batches` batches of the
    training set: of images, in a fixed random order.
    """

    def __init__(self, run: TrainingRun, dataset: StudyDataset, measures: Measures) -> None:
        self.run, self.dataset, self.measures = run, dataset, measures
        self.network = construct(run.factory, int(run.spec.get("seed", 0)), run.options)
        self.are_fast = measures.suit_images(dataset, self.network)
        self.device = torch.device(measures.device)

    @property
    def names(self) -> tuple[str, ...]:
        """The loss and the metrics' ids."""
        return ("loss", *(metric.id for metric in self.measures.metrics))

    @property
    def together(self) -> int:
        """How many neighbouring points are computed together, see `count_together`."""
        return count_together(self.network) if self.are_fast else 1

    def in_plane(
        self,
        plane: ParameterPlane,
        coordinates: Floats,
        samples: StudySplit,
        batch: Tensor | None = None,
        report: Report = ignore,
    ) -> dict[str, Floats]:
        """Return the means at θ* + αv + βη for each row (α, β) of `coordinates`, float64[m, 2].

        `batch` are the indices of some of the samples. `report` is called with the fraction done.
        """
        if self.are_fast:
            assert isinstance(samples, Split)
            return evaluate_in_plane(
                self.network,
                self.run.layout,
                plane.origin,
                plane.directions,
                coordinates,
                samples,
                batch=batch,
                report=report,
            )._asdict()
        basis = torch.stack([plane.origin, *plane.directions]).double()  # (3, P)
        coefficients = torch.ones(len(coordinates), 3, dtype=torch.float64)
        coefficients[:, 1:] = torch.as_tensor(coordinates)
        stack = self._find_large_products()
        if stack is not None:
            assert isinstance(samples, Split)
            split = samples if batch is None else samples.choose(batch)
            with repeat_kernels(self.device):
                return evaluate_stack_on_device(
                    stack, self.run.layout, basis, coefficients, split, self.device, report
                )._asdict()
        thetas = report_each(((row @ basis).float() for row in coefficients), report, coefficients)
        return self._evaluate(thetas, samples, batch)

    def along(
        self, thetas: Iterable[Tensor], samples: StudySplit, batch: Tensor | None = None
    ) -> dict[str, Floats]:
        """Return the means at parameters float32[P], of which few are held at a time."""
        if self.are_fast:
            assert isinstance(samples, Split)
            return evaluate_points(self.network, thetas, samples, batch=batch)._asdict()
        return self._evaluate(thetas, samples, batch)

    def _evaluate(
        self, thetas: Iterable[Tensor], samples: StudySplit, batch: Tensor | None
    ) -> dict[str, Floats]:
        evaluator = self.open(samples if batch is None else choose_samples(samples, batch))
        columns: dict[str, list[float]] = {name: [] for name in self.names}

        def measure(group: Sequence[Tensor]) -> Sequence[dict[str, Total]]:
            points = [self._place(self.run.layout.split(theta.float())) for theta in group]
            return evaluator.at_many(points) if len(points) > 1 else [evaluator.at(points[0])]

        source = iter(thetas)
        first = list(islice(source, 1))
        with repeat_kernels(self.device):
            groups = HalvingGroups(self._count_at_once(evaluator, first))
            for sums in groups.work(chain(first, source), measure):
                for name, value in sums.items():
                    columns[name].append(value.mean)
        return {name: np.array(column, dtype=np.float64) for name, column in columns.items()}

    def _count_at_once(self, evaluator: Evaluator, first: Sequence[Tensor]) -> int:
        """Return how many points are evaluated at once: on a GPU as many as its memory holds."""
        if self.device.type != "cuda" or evaluator.buffers is not None or not first:
            return 1
        point = self._place(self.run.layout.split(first[0].float()))
        if evaluator.find_obstacle(point) is not None:
            return 1
        return find_group_size(self.device, lambda: evaluator.at_many([point]))

    def _find_large_products(self) -> Sequence[LayerNames] | None:
        """Return the layers of a stack that a GPU evaluates in large products; None elsewhere."""
        is_plain = (
            self.measures.are_usual
            and self.device.type == "cuda"
            and isinstance(self.dataset, ImageDataset)
            and next(self.network.buffers(), None) is None
        )
        return find_relu_stack(self.network) if is_plain else None

    def _place(self, parameters: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return parameters on the device."""
        return {name: each.to(self.measures.device) for name, each in parameters.items()}

    def open(self, samples: StudySplit) -> Evaluator:
        """Return what evaluates the loss and the metrics over samples."""
        return Evaluator(
            self.space,
            self.measures.find_loss(),
            cut_batches(samples.to(torch.device(self.measures.device))),
            base=self.run.buffers,
            metrics=self.measures.find_metrics(),
            buffers=self.recalibrated,
            device=self.measures.device,
        )

    @cached_property
    def space(self) -> ParameterSpace:
        """The network's parameters."""
        self.network.to(self.measures.device)
        return ParameterSpace(self.network)

    @cached_property
    def recalibrated(self) -> Recalibrated | None:
        """How running statistics are computed at each point; None if they are not."""
        if self.measures.buffers == "frozen" or not find_normalizations(self.network):
            return None
        train, count = self.dataset.train, self.measures.recalibration_batches
        if isinstance(train, Split):
            order = epoch_order(0, 0, train.size)
            train = train.choose(order[: count * BLOCK_SAMPLES])
        return Recalibrated(cut_batches(train.to(torch.device(self.measures.device))), count)

    def describe(self, plane_kind: str) -> dict[str, Any] | None:
        """Return the entry `evaluation` of a manifest; None for the fast ways, which have none."""
        if self.are_fast:
            return None
        loss, train = self.measures.find_loss(), self.dataset.train
        evaluator = self.open(train)
        own = {
            **dict(self.network.named_parameters()),
            **dict(self.network.named_buffers()),
        }
        depends: bool | None = False
        if not isinstance(train, Split):
            moving = {name: own[name] for name in self.space.dtypes}
            depends = evaluator.depends_on_composition(moving)
        parameters = list(self.network.parameters())
        varying = sum(each.numel() for each in parameters if each.requires_grad)
        total = sum(each.numel() for each in parameters)
        recalibrated = self.recalibrated
        return {
            "loss": loss.label,
            "unit": loss.unit,
            "samples": float(train.size),
            "batches": sum(1 for _ in cut_batches(train)),
            "weight": "samples"
            if loss.weight is None
            else getattr(loss.weight, "__name__", type(loss.weight).__name__),
            "composition": {None: "unknown", False: "independent", True: "as given"}[depends],
            "precision": "float32",
            "device": self.measures.device,
            "parameters": {
                "patterns": None,
                "varying": varying,
                "total": total,
                "frozen": total - varying,
            },
            "buffers": self._describe_buffers(recalibrated),
            "normalization": "filter" if plane_kind == "random" else None,
            "one_dimensional": "zero" if plane_kind == "random" else None,
            "torch": str(torch.__version__),
        }

    def _describe_buffers(self, recalibrated: Recalibrated | None) -> dict[str, Any]:
        if recalibrated is not None:
            return {
                "policy": "recalibrated",
                "batches": min(recalibrated.count, len(recalibrated.batches)),
                "why": "the snapshots of a run have running statistics of their own",
            }
        if next(self.network.buffers(), None) is None:
            return {"policy": "none", "batches": None, "why": "the network has no buffers"}
        normalizes = bool(find_normalizations(self.network))
        return {
            "policy": "frozen",
            "batches": None,
            "why": "the study asks for those of the run's end"
            if normalizes
            else "no buffer holds running statistics",
        }


def report_each(thetas: Iterable[Tensor], report: Report, of: Tensor) -> Iterable[Tensor]:
    """Yield parameters; report before each the fraction of them that has been taken."""
    for index, theta in enumerate(thetas):
        report(index / len(of))
        yield theta
