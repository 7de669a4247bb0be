"""Stories of the article's own function: minima reached, and the worst optimizer."""

from collections.abc import Mapping
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.stories.ends import Ends, follow, follow_from, share_of
from descent_atlas.measured.stories.story import Column, Row, Story, Table, judge, say_share
from descent_atlas.measured.stories.story_settings import (
    ARTICLE,
    Setting,
    StoryRun,
    find_start,
    make_view,
    take_article_runs,
    take_swept_runs,
)
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS

BOWL = OBJECTIVES["two-gaussian-bowl"]

EQUAL_STEPS = 500
"""The equal budget: the largest in the article."""

COMMON_RATE = 0.01
"""The common rate: that of all optimizers in the article except gradient descent."""

TEN_TIMES = 10 * COMMON_RATE
"""An order of magnitude higher: what the article says of gradient descent's rate."""

COLUMNS = [Column(name=OPTIMIZERS[id].name, unit="share") for id in ARTICLE]


def on_bowl(runs: Mapping[str, StoryRun]) -> Setting:
    """Return a setting on the article's function."""
    return Setting(objective=BOWL, runs=runs)


def with_equal_steps(runs: Mapping[str, StoryRun]) -> dict[str, StoryRun]:
    """Return the same runs with the equal budget."""
    return {id: run.but(steps=EQUAL_STEPS) for id, run in runs.items()}


def is_only(id: str, ends: Mapping[str, Ends]) -> NDArray[np.bool_]:
    """Return for each start whether one optimizer alone ends at the global minimum."""
    others = np.any([ends[other].is_global for other in ends if other != id], axis=0)
    return np.asarray(ends[id].is_global & ~others)


def measure_different_minima(executor: Executor) -> Story:
    """Story 1: from one start, different optimizers end at different minima."""
    setting = on_bowl(take_article_runs())
    ends = follow(setting, executor)
    only_adam = is_only("adam", ends)
    agree = np.all([ends[id].minimum == ends["gd"].minimum for id in ARTICLE], axis=0)
    # "Often, SGD and SGD with momentum will converge to the poorer minimum while RMSProp and
    # Adam will converge to the global minimum."
    divided = (
        ~ends["gd"].is_global
        & ~ends["momentum"].is_global
        & ends["rmsprop"].is_global
        & ends["adam"].is_global
    )
    start = find_start(setting, only_adam)
    here = bool(is_only("adam", follow_from(setting, start, executor)).item())
    share = share_of(only_adam)
    poorer = {id: share_of(~ends[id].is_global) for id in ARTICLE}
    nothing: list[float | None] = [None] * len(ARTICLE)
    rows = [
        Row(
            label="Ends at the global minimum",
            values=[None, *(share_of(ends[id].is_global) for id in ARTICLE)],
            view=None,
        ),
        Row(
            label="Ends at the poorer minimum",
            values=[None, *(poorer[id] for id in ARTICLE)],
            view=None,
        ),
        Row(
            label="Is the only one to end at the global minimum",
            values=[None, *(share_of(is_only(id, ends)) for id in ARTICLE)],
            view=None,
        ),
        Row(
            label="Gradient descent and momentum end at the poorer minimum, RMSProp and Adam "
            "at the global one",
            values=[share_of(divided), *nothing],
            view=make_view(setting, find_start(setting, divided)),
        ),
        Row(
            label="All four end at the same minimum",
            values=[share_of(agree), *nothing],
            view=make_view(setting, find_start(setting, agree)),
        ),
    ]
    return Story(
        id="different-minima",
        title="One start, different minima",
        claim=(
            "From the same start, optimizers end at different minima: often gradient descent "
            "and momentum at the poorer one on the right, RMSProp and Adam at the global one on "
            "the left. In the picture “only Adam” finds the global one."
        ),
        verdict=judge(here, [share]),
        share=share,
        explanation=(
            f"There are such starts, but they are few: from {say_share(share)} of them only Adam "
            f"finds the global minimum, and from {say_share(share_of(agree))} all four end at "
            f"the same one. The division that the article calls frequent, gradient descent and "
            f"momentum right, RMSProp and Adam left, shows from {say_share(share_of(divided))}. "
            f"The tendency is real: gradient descent ends at the poorer minimum from "
            f"{say_share(poorer['gd'])} of the starts, Adam from {say_share(poorer['adam'])}."
        ),
        table=Table(columns=[Column(name="Starts", unit="share"), *COLUMNS], rows=rows),
        view=make_view(setting, start),
    )


def measure_most_initializations(executor: Executor) -> Story:
    """Story 2: Adam reaches the global minimum from the most starts."""
    article = take_article_runs()
    corrected = {**article, "adam": article["adam"].but(bias_correction=True)}
    swept = take_swept_runs(BOWL.id, ARTICLE)
    settings = {
        "The article's settings": on_bowl(article),
        f"{EQUAL_STEPS} steps each": on_bowl(with_equal_steps(article)),
        "Adam with bias correction": on_bowl(corrected),
        f"Adam with bias correction, {EQUAL_STEPS} steps each": on_bowl(
            with_equal_steps(corrected)
        ),
        f"Each at its own swept rate, {swept['adam'].steps:,} steps": on_bowl(swept),
    }
    rows = []
    reached = []
    for label, setting in settings.items():
        ends = follow(setting, executor)
        view = make_view(setting, BOWL.start, basins="adam")
        reached.append({id: share_of(ends[id].is_global) for id in ARTICLE})
        rows.append(Row(label=f"{label}: ends there", values=[*reached[-1].values()], view=view))
        arrived = [share_of(ends[id].is_global & ends[id].arrived) for id in ARTICLE]
        rows.append(Row(label=f"{label}: arrives", values=[*arrived], view=view))
    # Whether Adam's share is the largest is true or false of a setting, not of a start.
    adam_leads = [max(shares, key=lambda id: shares[id]) == "adam" for shares in reached]
    own, _, bias_corrected, _, at_swept = reached
    return Story(
        id="most-initializations",
        title="Adam, from the most starts",
        claim=(
            "Adam reaches the global minimum: “For this particular function, Adam is the "
            "algorithm that converges to the global minimum from the most initializations.”"
        ),
        verdict=judge(adam_leads[0], [float(leads) for leads in adam_leads]),
        share=own["adam"],
        explanation=(
            f"At the article's settings it does: from {say_share(own['adam'])} of the starts, "
            f"ahead of RMSProp with {say_share(own['rmsprop'])}; longer descents change little. "
            f"But the article's Adam leaves out the bias correction. With it Adam reaches the "
            f"global minimum from {say_share(bias_corrected['adam'])} and falls behind RMSProp, "
            f"and when each rule has its own swept rate, momentum leads with "
            f"{say_share(at_swept['momentum'])} against Adam's {say_share(at_swept['adam'])}."
        ),
        table=Table(columns=COLUMNS, rows=rows),
        view=make_view(on_bowl(article), BOWL.start, basins="adam"),
    )


def is_worst(id: str, ends: Mapping[str, Ends]) -> NDArray[np.bool_]:
    """Return for each start whether one optimizer does worse than every other.

    To end at a higher minimum is worse; at the same minimum, to arrive later, or not at all.
    Equals are not worse than each other.
    """
    mine = ends[id]
    others = [end for other, end in ends.items() if other != id]
    higher = [mine.value > other.value for other in others]
    later = [(mine.value == other.value) & (mine.arrival > other.arrival) for other in others]
    worst: NDArray[np.bool_] = np.all(np.logical_or(higher, later), axis=0)
    return worst


def measure_worst(executor: Executor) -> Story:
    """Story 4: plain gradient descent performs worst."""
    article = take_article_runs()
    swept = take_swept_runs(BOWL.id, ARTICLE)
    ten_times = {**article, "gd": article["gd"].but(lr=TEN_TIMES)}
    settings = {
        "The article's settings: worst": on_bowl(article),
        f"{EQUAL_STEPS} steps each: worst": on_bowl(with_equal_steps(article)),
        f"One rate for all, {COMMON_RATE}, {EQUAL_STEPS} steps each: worst": on_bowl(
            {id: run.but(steps=EQUAL_STEPS, lr=COMMON_RATE) for id, run in article.items()}
        ),
        f"Each at its own swept rate, {swept['gd'].steps:,} steps: worst": on_bowl(swept),
        f"Gradient descent at ten times the others' rate, {TEN_TIMES}: worst": on_bowl(ten_times),
    }
    rows = []
    worst = []
    for label, setting in settings.items():
        ends = follow(setting, executor)
        worst.append({id: share_of(is_worst(id, ends)) for id in ARTICLE})
        rows.append(
            Row(label=label, values=[*worst[-1].values()], view=make_view(setting, BOWL.start))
        )
    arrives = {id: share_of(ends[id].arrived) for id in ARTICLE}
    rows.append(
        Row(
            label=f"Gradient descent at ten times the others' rate, {TEN_TIMES}: arrives",
            values=[*arrives.values()],
            view=make_view(setting, BOWL.start),
        )
    )
    own = on_bowl(article)
    ends = follow(own, executor)
    reaches = {id: share_of(ends[id].is_global) for id in ARTICLE}
    rows.append(
        Row(
            label="The article's settings: ends at the global minimum",
            values=[*reaches.values()],
            view=None,
        )
    )
    at_article, _, at_one_rate, at_swept, at_ten_times = worst
    here = bool(is_worst("gd", follow_from(own, BOWL.start, executor)).item())
    return Story(
        id="gradient-descent-worst",
        title="Plain gradient descent, the worst?",
        claim=(
            "“SGD without momentum consistently performs the worst”, although its learning rate "
            "is “artificially high (an order of magnitude higher than the other algorithms)”."
        ),
        verdict=judge(here, [shares["gd"] for shares in worst]),
        share=at_article["gd"],
        explanation=(
            f"Called worst is who ends at the higher minimum, or arrives last at the same one. "
            f"At the article's settings that is gradient descent from "
            f"{say_share(at_article['gd'])} of the starts, momentum from "
            f"{say_share(at_article['momentum'])}; at one rate for all from "
            f"{say_share(at_one_rate['gd'])}, and at swept rates from "
            f"{say_share(at_swept['gd'])}. Its rate in the code of the article's page is twice "
            f"the others', not ten times: at ten times it is worst from "
            f"{say_share(at_ten_times['gd'])}, because steps that long never come to rest, and "
            f"it arrives from {say_share(arrives['gd'])}. What is true is that it ends at the "
            f"global minimum from the fewest starts, {say_share(reaches['gd'])}."
        ),
        table=Table(columns=COLUMNS, rows=rows),
        view=make_view(own, BOWL.start),
    )
