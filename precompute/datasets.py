"""Labelled images, held whole in memory: one tensor a split, no loader workers."""

import hashlib
import io
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from precompute.durable import write_whole

Source = Literal["cifar10", "class-folders"]
"""Where a study's images come from: CIFAR-10 in either form, or a tree of class folders alone."""

CIFAR10_FOLDER = "cifar-10-batches-py"
"""The folder that torchvision unpacks the data set of Krizhevsky (2009) to."""

ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")
MANIFEST = "dataset.json"


class DataError(Exception):
    """Data that is missing or unusable; the message names the file and what to do."""


class Split(NamedTuple):
    """Images uint8[N, C, H, W] and their classes' numbers int64[N]."""

    images: Tensor
    labels: Tensor

    def inputs(self, indices: Tensor | slice) -> Tensor:
        """Return the chosen images as a network sees them: float32[n, C, H, W] in [0, 1]."""
        return self.images[indices].to(torch.float32).div_(255)


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set with its class names and its two splits."""

    name: str
    classes: tuple[str, ...]
    train: Split
    test: Split

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of class names, shapes and bytes: the same data, the same fingerprint."""
        digest = hashlib.sha256()
        for name in self.classes:
            digest.update(name.encode() + b"\0")
        for tensor in (*self.train, *self.test):
            digest.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode() + b"\0")
            digest.update(tensor.contiguous().numpy().data)
        return digest.hexdigest()


def load_dataset(
    data: Path | None, cache: Path, *, name: str, source: Source, download: bool = False
) -> Dataset:
    """Return a data set, from the folder `data` or from what an earlier call left in `cache`.

    `data` holds `train/<class>/*.png` and `test/<class>/*.png`, or torchvision's copy of
    CIFAR-10, which `download` fetches. It may be missing once the cache is filled. The cache is
    made anew when the files in `data` are others, by name, size or time of change.

    Raises DataError if there is no data, or an image or class folder is unusable.
    """
    found = find_data(data, source, download)
    signature = sign_files(data / folder for folder in found) if data and found else None
    if (cache / MANIFEST).exists():
        known = read_cache_manifest(cache)
        if known.get("name") == name and signature in (None, known.get("signature")):
            try:
                return read_cache(cache)
            except DataError:
                if signature is None:
                    raise
    if data is None or not found:
        raise DataError(explain_missing(data, source))
    if found == (CIFAR10_FOLDER,):
        dataset = read_cifar10(data, name)
    else:
        dataset = read_class_folders(data, name)
    write_cache(cache, dataset, signature)
    return dataset


def find_data(data: Path | None, source: Source, download: bool) -> tuple[str, ...]:
    """Return the subfolders that hold the images; none if there are no images."""
    if data is None:
        return ()
    if (data / "train").is_dir() and (data / "test").is_dir():
        return ("train", "test")
    if source == "cifar10":
        if download and not (data / CIFAR10_FOLDER).is_dir():
            download_cifar10(data)
        if (data / CIFAR10_FOLDER).is_dir():
            return (CIFAR10_FOLDER,)
    return ()


def explain_missing(data: Path | None, source: Source) -> str:
    """Return what to do where no data is found."""
    where = f"There are no images in {data}." if data else "No --data folder is given."
    folders = (
        "give --data DIR with the images as train/<class>/*.png and test/<class>/*.png"
        " (any format that Pillow reads)"
    )
    if source == "class-folders":
        return f"{where} To get going, {folders}."
    return (
        f"{where} There are two ways to get CIFAR-10: add --download, and torchvision fetches it "
        f"to DIR; or {folders}."
    )


def sign_files(folders: Iterable[Path]) -> str:
    """Return a digest of the names, sizes and times of change of all files in folders."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            status = path.stat()
            line = f"{path.relative_to(folder.parent)} {status.st_size} {status.st_mtime_ns}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def read_class_folders(data: Path, name: str) -> Dataset:
    """Read `train` and `test`, each with a folder of images for every class."""
    train_classes, train = read_class_folder(data / "train")
    test_classes, test = read_class_folder(data / "test")
    if train_classes != test_classes:
        raise DataError(
            f"the classes in {data / 'train'} and {data / 'test'} differ: "
            f"{', '.join(sorted(set(train_classes) ^ set(test_classes)))}"
        )
    if train.images.shape[1:] != test.images.shape[1:]:
        raise DataError(
            f"the images in {data / 'train'} are {describe_shape(train.images[0])}, "
            f"those in {data / 'test'} {describe_shape(test.images[0])}"
        )
    return Dataset(name=name, classes=train_classes, train=train, test=test)


def read_class_folder(folder: Path) -> tuple[tuple[str, ...], Split]:
    """Read one split: a folder for every class, images of one size. Raises DataError."""
    from torchvision.datasets import ImageFolder  # slow to import, and only needed here

    try:
        tree = ImageFolder(str(folder))
    except FileNotFoundError as error:  # which it is also called when a class has no images
        raise DataError(f"{folder} is unusable: {error}") from error

    def decode(sample: tuple[str, int]) -> NDArray[np.uint8]:
        path, _ = sample
        try:
            return np.asarray(tree.loader(path), dtype=np.uint8)  # [H, W, C]
        except (OSError, SyntaxError, ValueError) as error:
            raise DataError(f"{path} cannot be read as an image: {error}") from error

    shape = decode(tree.samples[0]).shape
    images = np.empty((len(tree.samples), *shape), dtype=np.uint8)

    def place(index: int) -> None:
        image = decode(tree.samples[index])
        if image.shape != shape:
            raise DataError(
                f"{tree.samples[index][0]} is {image.shape[1]}×{image.shape[0]} pixels, other "
                f"images {shape[1]}×{shape[0]}; a data set has images of one size"
            )
        images[index] = image

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        try:
            for _ in threads.map(place, range(len(images))):
                pass
        except DataError:
            threads.shutdown(cancel_futures=True)
            raise
    return tuple(tree.classes), make_split(images, tree.targets)


def download_cifar10(data: Path) -> None:
    """Fetch CIFAR-10. Raises DataError if that fails."""
    from torchvision.datasets import CIFAR10

    try:
        CIFAR10(str(data), download=True)
    except (OSError, RuntimeError) as error:
        raise DataError(f"CIFAR-10 could not be downloaded: {error}") from error


def read_cifar10(data: Path, name: str) -> Dataset:
    """Read torchvision's copy of CIFAR-10.

    Its files are pickles: torchvision unpickles them only after their MD5 is found to be that of
    the published files. Raises DataError if it is not.
    """
    from torchvision.datasets import CIFAR10

    try:
        train, test = CIFAR10(str(data), train=True), CIFAR10(str(data), train=False)
    except RuntimeError as error:
        raise DataError(f"{data / CIFAR10_FOLDER} is damaged: {error}") from error
    return Dataset(
        name=name,
        classes=tuple(train.classes),
        train=make_split(train.data, train.targets),
        test=make_split(test.data, test.targets),
    )


def make_split(images: NDArray[np.uint8], labels: Sequence[int]) -> Split:
    """Return a split from images [N, H, W, C] as decoders give them."""
    channels_first = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    return Split(torch.from_numpy(channels_first), torch.tensor(labels, dtype=torch.int64))


def describe_shape(image: Tensor) -> str:
    """Return the size of an image [C, H, W] in words."""
    channels, height, width = image.shape
    return f"{width}×{height} pixels in {channels} channels"


def write_cache(cache: Path, dataset: Dataset, signature: str | None) -> None:
    """Write a data set where `read_cache` finds it; the manifest comes last."""
    cache.mkdir(parents=True, exist_ok=True)
    (cache / MANIFEST).unlink(missing_ok=True)
    for name, tensor in zip(ARRAYS, (*dataset.train, *dataset.test), strict=True):
        buffer = io.BytesIO()
        np.save(buffer, tensor.numpy(), allow_pickle=False)
        write_whole(cache / f"{name}.npy", buffer.getbuffer())
    manifest = {
        "name": dataset.name,
        "classes": dataset.classes,
        "fingerprint": dataset.fingerprint,
        "signature": signature,
    }
    write_whole(cache / MANIFEST, json.dumps(manifest, indent=1).encode())


def read_cache_manifest(cache: Path) -> dict[str, Any]:
    """Return what a cache says of itself; nothing if that is damaged."""
    try:
        manifest = json.loads((cache / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def read_cache(cache: Path) -> Dataset:
    """Return the data set in a cache, mapped from its files, which processes thereby share.

    Raises DataError if it is missing or its fingerprint is not the one that was written.
    """
    manifest = read_cache_manifest(cache)
    try:
        arrays = [
            torch.from_numpy(np.load(cache / f"{name}.npy", mmap_mode="c", allow_pickle=False))
            for name in ARRAYS
        ]
        dataset = Dataset(
            name=manifest["name"],
            classes=tuple(manifest["classes"]),
            train=Split(arrays[0], arrays[1]),
            test=Split(arrays[2], arrays[3]),
        )
        fingerprint = manifest["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"the data set in {cache} is damaged: {error!r}") from error
    if dataset.fingerprint != fingerprint:
        raise DataError(f"the data set in {cache} is damaged: its fingerprint is another")
    return dataset
