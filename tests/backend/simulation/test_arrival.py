"""Arrival and visits, beside plain definitions of them."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from descent_atlas.simulation.arrival import (
    ARRIVAL_DISTANCE,
    count_window,
    find_arrival,
    find_visit,
)

NEAR = st.booleans()
"""Whether a point of a path is near the minimum."""


def make_path(nearness: list[bool]) -> NDArray[np.float64]:
    """Return a path that is near the point (3, -2) where it is told to be, float64[2, points]."""
    radius = np.where(nearness, 0.5, 1.5) * ARRIVAL_DISTANCE
    angle = np.arange(len(nearness))
    return np.array([3 + radius * np.cos(angle), -2 + radius * np.sin(angle)])


def arrive(nearness: list[bool], *, is_noisy: bool) -> int:
    steps = len(nearness) - 1
    window = count_window(steps)
    step: int = find_arrival(make_path(nearness), steps, window, 3.0, -2.0, is_noisy)
    return step


def arrive_by_definition(nearness: list[bool], *, is_noisy: bool) -> int:
    """Return the step of arrival by looking at every window of the path."""
    steps = len(nearness) - 1
    window = min(steps, max(20, math.ceil(steps / 10)))
    required = 0.95 if is_noisy else 1.0
    passes = [
        sum(nearness[k : k + window + 1]) >= required * (window + 1)
        for k in range(steps - window + 1)
    ]
    if not passes[-1]:
        return -1
    first = max((k + 1 for k, passed in enumerate(passes) if not passed), default=0)
    return first + nearness[first:].index(True)


@pytest.mark.parametrize(
    ("steps", "window"),
    [(1, 1), (19, 19), (20, 20), (200, 20), (201, 21), (210, 21), (1000, 100), (10_001, 1001)],
)
def test_the_window_is_a_tenth_of_the_steps_or_twenty_or_the_whole_path(
    steps: int, window: int
) -> None:
    assert count_window(steps) == window


@pytest.mark.parametrize(
    ("nearness", "step"),
    [
        ([True] * 101, 0),
        ([False] * 80 + [True] * 21, 80),
        ([False] * 81 + [True] * 20, -1),
        ([True] * 100 + [False], -1),
        ([True] * 40 + [False] + [True] * 60, 41),
        ([True] * 5, 0),
        ([False] + [True] * 10, -1),
    ],
    ids=["always", "just", "a step late", "left", "a gap", "short", "short and late"],
)
def test_without_noise_arrival_is_the_first_step_of_the_unbroken_stay_that_lasts_to_the_end(
    nearness: list[bool], step: int
) -> None:
    assert arrive(nearness, is_noisy=False) == step


@pytest.mark.parametrize(
    ("nearness", "step"),
    [
        ([False] * 80 + [True] * 20 + [False], 80),
        ([False] * 80 + [True] * 19 + [False] * 2, -1),
        ([False] * 60 + [True] * 20 + [False] + [True] * 20, 60),
        ([False] * 60 + [True] * 20 + [False] * 2 + [True] * 20, 82),
        ([True] + [False] * 40 + [True] * 60, 41),
    ],
    ids=["last outside", "two outside", "one outside on the way", "two on the way", "passing by"],
)
def test_with_noise_one_point_in_twenty_may_lie_outside(nearness: list[bool], step: int) -> None:
    assert arrive(nearness, is_noisy=True) == step


@given(st.lists(NEAR, min_size=2, max_size=60), st.integers(0, 400), NEAR, NEAR)
@settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_arrival_is_what_its_definition_says(
    beginning: list[bool], stay: int, is_noisy: bool, ends_near: bool
) -> None:
    nearness = [*beginning, *[True] * stay, ends_near]
    expected = arrive_by_definition(nearness, is_noisy=is_noisy)
    assert arrive(nearness, is_noisy=is_noisy) == expected


@pytest.mark.parametrize("is_noisy", [False, True])
def test_arrival_on_random_paths_is_what_its_definition_says(is_noisy: bool) -> None:
    generator = np.random.default_rng(4)
    arrivals = 0
    for _ in range(2000):
        share = generator.choice([0.9, 0.95, 0.98, 0.999])
        nearness = (generator.uniform(size=generator.integers(2, 700)) < share).tolist()
        expected = arrive_by_definition(nearness, is_noisy=is_noisy)
        assert arrive(nearness, is_noisy=is_noisy) == expected
        arrivals += expected >= 0
    assert 200 < arrivals < 1800


# --- Visits ---


def visit_by_definition(
    path: NDArray[np.float64], minima: NDArray[np.float64]
) -> tuple[int, int, int]:
    """Return the longest stay near one minimum by looking at every point and every minimum."""
    longest = (-1, -1, -1)
    for i, (x, y) in enumerate(minima):
        near = np.hypot(path[0] - x, path[1] - y) <= ARRIVAL_DISTANCE
        edges = np.flatnonzero(np.diff(np.concatenate(([0], near, [0]))))
        for first, end in edges.reshape(-1, 2).tolist():
            length, best = end - first, longest[2] - longest[1] + 1 if longest[0] >= 0 else 0
            if length > best or (length == best and first < longest[1]):
                longest = (i, first, end - 1)
    return longest


def test_the_longest_stay_is_that_of_its_definition() -> None:
    generator = np.random.default_rng(9)
    found = 0
    for _ in range(500):
        minima = generator.uniform(-0.2, 0.2, (generator.integers(1, 9), 2))
        if (
            len(minima) > 1
            and min(math.dist(a, b) for i, a in enumerate(minima) for b in minima[:i])
            <= 2 * ARRIVAL_DISTANCE
        ):
            continue  # a point may be near two of them
        steps = generator.normal(0, generator.choice([1e-3, 5e-3, 3e-2]), (2, 300))
        path = np.cumsum(steps, axis=1)
        expected = visit_by_definition(path, minima)
        assert find_visit(path, 299, minima) == expected
        found += expected[0] >= 0
    assert found > 100


def test_without_minima_or_near_none_there_is_no_visit() -> None:
    path = np.zeros((2, 5))
    assert find_visit(path, 4, np.empty((0, 2))) == (-1, -1, -1)
    assert find_visit(path, 4, np.array([[1.0, 0.0]])) == (-1, -1, -1)


def test_a_path_that_overflows_is_read_to_its_end() -> None:
    path = np.array([[0.0, 0.0, 1e200, np.inf, np.nan], [0.0, 0.0, 0.0, np.nan, np.nan]])
    assert find_visit(path, 4, np.array([[0.0, 0.0], [5.0, 0.0]])) == (0, 0, 1)
