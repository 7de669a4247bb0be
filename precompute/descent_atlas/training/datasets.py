"""Labelled images, held whole in memory: one tensor a split, no loader workers."""

import contextlib
import hashlib
import io
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

from descent_atlas.storage.durable import (
    hash_file,
    read_document,
    remove,
    write_document,
    write_whole,
)
from descent_atlas.storage.sealed import DocumentError

logger = logging.getLogger(__name__)

Source = Literal["cifar10", "class-folders"]
"""Where a study's images come from: CIFAR-10 in either form, or a tree of class folders alone."""

CIFAR10_FOLDER = "cifar-10-batches-py"
"""The folder that torchvision unpacks the data set of Krizhevsky (2009) to."""

ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")
MANIFEST = "dataset.json"

SCHEMA = 1
"""The version of the cache's format; readers refuse a newer one. At first it had no number."""

SEALED_SINCE = 1
"""The first schema whose dataset.json is sealed, and names the SHA-256 of every array's file."""

PIXELS_LIMIT = 2**24
"""Pixels of an image, 48 MiB decoded. A data set is held in memory whole, for networks of at most
a few million inputs; a file of a few kilobytes can claim to be a thousand times larger."""


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
    damage = ""
    if cache.exists():
        try:
            known = read_cache_manifest(cache)
            if known.name == name and signature in (None, known.signature):
                return read_cache(cache)
        except DataError as error:
            damage = f"{error}\n"
    if data is None or not found:
        raise DataError(damage + explain_missing(data, source))
    if damage:
        logger.warning("%sThe images are read anew.", damage)
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
    for name in tree.classes:
        if not name.isprintable():  # as bytes that are not UTF-8 are not, either
            raise DataError(f"{folder} has a class whose name cannot be printed: {name!r}")
    paths = [Path(path) for path, _ in tree.samples]
    with headers_of_any_size():
        images = decode_all(paths)
    return tuple(tree.classes), make_split(images, tree.targets)


@contextlib.contextmanager
def headers_of_any_size() -> Iterator[None]:
    """Let Pillow open an image whose header claims any size, as long as this lasts.

    It would warn of some and refuse others without saying which. Here the size is compared with
    what is expected before anything is decoded.
    """
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def decode_all(paths: Sequence[Path]) -> NDArray[np.uint8]:
    """Return images of one size, uint8[N, H, W, 3]. Raises DataError, naming one that is not."""
    width, height = decode(paths[0], None).shape[1::-1]
    try:
        images = np.empty((len(paths), height, width, 3), dtype=np.uint8)
    except MemoryError as error:
        raise DataError(
            f"{len(paths):,} images of {width}×{height} pixels do not fit into memory"
        ) from error

    def place(index: int) -> None:
        images[index] = decode(paths[index], (width, height))

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        try:
            for _ in threads.map(place, range(len(images))):
                pass
        except DataError:
            threads.shutdown(cancel_futures=True)
            raise
    return images


def decode(path: Path, size: tuple[int, int] | None) -> NDArray[np.uint8]:
    """Return an image, uint8[H, W, 3]; None takes any size, within reason. Raises DataError."""
    if not path.is_file():
        raise DataError(f"{path} cannot be read as an image: it is no regular file")
    try:
        with Image.open(path) as image:
            check_header(path, image, size)
            return np.asarray(image.convert("RGB"))
    except DataError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a broken file leads them to
        raise DataError(f"{path} cannot be read as an image: {error}") from error


def check_header(path: Path, image: Image.Image, size: tuple[int, int] | None) -> None:
    """Raise DataError unless an image that is not decoded yet is of a size and kind to take."""
    width, height = image.size
    if width * height > PIXELS_LIMIT:
        raise DataError(
            f"{path} is {width}×{height} pixels; an image has at most {PIXELS_LIMIT:,} in all"
        )
    if size not in (None, image.size):
        raise DataError(
            f"{path} is {width}×{height} pixels, other images {size[0]}×{size[1]}; a data set has "
            "images of one size"
        )
    if image.mode.startswith(("I", "F")):
        raise DataError(
            f"{path} has more than 8 bits a channel (Pillow's mode {image.mode}), which would be "
            "cut off; convert the images to 8 bits a channel"
        )


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
    if not cache.is_dir():
        remove(cache)
    cache.mkdir(parents=True, exist_ok=True)
    remove(cache / MANIFEST)
    hashes = {}
    for name, tensor in zip(ARRAYS, (*dataset.train, *dataset.test), strict=True):
        buffer = io.BytesIO()
        np.save(buffer, tensor.numpy(), allow_pickle=False)
        remove(cache / f"{name}.npy")
        write_whole(cache / f"{name}.npy", buffer.getbuffer())
        hashes[name] = hashlib.sha256(buffer.getbuffer()).hexdigest()
    manifest = {
        "schema": SCHEMA,
        "name": dataset.name,
        "classes": dataset.classes,
        "fingerprint": dataset.fingerprint,
        "signature": signature,
        "sha256": hashes,
    }
    write_document(cache / MANIFEST, manifest)


class Manifest(BaseModel):
    """What dataset.json holds beside its schema; without seals there were no hashes."""

    model_config = ConfigDict(strict=True)

    name: str
    classes: list[str]
    fingerprint: str
    signature: str | None
    sha256: dict[str, str] = {}


def read_cache_manifest(cache: Path) -> Manifest:
    """Return what a cache says of itself. Raises DataError if that is missing or damaged."""
    path = cache / MANIFEST
    try:
        document = read_document(path, sealed_since=SEALED_SINCE)
        schema = document.get("schema", 0)
        if type(schema) is not int or schema > SCHEMA:
            raise DataError(f"{path} is of schema {schema}, this program's is {SCHEMA}")
        return Manifest.model_validate(document)
    except FileNotFoundError:
        raise DataError(f"there is no data set in {cache}: {MANIFEST} is missing") from None
    except DocumentError as error:
        raise DataError(f"{path} is damaged: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(f"{path} is damaged: {place}: {first['msg']}") from None


def read_cache(cache: Path) -> Dataset:
    """Return the data set in a cache, mapped from its files, which processes thereby share.

    Raises DataError, with a line for every file that is missing or damaged.
    """
    manifest = read_cache_manifest(cache)
    faults, arrays = [], []
    for name in ARRAYS:
        try:
            arrays.append(read_array(cache / f"{name}.npy", manifest.sha256.get(name)))
        except DataError as error:
            faults.append(str(error))
    if faults:
        raise DataError("\n".join(faults))
    dataset = Dataset(
        name=manifest.name,
        classes=tuple(manifest.classes),
        train=Split(arrays[0], arrays[1]),
        test=Split(arrays[2], arrays[3]),
    )
    if manifest.sha256:  # the sealed fingerprint is that of the files, whose hashes are right
        vars(dataset)["fingerprint"] = manifest.fingerprint
    elif dataset.fingerprint != manifest.fingerprint:
        raise DataError(f"the data set in {cache} is damaged: its fingerprint is another")
    return dataset


def read_array(path: Path, sha256: str | None) -> Tensor:
    """Return an array of a cache, mapped from its file, whose SHA-256 is compared if it is known.

    Raises DataError if the file is missing or damaged.
    """
    if not path.is_file():
        state = "is no regular file" if path.exists() else "is missing"
        raise DataError(f"{path} is damaged: it {state}")
    try:
        if sha256 is not None and hash_file(path) != sha256:
            raise DataError(f"{path} is damaged: its SHA-256 is not the one that was written")
        return torch.from_numpy(np.load(path, mmap_mode="c", allow_pickle=False))
    except (OSError, EOFError, ValueError, TypeError, OverflowError) as error:
        raise DataError(f"{path} is damaged: {error}") from error
