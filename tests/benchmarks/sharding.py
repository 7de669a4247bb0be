"""A drawing's points with two workers beside one."""

import time

import torch

from descent_atlas.drawing import classification
from descent_atlas.drawing.draw_landscape import Drawing
from descent_atlas.drawing.sharding.worker_blocks import evaluate_with
from tests.benchmarks.drawing import make_convolutional, make_images
from tests.benchmarks.measuring import Goal, Measurement, Result, interleave

GRID = 31
"""Points along each axis: about a minute for one worker, beside which processes start quickly."""

ROUNDS = 2

WORKERS = 2

TOGETHER = Goal(relation="≥", bound=0.85 * WORKERS)


def compare_two_workers() -> Result:
    """All points of a convolutional network's drawing with two workers, times faster than one."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        drawing = Drawing(make_convolutional(), classification, make_images(), grid=GRID)
    alone, both = (
        Measurement.of(samples)
        for samples in interleave(
            ROUNDS, lambda: time_workers(drawing, 1), lambda: time_workers(drawing, WORKERS)
        )
    )
    return Result(
        ours=both,
        peer_name="one worker",
        peer=alone,
        ratio=alone.median / both.median,
        goal=TOGETHER,
        note=f"{GRID}² points, one thread each; the start of the processes counts",
    )


def time_workers(drawing: Drawing, workers: int) -> float:
    """Return the seconds that so many workers take."""
    begun = time.perf_counter()
    for _ in evaluate_with(drawing, workers, drawing.order.points.tolist()):
        pass
    return time.perf_counter() - begun
