"""Measurements of all stories: `descent-atlas stories` writes the table that the app reads."""

import json
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor
from pathlib import Path

from descent_atlas.measured.stories import load_stories
from descent_atlas.measured.stories.adaptive_scaling import measure_adaptive
from descent_atlas.measured.stories.bowl import (
    measure_different_minima,
    measure_most_initializations,
    measure_worst,
)
from descent_atlas.measured.stories.edge_of_stability import measure_edge
from descent_atlas.measured.stories.newcomers import measure_newcomers
from descent_atlas.measured.stories.noisy_gradients import measure_noise
from descent_atlas.measured.stories.rastrigin import measure_rastrigin
from descent_atlas.measured.stories.rosenbrock import measure_rosenbrock
from descent_atlas.measured.stories.spiral import measure_spiral
from descent_atlas.measured.stories.story import Story
from descent_atlas.storage.durable import write_whole

MEASURES: Mapping[str, Callable[[Executor], Story]] = {
    "different-minima": measure_different_minima,
    "most-initializations": measure_most_initializations,
    "momentum-spirals": measure_spiral,
    "gradient-descent-worst": measure_worst,
    "rastrigin-momentum": measure_rastrigin,
    "rosenbrock-valley": measure_rosenbrock,
    "eve-and-yellowfin": measure_newcomers,
    "noise-and-escape": measure_noise,
    "edge-of-stability": measure_edge,
    "adam-and-sharpness": measure_adaptive,
}
"""The measurement of each story by its id, in the order of the page."""


def measure_stories(
    executor: Executor,
    ids: Collection[str] = tuple(MEASURES),
    *,
    report: Callable[[str], None] = lambda line: None,
) -> list[Story]:
    """Measure some stories; return all of them, the others from the committed table.

    A story that the table lacks is measured in any case. `report` is called with a line when a
    story is measured.
    """
    known = {story["id"]: story for story in load_stories()}
    stories = []
    for id, measure in MEASURES.items():
        if id in ids or id not in known:
            stories.append(measure(executor))
            report(f"{id}: measured")
        else:
            stories.append(known[id])
    return stories


def write_stories(stories: list[Story], path: Path) -> None:
    """Write a table, atomically."""
    table = json.dumps({"stories": stories}, indent=1, ensure_ascii=False)
    write_whole(path, (table + "\n").encode())
