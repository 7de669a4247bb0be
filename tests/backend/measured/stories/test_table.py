"""The table of stories, and the rule that gives the verdicts. Its numbers are tested next door."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from descent_atlas.measured.stories import load_stories
from descent_atlas.measured.stories.story import Story, judge, say_share
from descent_atlas.measured.stories.story_measures import MEASURES, measure_stories
from descent_atlas.measured.stories.story_settings import Setting
from descent_atlas.simulation.basins import Axis


@pytest.mark.parametrize(
    ("here", "shares", "verdict"),
    [
        (True, [0.51], "holds"),
        (True, [0.5], "holds only here"),
        (True, [0.9, 0.9, 0.1], "holds"),
        (True, [0.9, 0.1], "holds only here"),
        (True, [0.0], "holds only here"),
        (False, [1.0, 1.0], "does not hold"),
    ],
)
def test_a_claim_holds_if_it_is_true_here_and_from_most_starts_in_most_settings(
    here: bool, shares: list[float], verdict: str
) -> None:
    assert judge(here, shares).value == verdict


def test_the_table_has_every_story_in_the_order_of_the_page() -> None:
    assert [story["id"] for story in load_stories()] == list(MEASURES)


@pytest.mark.parametrize("story", load_stories(), ids=lambda story: story["id"])
def test_every_share_that_an_explanation_names_stands_in_its_table(story: Story) -> None:
    columns = story["table"]["columns"]
    shares = {story["share"]} | {
        value
        for row in story["table"]["rows"]
        for column, value in zip(columns, row["values"], strict=True)
        if column["unit"] == "share" and value is not None
    }
    named = re.findall(r"[\d.]+%", story["explanation"])
    assert len(named) >= 2
    assert set(named) <= {say_share(share) for share in shares}


def test_the_words_of_the_table_are_those_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured on a coarse grid: only what are not numbers, starts and verdicts is compared."""

    def coarse_axes(setting: Setting) -> tuple[Axis, Axis]:
        (x0, x1), (y0, y1) = setting.objective.domain.x, setting.objective.domain.y
        return (
            Axis(minimum=0.9 * x0, maximum=0.9 * x1, count=3),
            Axis(minimum=0.9 * y0, maximum=0.9 * y1, count=3),
        )

    def read(story: Story) -> Any:
        table = story["table"]
        views = [story["view"], *(row["view"] for row in table["rows"] if row["view"])]
        return {
            "words": re.sub(
                r"\d[\d.,e-]*\d|\d",
                "#",
                json.dumps([story[part] for part in ("id", "title", "claim", "explanation")]),
            ),
            "columns": table["columns"],
            "labels": [row["label"] for row in table["rows"]],
            "settings": [{**view, "start": None} for view in views],
        }

    monkeypatch.setattr(Setting, "axes", coarse_axes)
    with ThreadPoolExecutor(2) as executor:
        measured = measure_stories(executor)
    assert [read(story) for story in measured] == [read(story) for story in load_stories()]
