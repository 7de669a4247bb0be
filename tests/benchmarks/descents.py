"""Optimizers from one start, beside the same loop in C and beside `torch.optim`."""

import ctypes
import math
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import Descent, descend, noise_scale
from descent_atlas.simulation.noise import Noise
from descent_atlas.statistics.philox import normal_pair
from tests.benchmarks.measuring import Goal, Measurement, Result, interleave, timed

BOWL = OBJECTIVES["two-gaussian-bowl"]
PARAMETERS = BOWL.pack({})
START = (0.6, 1.4)
STEPS = 500
NOISE = Noise(std=1.0, seed=1)

LEARNING_RATE = 5e-4
"""So small that none of the five arrives: ours then looks for visits as well."""

NAMES = ("gd", "sgd", "momentum", "rmsprop", "adam")
"""The rules that `loops.c` has."""

MOST_VARIANTS = 24
"""As many as the page's bar holds."""

Variant = tuple[str, Any]
"""The name of a rule, and packed hyperparameters."""


def list_variants(count: int) -> list[Variant]:
    """Return variants of the rules in turn, no two of one rule with the same learning rate."""
    return [
        (name, OPTIMIZERS[name].pack({"lr": LEARNING_RATE * (1 - i / (2 * count))}))
        for i, name in enumerate(islice(cycle(NAMES), count))
    ]


FIVE: list[Variant] = [(name, OPTIMIZERS[name].pack({"lr": LEARNING_RATE})) for name in NAMES]

Point = tuple[float, float]
MakeOptimizer = Callable[[torch.Tensor], torch.optim.Optimizer]
Walk = Callable[[MakeOptimizer, list[Point]], Point]


def compare_with_c() -> Result:
    """Five optimizers × 500 steps from one start, times the same loop in C."""
    return compare_variants_with_c(FIVE)


def compare_most_variants_with_c() -> Result:
    """24 variants of the five × 500 steps from one start, times the same loop in C."""
    return compare_variants_with_c(list_variants(MOST_VARIANTS))


def compare_variants_with_c(variants: Sequence[Variant]) -> Result:
    """Compare descents of variants with the same loop in C."""

    def descend_ours() -> list[Descent]:
        return descend_each(variants)

    with compile_loops(variants) as descend_in_c:
        ends = [(d.steps, d.x[-1], d.y[-1]) for d in descend_ours()]
        c_ends = [(last, path[0, last], path[1, last]) for last, path in descend_in_c()]
        assert [end[0] for end in ends] == [STEPS] * len(ends)
        np.testing.assert_allclose(ends, c_ends, rtol=0, atol=1e-9)
        ours, peer = (
            Measurement.of(samples)
            for samples in interleave(
                100, timed(descend_ours, calls=10), timed(descend_in_c, calls=10)
            )
        )
    return Result(
        ours=ours,
        peer_name="C",
        peer=peer,
        ratio=ours.median / peer.median,
        goal=Goal(relation="≤", bound=1.5),
        note="cc -O3, called through ctypes once an optimizer, each call with a new path; ours "
        "also finds the basin of the last point, the step of arrival and long visits",
    )


def compare_with_torch() -> Result:
    """Five optimizers × 500 steps from one start, as many times faster than `torch.optim`."""
    return compare_with_walk(
        walk_by_autograd,
        "torch as its documentation uses it: a loss, `backward`, `step`",
        goal=Goal(relation="≥", bound=1000),
    )


def compare_with_torch_given_gradients() -> Result:
    """Five optimizers × 500 steps from one start, as many times faster than `torch.optim` alone."""
    return compare_with_walk(
        walk_by_exact_gradient,
        "torch takes the steps and does nothing else: it is given the exact gradient, which plain "
        "Python computes",
        goal=None,
    )


def compare_with_walk(walk: Walk, note: str, goal: Goal | None) -> Result:
    """Compare with one way to walk by `torch.optim`, which keeps no path and checks nothing."""
    noises = {name: draw_noise(name) for name in NAMES}

    def descend_in_torch() -> list[Point]:
        return [walk(make_torch_optimizer(name), noises[name]) for name in NAMES]

    ends = [(descent.x[-1], descent.y[-1]) for descent in descend_five()]
    np.testing.assert_allclose(ends, descend_in_torch(), rtol=0, atol=1e-9)
    ours, peer = (
        Measurement.of(samples)
        for samples in interleave(5, timed(descend_five, calls=500), timed(descend_in_torch))
    )
    return Result(
        ours=ours,
        peer_name="torch.optim",
        peer=peer,
        ratio=peer.median / ours.median,
        goal=goal,
        note=note,
    )


def descend_five() -> list[Descent]:
    """Run the five optimizers as the server does."""
    return descend_each(FIVE)


def descend_each(
    variants: Sequence[Variant],
    objective: Objective = BOWL,
    parameters: NDArray[np.float64] = PARAMETERS,
) -> list[Descent]:
    """Run variants on an objective as the server does."""
    return [
        descend(
            objective,
            parameters,
            OPTIMIZERS[name],
            hyperparameters,
            start=START,
            steps=STEPS,
            noise=NOISE,
        )
        for name, hyperparameters in variants
    ]


@contextmanager
def compile_loops(variants: Sequence[Variant]) -> Iterator[Callable[[], list[tuple[int, Any]]]]:
    """Compile `loops.c`; yield a function that runs variants and returns last steps and paths."""
    source = Path(__file__).with_name("loops.c")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "loops.so"
        subprocess.run(
            [os.environ.get("CC", "cc"), "-O3", "-shared", "-fPIC", source, "-o", library, "-lm"],
            check=True,
        )
        loops = ctypes.CDLL(str(library))
        calls = []
        for name, hyperparameters in variants:
            function = loops[f"descend_{name}"]
            function.argtypes = [
                ctypes.c_void_p,
                ctypes.c_void_p,
                ctypes.c_double,
                ctypes.c_uint64,
                ctypes.c_double,
                ctypes.c_double,
                ctypes.c_int,
                ctypes.c_void_p,
            ]
            packed = np.array(hyperparameters, dtype=np.float64)
            calls.append((function, packed, noise_scale(OPTIMIZERS[name], NOISE)))

        def descend_in_c() -> list[tuple[int, Any]]:
            descents = []
            for function, packed, scale in calls:
                path = np.empty((3, STEPS + 1))
                last = function(
                    PARAMETERS.ctypes.data,
                    packed.ctypes.data,
                    scale,
                    NOISE.seed,
                    *START,
                    STEPS,
                    path.ctypes.data,
                )
                descents.append((last, path))
            return descents

        yield descend_in_c


def draw_noise(name: str) -> list[Point]:
    """Return what is added to the gradient of an optimizer at each step."""
    scale = noise_scale(OPTIMIZERS[name], NOISE)
    if scale == 0.0:
        return [(0.0, 0.0)] * STEPS
    pairs = [normal_pair(np.uint64(NOISE.seed), np.uint64(k)) for k in range(1, STEPS + 1)]
    return [(scale * first, scale * second) for first, second in pairs]


def make_torch_optimizer(name: str) -> MakeOptimizer:
    """Return what makes PyTorch's optimizer of one parameter; its other defaults are ours."""
    match name:
        case "gd" | "sgd":
            return lambda theta: torch.optim.SGD([theta], lr=LEARNING_RATE)
        case "momentum":
            return lambda theta: torch.optim.SGD([theta], lr=LEARNING_RATE, momentum=0.9)
        case "rmsprop":
            return lambda theta: torch.optim.RMSprop([theta], lr=LEARNING_RATE)
        case "adam":
            return lambda theta: torch.optim.Adam([theta], lr=LEARNING_RATE)
    raise ValueError(name)


def walk_by_autograd(make_optimizer: MakeOptimizer, noise: list[Point]) -> Point:
    """Walk as PyTorch's documentation does: a loss, `backward`, `step`."""
    a, b, c, d = PARAMETERS.tolist()
    theta = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = make_optimizer(theta)
    for draw in noise:
        optimizer.zero_grad()
        x, y = theta
        right = a * torch.exp(-((x - 1) ** 2 + y**2) / c)
        left = b * torch.exp(-((x + 1) ** 2 + y**2) / d)
        loss = x**2 + y**2 - right - left
        loss.backward()
        if any(draw):
            assert theta.grad is not None
            theta.grad += torch.tensor(draw, dtype=torch.float64)
        optimizer.step()
    x, y = theta.tolist()
    return x, y


def walk_by_exact_gradient(make_optimizer: MakeOptimizer, noise: list[Point]) -> Point:
    """Walk the fastest way there is with `torch.optim`: the gradient as plain Python numbers."""
    a, b, c, d = PARAMETERS.tolist()
    theta = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = make_optimizer(theta)
    for noise_x, noise_y in noise:
        x, y = theta.tolist()
        right = 2 * a / c * math.exp(-((x - 1) ** 2 + y * y) / c)
        left = 2 * b / d * math.exp(-((x + 1) ** 2 + y * y) / d)
        fx = 2 * x + (x - 1) * right + (x + 1) * left
        fy = y * (2 + right + left)
        theta.grad = torch.tensor((fx + noise_x, fy + noise_y), dtype=torch.float64)
        optimizer.step()
    x, y = theta.tolist()
    return x, y
