"""Curvature of a network's loss: products of a matrix of second derivatives with vectors.

The matrix is the Hessian H of the mean cross-entropy over stated images at a point θ, or its
Gauss-Newton part, the mean over images of JᵀH_zJ with the logits z, J = ∂z/∂θ and H_z = ∂²loss/∂z²:
H without the second derivatives of the network itself, and never negative.

A product is exact, H v = ∂(g·v)/∂θ (Pearlmutter 1994), and costs a few passes through the network.
It is computed in float32, as training is, and summed over blocks of images in float64.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.func import functional_call
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.surfaces import check_independent
from descent_atlas.evaluation.losses import check_classification
from descent_atlas.evaluation.modes import evaluating
from descent_atlas.evaluation.parameters import ModelError
from descent_atlas.training.blocks import split_range
from descent_atlas.training.images.datasets import Split
from descent_atlas.training.networks import Layout, mask_frozen

BLOCK_IMAGES = 512
"""Images whose derivatives are computed at once."""

KEPT_BYTES = 512 * 2**20
"""Bytes of derivatives' graphs that are kept between products. Those of a small perceptron on 2,000
images take 60 MB, and halve the time of a product; a graph beyond the limit is built each time."""

Product = Callable[[Floats], Floats]
"""Product of a symmetric matrix with a vector, float64[P]."""

MatrixKind = Literal["hessian", "gauss-newton"]

ONCE = "torch::autograd::Error"
"""How PyTorch names the end of a graph that cannot be differentiated further."""

Tensors = Sequence[Tensor]

BoundProduct = Callable[[Tensors], Tensors]
"""Product with the matrix of one batch's summed loss; one tensor for each varying parameter."""


class CurvatureMatrix:
    """The Hessian or Gauss-Newton matrix of the mean loss at θ, known by its products.

    θ is float32[P]. `batch` are the indices of images of the split; without it, all are used.
    Dropout is off. Rows and columns of frozen parameters are zero. Products are computed on
    `device`, where the network is moved; vectors are the processor's. Raises LossError if the
    network does not classify, or its loss depends on more than parameters and single images.
    """

    def __init__(
        self,
        network: nn.Module,
        layout: Layout,
        theta: Tensor,
        split: Split,
        *,
        batch: Tensor | None = None,
        kind: MatrixKind = "hessian",
        device: torch.device | str = "cpu",
    ) -> None:
        check_independent(network)
        self.device = torch.device(device)
        self.network = network.to(self.device)
        self.layout = layout
        indices = torch.arange(len(split.labels)) if batch is None else batch
        self.split = split.to(self.device)
        self.indices = indices.to(self.device)
        self.kind = kind
        mask = mask_frozen(network)
        self.mask = None if mask is None else mask.to(self.device)
        self.leaf = theta.to(self.device, copy=True).requires_grad_()
        self.blocks = split_range(len(self.indices), BLOCK_IMAGES)
        self.kept: list[BoundProduct] = []
        room = KEPT_BYTES
        for block in self.blocks:
            saved = BytesSaved()
            with saved:
                product = self._differentiate(block)
            room -= saved.total
            if room < 0:
                break
            self.kept.append(product)

    def multiply(self, vector: Floats) -> Floats:
        """Return the product with a vector float64[P]."""
        direction = self._hold_frozen(torch.from_numpy(vector).float().to(self.device))
        total = torch.zeros(self.layout.size, dtype=torch.float64, device=self.device)
        for product in self.kept:
            total += product([direction])[0]
        for block in self.blocks[len(self.kept) :]:
            total += self._differentiate(block)([direction])[0]
        found: Floats = self._hold_frozen(total.div_(len(self.indices))).cpu().numpy()
        return found

    def _hold_frozen(self, vector: Tensor) -> Tensor:
        """Return a vector [P] without the coordinates of frozen parameters."""
        return vector if self.mask is None else vector * self.mask

    def _differentiate(self, block: slice) -> BoundProduct:
        """Return the product with the matrix of the loss summed over a block of images."""
        part = self.indices[block]
        # Fused attention has no second derivative; PyTorch's plain one does.
        with evaluating(self.network), sdpa_kernel(SDPBackend.MATH):
            tensors = self.layout.split(self.leaf)
            logits = functional_call(self.network, tensors, (self.split.inputs(part),))
            check_classification(logits, self.split.labels[part])
            loss = functional.cross_entropy(logits, self.split.labels[part], reduction="sum")
            if self.kind == "hessian":
                return bind_hessian(loss, [self.leaf])
            return bind_gauss_newton(loss, logits, [self.leaf])


def bind_hessian(total: Tensor, leaves: Tensors) -> BoundProduct:
    """Return the product v ↦ ∂(g·v)/∂θ with the gradient g of a summed loss."""
    if not total.requires_grad:
        return multiply_zero(leaves)
    slopes = torch.autograd.grad(total, leaves, create_graph=True, materialize_grads=True)
    curved = [number for number, slope in enumerate(slopes) if slope.requires_grad]
    if not curved:
        return multiply_zero(leaves)
    check_differentiable(slopes[number] for number in curved)

    def product(direction: Tensors) -> Tensors:
        return torch.autograd.grad(
            [slopes[number] for number in curved],
            leaves,
            [direction[number] for number in curved],
            retain_graph=True,
            materialize_grads=True,
        )

    return product


def bind_gauss_newton(total: Tensor, outputs: Tensor, leaves: Tensors) -> BoundProduct:
    """Return the product v ↦ JᵀH_zJv of a summed loss, with J = ∂outputs/∂θ.

    Jᵀu is linear in u, and Jv its derivative: J needs no forward mode, which some layers lack.
    """
    if not total.requires_grad:
        return multiply_zero(leaves)
    (slope,) = torch.autograd.grad(total, outputs, create_graph=True)
    if not slope.requires_grad:  # the loss is linear in the outputs
        return multiply_zero(leaves)
    weights = torch.zeros_like(outputs, requires_grad=True)
    pulled = torch.autograd.grad(
        outputs, leaves, weights, create_graph=True, materialize_grads=True
    )
    used = [number for number, part in enumerate(pulled) if part.requires_grad]

    def product(direction: Tensors) -> Tensors:
        (pushed,) = torch.autograd.grad(
            [pulled[number] for number in used],
            weights,
            [direction[number] for number in used],
            retain_graph=True,
        )
        (curved,) = torch.autograd.grad(slope, outputs, pushed, retain_graph=True)
        return torch.autograd.grad(
            outputs, leaves, curved, retain_graph=True, materialize_grads=True
        )

    return product


def check_differentiable(tensors: Iterable[Tensor]) -> None:
    """Raise ModelError if an operation that can be differentiated once leads to the tensors.

    Autograd would go round it, as if what it depends on were constant.
    """
    waiting = [tensor.grad_fn for tensor in tensors]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        if node.name() == ONCE:
            raise ModelError(
                "PyTorch cannot differentiate the loss twice: a function of its own kind is marked "
                "with once_differentiable"
            )
        further = {other for other, _ in node.next_functions} - seen
        seen |= further
        waiting += further


def multiply_zero(leaves: Tensors) -> BoundProduct:
    """Return the product with the matrix of zeros."""
    return lambda direction: [torch.zeros_like(leaf) for leaf in leaves]


class BytesSaved(saved_tensors_hooks):
    """The bytes that graphs keep which are built within this context, tensors counted repeatedly.

    The count is an upper bound: operations may share a tensor.
    """

    def __init__(self) -> None:
        self.total = 0
        super().__init__(self._count, lambda tensor: tensor)

    def _count(self, tensor: Tensor) -> Tensor:
        self.total += tensor.nbytes
        return tensor.detach()  # the tensor itself would keep its own graph alive


def precondition(product: Product, scaling: Floats) -> Product:
    """Return the product with P^(-½) A P^(-½), given that with A and the diagonal P float64[P].

    It has the eigenvalues of P⁻¹A, and is symmetric.
    """
    root = 1 / scaling**0.5

    def scaled(vector: Floats) -> Floats:
        found: Floats = root * product(root * vector)
        return found

    return scaled
