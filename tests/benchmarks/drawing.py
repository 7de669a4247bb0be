"""Points of networks that the fast way does not know, beside bare forward passes and other ways."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import loss_landscapes
import numpy as np
import torch
from loss_landscapes.metrics import Loss
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from descent_atlas.drawing import classification
from descent_atlas.drawing.draw_landscape import Drawing
from tests.benchmarks.measuring import Goal, Measurement, Result, interleave, one_thread, timed

CLASSES = 10

GRID = 3
"""Points along each axis in one sample; all points take the same time."""

ROUNDS = 9

BARE = Goal(relation="≤", bound=1.15)

FASTER = Goal(relation="≥", bound=1)

AT_ORIGIN = 1e9
"""What loss-landscapes divides its plane by to stay at the origin."""

Batches = list[tuple[Tensor, Tensor]]


class Encoder(nn.Module):
    """A transformer's block over embedded tokens, with a head over their mean."""

    def __init__(self, tokens: int = 1_000, length: int = 64, width: int = 128) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.positions = nn.Parameter(torch.randn(length, width) / 10)
        self.block = nn.TransformerEncoderLayer(width, 4, 4 * width, batch_first=True)
        self.head = nn.Linear(width, CLASSES)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits [N, classes] of tokens int64[N, length]."""
        logits: Tensor = self.head(self.block(self.embedding(tokens) + self.positions).mean(1))
        return logits


def make_convolutional() -> nn.Module:
    """Return a network with batch normalization, whose running statistics are those of noise."""
    layers: list[nn.Module] = []
    for inputs, outputs in ((3, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs)]
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 4 * 4, CLASSES))
    with torch.no_grad():
        network(torch.rand(256, 3, 32, 32))
    return network.eval()


def make_images() -> Batches:
    """Return images of noise, four batches of 128."""
    return [(torch.rand(128, 3, 32, 32), torch.arange(128) % CLASSES) for _ in range(4)]


def make_tokens() -> Batches:
    """Return tokens at random, four batches of 32 sequences."""
    return [(torch.randint(1_000, (32, 64)), torch.arange(32) % CLASSES) for _ in range(4)]


NETWORKS: dict[str, tuple[Callable[[], nn.Module], Callable[[], Batches]]] = {
    "convolutional": (make_convolutional, make_images),
    "transformer": (lambda: Encoder().eval(), make_tokens),
    "vocabulary": (lambda: Encoder(tokens=30_000).eval(), make_tokens),
}


def compare_convolutional_with_forward() -> Result:
    """A point of a convolutional network with batch normalization, times its forward passes."""
    return compare_with_forward("convolutional")


def compare_transformer_with_forward() -> Result:
    """A point of a transformer's block, times its forward passes."""
    return compare_with_forward("transformer")


def compare_convolutional_with_loop() -> Result:
    """The same point, as many times faster than `load_state_dict` at each point."""
    return compare_with_loop("convolutional")


def compare_transformer_with_loop() -> Result:
    """The same point of the block, as many times faster than `load_state_dict` at each point."""
    return compare_with_loop("transformer")


def compare_vocabulary_with_loop() -> Result:
    """The same point with thirty times the vocabulary: placing four million numbers counts."""
    return compare_with_loop("vocabulary")


def compare_convolutional_with_peer() -> Result:
    """The same point, as many times faster than loss-landscapes."""
    return compare_with_peer("convolutional")


def compare_transformer_with_peer() -> Result:
    """The same point of the block, as many times faster than loss-landscapes."""
    return compare_with_peer("transformer")


@dataclass(frozen=True)
class Times:
    """Seconds that a point takes in each way."""

    ours: Measurement
    forward: Measurement
    loop: Measurement
    peer: Measurement


def compare_with_forward(name: str) -> Result:
    """Return how much a point costs above the forward passes."""
    times = time_points(name)
    return Result(
        ours=times.ours,
        peer_name="forward",
        peer=times.forward,
        ratio=times.ours.median / times.forward.median,
        goal=BARE,
        note="one thread each; the forward passes of all batches under `inference_mode`, without "
        "the loss",
    )


def compare_with_loop(name: str) -> Result:
    """Return how much faster a point is than one that is loaded into the network."""
    times = time_points(name)
    return compare_with(
        times,
        "load_state_dict",
        times.loop,
        "theirs adds the directions in float32, where ours rounds once from float64, and sums the "
        "loss under `inference_mode`",
    )


def compare_with_peer(name: str) -> Result:
    """Return how much faster a point is than one of loss-landscapes."""
    times = time_points(name)
    return compare_with(
        times,
        "loss-landscapes",
        times.peer,
        "theirs is `random_plane` with `metrics.Loss` on all samples in memory",
    )


def compare_with(times: Times, name: str, peer: Measurement, note: str) -> Result:
    """Return how much faster a point is than one of another way."""
    return Result(
        ours=times.ours,
        peer_name=name,
        peer=peer,
        ratio=peer.median / times.ours.median,
        goal=FASTER,
        note=note,
    )


@cache
def time_points(name: str) -> Times:
    """Return the seconds of a point in each way, measured in turn."""
    make, make_batches = NETWORKS[name]
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(0)
        network, batches = make(), make_batches()
        drawing = Drawing(network, classification, batches, grid=GRID)
        own = copy.deepcopy(network)
        load = make_loop(own, batches, drawing)
        ask_peer = make_peer(network, batches)
        values = drawing.evaluate(range(GRID**2))[:, 0]
        np.testing.assert_allclose(load(), values, rtol=1e-4)
        np.testing.assert_allclose(ask_peer(AT_ORIGIN, 1), values[GRID**2 // 2], rtol=1e-4)
        ways = interleave(
            ROUNDS,
            timed(lambda: drawing.evaluate(range(GRID**2))),
            timed(lambda: [pass_forward(network, batches) for _ in range(GRID**2)]),
            timed(load),
            timed(lambda: ask_peer(1.0, GRID)),
        )
    ours, forward, loop, peer = (
        Measurement.of([seconds / GRID**2 for seconds in way]) for way in ways
    )
    return Times(ours, forward, loop, peer)


@torch.inference_mode()
def pass_forward(network: nn.Module, batches: Batches) -> None:
    """Call a network on all batches."""
    for inputs, _ in batches:
        network(inputs)


def make_loop(
    network: nn.Module, batches: Batches, drawing: Drawing
) -> Callable[[], Sequence[float]]:
    """Return a function that loads each point of a drawing's grid into a network."""
    layout, plane = drawing.space.layout, drawing.plane
    origin = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    first, second = (
        {name: part.clone() for name, part in layout.split(direction).items()}
        for direction in plane.directions
    )
    x, y = np.meshgrid(drawing.grid.x, drawing.grid.y)
    points = list(zip(x.ravel().tolist(), y.ravel().tolist(), strict=True))

    @torch.inference_mode()
    def evaluate() -> list[float]:
        losses = []
        for a, b in points:
            moved = {name: origin[name] + a * first[name] + b * second[name] for name in first}
            network.load_state_dict({**origin, **moved})
            total, count = 0.0, 0
            for inputs, labels in batches:
                total += cross_entropy(network(inputs), labels, reduction="sum").item()
                count += len(labels)
            losses.append(total / count)
        return losses

    return evaluate


def make_peer(network: nn.Module, batches: Batches) -> Callable[[float, int], Any]:
    """Return loss-landscapes' plane as a function of what divides it and its steps a side."""
    inputs, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    loss = Loss(cross_entropy, inputs, labels)

    def ask(divisor: float, steps: int) -> Any:
        return loss_landscapes.random_plane(
            network,
            loss,
            distance=divisor,
            steps=steps,
            normalization="layer",  # "filter" divides by zero at biases that are zero
            deepcopy_model=True,
        )

    return ask
