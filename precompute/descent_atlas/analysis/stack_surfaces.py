"""Loss and accuracy of stacks of linear layers with ReLU, at many points at once.

The first layer is affine in its weights. Its pre-activation at θ* + αv + βη is therefore
A + αB + βC: three products with the images serve a whole grid. The layers after it are computed for
blocks of images × points whose activations stay in the processor's cache.

All of it is as fast on one thread as it gets. One process a core, with `torch.set_num_threads(1)`,
is faster than one process with many threads.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from descent_atlas.analysis.array_types import Floats32
from descent_atlas.analysis.point_values import PointValues, Sums, divide_by_images, zero_sums
from descent_atlas.analysis.surface_kernels import (
    add_bias,
    add_losses_and_answers,
    combine_terms,
)
from descent_atlas.training.blocks import split_range
from descent_atlas.training.images.datasets import Split
from descent_atlas.training.networks import Layout
from descent_atlas.training.relu_stacks import LayerNames

IMAGES = 256
"""Images in a block."""

POINTS = 16
"""Points in a block: with 64 hidden units, the activations of 256 images × 16 points take 1 MB,
which stays in a core's second-level cache."""

SHARD_BYTES = 2**28
"""Memory for the first layer's A, B and C. Further images are computed in another round."""

Item = TypeVar("Item")


def evaluate_stack_in_plane(
    stack: Sequence[LayerNames],
    layout: Layout,
    basis: Tensor,
    coefficients: Tensor,
    split: Split,
    report: Callable[[float], None],
) -> PointValues:
    """Evaluate a stack at the points `coefficients` @ `basis`, float64[m, 3] @ float64[3, P].

    `report` is called with the fraction done; an exception that it raises ends the evaluation.
    """
    first, *rest = read_layers(stack, layout, basis)
    scales = powers_of_two(first)
    weight, bias = ((part / scales.view(3, 1, 1)).float() for part in first)
    width = weight.shape[1]
    sums = zero_sums(len(coefficients))
    workspace = Workspace()
    per_shard = max(1, SHARD_BYTES // (3 * width * IMAGES * 4))
    points = split_range(len(coefficients), POINTS)
    shards = list(batched(blocks_of_one_class(split.labels), per_shard))
    for i, shard in enumerate(shards):
        terms = [
            (label, preactivate(weight, bias, split.inputs(block)).numpy())
            for label, block in shard
        ]
        for j, block in enumerate(points):
            report((i + j / len(points)) / len(shards))
            layers = [
                BatchedLinear(*(combine_basis(coefficients[block], part) for part in layer))
                for layer in rest
            ]
            factors = (coefficients[block] * scales).float().numpy()
            for label, abc in terms:
                z = workspace.buffer("z", len(factors), *abc.shape[1:])
                combine_terms(factors, abc, floor_before(layers), z.array)
                own = Sums(sums.loss[block], sums.correct[block])
                workspace.add_scores(z, layers, label, own)
    return divide_by_images([sums], len(split.labels))


def evaluate_stack_at(
    stack: Sequence[LayerNames], layout: Layout, thetas: Iterable[Tensor], split: Split
) -> PointValues:
    """Evaluate a stack at parameter vectors float32[P], of which `POINTS` are held at a time."""
    blocks = blocks_of_one_class(split.labels)
    workspace = Workspace()
    found = []
    for points in batched(thetas, POINTS):
        first, *layers = read_layers(stack, layout, torch.stack(points))
        sums = zero_sums(len(points))
        for label, block in blocks:
            z = preactivate(first.weight, first.bias, split.inputs(block))
            if layers:
                z.relu_()
            workspace.add_scores(Buffer(z, z.numpy()), layers, label, sums)
        found.append(sums)
    return divide_by_images(found, len(split.labels))


class BatchedLinear(NamedTuple):
    """A layer at several points: weight (points, outputs, inputs), bias (points, outputs, 1)."""

    weight: Tensor
    bias: Tensor


def read_layers(stack: Sequence[LayerNames], layout: Layout, thetas: Tensor) -> list[BatchedLinear]:
    """Return every layer's weights and biases at points float[points, P]."""
    tensors = layout.split(thetas)
    layers = []
    for names in stack:
        weight = tensors[names.weight]
        bias = weight.new_zeros(weight.shape[:2]) if names.bias is None else tensors[names.bias]
        layers.append(BatchedLinear(weight, bias.unsqueeze(-1)))
    return layers


def powers_of_two(layer: BatchedLinear) -> Tensor:
    """Return the power of two just below a layer's largest parameter at each of k points.

    The result is float64[k]. Parameters divided by it cannot overflow in a product, where 0·∞ would
    make NaN of finite points. Division by a power of two loses no bit.
    """
    largest = torch.maximum(layer.weight.abs().amax((1, 2)), layer.bias.abs().amax((1, 2)))
    exponents = torch.frexp(largest).exponent - 1
    return torch.where(largest.isfinite() & (largest > 0), torch.exp2(exponents.double()), 1.0)


def blocks_of_one_class(labels: Tensor) -> list[tuple[int, Tensor]]:
    """Return blocks of up to `IMAGES` indices of images of one class, each with that class.

    In such a block the logits at the labels are one row, which needs no gathering.
    """
    blocks = []
    for label in sorted(set(labels.tolist())):
        own = torch.nonzero(labels == label).flatten()
        blocks += [(label, own[block]) for block in split_range(len(own), IMAGES)]
    return blocks


def preactivate(weight: Tensor, bias: Tensor, inputs: Tensor) -> Tensor:
    """Return a layer's pre-activations at k points: float32[k, outputs, images].

    `weight` is (k, outputs, inputs), `bias` (k, outputs, 1).
    """
    products = torch.mm(weight.flatten(0, 1), inputs.flatten(1).T)
    return products.view(*weight.shape[:2], -1).add_(bias)


def combine_basis(coefficients: Tensor, basis: Tensor) -> Tensor:
    """Return Σₖ coefficients[p, k] basis[k, …], summed in float64: float32[points, …]."""
    return (coefficients @ basis.flatten(1)).float().view(len(coefficients), *basis.shape[1:])


def floor_before(layers: Sequence[BatchedLinear]) -> float:
    """Return the least value that enters layers: 0 after the ReLU before them, -∞ before none."""
    return 0.0 if layers else -np.inf


class Buffer(NamedTuple):
    """Memory as PyTorch and as compiled code see it."""

    tensor: Tensor
    array: Floats32


class Workspace:
    """Activations of the layers after the first, in buffers that stay in the processor's cache."""

    def __init__(self) -> None:
        self._buffers: dict[tuple[str, tuple[int, ...]], Buffer] = {}

    def buffer(self, name: str, *shape: int) -> Buffer:
        """Return the buffer of a name and shape, with unspecified content."""
        buffer = self._buffers.get((name, shape))
        if buffer is None:
            tensor = torch.empty(shape)
            buffer = self._buffers[name, shape] = Buffer(tensor, tensor.numpy())
        return buffer

    def add_scores(
        self, z: Buffer, layers: Sequence[BatchedLinear], label: int, sums: Sums
    ) -> None:
        """Add the losses and correct answers of a block of images with one label, in place.

        `z` (points, units, images) enters the layers; without layers, it holds the logits.
        """
        points, _, images = z.tensor.shape
        for index, (weight, bias) in enumerate(layers, 1):
            below, z = z, self.buffer(f"layer {index}", points, weight.shape[1], images)
            torch.bmm(weight, below.tensor, out=z.tensor)
            add_bias(z.array, bias.numpy(), floor_before(layers[index:]))
        log_p = self.buffer("log p", *z.tensor.shape)
        torch.log_softmax(z.tensor, 1, out=log_p.tensor)
        add_losses_and_answers(z.array, log_p.array, label, sums.loss, sums.correct)


def batched(items: Iterable[Item], length: int) -> Iterator[list[Item]]:
    """Yield lists of up to `length` items."""
    iterator = iter(items)
    while batch := list(islice(iterator, length)):
        yield batch
