"""Loss and accuracy of stacks of linear layers with ReLU on a GPU: few and large products.

As in `analysis.stack_surfaces`, the first layer's pre-activation at θ* + αv + βη is A + αB + βC,
three products with the images for a whole plane; each later layer is one batched product over
points and images. What a processor's cache asks for does not matter here: a GPU wants products as
large as its memory holds, see `evaluation.device_memory`.

Points are placed in float64 and rounded once, products have float32 factors, and sums over images
are in float64, as on the processor. Results differ from its by rounding; the last digits of a
point may depend on how many are evaluated at once.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from descent_atlas.analysis.point_values import PointValues, Sums, divide_by_images
from descent_atlas.analysis.stack_surfaces import (
    BatchedLinear,
    combine_basis,
    powers_of_two,
    preactivate,
    read_layers,
)
from descent_atlas.evaluation.device_memory import HalvingGroups, find_group_size
from descent_atlas.evaluation.modes import multiplying_exactly
from descent_atlas.training.blocks import split_range
from descent_atlas.training.images.datasets import Split
from descent_atlas.training.networks import Layout
from descent_atlas.training.relu_stacks import LayerNames

IMAGES_AT_ONCE = 2**13
"""Images in a product: with 64 units, 2 MB of activations for each point."""

MOST_POINTS = 1_024
"""Points in a product at most."""


@torch.inference_mode()
def evaluate_stack_on_device(
    stack: Sequence[LayerNames],
    layout: Layout,
    basis: Tensor,
    coefficients: Tensor,
    split: Split,
    device: torch.device,
    report: Callable[[float], None] = lambda fraction: None,
    groups: HalvingGroups | None = None,
) -> PointValues:
    """Evaluate a stack at the points `coefficients` @ `basis`, float64[m, 3] @ float64[3, P].

    `report` is called with the fraction done; an exception that it raises ends the evaluation.
    `groups` says how many points are evaluated at once; without it, the memory of the device does.
    Raises DeviceMemoryError if that does not suffice for one point.
    """
    basis, coefficients, split = basis.to(device), coefficients.to(device), split.to(device)
    first, *rest = read_layers(stack, layout, basis)
    scales = powers_of_two(first)
    weight, bias = ((part / scales.view(3, 1, 1)).float() for part in first)
    count = len(coefficients)
    sums = DeviceSums(
        torch.zeros(count, dtype=torch.float64, device=device),
        torch.zeros(count, dtype=torch.int64, device=device),
    )

    def score(rows: Sequence[int], terms: Tensor, labels: Tensor) -> Sequence[int]:
        points = slice(rows[0], rows[-1] + 1)
        own = coefficients[points]
        layers = [BatchedLinear(*(combine_basis(own, part) for part in layer)) for layer in rest]
        losses, correct = score_points((own * scales).float(), terms, layers, labels)
        sums.loss[points] += losses
        sums.correct[points] += correct
        return rows

    blocks = split_range(split.size, IMAGES_AT_ONCE)
    with multiplying_exactly():
        for number, block in enumerate(blocks):
            terms = preactivate(weight, bias, split.inputs(block))  # (3, units, images)
            add = partial(score, terms=terms, labels=split.labels[block])
            if groups is None:
                size = find_group_size(device, partial(add, [0]), MOST_POINTS)
                groups = HalvingGroups(size)
                for each in sums:
                    each.zero_()
            for done, _ in enumerate(groups.work(range(count), add), 1):
                report((number + done / count) / len(blocks))
    own_sums = Sums(sums.loss.cpu().numpy(), sums.correct.cpu().numpy())
    return divide_by_images([own_sums], split.size)


class DeviceSums(NamedTuple):
    """Losses summed over images, float64[points], and correct answers, int64[points]."""

    loss: Tensor
    correct: Tensor


def score_points(
    factors: Tensor, terms: Tensor, layers: Sequence[BatchedLinear], labels: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the summed losses float64[points] and the correct answers int64[points] of images.

    `factors` float32[points, 3] combine the first layer's `terms` (3, units, images); without
    further `layers`, that layer gives the logits. An answer beside a NaN is wrong.
    """
    z = (factors @ terms.flatten(1)).view(len(factors), *terms.shape[1:])
    for weight, bias in layers:
        z = torch.baddbmm(bias, weight, z.relu_())
    losses = functional.cross_entropy(
        z, labels.long().expand(len(z), -1), reduction="none"
    )  # (points, images)
    right = (z.argmax(1) == labels) & ~z.isnan().any(1)
    return losses.double().sum(1), right.sum(1)
