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
from tests.backend.measured.stories.measurements import (
    MAP,
    PATHS,
    SHARE_TOLERANCE,
    Api,
    Outcome,
    agree,
    is_agreed,
    is_nearest,
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
        assert is_nearest(api, row["view"], MAP, claim, claim(ends))
    assert story["share"] == pytest.approx(share(is_only_adam(ends)), abs=SHARE_TOLERANCE)
    assert is_nearest(api, story["view"], MAP, is_only_adam, is_only_adam(ends))
    # What its words say beyond the numbers:
    assert share(~ends["gd"].reached) > share(~ends["adam"].reached)


def test_adam_reaches_the_global_minimum_most_often_only_without_bias_correction(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["most-initializations"]
    assert story["verdict"] == "holds only here"
    assert start_of(story["view"]) == api.opening("two-gaussian-bowl")
    winners = []
    rows = list(rows_of(story))
    for (reaching, view), (arriving, _) in zip(rows[::2], rows[1::2], strict=True):
        ends = api.map(view, MAP)
        reached = {id: share(end.reached) for id, end in ends.items()}
        assert agree(story, reaching, [*reached.values()])
        assert agree(story, arriving, [share(end.reached & end.arrived) for end in ends.values()])
        winners.append(max(reached, key=lambda id: reached[id]))
    assert winners == ["adam", "adam", "rmsprop", "rmsprop", "momentum"]
    adam = [view["optimizers"][-1] for _, view in rows[::2]]
    assert [run["hyperparameters"]["bias_correction"] for run in adam] == [
        False, False, True, True, True,
    ]  # fmt: skip
    assert [run["steps"] for run in adam] == [100, 500, 100, 500, 1000]
    assert story["share"] == pytest.approx(
        share(api.map(story["view"], MAP)["adam"].reached), abs=SHARE_TOLERANCE
    )


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
    for i, (row, _) in enumerate(rows):
        measured = [
            full[i], round(float(np.median(turns[i])), 2),
            round(float(np.median(overshoots[i])), 3), None, None,
        ]  # fmt: skip
        assert agree(story, row, measured)
    assert story["share"] == pytest.approx(full[0], abs=SHARE_TOLERANCE)
    start = start_of(story["view"])
    assert start == api.opening("two-gaussian-bowl")
    [momentum] = [d for d in api.descend(story["view"], start) if d["optimizer"] == "momentum"]
    assert count_turns(momentum) >= 1.0


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
                swings[rate] = bool(((offset.real if axis == "x" else offset.imag) < 0).any())
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


def test_gradient_descent_is_not_the_worst_unless_its_rate_is_ten_times_the_others(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["gradient-descent-worst"]
    assert story["verdict"] == "does not hold"
    *settings, (arriving, fast), (reaching, own) = rows_of(story)
    worst = []
    for row, view in settings:
        ends = api.map(view, MAP)
        worst.append({id: share(is_worst(id, ends)) for id in ends})
        assert agree(story, row, [*worst[-1].values()])
    assert [view["optimizers"][0]["hyperparameters"]["lr"] for _, view in settings[:3]] == [
        0.02, 0.02, 0.01,
    ]  # fmt: skip
    assert fast["optimizers"][0]["hyperparameters"]["lr"] == 0.1
    assert {run["hyperparameters"]["lr"] for run in fast["optimizers"][1:]} == {0.01}
    arrives = [share(end.arrived) for end in api.map(fast, MAP).values()]
    assert agree(story, arriving, [*arrives])
    reaches = [share(end.reached) for end in api.map(own, MAP).values()]
    assert agree(story, reaching, [*reaches])
    assert story["share"] == pytest.approx(worst[0]["gd"], abs=SHARE_TOLERANCE)
    start = start_of(story["view"])
    assert start == api.opening("two-gaussian-bowl")
    assert not is_worst("gd", api.end(story["view"], start)).item()
    # What its words say beyond the numbers:
    assert all(shares["gd"] < 0.5 for shares in worst[:4])
    assert min(reaches) == reaches[0]
