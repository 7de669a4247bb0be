"""The stories of the classic test functions, measured again through the API by other code.

The settings are those that a story publishes in its views, so that what a click opens is what
was measured. Refutations are measured like confirmations.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import directed_hausdorff

from descent_atlas.measured.stories.story import Story, View
from tests.backend.measured.stories.measurements import (
    MAP,
    PATHS,
    SHARE_TOLERANCE,
    Api,
    Outcome,
    Start,
    agree,
    is_agreed,
    is_opened_by_rule,
    rows_of,
    share,
    start_of,
)

pytestmark = pytest.mark.slow  # it measures all numbers again, from grids of starts


def powers_through(ends: Mapping[str, Outcome]) -> NDArray[np.bool_]:
    gd, rmsprop, adam = (ends[id] for id in ("gd", "rmsprop", "adam"))
    together = (gd.label == rmsprop.label) & (gd.label == adam.label) & (gd.label >= 0)
    return np.asarray(together & ~gd.reached & ends["momentum"].reached)


def test_momentum_powers_through_gentle_bumps_but_not_through_rastrigins_own(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["rastrigin-momentum"]
    assert story["verdict"] == "holds elsewhere"
    shares = []
    outcomes = []
    for row, view in rows_of(story):
        ends = api.map(view, MAP)
        shows = powers_through(ends)
        shares.append(share(shows))
        outcomes.append(ends)
        assert agree(
            story, row, [shares[-1], *(share(end.reached & end.arrived) for end in ends.values())]
        )
        assert is_opened_by_rule(api, view, MAP, powers_through, shows)
    amplitudes = [view["parameters"]["A"] for _, view in rows_of(story)]
    assert amplitudes == [10, 10, 5, 2, 1, 0.5]
    assert shares[0] == 0.0
    assert story["share"] == pytest.approx(max(shares), abs=SHARE_TOLERANCE)
    assert story["view"]["parameters"]["A"] == 0.5
    assert powers_through(api.end(story["view"], start_of(story["view"]))).item()
    # What its words say beyond the numbers:
    own, slow = outcomes[:2]
    assert not own["gd"].arrived.any()
    assert not own["momentum"].arrived.any()
    assert slow["gd"].arrived.all()
    assert slow["momentum"].arrived.all()
    assert is_agreed(slow).all()
    assert all(later > 0 for later in shares[4:])


def find_entry(descent: Mapping[str, Any]) -> float:
    x, y = descent["path"].real, descent["path"].imag
    inside = abs(y - x * x) <= 0.1 * np.sqrt(1 + (2 * x) ** 2)
    return float(inside.argmax()) if inside.any() else np.inf


def measure_phases(
    api: Api, view: View, starts: list[Start], ends: Mapping[str, Outcome]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.bool_]]]:
    """The step of entry into the valley, and whether it is quick beside the whole way."""
    begun = [run | {"steps": 1999} for run in view["optimizers"]]
    entries = np.array([[find_entry(d) for d in api.descend(view, s, begun)] for s in starts]).T
    entry = dict(zip(ends, entries, strict=True))
    quick = {id: end.arrived & (entry[id] <= end.steps / 10) for id, end in ends.items()}
    return entry, quick


@pytest.mark.long
def test_rosenbrocks_valley_is_entered_quickly_and_followed_slowly_at_a_rate_that_suits_all(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["rosenbrock-valley"]
    assert story["verdict"] == "holds only here"
    start = start_of(story["view"])
    assert start == api.opening("rosenbrock")
    rows = list(rows_of(story))
    shares = []
    arriving = []
    for everyone, *singles in (rows[0:5], rows[5:10], rows[10:15]):
        view = everyone[1]
        ends = api.map(view, PATHS)
        _, quick = measure_phases(api, view, api.starts("rosenbrock", PATHS), ends)
        here = api.end(view, start)
        entry_here, quick_here = measure_phases(api, view, [start], here)
        shares.append(share(np.all([*quick.values()], axis=0)))
        arriving.append(share(np.all([end.arrived for end in ends.values()], axis=0)))
        assert agree(story, everyone[0], [None, None, shares[-1], arriving[-1], None])
        for (row, _), id in zip(singles, ends, strict=True):
            steps = [entry_here[id].item(), here[id].steps.item()]
            assert agree(
                story,
                row,
                [
                    *(step if step < np.inf else None for step in steps),
                    share(quick[id]), share(ends[id].arrived), None,
                ],
            )  # fmt: skip
        if view == story["view"]:
            assert all(shows.item() for shows in quick_here.values())
    assert rows[0][1] == story["view"]
    assert story["share"] == pytest.approx(shares[0], abs=SHARE_TOLERANCE)
    assert [shown > 0.5 for shown in shares] == [True, False, False]
    # At ten times this rate somebody diverges from here; so this is the largest power of ten.
    rates = {run["hyperparameters"]["lr"] for run in story["view"]["optimizers"]}
    assert rates == {0.001}
    hotter = [
        run | {"hyperparameters": run["hyperparameters"] | {"lr": 0.01}}
        for run in story["view"]["optimizers"]
    ]
    for runs, diverge in ((None, set()), (hotter, {"gd", "momentum"})):
        descents = api.descend(story["view"], start, runs)
        assert {d["optimizer"] for d in descents if d["status"] == "diverged"} == diverge
    article = api.descend(rows[10][1], start)
    assert [d["status"] == "diverged" for d in article] == [True, True, False, False]


def test_the_adaptive_optimizers_share_a_road_and_the_others_go_their_own(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["rosenbrock-valley"]
    roads = []
    for descent in api.descend(story["view"], start_of(story["view"])):
        path = descent["path"]
        length = np.append(0.0, abs(np.diff(path)).cumsum())
        even = np.interp(np.linspace(0, length[-1], 2000), length, path)
        roads.append(np.column_stack((even.real, even.imag)))
    gaps = [
        max(directed_hausdorff(a, b)[0], directed_hausdorff(b, a)[0])
        for a, b in combinations(roads, 2)
    ]
    for (row, _), gap in zip(list(rows_of(story))[15:], gaps, strict=True):
        assert agree(story, row, [None, None, None, None, round(gap, 3)])
    # What its words say beyond the numbers:
    between_gd_and_momentum, _, between_gd_and_adam, *_, between_the_adaptive = gaps
    assert between_the_adaptive == min(gaps)
    assert between_gd_and_momentum > between_gd_and_adam


def is_like_momentum(id: str, ends: Mapping[str, Outcome]) -> NDArray[np.bool_]:
    mine, momentum = ends[id], ends["momentum"]
    both = mine.arrived & momentum.arrived
    similar = both & (2 * mine.steps >= momentum.steps) & (mine.steps <= 2 * momentum.steps)
    neither = ~mine.arrived & ~momentum.arrived
    return np.asarray((mine.label == momentum.label) & (similar | neither))


def are_like_momentum(ends: Mapping[str, Outcome]) -> NDArray[np.bool_]:
    return is_like_momentum("eve", ends) & is_like_momentum("yellowfin", ends)


@pytest.mark.long  # it measures anew, from more starts
def test_eve_and_yellowfin_differ_much_from_momentum(api: Api, stories: dict[str, Story]) -> None:
    story = stories["eve-and-yellowfin"]
    assert story["verdict"] == "does not hold"
    both = []
    for i, (row, view) in enumerate(rows_of(story)):
        starts = MAP if i < 4 else PATHS
        ends = api.map(view, starts)
        alike = [share(is_like_momentum(id, ends)) for id in ("eve", "yellowfin", "nesterov")]
        both.append(share(are_like_momentum(ends)))
        medians = [
            float(np.median(end.steps[end.arrived])) if end.arrived.any() else None
            for end in ends.values()
        ]
        assert agree(story, row, [*alike, *medians])
        shows = are_like_momentum(ends)
        assert is_opened_by_rule(api, view, starts, are_like_momentum, shows)
    assert both[0] == max(both) < 0.5
    assert story["share"] == pytest.approx(both[0], abs=SHARE_TOLERANCE)
    assert story["view"] == next(rows_of(story))[1]
    assert are_like_momentum(api.end(story["view"], start_of(story["view"]))).item()
