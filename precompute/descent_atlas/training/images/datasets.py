"""Labelled images, held in memory as one tensor a split."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import torch
from torch import Tensor


class DataError(Exception):
    """Data that is missing or unusable; the message names the file and what to do."""


class Normalization(NamedTuple):
    """The mean and the standard deviation of each channel, of pixels scaled to [0, 1]."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


class Subset(NamedTuple):
    """How many images of each split are used; None for all."""

    train: int | None = None
    test: int | None = None


class Split(NamedTuple):
    """Inputs [N, …], for instance images uint8[N, C, H, W], and their classes int64[N].

    Bytes are pixels, which a network sees in [0, 1]; any other numbers it sees as they are.
    """

    images: Tensor
    labels: Tensor
    normalization: Normalization | None = None

    @property
    def size(self) -> int:
        """The number of samples."""
        return len(self.labels)

    def inputs(self, indices: Tensor | slice) -> Tensor:
        """Return the chosen samples as a network's input, which does not share their memory.

        Pixels become float32[n, C, H, W] in [0, 1], floating-point numbers float32; both are
        normalized if the split says so. Whole numbers, such as tokens, stay what they are.
        """
        chosen = self.images[indices]
        if chosen.dtype == torch.uint8:
            inputs = chosen.to(torch.float32).div_(255)
        elif chosen.is_floating_point():
            inputs = chosen.to(torch.float32, copy=True)
        else:
            return chosen.clone()
        if self.normalization is not None:
            shape = (-1, *[1] * (inputs.ndim - 2))  # (C, 1, 1)
            mean, std = (inputs.new_tensor(part).view(shape) for part in self.normalization)
            inputs.sub_(mean).div_(std)
        return inputs

    def take(self, indices: Tensor | slice) -> tuple[Tensor, Tensor]:
        """Return the chosen samples as a batch: inputs and labels."""
        return self.inputs(indices), self.labels[indices]

    def choose(self, indices: Tensor | slice) -> Self:
        """Return the split of the chosen samples."""
        return self._replace(images=self.images[indices], labels=self.labels[indices])

    def to(self, device: torch.device) -> Self:
        """Return the split on a device."""
        return self._replace(images=self.images.to(device), labels=self.labels.to(device))


@dataclass(frozen=True, kw_only=True)
class ImageDataset:
    """A data set with the names of its classes and its two splits."""

    name: str
    classes: tuple[str, ...]
    train: Split
    test: Split

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of class names, shapes and bytes: equal data have equal fingerprints."""
        digest = hashlib.sha256()
        for name in self.classes:
            digest.update(name.encode() + b"\0")
        for split in (self.train, self.test):
            for tensor in (split.images, split.labels):
                digest.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode() + b"\0")
                digest.update(tensor.contiguous().numpy().data)
        for split in (self.train, self.test):
            if split.normalization is not None:
                digest.update(repr(tuple(split.normalization)).encode() + b"\0")
        return digest.hexdigest()
