"""Loss and accuracy on the points of a plane.

There are two ways. The plain one takes one point θ after another and works for every network. The
fast one knows stacks of linear layers with ReLU between them. The first layer of such a stack is
affine in its weights, so that its pre-activation at θ* + αv + βη is A + αB + βC: three products
with the images for a whole grid, where the plain way has one a point. The layers after it are
computed for blocks of images × points that stay in the processor's cache.

Both compute every point from θ* in float64, rounded to float32 once, and never by walking from
point to point. Losses are means over images, summed in float64, never means of batch means. What
is not finite stays as it was computed. All of it is as fast on one thread as it gets: a process a
core, with `torch.set_num_threads(1)`, is faster than a process with many threads.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from descent_atlas.analysis.surface_kernels import Floats32, mix, shift, tally
from descent_atlas.training.datasets import Split
from descent_atlas.training.networks import Layout
from descent_atlas.training.networks import layout as layout_of

IMAGES = 256
"""Images in a block of the fast way."""

POINTS = 16
"""Points in a block: with 64 hidden units, the activations of 256 images × 16 points take 1 MB,
which stays in a core's second-level cache."""

PLAIN_IMAGES = 512
"""Images in a block of the plain way: enough to keep a core busy, few enough that a convolution's
activations take megabytes."""

SHARD_BYTES = 2**28
"""Memory for the first layer's A, B and C; images beyond it are taken in another round."""

Floats = NDArray[np.float64]
Item = TypeVar("Item")


class Values(NamedTuple):
    """Mean loss and accuracy (the share of images classified as labelled) at each of m points."""

    loss: Floats
    accuracy: Floats


@dataclass(frozen=True)
class Surface:
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
) -> Surface:
    """Evaluate θ* + αv + βη for every α of `x` and β of `y`.

    `origin` is θ*, float32[P], `directions` v and η, float32[2, P]. `batch` chooses images of the
    split; without it, all are used. `report` is called with the fraction that is done; what it
    raises ends the work. Memory does not grow with the grid.
    """
    alpha, beta = np.meshgrid(x, y)
    coordinates = np.stack([alpha.ravel(), beta.ravel()], axis=1)
    values = evaluate_in_plane(
        network, layout, origin, directions, coordinates, split, batch=batch, report=report
    )
    return Surface(values.loss.reshape(alpha.shape), values.accuracy.reshape(alpha.shape))


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
) -> Values:
    """Evaluate θ* + αv + βη for each row (α, β) of `coordinates`, float64[m, 2]."""
    if batch is not None:
        split = Split(split.images[batch], split.labels[batch])
    basis = torch.stack([origin, *directions]).double()  # (3, P)
    coefficients = torch.ones(len(coordinates), 3, dtype=torch.float64)
    coefficients[:, 1:] = torch.as_tensor(coordinates)
    stack = read_stack(network, layout)
    if stack is None:
        thetas = ((row @ basis).float() for row in counting(list(coefficients), report))
        return evaluate_plainly(network, layout, thetas, split)
    return evaluate_affinely(stack, layout, basis, coefficients, split, report)


@torch.inference_mode()
def evaluate_points(
    network: nn.Module,
    thetas: Iterable[Tensor],
    split: Split,
    *,
    batch: Tensor | slice | None = None,
) -> Values:
    """Evaluate parameter vectors float32[P], wherever they lie; few are held at a time."""
    if batch is not None:
        split = Split(split.images[batch], split.labels[batch])
    layout = layout_of(network)
    stack = read_stack(network, layout)
    if stack is None:
        return evaluate_plainly(network, layout, thetas, split)
    blocks = blocks_of_one_class(split.labels)
    head = Head()
    found = []
    for chunk in chunks(thetas, POINTS):
        first, *rest = read_layers(stack, layout, torch.stack(chunk))
        layers = [Stage(weight, bias.numpy()) for weight, bias in rest]
        loss, correct = empty_sums(len(chunk))
        for label, block in blocks:
            z = preactivate(first.weight, first.bias, split.inputs(block))
            if layers:
                z.relu_()
            head.add(Room(z, z.numpy()), layers, label, loss, correct)
        found.append((loss, correct))
    return summarize(found, len(split.labels))


@torch.inference_mode()
def evaluate_plainly(
    network: nn.Module, layout: Layout, thetas: Iterable[Tensor], split: Split
) -> Values:
    """Evaluate any network, one point after another: the reference for the fast way."""
    found = []
    with evaluating(network):
        for theta in thetas:
            tensors = layout.split(theta)
            loss, correct = empty_sums(1)
            for block in slices(len(split.labels), PLAIN_IMAGES):
                logits = functional_call(network, tensors, (split.inputs(block),))
                labels = split.labels[block]
                losses = functional.cross_entropy(logits, labels, reduction="none")
                loss += losses.double().sum().item()
                correct += int((classify(logits) == labels).sum())
            found.append((loss, correct))
    return summarize(found, len(split.labels))


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Hold a network in evaluation mode, without dropout, and give each module its mode back."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def classify(logits: Tensor) -> Tensor:
    """Return the class of each row's largest logit, the first of equals, or -1 beside a NaN."""
    return torch.where(logits.isnan().any(1), -1, logits.argmax(1))


class Names(NamedTuple):
    """What a layout calls one layer's weight and bias."""

    weight: str
    bias: str | None


class Layer(NamedTuple):
    """One layer at several points: weight (points, outputs, inputs), bias (points, outputs, 1)."""

    weight: Tensor
    bias: Tensor


def read_stack(network: nn.Module, layout: Layout) -> tuple[Names, ...] | None:
    """Return the layers of `Sequential(Flatten, Linear, ReLU, Linear, …, Linear)`.

    For every other network return None.
    """
    if type(network) is not nn.Sequential:
        return None
    children = list(network.named_children())
    if len(children) % 2 or len(children) != len(network):  # what appears twice is listed once
        return None
    (_, flatten), *rest = children
    if type(flatten) is not nn.Flatten or (flatten.start_dim, flatten.end_dim) != (1, -1):
        return None
    if any(type(module) is not nn.ReLU for _, module in rest[1::2]):
        return None
    stack = []
    for name, module in rest[::2]:
        if type(module) is not nn.Linear:
            return None
        stack.append(Names(f"{name}.weight", None if module.bias is None else f"{name}.bias"))
    if not {name for names in stack for name in names if name} <= set(layout.names):
        return None  # layers that share their weights
    return tuple(stack)


def read_layers(stack: Sequence[Names], layout: Layout, thetas: Tensor) -> list[Layer]:
    """Return every layer's weights and biases at points float[points, P]."""
    tensors = layout.split(thetas)
    layers = []
    for names in stack:
        weight = tensors[names.weight]
        bias = weight.new_zeros(weight.shape[:2]) if names.bias is None else tensors[names.bias]
        layers.append(Layer(weight, bias.unsqueeze(-1)))
    return layers


def combine(coefficients: Tensor, basis: Tensor) -> Tensor:
    """Return Σₖ coefficients[p, k] basis[k, …] in float64, rounded: float32[points, …]."""
    return (coefficients @ basis.flatten(1)).float().view(len(coefficients), *basis.shape[1:])


def evaluate_affinely(
    stack: Sequence[Names],
    layout: Layout,
    basis: Tensor,
    coefficients: Tensor,
    split: Split,
    report: Callable[[float], None],
) -> Values:
    """Evaluate a stack at the points `coefficients` @ `basis`, float64[m, 3] and float64[3, P]."""
    first, *rest = read_layers(stack, layout, basis)
    scales = powers_of_two(first)
    weight, bias = ((part / scales.view(3, 1, 1)).float() for part in first)
    width = weight.shape[1]
    loss, correct = empty_sums(len(coefficients))
    head = Head()
    per_shard = max(1, SHARD_BYTES // (3 * width * IMAGES * 4))
    points = slices(len(coefficients), POINTS)
    shards = list(chunks(blocks_of_one_class(split.labels), per_shard))
    for i, shard in enumerate(shards):
        terms = [
            (label, preactivate(weight, bias, split.inputs(block)).numpy())
            for label, block in shard
        ]
        for j, chunk in enumerate(points):
            report((i + j / len(points)) / len(shards))
            layers = [
                Stage(combine(coefficients[chunk], w), combine(coefficients[chunk], b).numpy())
                for w, b in rest
            ]
            mixing = (coefficients[chunk] * scales).float().numpy()
            for label, abc in terms:
                z = head.room("z", len(mixing), *abc.shape[1:])
                mix(mixing, abc, floor_before(layers), z.array)
                head.add(z, layers, label, loss[chunk], correct[chunk])
    count = len(split.labels)
    return Values(loss / count, correct / count)


def powers_of_two(layer: Layer) -> Tensor:
    """Return about how large a layer's parameters are at each of k points, float64[k].

    Divided by it they cannot overflow in a product, where 0·∞ would make NaN of finite points; and
    since it is a power of two, not a bit is lost.
    """
    largest = torch.maximum(layer.weight.abs().amax((1, 2)), layer.bias.abs().amax((1, 2)))
    exponents = torch.frexp(largest).exponent - 1
    return torch.where(largest.isfinite() & (largest > 0), torch.exp2(exponents.double()), 1.0)


def blocks_of_one_class(labels: Tensor) -> list[tuple[int, Tensor]]:
    """Return each class with the indices of up to `IMAGES` of its images, until all are named.

    In such a block the logits at the labels are one row, which needs no gathering.
    """
    blocks = []
    for label in sorted(set(labels.tolist())):
        own = torch.nonzero(labels == label).flatten()
        blocks += [(label, own[block]) for block in slices(len(own), IMAGES)]
    return blocks


def preactivate(weight: Tensor, bias: Tensor, inputs: Tensor) -> Tensor:
    """Return k layers' pre-activations: float32[k, outputs, images].

    `weight` is (k, outputs, inputs), `bias` (k, outputs, 1).
    """
    products = torch.mm(weight.flatten(0, 1), inputs.flatten(1).T)
    return products.view(*weight.shape[:2], -1).add_(bias)


class Room(NamedTuple):
    """One memory, as PyTorch and as compiled code see it."""

    tensor: Tensor
    array: Floats32


class Stage(NamedTuple):
    """A layer after the first: weight (points, outputs, inputs), bias (points, outputs, 1)."""

    weight: Tensor
    bias: Floats32


def floor_before(layers: Sequence[Stage]) -> float:
    """Return the least value that enters layers: 0 through the ReLU before them, else -∞."""
    return 0.0 if layers else -np.inf


class Head:
    """What follows the first pre-activation, in memory that keeps its place in the cache."""

    def __init__(self) -> None:
        self._rooms: dict[tuple[str, tuple[int, ...]], Room] = {}

    def room(self, name: str, *shape: int) -> Room:
        """Return the same memory for the same name and shape; what it holds is anything."""
        room = self._rooms.get((name, shape))
        if room is None:
            tensor = torch.empty(shape)
            room = self._rooms[name, shape] = Room(tensor, tensor.numpy())
        return room

    def add(
        self,
        z: Room,
        layers: Sequence[Stage],
        label: int,
        loss: Floats,
        correct: NDArray[np.int64],
    ) -> None:
        """Add a block's summed losses and correct answers to those of its points, in place.

        `z` (points, units, images) is what enters the layers, of images that are all labelled
        `label`; without layers, their logits.
        """
        points, _, images = z.tensor.shape
        for index, (weight, bias) in enumerate(layers, 1):
            below, z = z, self.room(f"layer {index}", points, weight.shape[1], images)
            torch.bmm(weight, below.tensor, out=z.tensor)
            shift(z.array, bias, floor_before(layers[index:]))
        log_p = self.room("log p", *z.tensor.shape)
        torch.log_softmax(z.tensor, 1, out=log_p.tensor)
        tally(z.array, log_p.array, label, loss, correct)


def empty_sums(points: int) -> tuple[Floats, NDArray[np.int64]]:
    """Return zeros for the summed loss and the correct answers of points."""
    return np.zeros(points), np.zeros(points, np.int64)


def summarize(sums: Iterable[tuple[Floats, NDArray[np.int64]]], images: int) -> Values:
    """Turn sums over images into means."""
    losses, correct = zip(*sums, strict=True)
    return Values(np.concatenate(losses) / images, np.concatenate(correct) / images)


def slices(count: int, length: int) -> list[slice]:
    """Cut `count` items into slices of a length; the last may be shorter."""
    return [slice(start, min(start + length, count)) for start in range(0, count, length)]


def chunks(items: Iterable[Item], length: int) -> Iterator[list[Item]]:
    """Yield lists of up to `length` items."""
    iterator = iter(items)
    while chunk := list(islice(iterator, length)):
        yield chunk


def counting(items: Collection[Item], report: Callable[[float], None]) -> Iterator[Item]:
    """Yield items, reporting before each what fraction of them has been taken."""
    for index, item in enumerate(items):
        report(index / len(items))
        yield item
