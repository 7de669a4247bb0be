"""Groups of points that fit into a GPU's memory: halved when it runs out, on any machine."""

from collections.abc import Callable, Iterator, Sequence

import pytest
import torch

from descent_atlas.evaluation.device_memory import (
    DeviceMemoryError,
    HalvingGroups,
    find_group_size,
    round_down,
)
from descent_atlas.evaluation.losses import Total, classification
from descent_atlas.evaluation.parameters import ParameterSpace
from descent_atlas.evaluation.points import Evaluator
from tests.precompute.drawing.small_networks import make_batches, make_mlp

Point = dict[str, torch.Tensor]


def work_within(room: int, asked: list[int]) -> Callable[[Sequence[int]], list[int]]:
    """Return work on numbers, whose memory suffices for so many of them at once."""

    def square(items: Sequence[int]) -> list[int]:
        asked.append(len(items))
        if len(items) > room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return [item**2 for item in items]

    return square


@pytest.mark.parametrize("size", [1, 2, 5, 8, 64])
@pytest.mark.parametrize("room", [1, 3, 7, 100])
def test_every_item_is_worked_on_once_and_in_order_however_much_fits(size: int, room: int) -> None:
    groups, asked = HalvingGroups(size), list[int]()
    assert list(groups.work(range(23), work_within(room, asked))) == [n**2 for n in range(23)]
    assert groups.size <= max(size, 1)
    assert min(asked[-1], groups.size) <= room


def test_a_group_is_halved_once_and_stays_so() -> None:
    groups, asked = HalvingGroups(8), list[int]()
    list(groups.work(range(16), work_within(5, asked)))
    assert asked == [8, 4, 4, 4, 4]
    list(groups.work(range(4), work_within(5, asked)))
    assert asked[-1] == 4


def test_items_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []

    def give() -> Iterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    found = HalvingGroups(4).work(give(), list)
    next(found)
    assert taken == [0, 1, 2, 3]


def test_one_point_that_does_not_fit_is_told() -> None:
    with pytest.raises(DeviceMemoryError, match="smaller batches"):
        list(HalvingGroups(4).work(range(3), work_within(0, [])))


def test_other_errors_pass() -> None:
    def fail(items: Sequence[int]) -> list[int]:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(RuntimeError, match="illegal"):
        list(HalvingGroups(4).work(range(3), fail))


def test_what_a_failed_attempt_held_is_free_before_the_next() -> None:
    alive: list[int] = []

    class Held:
        def __del__(self) -> None:
            alive.pop()

    def do(items: Sequence[int]) -> list[int]:
        assert not alive
        alive.append(1)
        held = Held()
        if len(items) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        del held
        return list(items)

    assert list(HalvingGroups(4).work(range(4), do)) == [0, 1, 2, 3]


def test_without_a_gpu_points_are_evaluated_one_at_a_time() -> None:
    assert find_group_size(torch.device("cpu"), lambda: None) == 1


@pytest.mark.parametrize(
    ("taken", "free", "size"),
    [(100, 1_000, 8), (100, 10_000, 64), (100, 120, 1), (100, 50, 1), (0, 10**9, 64)],
)
def test_a_gpu_holds_as_many_points_as_its_free_memory_says(
    monkeypatch: pytest.MonkeyPatch, taken: int, free: int, size: int
) -> None:
    held = 7  # by tensors; PyTorch holds back 50 more, which are free for points
    for name, value in {
        "reset_peak_memory_stats": None,
        "memory_allocated": held,
        "max_memory_allocated": held + taken,
        "memory_reserved": held + 50,
        "mem_get_info": (free - 50, 10**12),
    }.items():
        monkeypatch.setattr(torch.cuda, name, lambda device, value=value: value)
    assert find_group_size(torch.device("cuda"), lambda: None) == size
    assert round_down(size) == size


def test_points_at_once_are_halved_where_memory_runs_out_and_their_losses_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network, batches = make_mlp(0), make_batches()
    space = ParameterSpace(network)
    evaluator = Evaluator(space, classification, batches, base=network.state_dict())
    theta = space.flatten(dict(network.named_parameters()))
    points = [space.layout.split(theta * (1 + 0.1 * number)) for number in range(6)]
    whole = evaluator.at_many(points)
    evaluate, asked = Evaluator._vmap, list[int]()

    def evaluate_some(
        self: Evaluator, some: Sequence[dict[str, torch.Tensor]]
    ) -> list[dict[str, Total]]:
        asked.append(len(some))
        if len(some) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return evaluate(self, some)

    monkeypatch.setattr(Evaluator, "_vmap", evaluate_some)
    halved = evaluator.at_many(points)
    for one, other in zip(whole, halved, strict=True):
        assert other["loss"].mean == pytest.approx(one["loss"].mean, rel=1e-6)
    assert asked == [6, 3, 1, 1, 1, 1, 1, 1]
    assert evaluator.groups is not None and evaluator.groups.size == 1
    evaluator.at_many(points)
    assert asked[8:] == [1] * 6  # it is not tried again
