"""Stories: the article's claims, each measured from a grid of starts.

`descent-atlas stories` measures every story and writes the table that the app reads. The rules in
`story_settings` fix the settings before the results are known; `story.judge` derives the verdict
from the numbers.

The article is E. Dupont, Interactive Visualization of Optimization Algorithms in Deep Learning,
2018, https://emiliendupont.github.io/2018/01/24/optimization-visualization/.
"""

import json
from functools import cache
from pathlib import Path

from descent_atlas.measured.stories.story import Story

TABLE = Path(__file__).parent.parent / "tables" / "stories.json"


@cache
def load_stories() -> list[Story]:
    """Read the committed table: every story, in the order in which the page shows them."""
    stories: list[Story] = json.loads(TABLE.read_text())["stories"]
    return stories
