"""Curvature of any network's loss: products of the Hessian or Gauss-Newton matrix with vectors.

The loss is that of an `Evaluator`: the mean over stated batches, as given, at a point of the
varying parameters, with the buffers that the evaluator's rule gives that point. Running statistics
that are recalibrated are those of the point, and constant under differentiation.

The Hessian H exists for every loss that PyTorch differentiates twice. Its product is exact,
H v = ∂(g·v)/∂θ (Pearlmutter 1994). The Gauss-Newton matrix, Σ JᵀH_zJ with the network's output z,
J = ∂z/∂θ and H_z = ∂²loss/∂z² (Schraudolph 2002), needs to know z: it exists for losses with
`parts`. It is H without the second derivatives of the network itself.

PyTorch raises an error for most operations that it cannot differentiate twice. A few it takes for
linear, such as `torch.cdist` with another norm than the Euclidean one.

Products are computed in the precision of the parameters and summed over batches in float64.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.curvature import (
    KEPT_BYTES,
    BoundProduct,
    BytesSaved,
    MatrixKind,
    Tensors,
    bind_gauss_newton,
    bind_hessian,
)
from descent_atlas.evaluation.batches import BatchesError, move
from descent_atlas.evaluation.losses import LossError, add_up
from descent_atlas.evaluation.parameters import ModelError
from descent_atlas.evaluation.points import Evaluator, do_within


class NetworkCurvature:
    """The Hessian or Gauss-Newton matrix of any network's mean loss, known by its products.

    `parameters` are the varying ones at the point, from `ParameterSpace.place`; `own` are buffers
    to use instead of the evaluator's rule. Rows and columns have the order of the space's layout.
    The model does not change. `batch_count` and `count` are the batches and samples (or weight)
    that the mean is over.

    Raises LossError if the loss has no known meaning or no such matrix, ModelError if PyTorch
    cannot differentiate it twice, BatchesError if there are no batches.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        parameters: Mapping[str, Tensor],
        *,
        kind: MatrixKind = "hessian",
        own: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.evaluator, self.kind = evaluator, kind
        self.layout = evaluator.space.layout
        if kind == "gauss-newton" and evaluator.loss.parts is None:
            raise LossError(
                f"the loss {evaluator.loss.label} is not known as a function of the network's "
                "output, and so has no Gauss-Newton matrix: that of classification, regression, "
                "output_loss or a Loss with parts=… exists; the Hessian exists for every loss"
            )
        buffers = evaluator.settle_buffers(parameters, own)
        self.leaves = [parameters[n].detach().clone().requires_grad_() for n in self.layout.names]
        leaves = dict(zip(self.layout.names, self.leaves, strict=True))
        self.tensors = {**evaluator.fixed, **buffers, **leaves}
        self.kept: list[BoundProduct] = []
        self.batch_count, self.count = 0, 0.0
        room, slopes = KEPT_BYTES, sum(leaf.nbytes for leaf in self.leaves)
        for number, raw in enumerate(evaluator.batches):
            saved = BytesSaved()
            with saved:
                product, count = self._bind(raw, check=not number)
            room -= saved.total + slopes
            if room >= 0:
                self.kept.append(product)
            del product  # the next batch's graph takes its place
            self.batch_count += 1
            self.count += count
        if not self.count:
            raise BatchesError("there are no batches, or they hold no samples")

    @property
    def size(self) -> int:
        """The number of varying parameters P."""
        return self.layout.size

    def multiply(self, vector: Floats) -> Floats:
        """Return the product with a vector float64[P]."""
        parts = self.layout.split(torch.from_numpy(vector))
        direction = [
            parts[name].to(leaf.device, leaf.dtype)
            for name, leaf in zip(self.layout.names, self.leaves, strict=True)
        ]
        total = torch.zeros(self.size, dtype=torch.float64)
        places = list(self.layout.split(total).values())
        for product in self._list_products():
            with differentiating():
                for place, part in zip(places, product(direction), strict=True):
                    place += part.cpu()
        found: Floats = total.div_(self.count).numpy()
        return found

    def _list_products(self) -> Iterator[BoundProduct]:
        """Yield the products with the batches' matrices: those that are kept, and the others."""
        yield from self.kept
        if len(self.kept) < self.batch_count:
            for number, raw in enumerate(self.evaluator.batches):
                if number >= len(self.kept):
                    yield self._bind(raw)[0]

    def _bind(self, raw: Any, *, check: bool = False) -> tuple[BoundProduct, float]:
        """Return the product with the matrix of a batch's summed loss, and what it counts for.

        With `check`, a loss is refused that depends on the parameters otherwise than by the output.
        """
        evaluator, loss, leaves = self.evaluator, self.evaluator.loss, self.leaves

        def work() -> tuple[BoundProduct, float]:
            batch = move(raw, evaluator.device, evaluator.space.precision)
            with torch.enable_grad():
                if self.kind == "hessian":
                    total, count = add_up(loss.function(evaluator.model, batch), batch, loss.weight)
                    return bind_hessian(total, leaves), count
                assert loss.parts is not None
                outputs, value = loss.parts(evaluator.model, batch)
                total, count = add_up(value, batch, loss.weight)
                if check:
                    check_parts(total, outputs, leaves)
                return bind_gauss_newton(total, outputs, leaves), count

        with differentiating():
            return do_within(evaluator.model, self.tensors, work)


@contextmanager
def differentiating() -> Iterator[None]:
    """Choose kernels that can be differentiated twice; say which operation cannot be.

    Fused attention has no second derivative, PyTorch's plain one has. Raises ModelError in place of
    PyTorch's error.
    """
    with sdpa_kernel(SDPBackend.MATH):
        try:
            yield
        except (RuntimeError, NotImplementedError) as error:
            reason = str(error).strip().partition("\n")[0]
            if "derivative" not in reason and "differentiate" not in reason:
                raise
            raise ModelError(f"PyTorch cannot differentiate the loss twice: {reason}") from error


def check_parts(total: Tensor, outputs: Tensor, leaves: Tensors) -> None:
    """Raise LossError unless a loss depends on the parameters through the network's output alone.

    With the slope at the output set to zero, nothing may be left of the gradient.
    """
    if not outputs.requires_grad:
        raise LossError("the network's output has no gradient")
    hook = outputs.register_hook(torch.zeros_like)  # type: ignore[no-untyped-call]
    try:
        past = torch.autograd.grad(total, leaves, retain_graph=True, allow_unused=True)
    finally:
        hook.remove()
    if any(part is not None and bool(part.any()) for part in past):
        raise LossError(
            "the loss depends on the parameters otherwise than through the network's output, and "
            "so has no Gauss-Newton matrix"
        )
