"""Ends of descents from every start of a setting, or from one start."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.stories.story_settings import NO_NOISE, Setting, Start, find_nearest
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import Descent, descend
from descent_atlas.simulation.outcomes import run_from_each


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Ends of one optimizer's descents; each array has one element for each start.

    Attributes:
        minimum: the index of the minimum in whose basin the end lies, -1 for none.
        value: the objective at that minimum, infinity for none.
        is_global: whether that minimum is a global one.
        arrival: the step of arrival there, infinity for none.
    """

    minimum: NDArray[np.int16]
    value: NDArray[np.float64]
    is_global: NDArray[np.bool_]
    arrival: NDArray[np.float64]

    @property
    def arrived(self) -> NDArray[np.bool_]:
        """Whether the descent arrived at its minimum."""
        return np.isfinite(self.arrival)


Claim = Callable[[Mapping[str, Ends]], NDArray[np.bool_]]
"""A claim about descents from one start, evaluated for each start."""


def follow(setting: Setting, executor: Executor) -> dict[str, Ends]:
    """Run every optimizer of a setting from each of its starts."""
    return _follow(setting, *setting.place_starts(), executor)


def follow_from(setting: Setting, start: Start, executor: Executor) -> dict[str, Ends]:
    """Run every optimizer of a setting from one start; the arrays have one element."""
    x, y = np.array(start).reshape(2, 1)
    return _follow(setting, x, y, executor)


def _follow(
    setting: Setting, x: NDArray[np.float64], y: NDArray[np.float64], executor: Executor
) -> dict[str, Ends]:
    values = np.array([minimum.value for minimum in setting.minima] + [np.inf])
    is_global = np.array([minimum.is_global for minimum in setting.minima] + [False])
    ends = {}
    for id, run in setting.runs.items():
        outcomes = run_from_each(
            setting.objective,
            setting.packed,
            OPTIMIZERS[id],
            run.hyperparameters,
            x=x,
            y=y,
            steps=run.steps,
            noise=NO_NOISE,
            executor=executor,
        )
        ends[id] = Ends(
            minimum=outcomes.minima,
            value=values[outcomes.minima],  # the index -1, for none, selects the last
            is_global=is_global[outcomes.minima],
            arrival=np.where(outcomes.arrivals >= 0, outcomes.arrivals, np.inf),
        )
    return ends


def find_opening(
    setting: Setting, claim: Claim, shows: NDArray[np.bool_], executor: Executor
) -> Start:
    """Return the start at which a story opens: one that shows its claim.

    It is the page's default start if that shows the claim or if no start does, otherwise the
    nearest of the setting's starts that does. `shows` is the claim for each of them.
    """
    if not shows.any() or claim(follow_from(setting, setting.opening, executor)).item():
        return setting.opening
    return find_nearest(setting, shows)


def walk(setting: Setting, id: str, start: Start) -> Descent:
    """Return the path of one optimizer from one start, as the page draws it."""
    run = setting.runs[id]
    return descend(
        setting.objective,
        setting.packed,
        OPTIMIZERS[id],
        run.hyperparameters,
        start=start,
        steps=run.steps,
        noise=NO_NOISE,
    )


def share_of(shows: NDArray[np.bool_]) -> float:
    """Return the share of the starts that show something."""
    return float(np.mean(shows))
