"""The story of momentum: it overshoots, and spirals around its minimum."""

import math
from concurrent.futures import Executor

import numpy as np

from descent_atlas.measured.stories.ends import share_of, walk
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
    PATH_STARTS,
    Setting,
    StoryRun,
    find_greatest,
    make_view,
    take_article_runs,
)
from descent_atlas.objectives.minima import Minimum, find_minima
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import Descent

BOWL = OBJECTIVES["two-gaussian-bowl"]

GENTLER_RATES = (0.003, 0.001, 0.0003)
"""Rates below the article's 0.01, down to one at which theory excludes oscillation."""

LONG = 1_999
"""Steps at the gentler rates: the most that a path keeps every point of."""

SCAN = tuple(float(f"{rate:.4g}") for rate in np.logspace(-4, -2, 401))
"""The rates that are scanned for the onset of the spiral: 200 a decade."""

DISPLACEMENT = 0.1
"""How far from the minimum along each axis the descents of the scan start."""

SWING = 1e-12
"""A path that comes out this far on the other side of a minimum swings through it: rounding moves
a path at rest by about 1e-16 either way."""

WIDTH = 1e-4
"""Half the width of the central difference that gives a second derivative, good to 1e-6."""


def count_turns(descent: Descent, minimum: Minimum) -> float:
    """Return how many times a path turns around its minimum before it arrives.

    This is its winding number: the sum of the signed angles between the directions in which
    the minimum sees one point and the next, in turns. What happens closer than the arrival
    distance is too small to see. A step straight through the minimum turns neither way.
    """
    last = descent.steps if descent.arrival is None else descent.arrival
    x, y = descent.x[: last + 1] - minimum.x, descent.y[: last + 1] - minimum.y
    cross = x[:-1] * y[1:] - y[:-1] * x[1:]
    dot = x[:-1] * x[1:] + y[:-1] * y[1:]
    angles = np.where(cross == 0.0, 0.0, np.arctan2(cross, dot))
    return float(abs(angles.sum())) / (2 * math.pi)


def measure_overshoot(descent: Descent, minimum: Minimum) -> float:
    """Return how far a path moves away from its minimum again, once it stopped approaching it."""
    distance = np.hypot(descent.x - minimum.x, descent.y - minimum.y)
    recedes = np.flatnonzero(np.diff(distance) > 0.0)
    return float(distance[recedes[0] :].max()) if recedes.size else 0.0


def find_onset(minimum: Minimum, axis: int) -> float:
    """Return the lowest rate of the scan at which momentum swings through a minimum.

    `axis` is 0 for x, 1 for y: the coordinate that must come out on the other side.
    """
    for rate in SCAN:
        setting = near(rate)
        path = walk(setting, "momentum", displace(minimum))
        offset = (path.x - minimum.x, path.y - minimum.y)[axis]
        if (offset < -SWING).any():
            return rate
    raise ValueError(f"momentum does not swing through {minimum} at any rate of the scan")


def predict_onset(minimum: Minimum, axis: int) -> float:
    """Return the rate above which theory lets momentum oscillate along an axis of a minimum.

    Along an eigenvector of the Hessian with eigenvalue λ, the heavy ball near a minimum is a
    linear recurrence with the characteristic polynomial z² - (1 + μ - ηλ) z + μ. Its roots are
    complex, and the ball oscillates, where ηλ > (1 - √μ)². Both minima lie on the axis of
    symmetry y = 0, so that x and y are the eigenvectors. To four digits.
    """
    momentum = take_article_runs()["momentum"].hyperparameters.momentum
    step = (WIDTH, 0.0) if axis == 0 else (0.0, WIDTH)
    sides = np.array([-1, 1])
    _, *gradient = BOWL.evaluate(
        minimum.x + sides * step[0], minimum.y + sides * step[1], BOWL.pack({})
    )
    curvature = np.diff(gradient[axis]).item() / (2 * WIDTH)
    return float(f"{(1 - math.sqrt(momentum)) ** 2 / curvature:.4g}")


def near(rate: float) -> Setting:
    """Return a setting in which momentum alone runs, long, at a rate."""
    run = take_article_runs()["momentum"].but(lr=rate, steps=LONG)
    return Setting(objective=BOWL, runs={"momentum": run}, starts=PATH_STARTS)


def displace(minimum: Minimum) -> tuple[float, float]:
    """Return the start of the scan's descents: beside the minimum along both axes."""
    return round(minimum.x + DISPLACEMENT, 4), round(minimum.y + DISPLACEMENT, 4)


def minimum_of(descent: Descent) -> Minimum:
    """Return the minimum of a descent on the article's function, where none leads nowhere."""
    assert descent.minimum is not None
    return find_minima(BOWL, BOWL.pack({}))[descent.minimum]


def measure_spiral(executor: Executor) -> Story:
    """Story 3: momentum overshoots and spirals, and at which rate that begins."""
    article = take_article_runs()
    momentum = article["momentum"]
    runs: dict[str, tuple[str, StoryRun]] = {
        f"Momentum at the article's rate, {momentum.hyperparameters.lr}": ("momentum", momentum)
    }
    for rate in GENTLER_RATES:
        runs[f"Momentum at {rate}, {LONG:,} steps"] = (
            "momentum",
            momentum.but(lr=rate, steps=LONG),
        )
    for id in ("gd", "rmsprop", "adam"):
        runs[f"{OPTIMIZERS[id].name} at the article's settings"] = id, article[id]

    rows = []
    full_turn = []
    median_turns = []
    openings = []
    for label, (id, run) in runs.items():
        setting = Setting(objective=BOWL, runs={id: run}, starts=PATH_STARTS)
        turns, overshoots = [], []
        for start in setting.list_starts():
            descent = walk(setting, id, start)
            minimum = minimum_of(descent)
            turns.append(count_turns(descent, minimum))
            overshoots.append(measure_overshoot(descent, minimum))
        full_turn.append(share_of(np.array(turns) >= 1.0))
        median_turns.append(round(float(np.median(turns)), 2))
        openings.append(find_greatest(setting, turns))
        rows.append(
            Row(
                label=label,
                values=[
                    full_turn[-1],
                    median_turns[-1],
                    round(float(np.median(overshoots)), 3),
                    None,
                    None,
                ],
                view=make_view(setting, openings[-1]),
            )
        )
    onsets = []
    for minimum, place in zip(setting.minima, ("global", "poorer"), strict=True):
        for axis, coordinate in enumerate("xy"):
            predicted, onset = predict_onset(minimum, axis), find_onset(minimum, axis)
            onsets.append((predicted, onset))
            rows.append(
                Row(
                    label=f"Begins to swing along {coordinate} at the {place} minimum",
                    values=[None, None, None, predicted, onset],
                    view=make_view(near(onset), displace(minimum)),
                )
            )
    own = Setting(
        objective=BOWL,
        runs={"gd": article["gd"], "momentum": momentum},
        starts=PATH_STARTS,
    )
    at_article, at_third, at_tenth, _, gradient_descent, _, adam = full_turn
    (x_theory, x_measured), (y_theory, y_measured) = onsets[:2]
    return Story(
        id="momentum-spirals",
        title="Momentum overshoots and spirals",
        claim=(
            "“… with the wrong learning rate, SGD with momentum can overshoot minima and this "
            "often leads to a spiraling pattern around the minimum.”"
        ),
        verdict=judge(at_article > MOST, [at_article]),
        evidence=f"true from {say_share(at_article)} of starts",
        sides=[],
        share=at_article,
        explanation=(
            f"At the article's rate, {momentum.hyperparameters.lr}, momentum makes a full turn "
            f"around its minimum before it arrives from {say_share(at_article)} of the starts, "
            f"in the median {median_turns[0]:.1f} turns; gradient descent from "
            f"{say_share(gradient_descent)}. Swinging begins far below: at the global minimum at "
            f"{y_measured:.3g} along y and {x_measured:.3g} along x, where theory says "
            f"{y_theory:.3g} and {x_theory:.3g}. A full turn takes more: at {GENTLER_RATES[1]} "
            f"it shows from {say_share(at_tenth)} of the starts, at {GENTLER_RATES[0]} from "
            f"{say_share(at_third)}. Nor is the spiral momentum's alone: at the article's "
            f"settings Adam turns fully from {say_share(adam)}. The map of rate and momentum shows "
            f"where swinging begins before it happens, and where the path diverges."
        ),
        table=Table(
            columns=[
                Column(name="A full turn", unit="share"),
                Column(name="Turns, median", unit="turns"),
                Column(name="Overshoot, median", unit="distance"),
                Column(name="Rate, theory", unit="rate"),
                Column(name="Rate, measured", unit="rate"),
            ],
            rows=rows,
        ),
        view=make_view(own, openings[0], stability="momentum"),
    )
