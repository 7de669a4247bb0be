"""The story of noise, measured again through the API by other code: a basin map for each seed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from descent_atlas.measured.stories.story import Row, Story, View, judge, weigh
from tests.backend.measured.stories.measurements import SHARE_TOLERANCE, Api, rows_of, start_of

GRID = 10
"""Starts along each side of the domain."""

SEEDS = 100

Z = 1.959963984540054
"""The normal distribution's 97.5 % quantile."""


def limits(counts: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Wilson's limits: the roots of (share - p)² = z² p (1 - p) / n."""
    share, shrink = np.asarray(counts) / SEEDS, 1 + Z**2 / SEEDS
    middle = (share + Z**2 / (2 * SEEDS)) / shrink
    half = Z * np.sqrt(share * (1 - share) / SEEDS + Z**2 / (4 * SEEDS**2)) / shrink
    return middle - half, middle + half


def with_seed(view: View, seed: int) -> View:
    return {**view, "noise": {**view["noise"], "seed": seed}}


def measure(api: Api, view: View) -> dict[str, float | None]:
    """Return the numbers of a row that are of all starts, by the names of their columns."""
    reaches, stays = np.zeros((2, GRID * GRID), dtype=np.int64)
    for seed in range(SEEDS):
        ends = api.map(with_seed(view, seed), GRID)
        reaches += ends["sgd"].reached
        stays += ends["sgd"].reached & ends["sgd"].arrived
    gd = ends["gd"]  # the same under every seed
    poorer = (gd.label >= 0) & ~gd.reached
    low, high = limits(reaches)

    def among(shows: NDArray[np.bool_], starts: NDArray[np.bool_]) -> float | None:
        return float(shows[starts].mean()) if starts.any() else None

    return {
        "GD ends at a poorer minimum": float(poorer.mean()),
        "Noise helps from these": among(low > 0.5, poorer),
        "Undecided of these": among((low <= 0.5) & (high >= 0.5), poorer),
        "Helps and stays": among(limits(stays)[0] > 0.5, poorer),
        "Noise harms from the others": among(high < 0.5, gd.reached),
    }


def by_name(story: Story, row: Row) -> Mapping[str, float | None]:
    names = [column["name"] for column in story["table"]["columns"]]
    return dict(zip(names, row["values"], strict=True))


def check_row(api: Api, story: Story, row: Row, view: View) -> None:
    """Measure a row again, from all starts and from the one that it shows."""
    published = by_name(story, row)
    for name, value in measure(api, view).items():
        assert published[name] == pytest.approx(value, abs=SHARE_TOLERANCE), name
    ends = [api.end(with_seed(view, seed), start_of(view))["sgd"] for seed in range(SEEDS)]
    shown = sum(end.reached.item() for end in ends)
    low, high = limits(shown)
    assert published["Seeds at the start shown"] == shown / SEEDS
    assert published["95 % interval, from"] == pytest.approx(float(low), abs=1e-12)
    assert published["95 % interval, to"] == pytest.approx(float(high), abs=1e-12)


def test_the_verdict_on_noise_follows_from_its_table(stories: dict[str, Story]) -> None:
    story = stories["noise-and-escape"]
    rows = [by_name(story, row) for row in story["table"]["rows"]]
    helps = [row["Noise helps from these"] or 0.0 for row in rows]
    stays = [row["Helps and stays"] or 0.0 for row in rows]
    gains = []
    for row, share in zip(rows, helps, strict=True):
        poorer = row["GD ends at a poorer minimum"] or 0.0
        # On these functions gradient descent ends at a minimum from every start.
        gains.append(share * poorer > (row["Noise harms from the others"] or 0.0) * (1 - poorer))
    assert [side["verdict"] for side in story["sides"]] == [
        judge(helps[0] > 0.5, helps),
        judge(gains[0], [float(gain) for gain in gains]),
        judge(stays[0] > 0.5, stays),
    ]
    assert story["verdict"] == weigh(story["sides"]) == "contested"
    best = helps.index(max(helps))
    assert story["view"] == story["table"]["rows"][best]["view"]
    assert story["share"] == helps[best]


@pytest.mark.slow
def test_noise_helps_on_one_function_and_divides_the_seeds_on_another(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["noise-and-escape"]
    rows = {row["label"]: (row, view) for row, view in rows_of(story)}
    for label in ("Two-Gaussian bowl, σ = 16", "Six-hump camel, σ = 4"):
        check_row(api, story, *rows[label])


@pytest.mark.long
def test_every_number_of_the_story_of_noise_is_measured_again(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["noise-and-escape"]
    for row, view in rows_of(story):
        check_row(api, story, row, view)
