"""The story of Rastrigin's function: does momentum power through the bumps?"""

from collections.abc import Mapping
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.stories.ends import Ends, find_opening, follow, share_of
from descent_atlas.measured.stories.story import Column, Row, Story, Table, judge, say_share
from descent_atlas.measured.stories.story_settings import (
    ARTICLE,
    Setting,
    StoryRun,
    make_view,
    take_article_runs,
)
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS

RASTRIGIN = OBJECTIVES["rastrigin"]

GENTLER_AMPLITUDES = (5.0, 2.0, 1.0, 0.5)
"""From 10, the usual amplitude, down by halves in round numbers."""

RATE_FACTOR = 0.1
"""What the rates are multiplied with to let every optimizer come to rest at amplitude 10.

There the curvature at the minima is 2 + 40π² = 397. Gradient descent needs a rate below
2 / 397 = 0.005 and momentum one below 2 (1 + μ) / 397 = 0.009: the article's are above.
"""


def on_rastrigin(runs: Mapping[str, StoryRun], **parameters: float) -> Setting:
    """Return a setting on Rastrigin's function."""
    return Setting(objective=RASTRIGIN, parameters=parameters, runs=runs)


def powers_through(ends: Mapping[str, Ends]) -> NDArray[np.bool_]:
    """Return for each start whether momentum alone reaches the global minimum.

    The other optimizers must end at one and the same local minimum.
    """
    gd, momentum, rmsprop, adam = (ends[id] for id in ARTICLE)
    stuck: NDArray[np.bool_] = (
        (gd.minimum >= 0)
        & ~gd.is_global
        & (rmsprop.minimum == gd.minimum)
        & (adam.minimum == gd.minimum)
    )
    return stuck & momentum.is_global


def measure_rastrigin(executor: Executor) -> Story:
    """Story 5: momentum reaches Rastrigin's global minimum while the others get stuck."""
    article = take_article_runs()
    slower = {
        id: run.but(lr=round(RATE_FACTOR * run.hyperparameters.lr, 6))
        for id, run in article.items()
    }
    settings = {
        "Amplitude 10, the article's settings": on_rastrigin(article),
        "Amplitude 10, a tenth of the article's rates": on_rastrigin(slower),
    }
    for amplitude in GENTLER_AMPLITUDES:
        settings[f"Amplitude {amplitude:g}, the article's settings"] = on_rastrigin(
            article, A=amplitude
        )
    rows = []
    shares = []
    views = []
    momentum_arrives = []
    for label, setting in settings.items():
        ends = follow(setting, executor)
        shows = powers_through(ends)
        shares.append(share_of(shows))
        views.append(make_view(setting, find_opening(setting, powers_through, shows, executor)))
        momentum_arrives.append(share_of(ends["momentum"].is_global & ends["momentum"].arrived))
        rows.append(
            Row(
                label=label,
                values=[
                    shares[-1],
                    *(share_of(ends[id].is_global & ends[id].arrived) for id in ARTICLE),
                ],
                view=views[-1],
            )
        )
    best = shares.index(max(shares))
    return Story(
        id="rastrigin-momentum",
        title="Momentum through Rastrigin's bumps",
        claim=(
            "“SGD with momentum reaches the global optimum while all other algorithms get stuck "
            "in the same local minimum.”"
        ),
        verdict=judge(shares[0] > 0, shares),
        evidence=(
            f"true from {say_share(shares[0])} of starts at amplitude 10, the function's own; from "
            f"{say_share(shares[best])} at {views[best]['parameters']['A']:g}"
        ),
        sides=[],
        share=shares[best],
        explanation=(
            f"At the function's own amplitude, 10, this is so from {say_share(shares[0])} of the "
            f"starts. The wells are too steep for the article's rates: gradient descent and "
            f"momentum jump about and never come to rest. At a tenth of the rates they do, but "
            f"then nobody leaves the well it starts in, and momentum arrives from "
            f"{say_share(momentum_arrives[1])} of the starts, those in the middle well. Gentler "
            f"bumps make the claim true: at amplitude {GENTLER_AMPLITUDES[2]:g} from "
            f"{say_share(shares[4])} of the starts, at {GENTLER_AMPLITUDES[3]:g} from "
            f"{say_share(shares[5])}. The article says itself that it depends on how the bumps "
            f"are scaled."
        ),
        table=Table(
            columns=[
                Column(name="Momentum alone", unit="share"),
                *(Column(name=OPTIMIZERS[id].name, unit="share") for id in ARTICLE),
            ],
            rows=rows,
        ),
        view=views[best],
    )
