"""The story of Rosenbrock's function: quickly into the valley, slowly along it."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.stories.ends import follow, follow_from, share_of, walk
from descent_atlas.measured.stories.story import Column, Row, Story, Table, judge, say_share
from descent_atlas.measured.stories.story_settings import (
    ARTICLE,
    PATH_STARTS,
    Setting,
    Start,
    StoryRun,
    find_nearest,
    make_view,
    take_article_runs,
    take_swept_runs,
)
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import Descent

ROSENBROCK = OBJECTIVES["rosenbrock"]

BUDGET = 20_000
"""Steps that take gradient descent along the valley at any rate at which it does not diverge."""

COMMON_RATE = 0.001
"""The largest power of ten at which none of the four diverges from the opening start."""

VALLEY = 0.1
"""Within this distance of the parabola y = x² a point is in the valley."""

QUICKLY = 0.1
"""The way into the valley is quick if it takes at most this share of all steps."""

WHOLE_PATH = 1_999
"""Steps in which the valley must be entered: the most that a path keeps every point of."""

POINTS = 2_000
"""Points along each of two paths whose distance is measured: about 0.002 apart."""


def enter_valley(descent: Descent) -> float:
    """Return the first step at which a path is in the valley, infinity if it never is.

    The distance from the parabola is that from its tangent beside the point, |y - x²| /
    √(1 + 4x²), which is exact to first order.
    """
    distance = np.abs(descent.y - descent.x**2) / np.sqrt(1 + 4 * descent.x**2)
    inside = np.flatnonzero(distance <= VALLEY)
    return float(inside[0]) if inside.size else np.inf


def measure_gap(path: Descent, other: Descent) -> float:
    """Return the Hausdorff distance between two paths.

    It is the largest distance from a point of either path to the nearest point of the other.
    Points are taken at equal distances along the paths, so that a long step counts as the line
    that is drawn.
    """
    points, others = _resample(path), _resample(other)
    distance = np.abs(points[:, np.newaxis] - others)
    return float(max(distance.min(axis=0).max(), distance.min(axis=1).max()))


def _resample(path: Descent) -> NDArray[np.complex128]:
    """Return `POINTS` points at equal distances along a path, as complex numbers."""
    points = path.x + 1j * path.y
    travelled = np.concatenate(([0.0], np.cumsum(np.abs(np.diff(points)))))
    wanted = np.linspace(0.0, travelled[-1], POINTS)
    return np.interp(wanted, travelled, path.x) + 1j * np.interp(wanted, travelled, path.y)


@dataclass(frozen=True, kw_only=True)
class Phases:
    """When the descents of one optimizer enter the valley, and when they arrive.

    Attributes:
        entry: the step of entry, float64[starts], infinity for never.
        arrival: the step of arrival at the minimum, float64[starts], infinity for never.
    """

    entry: NDArray[np.float64]
    arrival: NDArray[np.float64]

    @property
    def arrives(self) -> NDArray[np.bool_]:
        """Whether a descent arrives."""
        return np.isfinite(self.arrival)

    @property
    def is_quick_then_slow(self) -> NDArray[np.bool_]:
        """Whether a descent arrives, and spends little of its way on reaching the valley."""
        return self.arrives & (self.entry <= QUICKLY * self.arrival)


def time_phases(
    runs: Mapping[str, StoryRun], executor: Executor, start: Start | None = None
) -> dict[str, Phases]:
    """Return the phases of every run, from one start or, without one, from the grid of starts."""
    setting = on_rosenbrock(runs)
    beginning = on_rosenbrock({id: run.but(steps=WHOLE_PATH) for id, run in runs.items()})
    starts = setting.list_starts() if start is None else [start]
    ends = follow(setting, executor) if start is None else follow_from(setting, start, executor)
    return {
        id: Phases(
            entry=np.array([enter_valley(walk(beginning, id, start)) for start in starts]),
            arrival=ends[id].arrival,
        )
        for id in runs
    }


def on_rosenbrock(runs: Mapping[str, StoryRun]) -> Setting:
    """Return a setting on Rosenbrock's function."""
    return Setting(objective=ROSENBROCK, runs=runs, starts=PATH_STARTS)


def is_true(phases: Mapping[str, Phases]) -> NDArray[np.bool_]:
    """Return for each start whether all are quick into the valley, slow along it, and arrive."""
    everyone: NDArray[np.bool_] = np.all([p.is_quick_then_slow for p in phases.values()], axis=0)
    return everyone


def choose_start(runs: Mapping[str, StoryRun], executor: Executor) -> Start:
    """Return the page's default start or, if that does not show the claim, the nearest that does.

    Where no start shows it, the default start remains.
    """
    shows = is_true(time_phases(runs, executor))
    if not shows.any() or is_true(time_phases(runs, executor, ROSENBROCK.start)).item():
        return ROSENBROCK.start
    return find_nearest(on_rosenbrock(runs), shows)


def measure_rosenbrock(executor: Executor) -> Story:
    """Story 6: all reach Rosenbrock's minimum, quickly into the valley and slowly along it."""
    article = take_article_runs()
    swept = take_swept_runs(ROSENBROCK.id, ARTICLE)
    settings = {
        f"One rate for all, {COMMON_RATE}": {
            id: run.but(lr=COMMON_RATE, steps=BUDGET) for id, run in article.items()
        },
        "Each at its own swept rate": {id: run.but(steps=BUDGET) for id, run in swept.items()},
        "The article's rates for its own function": {
            id: run.but(steps=BUDGET) for id, run in article.items()
        },
    }
    start = choose_start(next(iter(settings.values())), executor)
    rows = []
    shares = []
    arrives = []
    phases_here = []
    for label, runs in settings.items():
        phases = time_phases(runs, executor)
        here = time_phases(runs, executor, start)
        phases_here.append(here)
        view = make_view(on_rosenbrock(runs), start)
        shares.append(share_of(is_true(phases)))
        everyone = share_of(np.all([p.arrives for p in phases.values()], axis=0))
        arrives.append({"all": everyone})
        rows.append(
            Row(
                label=f"{label}: all four",
                values=[None, None, shares[-1], everyone, None],
                view=view,
            )
        )
        for id in ARTICLE:
            arrives[-1][id] = share_of(phases[id].arrives)
            rows.append(
                Row(
                    label=f"{label}: {OPTIMIZERS[id].name}",
                    values=[
                        _finite(here[id].entry.item()),
                        _finite(here[id].arrival.item()),
                        share_of(phases[id].is_quick_then_slow),
                        arrives[-1][id],
                        None,
                    ],
                    view=view,
                )
            )
    own = on_rosenbrock(next(iter(settings.values())))
    paths = {id: walk(own, id, start) for id in ARTICLE}
    gaps = {}
    for a, b in combinations(ARTICLE, 2):
        gaps[a, b] = round(measure_gap(paths[a], paths[b]), 3)
        rows.append(
            Row(
                label=f"Between the paths of {OPTIMIZERS[a].name} and {OPTIMIZERS[b].name}",
                values=[None, None, None, None, gaps[a, b]],
                view=None,
            )
        )
    here = phases_here[0]
    return Story(
        id="rosenbrock-valley",
        title="Quickly into the valley, slowly along it",
        claim=(
            "On Rosenbrock's function “most algorithms rapidly converge to this valley, but it "
            "is typically difficult to converge to the global minimum within this valley”; in "
            "the picture “all algorithms find the global minimum but through very different "
            "paths”, adaptive and not."
        ),
        verdict=judge(bool(is_true(here).item()), shares),
        evidence=(
            f"true from {say_share(shares[0])} of starts at one rate for all, from "
            f"{say_share(shares[1])} at swept rates"
        ),
        sides=[],
        share=shares[0],
        explanation=(
            f"At one rate for all, {COMMON_RATE}, all four are in the valley within "
            f"{max(p.entry.item() for p in here.values()):,.0f} steps of this start and then "
            f"take from {min(p.arrival.item() for p in here.values()):,.0f} to "
            f"{max(p.arrival.item() for p in here.values()):,.0f} to the minimum; from "
            f"{say_share(shares[0])} of the starts the way in takes at most a tenth of the whole, "
            f"and from {say_share(arrives[0]['all'])} all arrive. Neither is so at every rate: at "
            f"swept rates, which are the best for 1,000 steps, RMSProp stays at the minimum from "
            f"{say_share(arrives[1]['rmsprop'])} and Adam from {say_share(arrives[1]['adam'])} of "
            f"the starts; at the rates of the article's own function "
            f"gradient descent and momentum diverge. The roads differ, but not by kind alone: "
            f"RMSProp and Adam keep within {gaps['rmsprop', 'adam']} of each other, gradient "
            f"descent and momentum are {gaps['gd', 'momentum']} apart, gradient descent and Adam "
            f"{gaps['gd', 'adam']}."
        ),
        table=Table(
            columns=[
                Column(name="Into the valley", unit="steps"),
                Column(name="To the minimum", unit="steps"),
                Column(name="Quick, then slow", unit="share"),
                Column(name="Arrives", unit="share"),
                Column(name="Distance", unit="distance"),
            ],
            rows=rows,
        ),
        view=make_view(own, start),
    )


def _finite(step: float) -> float | None:
    return step if np.isfinite(step) else None
