"""Loss and accuracy at the points of a plane.

Stacks of linear layers with ReLU are evaluated at many points at once, see
`analysis.stack_surfaces`. Every other network is evaluated one point after another.

Both ways compute every point from θ* in float64 and round it to float32 once; they never walk from
point to point. Losses are means over images, summed in float64, never means of batch means. A
result that is not finite is kept.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.point_values import PointValues, Sums, divide_by_images, zero_sums
from descent_atlas.analysis.stack_surfaces import (
    POINTS,
    evaluate_stack_at,
    evaluate_stack_in_plane,
)
from descent_atlas.evaluation.losses import LossError, check_classification
from descent_atlas.evaluation.modes import evaluating
from descent_atlas.training.blocks import split_range
from descent_atlas.training.images.datasets import Split
from descent_atlas.training.networks import Layout
from descent_atlas.training.networks import layout as layout_of
from descent_atlas.training.relu_stacks import LayerNames, find_relu_stack

PLAIN_IMAGES = 512
"""Images in a block of the plain way: enough to keep a core busy, few enough that a convolution's
activations take megabytes."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class SurfaceValues:
    """Loss and accuracy on a grid, float64[ny, nx] each: row j has β = y[j], column i α = x[i]."""

    loss: Floats
    accuracy: Floats


def evaluate_surface(
    network: nn.Module,
    layout: Layout,
    origin: Tensor,
    directions: Tensor,
    x: Floats,
    y: Floats,
    split: Split,
    *,
    batch: Tensor | slice | None = None,
    report: Callable[[float], None] = lambda fraction: None,
) -> SurfaceValues:
    """Evaluate θ* + αv + βη for every α of `x` and β of `y`.

    `origin` is θ*, float32[P], `directions` v and η, float32[2, P]. `batch` chooses images of the
    split; without it, all are used. `report` is called with the fraction done; an exception that it
    raises ends the evaluation. Memory does not grow with the grid.
    """
    alpha, beta = np.meshgrid(x, y)
    coordinates = np.stack([alpha.ravel(), beta.ravel()], axis=1)
    values = evaluate_in_plane(
        network, layout, origin, directions, coordinates, split, batch=batch, report=report
    )
    return SurfaceValues(values.loss.reshape(alpha.shape), values.accuracy.reshape(alpha.shape))


@torch.inference_mode()
def evaluate_in_plane(
    network: nn.Module,
    layout: Layout,
    origin: Tensor,
    directions: Tensor,
    coordinates: Floats,
    split: Split,
    *,
    batch: Tensor | slice | None = None,
    report: Callable[[float], None] = lambda fraction: None,
) -> PointValues:
    """Evaluate θ* + αv + βη for each row (α, β) of `coordinates`, float64[m, 2].

    The other arguments are those of `evaluate_surface`. Raises LossError if the network does not
    classify, or its loss depends on more than parameters and single images.
    """
    split = choose_batch(split, batch)
    check_independent(network)
    basis = torch.stack([origin, *directions]).double()  # (3, P)
    coefficients = torch.ones(len(coordinates), 3, dtype=torch.float64)
    coefficients[:, 1:] = torch.as_tensor(coordinates)
    stack = find_relu_stack(network)
    if stack is not None:
        check_stack(stack, layout, split)
    if stack is None:
        count = len(coefficients)

        def report_point(points: float) -> None:
            report(points / count)

        thetas = ((row @ basis).float() for row in coefficients)
        return evaluate_plainly(network, layout, thetas, split, report_point)
    return evaluate_stack_in_plane(stack, layout, basis, coefficients, split, report)


@torch.inference_mode()
def evaluate_points(
    network: nn.Module,
    thetas: Iterable[Tensor],
    split: Split,
    *,
    batch: Tensor | slice | None = None,
) -> PointValues:
    """Evaluate parameter vectors float32[P], of which few are held at a time.

    `batch` chooses images of the split; without it, all are used. Raises LossError if the network
    does not classify, or its loss depends on more than parameters and single images.
    """
    split = choose_batch(split, batch)
    check_independent(network)
    layout, stack = layout_of(network), find_relu_stack(network)
    if stack is None:
        return evaluate_plainly(network, layout, thetas, split)
    check_stack(stack, layout, split)
    return evaluate_stack_at(stack, layout, thetas, split)


def choose_batch(split: Split, batch: Tensor | slice | None) -> Split:
    """Return the chosen images of a split; None chooses all."""
    return split if batch is None else split.choose(batch)


def check_independent(network: nn.Module) -> None:
    """Raise LossError if a network's loss depends on buffers, or on the images of one block."""
    for name, _ in network.named_buffers():
        raise LossError(
            f"the network keeps the buffer {name}, so that its loss is no function of its "
            "parameters alone; descent_atlas.evaluation.points.Evaluator knows what to do with it"
        )
    for name, module in network.named_modules():
        if isinstance(module, _BatchNorm):
            raise LossError(
                f"the batch normalization {name} keeps no running statistics, so that an image's "
                "loss depends on the others of its block"
            )


def report_progress(items: Collection[Item], report: Callable[[float], None]) -> Iterator[Item]:
    """Yield items; report before each the fraction of them that has been taken."""
    for index, item in enumerate(items):
        report(index / len(items))
        yield item


def count_together(network: nn.Module) -> int:
    """Return how many neighbouring points are computed together.

    The bits of a point's numbers depend on the points with which it is computed, but on no others:
    a plane may be cut into blocks of a multiple of so many points.
    """
    return 1 if find_relu_stack(network) is None else POINTS


def check_stack(stack: Sequence[LayerNames], layout: Layout, split: Split) -> None:
    """Raise LossError unless a stack of layers classifies the samples of a split."""
    outputs = dict(zip(layout.names, layout.shapes, strict=True))[stack[-1].weight][0]
    check_classification(torch.empty(0, outputs), split.labels)


@torch.inference_mode()
def evaluate_plainly(
    network: nn.Module,
    layout: Layout,
    thetas: Iterable[Tensor],
    split: Split,
    report: Callable[[float], None] = lambda points: None,
) -> PointValues:
    """Evaluate any network at parameter vectors float32[P], one after another.

    `report` is called with the number of points done, within a point too. This is the reference for
    the evaluation of stacks. Raises LossError if the network does not classify.
    """
    found: list[Sums] = []
    with evaluating(network):
        for theta in thetas:
            tensors = layout.split(theta)
            loss, correct = sums = zero_sums(1)
            for block in split_range(len(split.labels), PLAIN_IMAGES):
                report(len(found) + block.start / len(split.labels))
                logits = functional_call(network, tensors, (split.inputs(block),))
                labels = split.labels[block]
                check_classification(logits, labels)
                losses = functional.cross_entropy(logits, labels, reduction="none")
                loss += losses.double().sum().item()
                correct += int((classify(logits) == labels).sum())
            found.append(sums)
    return divide_by_images(found, len(split.labels))


def classify(logits: Tensor) -> Tensor:
    """Return the class of each row's largest logit, the first of equals, or -1 beside a NaN."""
    return torch.where(logits.isnan().any(1), -1, logits.argmax(1))
