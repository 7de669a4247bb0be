"""The table of stories, and the rule that gives the verdicts. Its numbers are tested next door."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from descent_atlas.measured.stories import load_stories
from descent_atlas.measured.stories.story import Side, Story, StoryVerdict, judge, say_share, weigh
from descent_atlas.measured.stories.story_measures import MEASURES, measure_stories
from descent_atlas.measured.stories.story_settings import Setting
from descent_atlas.statistics.designs import place_centres
from descent_atlas.web.description.openapi import TERMS


@pytest.mark.parametrize(
    ("here", "shares", "verdict"),
    [
        (True, [0.51], "holds"),
        (True, [0.5], "holds only here"),
        (True, [0.9, 0.9, 0.1], "holds"),
        (True, [0.9, 0.1], "holds only here"),
        (True, [0.0], "holds only here"),
        (False, [0.0, 0.51], "holds elsewhere"),
        (False, [0.5, 0.1], "does not hold"),
    ],
)
def test_a_verdict_tells_where_a_claim_is_true(
    here: bool, shares: list[float], verdict: str
) -> None:
    assert judge(here, shares).value == verdict


def test_readings_that_disagree_make_a_claim_contested() -> None:
    def side(verdict: StoryVerdict) -> Side:
        return Side(reading="", verdict=verdict, evidence="")

    holds, elsewhere = side(StoryVerdict.HOLDS), side(StoryVerdict.HOLDS_ELSEWHERE)
    assert weigh([holds, holds]) == StoryVerdict.HOLDS
    assert weigh([holds, elsewhere]) == StoryVerdict.CONTESTED


def test_contested_stories_alone_have_sides_and_they_disagree() -> None:
    for story in load_stories():
        verdicts = {side["verdict"] for side in story["sides"]}
        assert (len(verdicts) > 1) == (story["verdict"] == "contested") == bool(story["sides"])


@pytest.mark.parametrize("verdict", StoryVerdict)
def test_a_client_reads_what_each_verdict_means(verdict: StoryVerdict) -> None:
    assert f"`{verdict}`: " in TERMS[StoryVerdict].description


def test_the_table_has_every_story_in_the_order_of_the_page() -> None:
    assert [story["id"] for story in load_stories()] == list(MEASURES)


@pytest.mark.parametrize("story", load_stories(), ids=lambda story: story["id"])
def test_every_share_that_a_text_names_stands_in_its_table(story: Story) -> None:
    columns = story["table"]["columns"]
    shares = {story["share"]} | {
        value
        for row in story["table"]["rows"]
        for column, value in zip(columns, row["values"], strict=True)
        if column["unit"] == "share" and value is not None
    }
    texts = [story["explanation"], story["evidence"], *(s["evidence"] for s in story["sides"])]
    named = [share for text in texts for share in re.findall(r"[<>\d.]+\xa0%", text)]
    assert len(named) >= 3
    assert set(named) <= {say_share(share) for share in shares}


def test_the_words_of_the_table_are_those_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured on a coarse grid: only what are not numbers, starts and verdicts is compared."""

    def place_few(setting: Setting) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return place_centres(setting.objective.domain.x, setting.objective.domain.y, 3)

    def read(story: Story) -> Any:
        table = story["table"]
        views = [row["view"] for row in table["rows"] if row["view"]]
        return {
            "words": re.sub(
                r"[<>]?(\d[\d.,e-]*\d|\d)",
                "#",
                json.dumps([story[part] for part in ("id", "title", "claim", "explanation")]),
            ),
            # A coarse grid may contest what the whole one does not.
            "readings": [side["reading"] for side in story["sides"]]
            if story["id"] in contested
            else [],
            "columns": table["columns"],
            "labels": [row["label"] for row in table["rows"]],
            "settings": [{**view, "start": None} for view in views],
        }

    contested = {story["id"] for story in load_stories() if story["sides"]}
    monkeypatch.setattr(Setting, "place_starts", place_few)
    with ThreadPoolExecutor(2) as executor:
        measured = measure_stories(executor)
    assert [read(story) for story in measured] == [read(story) for story in load_stories()]
