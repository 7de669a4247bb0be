"""Surfaces of the loss, beside loss-landscapes and the bare matrix products; a worker's memory."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import loss_landscapes
import numpy as np
import torch
from loss_landscapes.metrics import Loss
from torch import Tensor
from torch.nn.functional import cross_entropy

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.planes import random_plane, unit_grid
from descent_atlas.analysis.stack_surfaces import IMAGES, POINTS
from descent_atlas.analysis.surfaces import SurfaceValues, evaluate_surface
from descent_atlas.training.images.dataset_cache import write_cache
from descent_atlas.training.images.datasets import ImageDataset, Split
from descent_atlas.training.networks import build, flatten, layout
from tests.benchmarks.measuring import Goal, Measurement, Result, interleave, one_thread, timed

CLASSES = 10
COUNT = 50_000
GRID = 51
"""Points along each axis, as in most of the paper's planes."""

PEER_STEPS = 3
"""Points along each axis for loss-landscapes, whose points all take the same time."""

BARE_CHUNKS = 4
"""How often the bare products of all images are taken in one sample."""

SMALL_COUNT = 2_560
"""Images where many points are wanted."""

FEW_ROWS = 4
"""Rows of a grid where many images are wanted."""

AT_ORIGIN = 1e9
"""What loss-landscapes divides its plane by to stay at the origin."""

NETWORK = build("descent_atlas.training.networks:mlp", seed=0)
LAYOUT = layout(NETWORK)
PLANE = random_plane(flatten(NETWORK), LAYOUT, seed=0)

ROUNDING = 1.1
"""What a time may grow by beyond the proportional: caches and the machine are never quite even."""


def compare_with_loss_landscapes() -> Result:
    """One grid point's loss over 50,000 images, as many times faster than loss-landscapes."""
    ours, peer, _ = time_points()
    return Result(
        ours=ours,
        peer_name="loss-landscapes",
        peer=peer,
        ratio=peer.median / ours.median,
        goal=Goal(relation="≥", bound=20),
        note=f"one thread each; ours is a surface of {GRID} rows of {GRID} points, its first "
        f"layer included, and finds the accuracy too; theirs is `random_plane` of {PEER_STEPS}×"
        f"{PEER_STEPS} points with `metrics.Loss` on tensors in memory",
    )


def compare_with_products() -> Result:
    """The same point, times the bare matrix products of the layers after the first."""
    ours, _, bare = time_points()
    return Result(
        ours=ours,
        peer_name="products",
        peer=bare,
        ratio=ours.median / bare.median,
        goal=Goal(relation="≤", bound=2),
        note=f"blocks of {IMAGES} images × {POINTS} points, always the same that lie in the cache",
    )


def compare_numbers_of_points() -> Result:
    """One grid point of 102×102, times one of 51×51: a surface's time is linear in its points."""
    split = make_split(SMALL_COUNT)
    small, large = unit_grid(GRID).x, unit_grid(2 * GRID).x
    with one_thread():
        few, many = interleave(
            3,
            timed(lambda: evaluate(small, small, split)),
            timed(lambda: evaluate(large, large, split)),
        )
    return compare_shares(
        Measurement.of([seconds / len(large) ** 2 for seconds in many]),
        Measurement.of([seconds / len(small) ** 2 for seconds in few]),
        f"{GRID}×{GRID}",
        f"{SMALL_COUNT:,} images",
    )


def compare_numbers_of_images() -> Result:
    """One image of 50,000, times one of 12,500: a surface's time is linear in its images."""
    few, many = make_split(COUNT // 4), make_split(COUNT)
    x = unit_grid(GRID).x
    with one_thread():
        short, long = interleave(
            4,
            timed(lambda: evaluate(x, x[:FEW_ROWS], few)),
            timed(lambda: evaluate(x, x[:FEW_ROWS], many)),
        )
    return compare_shares(
        Measurement.of([seconds / COUNT for seconds in long]),
        Measurement.of([seconds / (COUNT // 4) for seconds in short]),
        f"{COUNT // 4:,}",
        f"{FEW_ROWS} rows of {GRID} points",
    )


def compare_shares(ours: Measurement, peer: Measurement, peer_name: str, note: str) -> Result:
    """Return by what one item's time grows where there are four times as many."""
    return Result(
        ours=ours,
        peer_name=peer_name,
        peer=peer,
        ratio=ours.median / peer.median,
        goal=Goal(relation="≤", bound=ROUNDING),
        note=note,
    )


def measure_memory() -> Result:
    """The most memory that a worker holds: surfaces of 201×201 points, then the full batch."""
    with tempfile.TemporaryDirectory() as folder:
        write_noise(Path(folder))
        large = [weigh_worker(Path(folder), 201) for _ in range(2)]
        small = weigh_worker(Path(folder), GRID)
    surfaces = Measurement.of([surface for surface, _ in large], "bytes")
    return Result(
        ours=Measurement.of([most for _, most in large], "bytes"),
        goal=Goal(relation="<", bound=3e9, unit="bytes"),
        note=f"{COUNT:,} images; the surfaces alone take {surfaces}, those of {GRID}×{GRID} points "
        f"{small[0] / 1e6:.0f} MB; the rest is training on the full batch",
    )


def write_noise(folder: Path) -> None:
    """Write a data set of noise, as large as CIFAR-10, where `read_cache` finds it."""
    classes = tuple(str(label) for label in range(CLASSES))
    train, test = make_split(COUNT), make_split(COUNT // 5)
    write_cache(folder, ImageDataset(name="noise", classes=classes, train=train, test=test), None)


def weigh_worker(folder: Path, size: int) -> tuple[float, float]:
    """Run a worker; return the most bytes it held when its surfaces were done, and at its end."""
    command = [sys.executable, "-m", "tests.benchmarks.worker", str(folder), str(size)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    surfaces, most = ended.stdout.split()
    return float(surfaces), float(most)


@cache
def time_points() -> tuple[Measurement, Measurement, Measurement]:
    """Return the seconds a point takes us, loss-landscapes and the bare products."""
    split = make_split(COUNT)
    x = unit_grid(GRID).x
    with one_thread():
        ask_peer = make_peer(split)
        check(ask_peer, split)
        ours, peer, bare = interleave(
            3,
            timed(lambda: evaluate(x, x, split)),
            timed(lambda: ask_peer(1.0, PEER_STEPS)),
            timed(multiply_bare),
        )
    blocks = -(-COUNT // IMAGES)
    return (
        Measurement.of([seconds / GRID**2 for seconds in ours]),
        Measurement.of([seconds / PEER_STEPS**2 for seconds in peer]),
        Measurement.of(
            [seconds / (BARE_CHUNKS * POINTS) * COUNT / (blocks * IMAGES) for seconds in bare]
        ),
    )


def make_split(count: int) -> Split:
    """Return images of noise, as many of each class."""
    generator = torch.Generator().manual_seed(count)
    images = torch.randint(256, (count, 3, 32, 32), dtype=torch.uint8, generator=generator)
    return Split(images, torch.arange(count) % CLASSES)


def evaluate(x: Floats, y: Floats, split: Split) -> SurfaceValues:
    """Evaluate the plane on a grid, as a job does."""
    return evaluate_surface(NETWORK, LAYOUT, PLANE.origin, PLANE.directions, x, y, split)


def make_peer(split: Split) -> Callable[[float, int], Floats]:
    """Return loss-landscapes' plane as a function of what divides it and its steps a side."""
    loss = Loss(cross_entropy, split.inputs(slice(None)), split.labels)

    def ask(divisor: float, steps: int) -> Floats:
        found: Floats = loss_landscapes.random_plane(
            NETWORK, loss, distance=divisor, steps=steps, deepcopy_model=True
        )
        return found

    return ask


def check(ask_peer: Callable[[float, int], Floats], split: Split) -> None:
    """Assert that loss-landscapes finds the loss at the origin that we find."""
    origin = np.zeros(1)
    ours = evaluate(origin, origin, split).loss
    np.testing.assert_allclose(ours, ask_peer(AT_ORIGIN, 1), rtol=1e-5)


def multiply_bare() -> None:
    """Take the products of the layers after the first, and nothing else, for all images."""
    weights, activations = make_products()
    for _ in range(BARE_CHUNKS * -(-COUNT // IMAGES)):
        for weight, below, above in zip(weights, activations, activations[1:], strict=False):
            torch.bmm(weight, below, out=above)


@cache
def make_products() -> tuple[list[Tensor], list[Tensor]]:
    """Return weights (points, outputs, inputs) and activations (points, units, images)."""
    shapes = [shape for shape in LAYOUT.shapes if len(shape) == 2]
    weights = [torch.randn(POINTS, *shape) for shape in shapes[1:]]
    widths = [shape[0] for shape in shapes]
    return weights, [torch.rand(POINTS, width, IMAGES) for width in widths]
