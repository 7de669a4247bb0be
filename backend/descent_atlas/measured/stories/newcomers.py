"""The story of Eve and YellowFin: do they differ much from momentum?"""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.stories.ends import Ends, find_opening, follow, share_of
from descent_atlas.measured.stories.story import (
    MOST,
    Column,
    Row,
    Story,
    Table,
    judge,
    say_share,
)
from descent_atlas.measured.stories.story_settings import (
    MAP_STARTS,
    PATH_STARTS,
    Setting,
    StoryRun,
    make_view,
    take_swept_runs,
)
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import DEFAULT_STEPS

OPTIMIZER_IDS = ("momentum", "eve", "yellowfin", "nesterov")
"""Momentum, the two newcomers, and Nesterov's momentum as a yardstick: a close relative."""

NEWCOMERS = ("eve", "yellowfin")

VALLEY_STEPS = 20_000
"""Steps on Rosenbrock's function, where hardly any descent arrives within the page's budget."""

MUCH = 2.0
"""Optimizers differ much if the ratio of their steps is above this or below its inverse."""


def is_alike(id: str, ends: Mapping[str, Ends]) -> NDArray[np.bool_]:
    """Return for each start whether an optimizer does not differ much from momentum.

    It ends at the same minimum, and either both arrive there, in numbers of steps that differ
    by no more than the factor `MUCH`, or neither does.
    """
    mine, momentum = ends[id], ends["momentum"]
    similar_steps = (mine.arrival <= MUCH * momentum.arrival) & (
        momentum.arrival <= MUCH * mine.arrival
    )  # infinity, for no arrival, is similar to infinity alone
    alike: NDArray[np.bool_] = (mine.minimum == momentum.minimum) & similar_steps
    return alike


def are_alike(ends: Mapping[str, Ends]) -> NDArray[np.bool_]:
    """Return for each start whether neither newcomer differs much from momentum."""
    eve, yellowfin = (is_alike(id, ends) for id in NEWCOMERS)
    return eve & yellowfin


def take_default_runs(ids: Iterable[str], steps: int) -> dict[str, StoryRun]:
    """Return the settings that each optimizer's authors or PyTorch propose."""
    return {id: StoryRun(OPTIMIZERS[id].pack({}), steps) for id in ids}


def measure_newcomers(executor: Executor) -> Story:
    """Story 7: Eve and YellowFin do not differ much from momentum."""
    settings = {}
    for objective_id in ("two-gaussian-bowl", "rastrigin", "rosenbrock"):
        objective = OBJECTIVES[objective_id]
        is_long = objective_id == "rosenbrock"
        steps = VALLEY_STEPS if is_long else DEFAULT_STEPS
        swept = take_swept_runs(objective_id, OPTIMIZER_IDS)
        for kind, runs in {
            "at swept rates": {id: run.but(steps=steps) for id, run in swept.items()},
            "at default rates": take_default_runs(OPTIMIZER_IDS, steps),
        }.items():
            settings[f"{objective.name}, {kind}, {steps:,} steps"] = Setting(
                objective=objective,
                runs=runs,
                starts=PATH_STARTS if is_long else MAP_STARTS,
            )
    rows = []
    shares = []
    views = []
    alikes = []
    for label, setting in settings.items():
        ends = follow(setting, executor)
        shows = are_alike(ends)
        shares.append(share_of(shows))
        views.append(make_view(setting, find_opening(setting, are_alike, shows, executor)))
        alikes.append({id: share_of(is_alike(id, ends)) for id in OPTIMIZER_IDS[1:]})
        rows.append(
            Row(
                label=label,
                values=[
                    *alikes[-1].values(),
                    *(find_median_arrival(ends[id]) for id in OPTIMIZER_IDS),
                ],
                view=views[-1],
            )
        )
    best = shares.index(max(shares))
    names = {id: OPTIMIZERS[id].name for id in OPTIMIZER_IDS}
    return Story(
        id="eve-and-yellowfin",
        title="Eve and YellowFin against momentum",
        claim=(
            "Of Eve and YellowFin the article finds it “unclear whether they would differ "
            "significantly from momentum SGD on these toy problems”. Put to the test: they do not."
        ),
        verdict=judge(shares[0] > MOST, shares),
        evidence=(
            f"true from {say_share(shares[0])} of starts on the article's own function at swept "
            f"rates, "
            + (
                "and from fewer in all other settings"
                if best == 0
                else f"from {say_share(shares[best])} on {[*settings][best]}"
            )
        ),
        sides=[],
        share=shares[best],
        explanation=(
            f"They do. Much like momentum means the same minimum, in no more than twice its steps "
            f"and no less than half. On the article's own function at swept rates Eve is that "
            f"from {say_share(alikes[0]['eve'])} of the starts and YellowFin from "
            f"{say_share(alikes[0]['yellowfin'])}; but there even a close relative, Nesterov's "
            f"momentum, is it from only {say_share(alikes[0]['nesterov'])}. On Rastrigin's "
            f"function at swept rates it is {say_share(alikes[2]['eve'])} and "
            f"{say_share(alikes[2]['yellowfin'])}, in Rosenbrock's valley "
            f"{say_share(alikes[4]['eve'])} and {say_share(alikes[4]['yellowfin'])}."
        ),
        table=Table(
            columns=[
                *(
                    Column(name=f"{names[id]}, like momentum", unit="share")
                    for id in OPTIMIZER_IDS[1:]
                ),
                *(Column(name=f"{names[id]}, median", unit="steps") for id in OPTIMIZER_IDS),
            ],
            rows=rows,
        ),
        view=views[best],
    )


def find_median_arrival(ends: Ends) -> float | None:
    """Return the median step of arrival of the descents that arrive."""
    return float(np.median(ends.arrival[ends.arrived])) if ends.arrived.any() else None
