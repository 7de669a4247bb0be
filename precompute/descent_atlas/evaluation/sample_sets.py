"""Samples of any form, held in memory: the batches that a user's function gave, joined.

A batch of samples is a tensor, or tensors in tuples, lists and dictionaries. Tensors without a
dimension, and values that are no tensors, belong to all samples.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from descent_atlas.evaluation.batches import (
    BatchesError,
    check_batches,
    count_samples,
    list_tensors,
)
from descent_atlas.training.images.datasets import DataError

Tree = Any
"""Tensors in tuples, lists and dictionaries."""

PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class SampleSet:
    """Samples, and how many of them each of the batches had in which they were given."""

    tree: Tree
    lengths: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number of samples."""
        return sum(self.lengths)

    def take(self, indices: Tensor | slice) -> Tree:
        """Return the chosen samples as a batch."""
        return map_tensors(self.tree, lambda tensor: tensor[indices] if tensor.ndim else tensor)

    def to(self, device: torch.device) -> "SampleSet":
        """Return the samples on a device."""
        return SampleSet(map_tensors(self.tree, lambda tensor: tensor.to(device)), self.lengths)

    def as_given(self) -> "GivenBatches":
        """Return the samples in the batches in which they were given."""
        return GivenBatches(self)


class GivenBatches(Sequence[Tree]):
    """The samples of a set in their own batches."""

    def __init__(self, samples: SampleSet) -> None:
        self.samples = samples
        stops = list(accumulate(samples.lengths))
        self.blocks = [
            slice(stop - n, stop) for stop, n in zip(stops, samples.lengths, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self.samples.take(block) for block in self.blocks[index]]
        return self.samples.take(self.blocks[index])


@dataclass(frozen=True, kw_only=True)
class SampleDataset:
    """A data set of samples of any form; `test` is None if there are none.

    `origin` says where they come from, in a sentence, or is empty.
    """

    name: str
    train: SampleSet
    test: SampleSet | None
    classes: tuple[str, ...] = ()
    origin: str = ""

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of structure, shapes and bits: equal data have equal fingerprints."""
        digest = hashlib.sha256()
        for part in (self.train, self.test):
            if part is not None:
                digest.update(repr((describe_tree(part.tree), part.lengths)).encode() + b"\0")
                for tensor in list_tensors(part.tree):
                    digest.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode() + b"\0")
                    digest.update(view_bytes(tensor).numpy().data)
        return digest.hexdigest()


def join_batches(batches: Any, what: str) -> SampleSet:
    """Return batches as one set of samples. `what` names them in messages.

    Raises DataError if they hold no samples, or cannot be joined.
    """
    try:
        found = list(check_batches(batches))
        lengths = tuple(count_samples(batch) for batch in found)
    except BatchesError as error:
        raise DataError(f"{what}: {error}") from error
    if not sum(lengths):
        raise DataError(f"{what}: there are no samples")
    return SampleSet(join_trees(found, what), lengths)


def join_trees(trees: Sequence[Tree], what: str) -> Tree:
    """Return trees of one structure as one, their tensors joined along the first dimension."""
    first = trees[0]
    if isinstance(first, Tensor):
        if not all(isinstance(tree, Tensor) for tree in trees):
            raise DataError(f"{what}: the batches differ in structure")
        if len({(tree.ndim, tree.shape[1:], tree.dtype) for tree in trees}) > 1:
            forms = sorted({f"{tree.dtype} {tuple(tree.shape[1:])}" for tree in trees})
            raise DataError(
                f"{what}: the samples of its batches have several forms ({'; '.join(forms[:4])}), "
                "so that a run cannot shuffle them; pad them to one shape"
            )
        if not first.ndim:
            return join_values(trees, what)
        return torch.cat([tree.detach().cpu() for tree in trees])
    if isinstance(first, Mapping):
        if any(not isinstance(tree, Mapping) or tree.keys() != first.keys() for tree in trees):
            raise DataError(f"{what}: the batches differ in structure")
        if not all(isinstance(key, str) for key in first):
            raise DataError(f"{what}: the keys of a batch should be strings")
        return {key: join_trees([tree[key] for tree in trees], f"{what}.{key}") for key in first}
    if type(first) in (tuple, list):
        if any(type(tree) is not type(first) or len(tree) != len(first) for tree in trees):
            raise DataError(f"{what}: the batches differ in structure")
        parts = zip(*trees, strict=True)
        return type(first)(join_trees(part, f"{what}[{i}]") for i, part in enumerate(parts))
    if isinstance(first, PLAIN):
        return join_values(trees, what)
    raise DataError(
        f"{what} is a {type(first).__name__}; a batch should hold tensors, in tuples, lists and "
        "dictionaries"
    )


def join_values(values: Sequence[Any], what: str) -> Any:
    """Return the value that all batches share. Raises DataError if they differ."""
    if any(bool(value != values[0]) for value in values[1:]):
        raise DataError(f"{what} is not the same in all batches, and belongs to no sample")
    return values[0]


def map_tensors(tree: Tree, change: Callable[[Tensor], Tensor]) -> Tree:
    """Return a tree with each tensor changed."""
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, dict):
        return {key: map_tensors(part, change) for key, part in tree.items()}
    if isinstance(tree, tuple | list):
        return type(tree)(map_tensors(part, change) for part in tree)
    return tree


def describe_tree(tree: Tree) -> Any:
    """Return a tree's structure as JSON, with null for each tensor."""
    if isinstance(tree, Tensor):
        return None
    if isinstance(tree, dict):
        return {"dict": {key: describe_tree(part) for key, part in tree.items()}}
    if isinstance(tree, tuple | list):
        return {type(tree).__name__: [describe_tree(part) for part in tree]}
    return {"value": tree}


def rebuild_tree(structure: Any, leaves: Iterator[Tensor]) -> Tree:
    """Return the tree of a structure that `describe_tree` described, with tensors in its order."""
    if structure is None:
        return next(leaves)
    ((kind, content),) = structure.items()
    match kind:
        case "dict":
            return {key: rebuild_tree(part, leaves) for key, part in content.items()}
        case "tuple":
            return tuple(rebuild_tree(part, leaves) for part in content)
        case "list":
            return [rebuild_tree(part, leaves) for part in content]
        case _:
            return content


def view_bytes(tensor: Tensor) -> Tensor:
    """Return a tensor's bits as uint8[bytes]."""
    return tensor.contiguous().reshape(-1).view(torch.uint8)


def total_bytes(parts: Iterable[SampleSet | None]) -> int:
    """Return the bytes that sets of samples take."""
    return sum(leaf.nbytes for part in parts if part for leaf in list_tensors(part.tree))
