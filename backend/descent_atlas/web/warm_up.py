"""Warm-up: compile or load everything before the first request needs it."""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.objectives.typed.typed_objective import make_typed
from descent_atlas.optimizers.anatomies import ANATOMIES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.optimizers.quantities import find_moves
from descent_atlas.simulation.basins import Axis, basins
from descent_atlas.simulation.descent import descend
from descent_atlas.simulation.noise import Noise, start_seed
from descent_atlas.simulation.recorded_states import record_states
from descent_atlas.web.page_files import Files
from descent_atlas.web.routes.table_routes import represent_objectives, represent_optimizers

RETRY_SECONDS = 10.0
"""Time between a failed attempt and the next. The cause, such as a full disk, may be gone by
then."""

logger = logging.getLogger(__name__)

TINY = Axis(minimum=-1.0, maximum=1.0, count=2)


class WarmUp:
    """A server's warm-up, on a thread of its own.

    It is attempted until it succeeds or the server stops. `is_ready` says whether an attempt has
    succeeded, `failure` why the last one failed.
    """

    def __init__(
        self, work: Callable[[threading.Event], object], finish: Callable[[], object]
    ) -> None:
        """Take the function to run, and one to call after the attempt that succeeds.

        The first should return early once the event that it is passed is set.
        """
        self._work = work
        self._finish = finish
        self._stopped = threading.Event()
        self._thread = threading.Thread()
        self.is_ready = False
        self.failure: str | None = None

    def start(self) -> None:
        """Start the thread; also after `stop`."""
        self._stopped.clear()
        self._thread = threading.Thread(target=self._run, name="warm-up")
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end after the step in progress."""
        self._stopped.set()

    def join(self) -> None:
        """Wait for the thread to end."""
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._work(self._stopped)
                self._finish()
            except Exception as error:  # /api/health reports it; a later attempt may succeed
                logger.exception("The warm-up failed; the next attempt is in %g s.", RETRY_SECONDS)
                self.failure = explain(error)
                self._stopped.wait(RETRY_SECONDS)
            else:
                self.is_ready = not self._stopped.is_set()
                return


def explain(error: Exception) -> str:
    """Return why a warm-up failed, without paths or code, because every client may read it.

    Example:
        >>> explain(OSError(28, "No space left on device", "/secret/path"))
        'The warm-up failed: No space left on device. It will be repeated; the log has the details.'
    """
    match error:
        case MemoryError():
            reason = "Out of memory"
        case OSError(errno=int(number)):
            reason = os.strerror(number)
        case _:
            reason = "Internal error"
    return f"The warm-up failed: {reason}. It will be repeated; the log has the details."


def warm_up(files: Files, stopped: threading.Event | None = None) -> None:
    """Run everything whose first call is slow; return early once `stopped` is set.

    This takes about two seconds with compiled code in the cache and half a minute without
    (`descent-atlas warm` prints the time).
    """
    for step in list_steps(files):
        if stopped is not None and stopped.is_set():
            return
        step()


def list_steps(files: Files) -> Iterator[Callable[[], object]]:
    """Yield the functions whose first call is slow, in the order in which the page needs them."""
    yield represent_objectives
    yield represent_optimizers
    yield files.compress_vendored
    bowl = next(iter(OBJECTIVES.values()))
    for optimizer in OPTIMIZERS.values():
        yield partial(_descend_once, bowl, optimizer)
    yield _compile_typed
    for objective in OBJECTIVES.values():
        yield partial(find_minima, objective, objective.pack({}))
        if objective.valley is not None:  # its minima are listed, and none of its Hessian is needed
            yield partial(_descend_once, objective, OPTIMIZERS["gd"])
    for optimizer in OPTIMIZERS.values():
        yield partial(_map_once, bowl, optimizer)
    for optimizer in OPTIMIZERS.values():
        yield partial(_record_once, bowl, optimizer)
    yield partial(start_seed, 0, 0)  # of the starts of rate curves


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


def _record_once(objective: Objective, optimizer: Optimizer) -> None:
    h = optimizer.pack({})
    record = record_states(
        objective,
        objective.pack({}),
        optimizer,
        h,
        start=objective.start,
        steps=1,
        noise=Noise(),
        first=1,
        count=1,
    )
    find_moves(ANATOMIES[optimizer.id], record, h)


def _compile_typed() -> None:
    """Compile the machine of typed functions, which is the same for all of them."""
    objective = make_typed("sqrt(x^2 + y^2)")
    find_minima(objective, objective.pack({}))


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
