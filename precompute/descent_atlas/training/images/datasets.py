"""Labelled images, held in memory as one tensor a split."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor


class DataError(Exception):
    """Data that is missing or unusable; the message names the file and what to do."""


class Split(NamedTuple):
    """Images uint8[N, C, H, W] and the numbers of their classes int64[N]."""

    images: Tensor
    labels: Tensor

    def inputs(self, indices: Tensor | slice) -> Tensor:
        """Return the chosen images as a network's input: float32[n, C, H, W] in [0, 1]."""
        return self.images[indices].to(torch.float32).div_(255)


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
        for tensor in (*self.train, *self.test):
            digest.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode() + b"\0")
            digest.update(tensor.contiguous().numpy().data)
        return digest.hexdigest()
