"""Costs of jobs, and the blocks into which they divide a surface."""

from itertools import pairwise

import pytest

from descent_atlas.analysis.stack_surfaces import POINTS
from descent_atlas.jobs.costs import Costs, measure_costs
from descent_atlas.output.landscape_parts import BLOCK_SECONDS
from descent_atlas.training.images.datasets import DataError, ImageDataset
from descent_atlas.training.networks import convolutional, mlp

PAPER = Costs(snapshot=4e-6, point=1.8e-7, first=1.3e-5, together=16)
"""Those of the paper's network, on the machine on which its landscapes were computed."""


def test_a_surface_that_takes_less_than_a_block_is_one() -> None:
    assert PAPER.divide(51 * 51, 50_000) == [(0, 2601)]
    assert PAPER.divide(7 * 7, 1) == [(0, 49)]


def test_a_surface_of_hours_is_divided_into_blocks_of_half_a_minute() -> None:
    slow = Costs(snapshot=2e-4, point=2e-4, first=0, together=1)  # ten seconds a point
    spans = slow.divide(51 * 51, 50_000)
    assert spans[0][0] == 0 and spans[-1][1] == 2601
    assert all(last == first for (_, last), (first, _) in pairwise(spans))
    assert {stop - start for start, stop in spans} == {3}
    assert slow.evaluate(3, 50_000) == pytest.approx(BLOCK_SECONDS)


@pytest.mark.parametrize("factor", [2, 7, 100])
def test_blocks_begin_where_points_are_computed_together(factor: int) -> None:
    slow = Costs(snapshot=4e-6, point=factor * 1.8e-7, first=1.3e-5, together=16)
    spans = slow.divide(51 * 51, 50_000)
    assert all(start % 16 == 0 for start, _ in spans)
    assert spans[-1][1] == 2601
    for start, stop in spans:
        assert stop - start == 16 or slow.evaluate(stop - start, 50_000) < 1.5 * BLOCK_SECONDS


def test_blocks_that_share_a_long_first_layer_are_longer() -> None:
    heavy = Costs(snapshot=1e-3, point=1e-6, first=1e-3, together=16)
    spans = heavy.divide(201 * 201, 50_000)
    for start, stop in spans[:-1]:
        assert 50 < 0.25 * heavy.evaluate(stop - start, 50_000) < 70


def test_costs_are_measured(dataset: ImageDataset) -> None:
    stack = measure_costs(mlp((48, 16, 3)), dataset.train)
    plain = measure_costs(convolutional((3, 4), size=4, classes=3), dataset.train)
    assert (stack.together, plain.together) == (POINTS, 1)
    for costs in (stack, plain):
        assert costs.snapshot > 0 and costs.point > 0 and costs.first >= 0
        assert costs.train(10, 4) > 0 and costs.search(1, 10) > 0


def test_a_network_that_does_not_take_the_images_is_told(dataset: ImageDataset) -> None:
    with pytest.raises(DataError, match="cannot be evaluated on the images"):
        measure_costs(mlp((49, 3)), dataset.train)


@pytest.mark.parametrize("workers", [2, 3, 64])
def test_workers_that_share_a_surface_finish_together(workers: int) -> None:
    """Efficiency is the share of the time in which workers compute points."""
    for costs in (PAPER, Costs(snapshot=2e-6, point=2e-6, first=0, together=1)):
        spans = costs.divide(51 * 51, 50_000, workers)
        assert spans[0][0] == 0 and spans[-1][1] == 2601
        assert all(last == first for (_, last), (first, _) in pairwise(spans))
        blocks = [costs.evaluate(stop - start, 50_000) for start, stop in spans]
        once = 50_000 * costs.first
        assert all(once <= 0.25 * block for block in blocks[:-1])
        if once == 0 or workers == 2:
            longest = max(sum(blocks[i::workers]) for i in range(workers))
            assert costs.evaluate(2601, 50_000) / (workers * longest) >= 0.85
