"""Batches: any collection that gives the same batches each time it is iterated.

A batch is a tensor, or tensors in tuples, lists, dictionaries and their nestings. Batches are moved
to a device one at a time and never stored.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset, TensorDataset

from descent_atlas.training.blocks import split_range

SLICE = 512
"""Samples in a slice of a TensorDataset: enough to keep a core busy, few enough that a layer's
activations take megabytes."""


class BatchesError(ValueError):
    """Batches that cannot be counted, cannot be repeated, or are none."""


class Slices(Sequence[tuple[Tensor, ...]]):
    """The samples of a TensorDataset as batches, in their order."""

    def __init__(self, dataset: TensorDataset, size: int = SLICE) -> None:
        self.tensors = dataset.tensors
        self.blocks = list(split_range(len(dataset), size))

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return tuple(tensor[self.blocks[index]] for tensor in self.tensors)


def check_batches(batches: Any) -> Iterable[Any]:
    """Return batches that can be iterated again and again; a TensorDataset in slices.

    Raises BatchesError if they cannot, or if what is given is one batch, or single samples.
    """
    if isinstance(batches, TensorDataset):
        return Slices(batches)
    if isinstance(batches, Dataset):
        raise BatchesError(
            f"{type(batches).__name__} gives single samples: wrap it in a DataLoader without "
            "shuffling"
        )
    if isinstance(batches, Tensor | Mapping | str) or (
        isinstance(batches, tuple) and any(isinstance(part, Tensor) for part in batches)
    ):
        raise BatchesError(
            "that is one batch, not a collection of them: put it into a list, or pass a "
            "TensorDataset"
        )
    if not isinstance(batches, Iterable):
        raise BatchesError(
            f"the batches should be a list of them, or a DataLoader, not a {type(batches).__name__}"
        )
    if isinstance(batches, Iterator):
        raise BatchesError(
            f"a {type(batches).__name__} gives its batches only once: pass a list of them, or a "
            "DataLoader"
        )
    return batches


def move(value: Any, device: torch.device, dtype: torch.dtype | None = None) -> Any:
    """Return a batch on a device. `dtype` converts its floating-point tensors; None leaves them.

    Raises BatchesError for a type that may hide tensors.
    """
    if isinstance(value, Tensor):
        is_converted = dtype is not None and value.is_floating_point()
        return value.to(device, dtype if is_converted else None)
    if isinstance(value, Mapping):
        moved = {key: move(part, device, dtype) for key, part in value.items()}
        return moved if type(value) is dict else rebuild(value, moved)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(move(part, device, dtype) for part in value))
    if isinstance(value, tuple | list):
        return type(value)(move(part, device, dtype) for part in value)
    if value is None or isinstance(value, str | bytes | int | float | bool):
        return value
    if hasattr(value, "to"):
        return value.to(device)
    raise BatchesError(
        f"a batch holds a {type(value).__name__}; it should hold tensors, in tuples, lists and "
        "dictionaries"
    )


def rebuild(old: Mapping[Any, Any], moved: dict[Any, Any]) -> Any:
    """Return a mapping of the type of another, or a dictionary if that type cannot be made so."""
    try:
        return type(old)(moved)  # type: ignore[call-arg]  # most mappings take one
    except TypeError:
        return moved


def list_tensors(batch: Any) -> Iterator[Tensor]:
    """Yield the tensors of a batch."""
    if isinstance(batch, Tensor):
        yield batch
    elif isinstance(batch, Mapping):
        for part in batch.values():
            yield from list_tensors(part)
    elif isinstance(batch, tuple | list):
        for part in batch:
            yield from list_tensors(part)


def count_samples(batch: Any) -> int:
    """Return the leading dimension of a batch's tensors.

    Raises BatchesError if they have none, or several.
    """
    leading = {len(tensor) for tensor in list_tensors(batch) if tensor.ndim}
    if len(leading) == 1:
        return leading.pop()
    if not leading:
        raise BatchesError("a batch has no tensor with a leading dimension: pass weight(batch)")
    raise BatchesError(
        f"the tensors of a batch have the leading dimensions {sorted(leading)}, so that its number "
        "of samples is not known: pass weight(batch), or return a pair (sum, count)"
    )


def cut(batch: Any, part: slice) -> Any:
    """Return some samples of a batch: every tensor that has a leading dimension is cut along it."""
    if isinstance(batch, Tensor):
        return batch[part] if batch.ndim else batch
    if isinstance(batch, Mapping):
        inner = {key: cut(value, part) for key, value in batch.items()}
        return inner if type(batch) is dict else rebuild(batch, inner)
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(cut(value, part) for value in batch))
    if isinstance(batch, tuple | list):
        return type(batch)(cut(value, part) for value in batch)
    return batch


def digest_samples(batches: Iterable[Any]) -> list[bytes]:
    """Return a hash of each sample, in order; of the whole batch where samples cannot be told."""
    digests = []
    for batch in batches:
        tensors = list(list_tensors(batch))
        try:
            samples = count_samples(batch)
        except BatchesError:
            digests.append(digest(tensors))
            continue
        digests += [digest([t[i] for t in tensors if t.ndim]) for i in range(samples)]
    return digests


def digest(tensors: Iterable[Tensor]) -> bytes:
    """Return a hash of tensors' bits."""
    found = hashlib.sha256()
    for tensor in tensors:
        bits = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        found.update(bits.numpy().data)
    return found.digest()


def explain_difference(batches: Iterable[Any]) -> str | None:
    """Return why two passes over batches differ, or None if they do not."""
    first, second = digest_samples(batches), digest_samples(batches)
    if first == second:
        return None
    if Counter(first) == Counter(second):
        return "the batches hold the same samples in another order each time: turn shuffling off"
    if len(first) != len(second):
        return f"the batches hold {len(first)} samples at first and {len(second)} then"
    return (
        "the samples differ each time: turn random augmentation off, or a sampler that draws others"
    )
