"""Compile everything, or load what was compiled before, so that no click has to wait for it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from backend.api.files import Files
from backend.api.tables import represent_objectives, represent_optimizers
from backend.basins import Axis, basins
from backend.descent import descend
from backend.minima import find_minima
from backend.noise import Noise
from backend.objective import Objective
from backend.objectives import OBJECTIVES
from backend.optimizers import OPTIMIZERS, Optimizer

TINY = Axis(minimum=-1.0, maximum=1.0, count=2)


def warm_up(files: Files, stopped: threading.Event | None = None) -> None:
    """Do once everything that is slow the first time; end early once `stopped` is set.

    It takes about two seconds, and half a minute where nothing is compiled yet
    (`descent-atlas warm` says how long).
    """
    for step in list_steps(files):
        if stopped is not None and stopped.is_set():
            return
        step()


def list_steps(files: Files) -> Iterator[Callable[[], object]]:
    """Yield what is slow the first time; what the page asks for first comes first."""
    yield represent_objectives
    yield represent_optimizers
    yield files.compress_vendored
    bowl = next(iter(OBJECTIVES.values()))
    for optimizer in OPTIMIZERS.values():
        yield partial(_descend_once, bowl, optimizer)
    for objective in OBJECTIVES.values():
        yield partial(find_minima, objective, objective.pack({}))
    for optimizer in OPTIMIZERS.values():
        yield partial(_map_once, bowl, optimizer)


def _descend_once(objective: Objective, optimizer: Optimizer) -> None:
    objective.evaluate(0.0, 0.0, objective.pack({}))
    descend(
        objective,
        objective.pack({}),
        optimizer,
        optimizer.pack({}),
        start=objective.start,
        steps=1,
        noise=Noise(),
    )


def _map_once(objective: Objective, optimizer: Optimizer) -> None:
    with ThreadPoolExecutor(1) as executor:
        basins(
            objective,
            objective.pack({}),
            optimizer,
            optimizer.pack({}),
            x=TINY,
            y=TINY,
            steps=1,
            noise=Noise(),
            executor=executor,
        )
