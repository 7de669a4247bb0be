"""A GPU beside the processor, and beside loss-landscapes on the same GPU.

`python -m tests.benchmarks --only gpu` runs these, on a machine that has one.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial

import loss_landscapes
import numpy as np
import torch
from loss_landscapes.metrics import Loss
from torch import Tensor
from torch.nn.functional import cross_entropy

from descent_atlas.analysis.planes import unit_grid
from descent_atlas.analysis.stack_products import evaluate_stack_on_device
from descent_atlas.drawing import classification
from descent_atlas.drawing.draw_landscape import Drawing
from descent_atlas.training.relu_stacks import find_relu_stack
from tests.benchmarks import landscapes
from tests.benchmarks.measuring import Measurement, Result, interleave, timed
from tests.benchmarks.residual_network import CLASSES, make_resnet

IMAGES = 2_048
"""Images of ResNet-56: loss-landscapes evaluates them at once, and keeps what a backward pass would
need."""

BATCH = 512

GRID = 3
"""Points along each axis in one sample."""

ROUNDS = 5

CUDA = torch.device("cuda")

NO_GPU = (
    "These benchmarks need a GPU, and PyTorch finds none on this machine "
    "(torch.cuda.is_available() is false). Nothing was measured."
)


def find_obstacle() -> str | None:
    """Return why these benchmarks cannot run on this machine, or None if they can."""
    return None if torch.cuda.is_available() else NO_GPU


def compare_study() -> Result:
    """The whole study of the digits on all GPUs, as many times faster than on all cores."""
    ours, peer = (
        Measurement.of([time_study(device) for _ in range(2)]) for device in ("cuda", "cpu")
    )
    return compare(ours, "all cores", peer, "`descent-atlas-precompute run digits`, data and all")


def time_study(device: str) -> float:
    """Return the seconds that the study of the digits takes on a device."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "descent_atlas.precompute_cli", "run", "digits"]
        began = time.perf_counter()
        subprocess.run(
            [*command, "--out", folder, "--device", device], check=True, stdout=subprocess.DEVNULL
        )
        return time.perf_counter() - began


def compare_stack() -> Result:
    """A point of the paper's network over 50,000 images, as many times faster than on a core."""
    split = landscapes.make_split(landscapes.COUNT)
    stack, x = find_relu_stack(landscapes.NETWORK), unit_grid(landscapes.GRID).x
    assert stack is not None
    alpha, beta = np.meshgrid(x, x)
    coefficients = torch.ones(alpha.size, 3, dtype=torch.float64)
    coefficients[:, 1] = torch.from_numpy(alpha.ravel())
    coefficients[:, 2] = torch.from_numpy(beta.ravel())
    basis = torch.stack([landscapes.PLANE.origin, *landscapes.PLANE.directions]).double()
    on_gpu = split.to(CUDA)

    def evaluate() -> object:
        return evaluate_stack_on_device(stack, landscapes.LAYOUT, basis, coefficients, on_gpu, CUDA)

    ours, peer = interleave(2, timed(evaluate), timed(lambda: landscapes.evaluate(x, x, split)))
    points = alpha.size
    return compare(
        Measurement.of([seconds / points for seconds in ours]),
        "one core",
        Measurement.of([seconds / points for seconds in peer]),
        f"surfaces of {landscapes.GRID}×{landscapes.GRID} points",
    )


def compare_resnet_with_processor() -> Result:
    """A point of ResNet-56 over 2,048 images, as many times faster than on all cores."""
    times = time_resnet()
    return compare(times["one"], "all cores", times["cpu"], "points one after another on both")


def compare_resnet_with_vmap() -> Result:
    """The same point, as many times faster than with as many points at once as the memory holds."""
    times = time_resnet()
    return compare(times["one"], "vmap", times["many"], "`vmap=1` beside `vmap=auto`")


def compare_resnet_with_peer() -> Result:
    """The same point, as many times faster than loss-landscapes on the same GPU."""
    times = time_resnet()
    note = f"theirs is `random_plane` with `metrics.Loss` on {IMAGES:,} images in the GPU's memory"
    return compare(times["one"], "loss-landscapes", times["peer"], note)


def compare(ours: Measurement, name: str, peer: Measurement, note: str) -> Result:
    """Return how many times faster ours is; the GPU is named with it."""
    return Result(
        ours=ours,
        peer_name=name,
        peer=peer,
        ratio=peer.median / ours.median,
        goal=None,
        note=f"{note}; {torch.cuda.device_count()} × {torch.cuda.get_device_name()}",
    )


@cache
def time_resnet() -> dict[str, Measurement]:
    """Return the seconds of a point of ResNet-56 in each way, measured in turn."""
    network, batches = make_resnet(), make_images()
    draw = partial(Drawing, network, classification, batches, grid=GRID)
    one, cpu = (draw(device=device) for device in ("cuda", "cpu"))
    many = draw(device="cuda", vmap="auto")
    values = {
        name: drawing.evaluate(range(GRID**2))[:, 0]
        for name, drawing in (("one", one), ("many", many), ("cpu", cpu))
    }
    for name in ("many", "cpu"):
        np.testing.assert_allclose(values[name], values["one"], rtol=1e-3)
    ask_peer = make_peer(batches)
    ways: dict[str, Callable[[], object]] = {
        "one": lambda: one.evaluate(range(GRID**2)),
        "many": lambda: forget_groups(many).evaluate(range(GRID**2)),
        "cpu": lambda: cpu.evaluate(range(GRID**2)),
        "peer": lambda: ask_peer(GRID),
    }
    samples = interleave(ROUNDS, *(timed(way) for way in ways.values()))
    return {
        name: Measurement.of([seconds / GRID**2 for seconds in own])
        for name, own in zip(ways, samples, strict=True)
    }


def forget_groups(drawing: Drawing) -> Drawing:
    """Return a drawing that evaluates its points anew."""
    drawing._group = {}
    return drawing


def make_images() -> list[tuple[Tensor, Tensor]]:
    """Return images of noise in batches."""
    return [
        (torch.rand(BATCH, 3, 32, 32), torch.arange(BATCH) % CLASSES)
        for _ in range(IMAGES // BATCH)
    ]


def make_peer(batches: list[tuple[Tensor, Tensor]]) -> Callable[[int], object]:
    """Return loss-landscapes' plane on the GPU as a function of its steps a side."""
    inputs, labels = (torch.cat(parts).to(CUDA) for parts in zip(*batches, strict=True))
    network, loss = make_resnet().to(CUDA), Loss(cross_entropy, inputs, labels)

    def ask(steps: int) -> object:
        return loss_landscapes.random_plane(
            network, loss, distance=1.0, steps=steps, normalization="layer", deepcopy_model=True
        )

    return ask


GPU_BENCHMARKS: dict[str, Callable[[], Result]] = {
    "gpu-study": compare_study,
    "gpu-grid-point": compare_stack,
    "gpu-resnet-cpu": compare_resnet_with_processor,
    "gpu-resnet-vmap": compare_resnet_with_vmap,
    "gpu-resnet-peer": compare_resnet_with_peer,
}
"""The benchmarks that need a GPU, by name."""
