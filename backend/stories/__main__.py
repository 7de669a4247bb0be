"""`python -m backend.stories`: measure every story and write the table that the app reads."""

import json
import os
from concurrent.futures import Executor, ThreadPoolExecutor

from backend.stories import TABLE
from backend.stories.bowl import (
    measure_different_minima,
    measure_most_initializations,
    measure_worst,
)
from backend.stories.newcomers import measure_newcomers
from backend.stories.rastrigin import measure_rastrigin
from backend.stories.rosenbrock import measure_rosenbrock
from backend.stories.spiral import measure_spiral
from backend.stories.story import Story

MEASURES = (
    measure_different_minima,
    measure_most_initializations,
    measure_spiral,
    measure_worst,
    measure_rastrigin,
    measure_rosenbrock,
    measure_newcomers,
)
"""Every story, in the order in which the page shows them."""


def measure_stories(executor: Executor) -> list[Story]:
    """Measure every story."""
    return [measure(executor) for measure in MEASURES]


if __name__ == "__main__":
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        table = {"stories": measure_stories(pool)}
    TABLE.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n")
