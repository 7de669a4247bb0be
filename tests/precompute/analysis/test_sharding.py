"""The order in which a grid is refined, and blocks after which all workers end together."""

import heapq
from itertools import pairwise

import numpy as np
import pytest

from descent_atlas.analysis.sharding.block_lengths import (
    LONGEST_SECONDS,
    SHORTEST_SECONDS,
    divide_among,
)
from descent_atlas.analysis.sharding.refinements import LEAST, list_refinements, order_refinements


@pytest.mark.parametrize("shape", [(3, 3), (7, 12), (31, 31), (51, 51), (200, 33), (501, 501)])
def test_each_refinement_holds_the_one_before_and_the_middle(shape: tuple[int, int]) -> None:
    masks = [subgrid.find_points(shape) for subgrid in list_refinements(shape)]
    assert masks[-1].all()
    for coarse, fine in pairwise(masks):
        assert fine[coarse].all()
        assert 1.5 < fine.sum() / coarse.sum() < 2.5
    for mask in masks:
        assert mask[shape[0] // 2, shape[1] // 2]
    rows, columns = (len(np.unique(axis)) for axis in masks[0].nonzero())
    for count, whole in ((rows, shape[0]), (columns, shape[1])):
        assert min(LEAST, whole) <= count < 2 * LEAST + 2 or count == whole < 2 * LEAST


@pytest.mark.parametrize("together", [1, 4, 16])
@pytest.mark.parametrize("shape", [(3, 3), (31, 31), (51, 20)])
def test_points_come_coarse_first_and_neighbours_stay_together(
    shape: tuple[int, int], together: int
) -> None:
    order, count = order_refinements(shape, together), shape[0] * shape[1]
    assert sorted(order.points.tolist()) == list(range(count))
    assert order.stops[-1] == count and list(order.stops) == sorted(order.stops)
    for subgrid, stop in zip(order.subgrids, order.stops, strict=True):
        there = np.zeros(count, dtype=np.bool_)
        there[order.points[:stop]] = True
        assert there.reshape(shape)[subgrid.find_points(shape)].all()
    whole = count - count % together
    groups = order.points[:whole].reshape(-1, together)
    assert (groups[:, 0] % together == 0).all() and (np.diff(groups, axis=1) == 1).all()
    assert order.points[whole:].tolist() == list(range(whole, count))


def test_a_first_picture_takes_a_small_part_of_the_points() -> None:
    assert order_refinements((51, 51)).stops[0] == 49
    assert order_refinements((501, 501)).stops[0] < 100


@pytest.mark.parametrize("workers", [1, 2, 3, 64])
@pytest.mark.parametrize("seconds", [1e-4, 0.02, 3.0, 60.0])
def test_workers_of_different_speeds_end_together(workers: int, seconds: float) -> None:
    """Every third worker is half as fast. None waits longer than a short block, or a point."""
    points = 4000
    lengths = divide_among(points, workers, seconds)
    assert sum(lengths) == points
    assert lengths == sorted(lengths, reverse=True)
    assert max(lengths) * seconds <= max(LONGEST_SECONDS, seconds)
    pace = [seconds * (2 if i % 3 == 2 else 1) for i in range(workers)]
    free = [(0.0, i) for i in range(workers)]
    ends = [0.0] * workers
    for length in lengths:
        now, i = heapq.heappop(free)
        ends[i] = now + length * pace[i]
        heapq.heappush(free, (ends[i], i))
    assert max(ends) - min(ends) <= 2 * max(SHORTEST_SECONDS, seconds) * 1.5
