"""Steps at which a run keeps snapshots of its parameters."""

from collections.abc import Mapping

SNAPSHOT_COUNT = 200
"""Snapshots, uniform in steps, that a run keeps after the first: 160 MB for 200,000 weights."""

EARLY_COUNT = 16
"""Extra snapshots, at growing distances, between the first two of the uniform ones."""


def plan_snapshots(steps: int, count: int) -> dict[int, bool]:
    """Return the steps at which snapshots are due, ascending, and whether each is an early one.

    After step 0, `count` of them are uniform in steps, or every step is one if there are fewer
    steps. The early ones lie at growing distances between the first two.
    """
    count = min(count, steps)
    uniform = {round(index * steps / count) for index in range(count + 1)} if count else {0}
    spacing = steps / count if count else 1
    grown = {round(spacing ** (index / EARLY_COUNT)) for index in range(EARLY_COUNT)}
    return {step: step not in uniform for step in sorted(uniform | grown) if step <= steps}


def choose_uniform(planned: Mapping[int, bool], count: int) -> list[int]:
    """Return `count` of the uniform snapshots' steps: every nth after the first, or all if fewer.

    `planned` are the steps of all snapshots, and whether each is an early one.
    """
    uniform = [step for step, early in planned.items() if not early][1:]
    count = min(count, len(uniform))
    return [uniform[(index + 1) * len(uniform) // count - 1] for index in range(count)]
