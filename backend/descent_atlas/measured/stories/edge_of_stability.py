"""The story of the edge of stability, in two dimensions.

The rule, fixed before the numbers were known:

- The function is the hyperbolic valley, (1 - x²y²)²/4 (Zhu et al., 2023). Along the gradient flow
  x² - y² stays the same, and x² + y² grows while |xy| < 1: the sharpness of the minimum ahead is
  2√(c² + 4) with c = x² - y², and the flow sharpens on its way to it.
- A setting is an optimizer and a rate: gradient descent at 0.15, 0.2, 0.3 and 0.4; momentum (0.9)
  at 0.3, 0.4 and 0.6. All are stable at the flattest minima, whose sharpness is 4. The budget is
  the page's.
- The starts are those of a grid with |xy| < 1 for which the flow's minimum is too sharp: its
  sharpness times the rate is above the rule's limit. From there the flow leads to where the rule
  cannot stay.
- The claim can be read in three ways. It ends at the edge: it arrives, and at its last point the
  sharpness times the rate is within a tenth of the limit. It is turned away: it arrives where
  the sharpness times the rate is at most the limit. The loss rises for a while and falls in the
  long run: it rises in some step after the first ten, and the descent arrives.
- Gradient descent at 0.2 is the page's setting. Each view opens at the start nearest to the page's
  default from which the descent ends at the edge; if there is none, is turned away; if there
  is none, at the default.
"""

import math
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.stories.ends import share_of
from descent_atlas.measured.stories.sharp_descents import SharpDescent, walk_sharply
from descent_atlas.measured.stories.story import (
    MOST,
    Column,
    Row,
    Side,
    Story,
    StoryVerdict,
    Table,
    View,
    judge,
    say_share,
    weigh,
)
from descent_atlas.measured.stories.story_settings import (
    PATH_STARTS,
    Setting,
    Start,
    StoryRun,
    find_nearest,
    make_view,
)
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import DEFAULT_STEPS, Status
from descent_atlas.stability.rate_limits import find_rate_limit

VALLEY = OBJECTIVES["hyperbolic-valley"]

SETTINGS = (
    ("gd", 0.2),
    ("gd", 0.15),
    ("gd", 0.3),
    ("gd", 0.4),
    ("momentum", 0.3),
    ("momentum", 0.4),
    ("momentum", 0.6),
)
"""Optimizers and rates, the page's first."""

NEAR = 0.1
"""The edge's width, relative to the limit."""

WARM_UP = 10
"""A rise of the loss in the first steps is an overshoot of the start, not of the edge."""


def make_setting(id: str, lr: float) -> Setting:
    """Return an optimizer at a rate on the valley, with the page's budget."""
    run = StoryRun(OPTIMIZERS[id].pack({"lr": lr}), DEFAULT_STEPS)
    return Setting(objective=VALLEY, runs={id: run}, starts=PATH_STARTS)


def find_limit_of(setting: Setting, id: str) -> float:
    """Return the limit of a setting's rule."""
    limit = find_rate_limit(id, setting.runs[id].hyperparameters)
    assert limit is not None
    return limit.value


def is_too_sharp(setting: Setting, id: str) -> NDArray[np.bool_]:
    """Return for each start whether the flow sharpens and leads to a minimum beyond the limit."""
    x, y = setting.place_starts()
    ahead = 2 * np.sqrt((x * x - y * y) ** 2 + 4)
    lr = setting.runs[id].hyperparameters.lr
    too_sharp: NDArray[np.bool_] = (np.abs(x * y) < 1) & (lr * ahead > find_limit_of(setting, id))
    return too_sharp


@dataclass(frozen=True, kw_only=True)
class Showing:
    """What one descent shows of the claim."""

    at_edge: bool
    turned_away: bool
    rises: bool
    diverges: bool
    final: float


def judge_descent(sharp: SharpDescent, limit: float) -> Showing:
    """Return what a descent shows."""
    descent, last = sharp.descent, float(sharp.plain[-1])
    rises = bool((np.diff(descent.loss[WARM_UP:]) > 0.0).any())
    return Showing(
        at_edge=descent.arrived and abs(last / limit - 1.0) <= NEAR,
        turned_away=descent.arrived and last <= limit,
        rises=descent.arrived and rises,
        diverges=descent.status is Status.DIVERGED,
        final=last / limit if descent.arrived else math.nan,
    )


@dataclass(frozen=True, kw_only=True)
class EdgeShares:
    """What one setting shows.

    Attributes:
        counted: the share of the grid's starts that count.
        at_edge, turned_away, rises, diverges: shares of those that count; None if there are none.
        final: the median of the last sharpness times rate over the limit, of those that arrive.
        view: what the page opens.
    """

    counted: float
    at_edge: float | None
    turned_away: float | None
    rises: float | None
    diverges: float | None
    final: float | None
    view: View


def measure_edge_setting(id: str, lr: float) -> EdgeShares:
    """Run a rule from every start of the grid that counts."""
    setting = make_setting(id, lr)
    limit, counted = find_limit_of(setting, id), is_too_sharp(setting, id)
    starts = setting.list_starts()
    shown = [
        judge_descent(walk_sharply(setting, id, start), limit) if counts else None
        for start, counts in zip(starts, counted, strict=True)
    ]
    parts = [one for one in shown if one is not None]
    finals = [one.final for one in parts if math.isfinite(one.final)]
    return EdgeShares(
        counted=share_of(counted),
        at_edge=_share([one.at_edge for one in parts]),
        turned_away=_share([one.turned_away for one in parts]),
        rises=_share([one.rises for one in parts]),
        diverges=_share([one.diverges for one in parts]),
        final=round(float(np.median(finals)), 3) if finals else None,
        view=make_view(setting, _choose_start(setting, shown), stability=id),
    )


def _share(shows: list[bool]) -> float | None:
    return share_of(np.array(shows)) if shows else None


def _choose_start(setting: Setting, shown: list[Showing | None]) -> Start:
    """Return the nearest start that shows the claim, see the module's rule."""
    for name in ("at_edge", "turned_away"):
        shows = np.array([one is not None and getattr(one, name) for one in shown])
        if shows.any():
            return find_nearest(setting, shows)
    return setting.opening


def measure_edge(executor: Executor) -> Story:
    """Story 9: gradient descent at the edge of stability."""
    measured = list(executor.map(lambda pair: measure_edge_setting(*pair), SETTINGS))
    at_edge = [one.at_edge or 0.0 for one in measured]
    turned = [one.turned_away or 0.0 for one in measured]
    rises = [one.rises or 0.0 for one in measured]
    diverges = [one.diverges or 0.0 for one in measured]
    first = measured[0]
    # Where the page's rate does not show it, the setting that shows it most often is opened.
    opened = 0 if turned[0] > MOST else turned.index(max(turned))
    sides = [
        Side(
            reading="It ends at the edge: the last sharpness times the rate is within a tenth of "
            "the limit",
            verdict=judge(at_edge[0] > MOST, at_edge),
            evidence=f"from {say_share(at_edge[0])} of the starts at the page's rate, from "
            f"{say_share(max(at_edge))} at best",
        ),
        Side(
            reading="It is turned away from what is too sharp: it arrives where the sharpness "
            "times the rate is at most the limit",
            verdict=judge(turned[0] > MOST, turned),
            evidence=f"from {say_share(turned[0])} of the starts at the page's rate, from "
            f"{say_share(min(turned))} at worst",
        ),
        Side(
            reading="The loss rises for a while, and falls in the long run",
            verdict=judge(rises[0] > MOST, rises),
            evidence=f"from {say_share(rises[0])} of the starts at the page's rate",
        ),
    ]
    verdict = weigh(sides)
    return Story(
        id="edge-of-stability",
        title="The edge of stability",
        claim=(
            "“… the maximum eigenvalue of the training loss Hessian hovers just above the "
            "numerical value 2 / (step size), and the training loss behaves non-monotonically "
            "over short timescales, yet consistently decreases over long timescales.” (Cohen et "
            "al., 2021, of gradient descent on neural networks.)"
        ),
        verdict=verdict,
        evidence=f"turned away from what is too sharp from {say_share(turned[0])} of the starts",
        sides=sides if verdict is StoryVerdict.CONTESTED else [],
        share=turned[opened],
        explanation=(
            f"The valley's floor is sharper the farther it lies from (±1, ±1), and the gradient "
            f"flow keeps x² − y²: it ends where it began in that sense, however sharp it is there. "
            f"At a finite rate η gradient descent cannot stay where the sharpness is above 2/η. "
            f"From {say_share(first.counted)} of the starts the flow leads to such a place at "
            f"η = 0.2. From {say_share(turned[0])} of these gradient descent swings across the "
            f"floor, slides to a flatter part of it, and comes to rest below the limit; from "
            f"{say_share(at_edge[0])} it stops within a tenth of it. The loss rises on the way "
            f"from {say_share(rises[0])}; from {say_share(diverges[0])} it diverges. Momentum is "
            f"not turned away: at each of its rates it diverges, from "
            f"{say_share(min(diverges[4:]))} of its starts at least. Two dimensions have one "
            f"valley and no further sharpening: on neural networks the sharpness is driven up "
            f"again and again, and hovers. What is the same is what turns the descent away. The "
            f"hatched region is where the sharpness is above the limit; the chart below the plot "
            f"follows it along the path. The story opens at η = {SETTINGS[opened][1]:g}, where "
            f"{say_share(turned[opened])} of the starts that count are turned away."
        ),
        table=Table(
            columns=[
                Column(name="Starts that count", unit="share"),
                Column(name="Ends at the edge", unit="share"),
                Column(name="Turned away", unit="share"),
                Column(name="Loss rises, then falls", unit="share"),
                Column(name="Diverges", unit="share"),
                Column(name="Last ηλ / limit, median", unit="rate"),
            ],
            rows=[
                Row(
                    label=f"{OPTIMIZERS[id].name}, η = {lr:g}",
                    values=[
                        one.counted,
                        one.at_edge,
                        one.turned_away,
                        one.rises,
                        one.diverges,
                        one.final,
                    ],
                    view=one.view,
                )
                for (id, lr), one in zip(SETTINGS, measured, strict=True)
            ],
        ),
        view=measured[opened].view,
    )
