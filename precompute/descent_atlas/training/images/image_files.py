"""Image files: trees of class folders, and torchvision's copy of CIFAR-10."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from descent_atlas.training.images.datasets import DataError, ImageDataset, Split

CIFAR10_FOLDER = "cifar-10-batches-py"
"""The folder to which torchvision unpacks the data set of Krizhevsky (2009)."""

PIXELS_LIMIT = 2**24
"""Pixels of an image, 48 MiB decoded. A data set is held in memory, for networks of at most a few
million inputs; a file of a few kilobytes can claim to be a thousand times larger."""


def read_class_folders(data: Path, name: str) -> ImageDataset:
    """Read the folders `train` and `test`, each with a folder of images for every class.

    Raises DataError if the splits differ in classes or in the size of their images.
    """
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
    return ImageDataset(name=name, classes=train_classes, train=train, test=test)


def read_class_folder(folder: Path) -> tuple[tuple[str, ...], Split]:
    """Read a split: a folder for every class, images of one size.

    Return the names of the classes and the split. Raises DataError for unusable files.
    """
    from torchvision.datasets import ImageFolder  # slow to import, and needed only here

    try:
        tree = ImageFolder(str(folder))
    except FileNotFoundError as error:  # raised too if a class has no images
        raise DataError(f"{folder} is unusable: {error}") from error
    for name in tree.classes:
        if not name.isprintable():  # bytes that are not UTF-8 are not, either
            raise DataError(f"{folder} has a class whose name cannot be printed: {name!r}")
    paths = [Path(path) for path, _ in tree.samples]
    with headers_of_any_size():
        images = decode_all(paths)
    return tuple(tree.classes), make_split(images, tree.targets)


@contextlib.contextmanager
def headers_of_any_size() -> Iterator[None]:
    """Let Pillow open an image whose header claims any size, within this context.

    Pillow warns of some sizes and refuses others without naming the file. `check_header` compares
    the size with the expected one before anything is decoded.
    """
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def decode_all(paths: Sequence[Path]) -> NDArray[np.uint8]:
    """Return images of one size, uint8[N, H, W, 3].

    Raises DataError, which names an image of another size or an unreadable one.
    """
    width, height = decode(paths[0], None).shape[1::-1]
    try:
        images = np.empty((len(paths), height, width, 3), dtype=np.uint8)
    except MemoryError as error:
        raise DataError(
            f"{len(paths):,} images of {width}×{height} pixels do not fit into memory"
        ) from error

    def decode_into(index: int) -> None:
        images[index] = decode(paths[index], (width, height))

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        try:
            for _ in threads.map(decode_into, range(len(images))):
                pass
        except DataError:
            threads.shutdown(cancel_futures=True)
            raise
    return images


def decode(path: Path, size: tuple[int, int] | None) -> NDArray[np.uint8]:
    """Return an image, uint8[H, W, 3].

    `size` is (width, height) in pixels; None accepts any up to `PIXELS_LIMIT`. Raises DataError if
    the image is of another size or cannot be read.
    """
    if not path.is_file():
        raise DataError(f"{path} cannot be read as an image: it is no regular file")
    try:
        with Image.open(path) as image:
            check_header(path, image, size)
            return np.asarray(image.convert("RGB"))
    except DataError:
        raise
    except Exception as error:  # Pillow's decoders raise any exception for broken files
        raise DataError(f"{path} cannot be read as an image: {error}") from error


def check_header(path: Path, image: Image.Image, size: tuple[int, int] | None) -> None:
    """Raise DataError unless an image that is not decoded yet has a usable size and depth."""
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
    """Fetch CIFAR-10 with torchvision. Raises DataError if that fails."""
    from torchvision.datasets import CIFAR10

    try:
        CIFAR10(str(data), download=True)
    except (OSError, RuntimeError) as error:
        raise DataError(f"CIFAR-10 could not be downloaded: {error}") from error


def read_cifar10(data: Path, name: str) -> ImageDataset:
    """Read torchvision's copy of CIFAR-10.

    Its files are pickles. torchvision unpickles them only if their MD5 is that of the published
    files; otherwise this raises DataError.
    """
    from torchvision.datasets import CIFAR10

    try:
        train, test = CIFAR10(str(data), train=True), CIFAR10(str(data), train=False)
    except RuntimeError as error:
        raise DataError(f"{data / CIFAR10_FOLDER} is damaged: {error}") from error
    return ImageDataset(
        name=name,
        classes=tuple(train.classes),
        train=make_split(train.data, train.targets),
        test=make_split(test.data, test.targets),
    )


def make_split(images: NDArray[np.uint8], labels: Sequence[int]) -> Split:
    """Return a split of images uint8[N, H, W, C], the layout of decoders."""
    channels_first = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    return Split(torch.from_numpy(channels_first), torch.tensor(labels, dtype=torch.int64))


def describe_shape(image: Tensor) -> str:
    """Return the size of an image [C, H, W] in words."""
    channels, height, width = image.shape
    return f"{width}×{height} pixels in {channels} channels"
