"""The stories of the article's own function, measured again through the API by other code.

The settings are those that a story publishes in its views, so that what a click opens is what
was measured. Refutations are measured like confirmations.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from descent_atlas.measured.stories.story import Story
from descent_atlas.measured.sweep import load_sweep
from tests.backend.measured.stories.measurements import (
    MAP,
    PATHS,
    SCORED,
    SHARE_TOLERANCE,
    Api,
    Outcome,
    agree,
    is_agreed,
    is_opened_by_rule,
    rows_of,
    share,
    start_of,
)

pytestmark = pytest.mark.slow  # it measures all numbers again, from grids of starts


def is_only_adam(ends: Mapping[str, Outcome]) -> NDArray[np.bool_]:
    others = ends["gd"].reached | ends["momentum"].reached | ends["rmsprop"].reached
    return ends["adam"].reached & ~others


def is_divided(ends: Mapping[str, Outcome]) -> NDArray[np.bool_]:
    left = ends["rmsprop"].reached & ends["adam"].reached
    return left & ~(ends["gd"].reached | ends["momentum"].reached)


def test_from_few_starts_only_adam_reaches_the_global_minimum(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["different-minima"]
    assert story["verdict"] == "holds only here"
    ends = api.map(story["view"], MAP)
    number = sum(end.reached.astype(int) for end in ends.values())
    reaches, poorer, only, divided, agreed = story["table"]["rows"]
    assert agree(story, reaches, [None, *(share(end.reached) for end in ends.values())])
    assert agree(story, poorer, [None, *(share(~end.reached) for end in ends.values())])
    alone = [share(end.reached & (number == 1)) for end in ends.values()]
    assert agree(story, only, [None, *alone])
    for row, claim in ((divided, is_divided), (agreed, is_agreed)):
        assert row["view"] is not None
        assert agree(story, row, [share(claim(ends)), None, None, None, None])
        assert is_opened_by_rule(api, row["view"], MAP, claim, claim(ends))
    assert story["share"] == pytest.approx(share(is_only_adam(ends)), abs=SHARE_TOLERANCE)
    assert is_opened_by_rule(api, story["view"], MAP, is_only_adam, is_only_adam(ends))
    # What its words say beyond the numbers:
    assert share(~ends["gd"].reached) > share(~ends["adam"].reached)


def is_ahead(ends: Mapping[str, Outcome]) -> NDArray[np.bool_]:
    all_reach = np.all([end.reached for end in ends.values()], axis=0)
    return np.asarray(ends["adam"].reached & ~all_reach)


@pytest.mark.long  # it measures anew, from more starts
def test_adam_reaches_the_global_minimum_most_often_only_without_bias_correction(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["most-initializations"]
    assert story["verdict"] == "holds only here"
    winners = []
    rows = list(rows_of(story))
    for i, ((reaching, view), (arriving, same)) in enumerate(
        zip(rows[::2], rows[1::2], strict=True)
    ):
        starts = SCORED if i == 4 else MAP
        ends = api.map(view, starts)
        reached = {id: share(end.reached) for id, end in ends.items()}
        assert agree(story, reaching, [*reached.values()])
        assert agree(story, arriving, [share(end.reached & end.arrived) for end in ends.values()])
        assert same == view
        assert is_opened_by_rule(api, view, starts, is_ahead, is_ahead(ends))
        winners.append(max(reached, key=lambda id: reached[id]))
    assert winners == ["adam", "adam", "rmsprop", "rmsprop", "momentum"]
    assert story["view"] == rows[0][1]
    adam = [view["optimizers"][-1] for _, view in rows[::2]]
    assert [run["hyperparameters"]["bias_correction"] for run in adam] == [
        False, False, True, True, True,
    ]  # fmt: skip
    assert [run["steps"] for run in adam] == [100, 500, 100, 500, 1000]
    assert story["share"] == pytest.approx(
        share(api.map(story["view"], MAP)["adam"].reached), abs=SHARE_TOLERANCE
    )


def test_at_swept_rates_a_story_has_the_shares_of_who_wins_where(
    stories: dict[str, Story],
) -> None:
    scored = {
        cell["optimizer"]: cell
        for cell in load_sweep()["cells"]
        if cell["objective"] == "two-gaussian-bowl"
    }
    (arrives,) = (
        row
        for row in stories["most-initializations"]["table"]["rows"]
        if row["label"] == "Each at its own swept rate, 1,000 steps: arrives"
    )
    assert arrives["view"] is not None
    runs = arrives["view"]["optimizers"]
    assert arrives["values"] == [scored[run["id"]]["share"] for run in runs]
    assert [run["hyperparameters"]["lr"] for run in runs] == [
        scored[run["id"]]["lr"] for run in runs
    ]


def count_turns(descent: Mapping[str, Any]) -> float:
    last = descent["steps"] if descent["arrival"] is None else descent["arrival"]
    seen = descent["path"][: last + 1] - descent["goal"]
    return float(abs(np.angle(seen[1:] / seen[:-1]).sum() / (2 * np.pi)))


def measure_overshoot(descent: Mapping[str, Any]) -> float:
    distance = abs(descent["path"] - descent["goal"])
    for k in range(1, len(distance)):
        if distance[k] > distance[k - 1]:
            return float(distance[k:].max())
    return 0.0


def test_momentum_turns_around_its_minimum_from_most_starts(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["momentum-spirals"]
    assert story["verdict"] == "holds"
    rows = list(rows_of(story))[:7]
    runs = [run for _, view in rows for run in view["optimizers"]]
    turns: list[list[float]] = [[] for _ in runs]
    overshoots: list[list[float]] = [[] for _ in runs]
    for start in api.starts("two-gaussian-bowl", PATHS):
        for i, descent in enumerate(api.descend(story["view"], start, runs)):
            turns[i].append(count_turns(descent))
            overshoots[i].append(measure_overshoot(descent))
    full = [share(np.array(numbers) >= 1.0) for numbers in turns]
    starts = api.starts("two-gaussian-bowl", PATHS)
    for i, (row, view) in enumerate(rows):
        measured = [
            full[i], round(float(np.median(turns[i])), 2),
            round(float(np.median(overshoots[i])), 3), None, None,
        ]  # fmt: skip
        assert agree(story, row, measured)
        most = [
            start for start, n in zip(starts, turns[i], strict=True) if n > max(turns[i]) - 1e-8
        ]
        opening = api.opening("two-gaussian-bowl")
        nearest = min(most, key=lambda start: np.hypot(*np.subtract(start, opening)))
        assert start_of(view) == pytest.approx(nearest, abs=1e-4)
    assert story["share"] == pytest.approx(full[0], abs=SHARE_TOLERANCE)
    assert start_of(story["view"]) == start_of(rows[0][1])
    [momentum] = [
        descent
        for descent in api.descend(story["view"], start_of(story["view"]))
        if descent["optimizer"] == "momentum"
    ]
    assert count_turns(momentum) == pytest.approx(max(turns[0]), abs=0.01)


def test_momentum_begins_to_swing_at_the_rate_where_theory_says_so(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["momentum-spirals"]
    scan = [float(f"{10 ** (-4 + k / 200):.4g}") for k in range(401)]
    for i, (row, view) in enumerate(list(rows_of(story))[7:]):
        axis = "xy"[i % 2]
        predicted, measured = row["values"][3:]
        assert predicted is not None and measured is not None
        [run] = view["optimizers"]
        assert run["hyperparameters"]["lr"] == measured
        goal = api.descend(view, start_of(view))[0]["goal"]
        assert start_of(view) == pytest.approx((goal.real + 0.1, 0.1), abs=1e-4)

        swings = {}
        rates = [rate for rate in scan if rate <= measured]
        for batch in (rates[k : k + 12] for k in range(0, len(rates), 12)):
            scanned = [
                run | {"hyperparameters": run["hyperparameters"] | {"lr": rate}} for rate in batch
            ]
            for rate, descent in zip(
                batch, api.descend(view, start_of(view), scanned), strict=True
            ):
                offset = descent["path"] - descent["goal"]
                side = offset.real if axis == "x" else offset.imag
                swings[rate] = bool((side < -1e-12).any())
        assert [rate for rate, swung in swings.items() if swung] == [measured]

        width = 1e-3
        z = api.surface(
            view, (goal.real - width, goal.real + width), (goal.imag - width, goal.imag + width)
        )
        along = z[1, :] if axis == "x" else z[:, 1]
        curvature = (along[0] - 2 * along[1] + along[2]) / width**2
        momentum = run["hyperparameters"]["momentum"]
        assert predicted == pytest.approx((1 - momentum**0.5) ** 2 / curvature, rel=2e-4)
        # What its words say beyond the numbers:
        assert predicted < measured < 1.05 * predicted


def is_worst(id: str, ends: Mapping[str, Outcome]) -> NDArray[np.bool_]:
    mine = ends[id]
    worse = np.ones(mine.label.shape, dtype=bool)
    for other in ends:
        if other != id:
            later = (mine.depth == ends[other].depth) & (mine.steps > ends[other].steps)
            worse &= later | (mine.depth > ends[other].depth)
    return worse


def is_gd_worst(ends: Mapping[str, Outcome]) -> NDArray[np.bool_]:
    return is_worst("gd", ends)


@pytest.mark.long
def test_whether_gradient_descent_is_worst_depends_on_what_worst_means(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["gradient-descent-worst"]
    assert story["verdict"] == "contested"
    assert [side["verdict"] for side in story["sides"]] == ["holds", "holds elsewhere"]
    rows = list(rows_of(story))
    worst = []
    reaches = []
    for i, ((reaching, view), (being_worst, same)) in enumerate(
        zip(rows[0:10:2], rows[1:10:2], strict=True)
    ):
        starts = SCORED if i == 3 else MAP
        ends = api.map(view, starts)
        reaches.append({id: share(end.reached) for id, end in ends.items()})
        worst.append({id: share(is_worst(id, ends)) for id in ends})
        assert agree(story, reaching, [*reaches[-1].values()])
        assert agree(story, being_worst, [*worst[-1].values()])
        assert same == view
        assert is_opened_by_rule(api, view, starts, is_gd_worst, is_gd_worst(ends))
    views = [view for _, view in rows[0:10:2]]
    assert [view["optimizers"][0]["hyperparameters"]["lr"] for view in views[:3]] == [
        0.02, 0.02, 0.01,
    ]  # fmt: skip
    fast = views[-1]
    assert fast["optimizers"][0]["hyperparameters"]["lr"] == 0.1
    assert {run["hyperparameters"]["lr"] for run in fast["optimizers"][1:]} == {0.01}
    assert agree(story, rows[10][0], [share(end.arrived) for end in api.map(fast, MAP).values()])
    assert story["view"] == views[0]
    assert story["share"] == pytest.approx(worst[0]["gd"], abs=SHARE_TOLERANCE)
    assert is_gd_worst(api.end(story["view"], start_of(story["view"]))).item()
    # What its words say beyond the numbers:
    assert all(min(shares, key=lambda id: shares[id]) == "gd" for shares in reaches)
    assert [max(shares, key=lambda id: shares[id]) == "gd" for shares in worst] == [
        False, False, False, False, True,
    ]  # fmt: skip
    assert [shares["gd"] > 0.5 for shares in worst] == [False, False, False, False, True]
    assert worst[0]["rmsprop"] > worst[0]["momentum"] > worst[0]["gd"]
