"""Ends of descents from every start of a grid, or from one start."""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.stories.story_settings import NO_NOISE, Setting
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.basins import Axis, basins
from descent_atlas.simulation.descent import Descent, descend


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Ends of one optimizer's descents from a grid of starts; each array is [y, x].

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


def follow(setting: Setting, executor: Executor) -> dict[str, Ends]:
    """Run every optimizer of a setting from every start of its grid."""
    x, y = setting.axes()
    return _follow(setting, x, y, executor)


def follow_from(
    setting: Setting, start: tuple[float, float], executor: Executor
) -> dict[str, Ends]:
    """Run every optimizer of a setting from one start; the arrays have one element."""
    x, y = (Axis(minimum=coordinate, maximum=coordinate, count=1) for coordinate in start)
    return _follow(setting, x, y, executor)


def _follow(setting: Setting, x: Axis, y: Axis, executor: Executor) -> dict[str, Ends]:
    values = np.array([minimum.value for minimum in setting.minima] + [np.inf])
    is_global = np.array([minimum.is_global for minimum in setting.minima] + [False])
    ends = {}
    for id, run in setting.runs.items():
        reached = basins(
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
            minimum=reached.labels,
            value=values[reached.labels],  # the label -1, for none, selects the last
            is_global=is_global[reached.labels],
            arrival=np.where(reached.arrivals >= 0, reached.arrivals, np.inf),
        )
    return ends


def walk(setting: Setting, id: str, start: tuple[float, float]) -> Descent:
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
