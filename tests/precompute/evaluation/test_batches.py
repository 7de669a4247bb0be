"""Collections of batches: which are accepted, and why others are refused."""

from collections import UserDict, namedtuple
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

from descent_atlas.evaluation.batches import (
    BatchesError,
    Slices,
    check_batches,
    count_samples,
    cut,
    explain_difference,
    move,
)

CPU = torch.device("cpu")
DATASET = TensorDataset(torch.arange(10.0), torch.arange(10))
Pair = namedtuple("Pair", ["x", "y"])


def generate() -> Iterator[torch.Tensor]:
    yield torch.zeros(2)


def test_a_tensor_dataset_is_cut_into_slices_that_hold_every_sample_once() -> None:
    slices = Slices(DATASET, 4)
    assert [len(x) for x, _ in slices] == [4, 4, 2]
    assert torch.equal(torch.cat([x for x, _ in slices]), DATASET.tensors[0])
    assert len(slices[1:]) == 2
    assert isinstance(check_batches(DATASET), Slices)


@pytest.mark.parametrize("batches", [[torch.zeros(2)], DataLoader(DATASET, 4)], ids=type)
def test_a_collection_that_can_be_iterated_again_is_accepted(batches: Any) -> None:
    assert check_batches(batches) is batches


class Samples(Dataset[int]):
    """A data set of single samples."""

    def __getitem__(self, index: int) -> int:
        return index


@pytest.mark.parametrize(
    ("batches", "reason"),
    [
        (generate(), "gives its batches only once"),
        (iter([1]), "gives its batches only once"),
        (torch.zeros(3), "one batch"),
        ((torch.zeros(3), torch.zeros(3)), "one batch"),
        ({"x": torch.zeros(3)}, "one batch"),
        (Samples(), "wrap it in a DataLoader"),
        (3, "should be a list of them, or a DataLoader, not a"),
    ],
    ids=["generator", "iterator", "tensor", "pair", "dictionary", "samples", "number"],
)
def test_every_other_collection_is_refused_with_its_reason(batches: Any, reason: str) -> None:
    with pytest.raises(BatchesError, match=reason):
        check_batches(batches)


def test_nested_batches_move_and_keep_their_types() -> None:
    batch = {
        "a": (torch.zeros(2), [torch.ones(2, dtype=torch.int64), None]),
        "b": Pair(torch.zeros(2), "text"),
        "c": UserDict(x=torch.zeros(2)),
    }
    moved = move(batch, CPU, torch.float64)
    assert moved["a"][0].dtype == torch.float64
    assert moved["a"][1][0].dtype == torch.int64
    assert isinstance(moved["b"], Pair) and moved["b"].y == "text"
    assert isinstance(moved["c"], UserDict) and moved["c"]["x"].dtype == torch.float64
    assert move(batch, CPU)["a"][0].dtype == torch.float32
    with pytest.raises(BatchesError, match="holds a set"):
        move({1}, CPU)


def test_samples_are_counted_along_the_leading_dimension() -> None:
    assert count_samples({"x": torch.zeros(4, 2), "y": [torch.zeros(4), torch.tensor(1.0)]}) == 4
    with pytest.raises(BatchesError, match="no tensor with a leading dimension"):
        count_samples([torch.tensor(1.0)])
    with pytest.raises(BatchesError, match=r"\[2, 3\]"):
        count_samples((torch.zeros(2), torch.zeros(3)))


def test_a_batch_is_cut_along_the_leading_dimension() -> None:
    batch = Pair(torch.arange(4), {"z": torch.arange(8).reshape(4, 2), "scale": torch.tensor(2.0)})
    part = cut(batch, slice(1, 3))
    assert part.x.tolist() == [1, 2]
    assert part.y["z"].tolist() == [[2, 3], [4, 5]]
    assert part.y["scale"] == 2


class Noisy:
    """Batches that are augmented anew each time."""

    def __iter__(self) -> Iterator[torch.Tensor]:
        yield torch.rand(4)


class Growing:
    """Batches of which there are more each time."""

    count = 0

    def __iter__(self) -> Iterator[torch.Tensor]:
        self.count += 1
        yield from [torch.zeros(2)] * self.count


@pytest.mark.parametrize(
    ("batches", "reason"),
    [
        (DataLoader(DATASET, 4, shuffle=True), "turn shuffling off"),
        (Noisy(), "turn random augmentation off"),
        (Growing(), "2 samples at first and 4 then"),
    ],
    ids=["shuffled", "augmented", "growing"],
)
def test_the_reason_why_batches_differ_is_found(batches: Any, reason: str) -> None:
    assert reason in str(explain_difference(batches))


def test_batches_that_do_not_differ_need_no_reason() -> None:
    assert explain_difference(DataLoader(DATASET, 4)) is None
