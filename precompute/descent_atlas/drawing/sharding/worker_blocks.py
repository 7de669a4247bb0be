"""Evaluation of a drawing's points by several workers, which take blocks of them."""

import multiprocessing
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.sharding.block_lengths import divide_among
from descent_atlas.drawing.sharding.shipped_drawing import (
    NamedParts,
    ShardingError,
    evaluate_shipped,
    one_thread,
    ship,
)
from descent_atlas.training.loops.parent_process import end_with_parent
from descent_atlas.training.loops.process_state import fix_workspaces, keep_freed_memory

if TYPE_CHECKING:
    from descent_atlas.drawing.draw_landscape import Drawing

Workers = int | Executor
"""How many processes of this machine, or an executor whose workers see this machine's files."""

START_SECONDS = 4.0
"""Time in which processes start: points that take less in all are evaluated in this one."""

UNKNOWN_WORKERS = 64
"""Workers that an executor is taken to have if it does not say. Too many shorten its blocks."""

Block = tuple[Sequence[int], Floats]
"""Indices of points, and their numbers, float64[points, metrics]."""


def check_workers(workers: object) -> Workers:
    """Return workers. Raises ShardingError unless they are a positive number or an executor."""
    if isinstance(workers, Executor):
        return workers
    if isinstance(workers, int) and not isinstance(workers, bool) and workers >= 1:
        return workers
    raise ShardingError(
        f"workers={workers!r}: it should be a number of processes, at least 1, or an executor of "
        "concurrent.futures"
    )


def evaluate_with(
    drawing: "Drawing",
    workers: Workers,
    points: Sequence[int],
    *,
    file: Path | None = None,
    named: NamedParts | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> Iterator[Block]:
    """Yield the numbers of some points of a drawing, block by block, as workers compute them.

    Every point is evaluated on one thread, so that its bits do not depend on the workers. The
    drawing travels in `file`, which is removed in the end; without it, in a temporary one. `named`
    and `arguments` are those of `ship`.

    Raises:
        ShardingError: if other processes cannot evaluate the drawing, or they were killed.
    """
    if not points:
        return
    begun = time.perf_counter()
    yield from evaluate_here(drawing, points[:1])  # measures what a point costs
    seconds = time.perf_counter() - begun
    left = points[1:]
    is_small = workers == 1 or seconds * len(left) < START_SECONDS
    if isinstance(workers, int) and is_small:
        for index in left:
            yield from evaluate_here(drawing, (index,))
        return
    with hold_file(file) as path, open_workers(workers) as (executor, count):
        shipped = ship(drawing, path, named=named, arguments=arguments)
        futures: dict[Future[Any], Sequence[int]] = {}
        try:
            for block in cut_blocks(left, divide_among(len(left), count, seconds)):
                futures[executor.submit(evaluate_shipped, shipped, block)] = block
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenExecutor as error:
            raise ShardingError(
                f"workers: their processes ended ({error}). A program that draws with workers does "
                'so below `if __name__ == "__main__":`; otherwise there may be too little memory '
                "for so many"
            ) from error
        finally:
            for future in futures:
                future.cancel()


def evaluate_here(drawing: "Drawing", points: Sequence[int]) -> Iterator[Block]:
    """Yield the numbers of some points, evaluated in this process on one thread."""
    with one_thread():
        values = drawing.evaluate(points)
    yield points, values


@contextmanager
def hold_file(file: Path | None) -> Iterator[Path]:
    """Yield a file, or a temporary one, that is removed in the end."""
    if file is None:
        with tempfile.TemporaryDirectory(prefix="descent-atlas-") as folder:
            yield Path(folder) / "drawing"
        return
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


@contextmanager
def open_workers(workers: Workers) -> Iterator[tuple[Executor, int]]:
    """Yield an executor and how many workers it has; one that was made here ends with it."""
    if isinstance(workers, Executor):
        yield workers, getattr(workers, "_max_workers", UNKNOWN_WORKERS)
        return
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),  # forking with threads can deadlock
        initializer=enter_worker,
    )
    try:
        yield pool, workers
    finally:
        pool.shutdown(cancel_futures=True)


def enter_worker() -> None:
    """Begin a worker: it ends with its parent, which Ctrl-C reaches in its place."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    torch.set_num_threads(1)
    fix_workspaces()
    keep_freed_memory()


def cut_blocks(points: Sequence[int], lengths: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield consecutive points in blocks of some lengths."""
    start = 0
    for length in lengths:
        yield tuple(points[start : start + length])
        start += length
