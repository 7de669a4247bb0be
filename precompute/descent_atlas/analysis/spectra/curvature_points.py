"""Points at which curvature is measured: a network and its checkpoints under settled rules."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.curvature import MatrixKind, Product, precondition
from descent_atlas.analysis.spectra.network_curvature import NetworkCurvature
from descent_atlas.evaluation.evaluation_rules import Buffers, EvaluationRules
from descent_atlas.evaluation.losses import Function, Loss, Weight
from descent_atlas.evaluation.parameters import ModelError, ParameterSpace
from descent_atlas.evaluation.states import Checkpoint

Scaling = Tensor | Floats | Mapping[str, Tensor] | None
"""The diagonal P of an adaptive rule: positive numbers [P], or by the parameters' names."""

CountReport = Callable[[int], None]
"""Receives the number of products that were made. An exception that it raises ends the work."""


def ignore_count(products: int) -> None:
    """Do nothing."""


class CurvaturePoints:
    """The curvature of a model's loss at checkpoints, by rules that are settled once.

    The arguments are those of `spectrum`; `space` is that of the model's varying parameters, and
    the first of `checkpoints` the origin of the rules. `products` counts the products that were
    made.
    """

    def __init__(
        self,
        space: ParameterSpace,
        loss: Loss | Function,
        batches: Any,
        checkpoints: Sequence[Checkpoint],
        *,
        matrix: MatrixKind,
        weight: Weight | None,
        buffers: Buffers,
        device: torch.device | str,
        report: CountReport,
    ) -> None:
        if matrix not in ("hessian", "gauss-newton"):
            raise ModelError(f'matrix={matrix!r} is neither "hessian" nor "gauss-newton"')
        self.space, self.matrix, self.report, self.products = space, matrix, report, 0
        if self.space.layout.size < 2:
            raise ModelError("a spectrum is of at least 2 parameters, and 1 varies")
        self.rules = EvaluationRules(
            self.space,
            loss,
            batches,
            base=checkpoints[0].read(self.space.model).tensors,
            joined=checkpoints,
            weight=weight,
            buffers=buffers,
            device=device,
        )

    @property
    def size(self) -> int:
        """The number of varying parameters P."""
        return self.space.layout.size

    def multiply_at(self, checkpoint: Checkpoint, scaling: Scaling = None) -> Product:
        """Return the product with the matrix at a checkpoint, preconditioned with a scaling."""
        tensors = checkpoint.read(self.space.model).tensors
        evaluator = self.rules.evaluator
        placed = self.space.place(tensors, None, (), evaluator.device)
        curvature = NetworkCurvature(evaluator, placed, kind=self.matrix)

        def product(vector: Floats) -> Floats:
            self.report(self.products)
            self.products += 1
            found = curvature.multiply(vector)
            if not np.isfinite(found).all():
                raise FloatingPointError("a product is not finite")
            return found

        diagonal = read_scaling(scaling, self.space)
        return product if diagonal is None else precondition(product, diagonal)


def read_scaling(scaling: Scaling, space: ParameterSpace) -> Floats | None:
    """Return a diagonal P as float64[P], None if there is none.

    Raises ModelError unless it has a positive number for each varying parameter.
    """
    if scaling is None:
        return None
    if isinstance(scaling, Mapping):
        missing = [name for name in space.layout.names if name not in scaling]
        if missing:
            raise ModelError(f"the scaling has no numbers for {missing[0]}")
        parts = [scaling[name].detach().cpu().reshape(-1) for name in space.layout.names]
        scaling = torch.cat([part.double() for part in parts])
    if isinstance(scaling, Tensor):
        scaling = scaling.detach().cpu().numpy()
    diagonal = np.asarray(scaling, dtype=np.float64).reshape(-1)
    if len(diagonal) != space.layout.size:
        raise ModelError(
            f"the scaling has {len(diagonal)} numbers for {space.layout.size} varying parameters"
        )
    if not (np.isfinite(diagonal).all() and (diagonal > 0).all()):
        raise ModelError("the scaling holds numbers that are not positive and finite")
    return diagonal
