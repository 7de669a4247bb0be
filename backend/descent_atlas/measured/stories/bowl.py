"""Stories of the article's own function: minima reached, and the worst optimizer."""

from collections.abc import Mapping
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.stories.ends import Ends, find_opening, follow, share_of
from descent_atlas.measured.stories.story import (
    MOST,
    Column,
    Row,
    Side,
    Story,
    Table,
    judge,
    say_share,
    weigh,
)
from descent_atlas.measured.stories.story_settings import (
    ARTICLE,
    MAP_STARTS,
    Setting,
    StoryRun,
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


def on_bowl(runs: Mapping[str, StoryRun], starts: int | None = MAP_STARTS) -> Setting:
    """Return a setting on the article's function."""
    return Setting(objective=BOWL, runs=runs, starts=starts)


def at_swept_rates() -> Setting:
    """Return the setting in which the sweep scores optimizers, from its starts."""
    return on_bowl(take_swept_runs(BOWL.id, ARTICLE), starts=None)


def with_equal_steps(runs: Mapping[str, StoryRun]) -> dict[str, StoryRun]:
    """Return the same runs with the equal budget."""
    return {id: run.but(steps=EQUAL_STEPS) for id, run in runs.items()}


def is_divided(ends: Mapping[str, Ends]) -> NDArray[np.bool_]:
    """Return for each start whether the optimizers divide as the article says.

    "Often, SGD and SGD with momentum will converge to the poorer minimum while RMSProp and Adam
    will converge to the global minimum."
    """
    left = ends["rmsprop"].is_global & ends["adam"].is_global
    return left & ~ends["gd"].is_global & ~ends["momentum"].is_global


def is_agreed(ends: Mapping[str, Ends]) -> NDArray[np.bool_]:
    """Return for each start whether all optimizers end at the same minimum."""
    first, *others = ends.values()
    agreed: NDArray[np.bool_] = np.all([first.minimum == other.minimum for other in others], axis=0)
    return agreed


def is_only_adam(ends: Mapping[str, Ends]) -> NDArray[np.bool_]:
    """Return for each start whether Adam alone ends at the global minimum."""
    return is_only("adam", ends)


def is_only(id: str, ends: Mapping[str, Ends]) -> NDArray[np.bool_]:
    """Return for each start whether one optimizer alone ends at the global minimum."""
    others = np.any([ends[other].is_global for other in ends if other != id], axis=0)
    return np.asarray(ends[id].is_global & ~others)


def measure_different_minima(executor: Executor) -> Story:
    """Story 1: from one start, different optimizers end at different minima."""
    setting = on_bowl(take_article_runs())
    ends = follow(setting, executor)
    only_adam, divided, agree = is_only_adam(ends), is_divided(ends), is_agreed(ends)
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
            view=make_view(setting, find_opening(setting, is_divided, divided, executor)),
        ),
        Row(
            label="All four end at the same minimum",
            values=[share_of(agree), *nothing],
            view=make_view(setting, find_opening(setting, is_agreed, agree, executor)),
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
        verdict=judge(bool(only_adam.any()), [share]),
        evidence=f"true from {say_share(share)} of starts",
        sides=[],
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
        view=make_view(setting, find_opening(setting, is_only_adam, only_adam, executor)),
    )


def is_ahead(ends: Mapping[str, Ends]) -> NDArray[np.bool_]:
    """Return for each start whether Adam ends at the global minimum, and not every other does."""
    others = np.all([ends[other].is_global for other in ends if other != "adam"], axis=0)
    return np.asarray(ends["adam"].is_global & ~others)


def measure_most_initializations(executor: Executor) -> Story:
    """Story 2: Adam reaches the global minimum from the most starts."""
    article = take_article_runs()
    corrected = {**article, "adam": article["adam"].but(bias_correction=True)}
    swept = at_swept_rates()
    settings = {
        "The article's settings": on_bowl(article),
        f"{EQUAL_STEPS} steps each": on_bowl(with_equal_steps(article)),
        "Adam with bias correction": on_bowl(corrected),
        f"Adam with bias correction, {EQUAL_STEPS} steps each": on_bowl(
            with_equal_steps(corrected)
        ),
        f"Each at its own swept rate, {swept.runs['adam'].steps:,} steps": swept,
    }
    rows = []
    reached = []
    views = []
    for label, setting in settings.items():
        ends = follow(setting, executor)
        opening = find_opening(setting, is_ahead, is_ahead(ends), executor)
        view = make_view(setting, opening, basins="adam")
        views.append(view)
        reached.append({id: share_of(ends[id].is_global) for id in ARTICLE})
        rows.append(Row(label=f"{label}: ends there", values=[*reached[-1].values()], view=view))
        arrived = [share_of(ends[id].is_global & ends[id].arrived) for id in ARTICLE]
        rows.append(Row(label=f"{label}: arrives", values=[*arrived], view=view))
    # Whether Adam's share is the largest is true or false of a setting, not of a start.
    adam_leads = [max(shares, key=lambda id: shares[id]) == "adam" for shares in reached]
    at_article, _, bias_corrected, _, at_swept = reached
    return Story(
        id="most-initializations",
        title="Adam, from the most starts",
        claim=(
            "Adam reaches the global minimum: “For this particular function, Adam is the "
            "algorithm that converges to the global minimum from the most initializations.”"
        ),
        verdict=judge(adam_leads[0], [float(leads) for leads in adam_leads]),
        evidence=(
            f"true in {sum(adam_leads)} of {len(settings)} settings; in the article's Adam "
            f"reaches it from {say_share(at_article['adam'])} of starts"
        ),
        sides=[],
        share=at_article["adam"],
        explanation=(
            f"At the article's settings it does: from {say_share(at_article['adam'])} of the "
            f"starts, ahead of RMSProp with {say_share(at_article['rmsprop'])}; longer descents "
            f"change little. But the article's Adam leaves out the bias correction. With it Adam "
            f"reaches the global minimum from {say_share(bias_corrected['adam'])} and falls behind "
            f"RMSProp, and when each rule has its own swept rate, momentum leads with "
            f"{say_share(at_swept['momentum'])} against Adam's {say_share(at_swept['adam'])}. "
            f"(The last are the starts, and the shares, of “Who wins where”.)"
        ),
        table=Table(columns=COLUMNS, rows=rows),
        view=views[0],
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


def is_gd_worst(ends: Mapping[str, Ends]) -> NDArray[np.bool_]:
    """Return for each start whether gradient descent does worse than every other."""
    return is_worst("gd", ends)


def measure_worst(executor: Executor) -> Story:
    """Story 4: plain gradient descent performs worst."""
    article = take_article_runs()
    swept = at_swept_rates()
    settings = {
        "The article's settings": on_bowl(article),
        f"{EQUAL_STEPS} steps each": on_bowl(with_equal_steps(article)),
        f"One rate for all, {COMMON_RATE}, {EQUAL_STEPS} steps each": on_bowl(
            {id: run.but(steps=EQUAL_STEPS, lr=COMMON_RATE) for id, run in article.items()}
        ),
        f"Each at its own swept rate, {swept.runs['gd'].steps:,} steps": swept,
        f"Gradient descent at ten times the others' rate, {TEN_TIMES}": on_bowl(
            {**article, "gd": article["gd"].but(lr=TEN_TIMES)}
        ),
    }
    rows = []
    views = []
    reaches = []
    worst = []
    for label, setting in settings.items():
        ends = follow(setting, executor)
        view = make_view(setting, find_opening(setting, is_gd_worst, is_gd_worst(ends), executor))
        views.append(view)
        reaches.append({id: share_of(ends[id].is_global) for id in ARTICLE})
        worst.append({id: share_of(is_worst(id, ends)) for id in ARTICLE})
        rows.append(Row(label=f"{label}: ends there", values=[*reaches[-1].values()], view=view))
        rows.append(Row(label=f"{label}: worst", values=[*worst[-1].values()], view=view))
    arrives = {id: share_of(ends[id].arrived) for id in ARTICLE}
    rows.append(Row(label=f"{label}: arrives", values=[*arrives.values()], view=view))

    has_fewest = [min(shares, key=lambda id: shares[id]) == "gd" for shares in reaches]
    is_commonest = [max(shares, key=lambda id: shares[id]) == "gd" for shares in worst]
    at_article, _, at_one_rate, _, at_ten_times = worst
    sides = [
        Side(
            reading="Worst is who reaches the global minimum from the fewest starts",
            verdict=judge(has_fewest[0], [float(fewest) for fewest in has_fewest]),
            evidence=(
                f"gradient descent does in {sum(has_fewest)} of {len(settings)} settings; in the "
                f"article's from {say_share(reaches[0]['gd'])} of starts, the next, momentum, from "
                f"{say_share(reaches[0]['momentum'])}"
            ),
        ),
        Side(
            reading=(
                "Worst from a start is who ends at the higher minimum, or arrives last at the "
                "same one"
            ),
            verdict=judge(at_article["gd"] > MOST, [shares["gd"] for shares in worst]),
            evidence=(
                f"gradient descent is from {say_share(at_article['gd'])} of starts in the "
                f"article's settings, from {say_share(at_one_rate['gd'])} at one rate for all; it "
                f"is worst more often than every other in {sum(is_commonest)} of {len(settings)} "
                f"settings, at ten times the others' rate from {say_share(at_ten_times['gd'])}"
            ),
        ),
    ]
    return Story(
        id="gradient-descent-worst",
        title="Plain gradient descent, the worst?",
        claim=(
            "“SGD without momentum consistently performs the worst”, although its learning rate "
            "is “artificially high (an order of magnitude higher than the other algorithms)”."
        ),
        verdict=weigh(sides),
        evidence="it depends on what “worst” means",
        sides=sides,
        share=at_article["gd"],
        explanation=(
            f"Counted over all starts, gradient descent reaches the global minimum least often, "
            f"from {say_share(reaches[0]['gd'])} of them at the article's settings. Start by start "
            f"others are worst more often there: RMSProp from {say_share(at_article['rmsprop'])} "
            f"and momentum from {say_share(at_article['momentum'])}, because they arrive later at "
            f"the same minimum or do not stay; gradient descent from "
            f"{say_share(at_article['gd'])}. Its rate in the code of the article's page is twice "
            f"the others', not ten times: at ten times it is worst from "
            f"{say_share(at_ten_times['gd'])}, because steps that long never come to rest, and "
            f"it arrives from {say_share(arrives['gd'])}."
        ),
        table=Table(columns=COLUMNS, rows=rows),
        view=views[0],
    )
