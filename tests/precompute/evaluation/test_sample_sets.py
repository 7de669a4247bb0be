"""Samples of any form: joined batches, and their cache."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from descent_atlas.evaluation.sample_cache import read_samples, write_samples
from descent_atlas.evaluation.sample_sets import SampleDataset, SampleSet, join_batches
from descent_atlas.training.images.datasets import DataError


def make_batches() -> list[dict[str, Any]]:
    """Return two batches of tokens, with all that a batch may hold."""
    return [
        {
            "tokens": torch.arange(start, start + 3 * count).view(count, 3),
            "pair": (torch.ones(count, dtype=torch.bfloat16), [torch.zeros(count, 2).bool()]),
            "scale": torch.tensor(0.5),
            "task": "next",
        }
        for start, count in ((0, 2), (6, 1))
    ]


def test_joined_samples_are_given_back_in_their_batches_and_in_any_order() -> None:
    samples = join_batches(make_batches(), "train")
    assert (samples.size, samples.lengths) == (3, (2, 1))
    for given, batch in zip(make_batches(), samples.as_given(), strict=True):
        assert torch.equal(batch["tokens"], given["tokens"])
        assert (batch["task"], float(batch["scale"])) == ("next", 0.5)
        assert isinstance(batch["pair"], tuple)
    chosen = samples.take(torch.tensor([2, 0]))
    assert chosen["tokens"].tolist() == [[6, 7, 8], [0, 1, 2]]
    assert chosen["pair"][0].dtype == torch.bfloat16


def test_batches_of_any_collection_are_joined() -> None:
    dataset = TensorDataset(torch.rand(5, 2), torch.arange(5))
    assert join_batches(DataLoader(dataset, batch_size=2), "train").lengths == (2, 2, 1)
    assert join_batches(dataset, "train").lengths == (5,)


@pytest.mark.parametrize(
    ("batches", "message"),
    [
        ([], "train: there are no samples"),
        (torch.rand(3, 2), "train: that is one batch"),
        (iter([torch.rand(3, 2)]), "gives its batches only once"),
        ([torch.rand(3, 2), torch.rand(3, 4)], r"several forms .*pad them to one shape"),
        ([(torch.rand(3),), [torch.rand(3)]], "differ in structure"),
        ([{"a": torch.rand(3)}, {"b": torch.rand(3)}], "differ in structure"),
        (
            [{"a": torch.rand(1), "n": 1}, {"a": torch.rand(1), "n": 2}],
            r"train\.n is not the same in all batches",
        ),
        ([(torch.rand(3), torch.rand(2))], r"leading dimensions \[2, 3\]"),
        ([(torch.rand(3), object())], r"train\[1\] is a object; a batch should hold tensors"),
    ],
)
def test_batches_that_cannot_be_shuffled_are_refused_with_the_reason(
    batches: Any, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        join_batches(batches, "train")


def make_dataset(test: SampleSet | None = None) -> SampleDataset:
    return SampleDataset(name="tokens", train=join_batches(make_batches(), "train"), test=test)


def test_the_cache_gives_the_same_samples(tmp_path: Path) -> None:
    dataset = make_dataset(join_batches([torch.rand(4, 2)], "test"))
    write_samples(tmp_path, dataset)
    cached = read_samples(tmp_path)
    again = SampleDataset(name="tokens", train=cached.train, test=cached.test)
    assert cached.fingerprint == again.fingerprint == dataset.fingerprint
    assert cached.train.lengths == (2, 1)
    assert torch.equal(
        cached.train.take(slice(None))["pair"][1][0], dataset.train.take(slice(None))["pair"][1][0]
    )
    write_samples(tmp_path, make_dataset())
    assert read_samples(tmp_path).test is None


def test_other_batches_are_other_data() -> None:
    first = make_dataset().fingerprint
    other = join_batches(make_batches()[::-1], "train")
    assert SampleDataset(name="tokens", train=other, test=None).fingerprint != first


@pytest.mark.parametrize("name", ["samples.json", "train_0.npy", "train_3.npy"])
def test_a_damaged_cache_is_found(tmp_path: Path, name: str) -> None:
    write_samples(tmp_path, make_dataset())
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="is damaged"):
        read_samples(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match="is missing"):
        read_samples(tmp_path)
