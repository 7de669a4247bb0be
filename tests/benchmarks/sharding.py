"""A drawing's points with two workers beside one.

The efficiency is the time of one worker, divided by two and by the time of two: the part of what
both could do that they did. These are the rules, fixed before a measurement:

- The drawing is one for which one worker takes `SECONDS`. Who has less to draw needs no workers,
  and would measure how long PyTorch takes to load.
- All counts, from the call until the last point is there: the start of the processes, the drawing
  that is sent to them, who waits for whom at the end. The one worker is this process and starts
  nothing.
- The one worker is measured between two measurements of two. A machine that grows slower or faster
  meanwhile then favours neither.
- Beside it stands what the machine allows: how much longer a point takes while the other core has
  one too. They share memory, caches and the clock, and that bounds the efficiency.
"""

import math
import time
from concurrent.futures import Executor
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from descent_atlas.drawing import classification
from descent_atlas.drawing.draw_landscape import Drawing
from descent_atlas.drawing.sharding.shipped_drawing import (
    ShippedDrawing,
    evaluate_shipped,
    ship,
)
from descent_atlas.drawing.sharding.worker_blocks import evaluate_with, open_workers
from tests.benchmarks.drawing import make_convolutional, make_images
from tests.benchmarks.measuring import Goal, Measurement, Result, one_thread

SECONDS = 120.0
"""Time that one worker takes at least."""

WORKERS = 2

TOGETHER = Goal(relation="≥", bound=0.85 * WORKERS)

PROBED = 25
"""Points that tell what the machine allows: some seconds."""


def compare_two_workers() -> Result:
    """All points of a convolutional network's drawing with two workers, times faster than one."""
    grid = choose_grid()
    drawing = make_drawing(grid)
    before = time_workers(drawing, WORKERS)
    alone = time_workers(drawing, 1)
    both = Measurement.of([before, time_workers(drawing, WORKERS)])
    ratio = alone / both.median
    start, beside = probe_machine(drawing)
    return Result(
        ours=both,
        peer_name="one worker",
        peer=Measurement(unit="s", median=alone, low=alone, high=alone, count=1),
        ratio=ratio,
        goal=TOGETHER,
        note=f"an efficiency of {ratio / WORKERS:.2f}; {grid}² points, one thread each; a point "
        f"takes {beside:.2f} times as long while the other core has one too, so that at most "
        f"{1 / beside:.2f} can be reached; the processes start in {start:.1f} s, which count",
    )


def make_drawing(grid: int) -> Drawing:
    """Return a drawing of so many points along each axis."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Drawing(make_convolutional(), classification, make_images(), grid=grid)


def choose_grid() -> int:
    """Return the points along each axis for which one worker takes `SECONDS`, an odd number."""
    drawing = make_drawing(5)
    with one_thread():
        drawing.evaluate([0])
        begun = time.perf_counter()
        drawing.evaluate(range(25))
    seconds = (time.perf_counter() - begun) / 25
    return math.ceil(math.sqrt(SECONDS / seconds)) // 2 * 2 + 1


def time_workers(drawing: Drawing, workers: int) -> float:
    """Return the seconds that so many workers take."""
    begun = time.perf_counter()
    for _ in evaluate_with(drawing, workers, drawing.order.points.tolist()):
        pass
    return time.perf_counter() - begun


def probe_machine(drawing: Drawing) -> tuple[float, float]:
    """Return the seconds in which workers start, and what a point takes beside another one.

    The latter is a multiple of what it takes alone.
    """
    points = tuple(drawing.order.points.tolist()[:PROBED])
    with TemporaryDirectory() as folder, open_workers(WORKERS) as (executor, _):
        shipped = ship(drawing, Path(folder) / "drawing")
        begun = time.perf_counter()
        run_beside(executor, shipped, points[:1], WORKERS)
        start = time.perf_counter() - begun
        run_beside(executor, shipped, points, WORKERS)  # the last of them may have been starting
        alone = run_beside(executor, shipped, points, 1)
        return start, run_beside(executor, shipped, points, WORKERS) / alone


def run_beside(
    executor: Executor, shipped: ShippedDrawing, points: tuple[int, ...], workers: int
) -> float:
    """Return the mean seconds in which so many workers each evaluate some points, all at once."""
    futures = [executor.submit(time_points, shipped, points) for _ in range(workers)]
    return sum(future.result() for future in futures) / workers


def time_points(shipped: ShippedDrawing, points: tuple[int, ...]) -> float:
    """Return the seconds in which this process evaluates points; called in a worker."""
    evaluate_shipped(shipped, points[:1])  # reads the drawing, if need be
    begun = time.perf_counter()
    evaluate_shipped(shipped, points)
    return time.perf_counter() - begun
