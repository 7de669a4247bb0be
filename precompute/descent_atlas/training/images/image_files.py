"""Image files: trees of class folders, and torchvision's copy of CIFAR-10."""

import contextlib
import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from descent_atlas.training.images.datasets import DataError, ImageDataset, Split

logger = logging.getLogger(__name__)

CIFAR10_FOLDER = "cifar-10-batches-py"
"""The folder to which torchvision unpacks the data set of Krizhevsky (2009)."""

PIXELS_LIMIT = 2**24
"""Pixels of an image, 48 MiB decoded. A data set is held in memory, for networks of at most a few
million inputs; a file of a few kilobytes can claim to be a thousand times larger."""


SUFFIXES = (
    ".bmp",
    ".gif",
    ".jpeg",
    ".jpg",
    ".pbm",
    ".pgm",
    ".png",
    ".ppm",
    ".tif",
    ".tiff",
    ".webp",
)
"""Endings of image files; other files in a class folder are ignored."""

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""Pillow's names of the formats that are read: none that runs another program, as EPS does."""

GREY_MODES = ("1", "L", "LA", "La")
"""Pillow's names of images without colour."""


@dataclass(frozen=True)
class ImageFormat:
    """What images become: their channels (3: red, green, blue; 1: grey), size and classes.

    `size` is (width, height) in pixels, to which each image is resized; None takes images of one
    size as they are. `classes` are the names of the class folders in the order of the labels, of
    which a split may lack some; None takes the folders of both splits, which must be the same.
    """

    channels: int = 3
    size: tuple[int, int] | None = None
    classes: tuple[str, ...] | None = None

    @property
    def mode(self) -> str:
        """Pillow's name for the channels."""
        return "L" if self.channels == 1 else "RGB"


AS_THEY_ARE = ImageFormat()


def read_class_folders(data: Path, name: str, form: ImageFormat = AS_THEY_ARE) -> ImageDataset:
    """Read the folders `train` and `test`, each with a folder of images for every class.

    Raises DataError if the splits differ in classes or in the size of their images.
    """
    train_classes, train = read_class_folder(data / "train", form)
    test_classes, test = read_class_folder(data / "test", form)
    if train_classes != test_classes:
        raise DataError(
            f"the classes in {data / 'train'} and {data / 'test'} differ: "
            f"{', '.join(sorted(set(train_classes) ^ set(test_classes)))}; if a split may lack "
            "some, name them all in the study, as classes = […] under [data]"
        )
    if train.images.shape[1:] != test.images.shape[1:]:
        raise DataError(
            f"the images in {data / 'train'} are {describe_shape(train.images[0])}, "
            f"those in {data / 'test'} {describe_shape(test.images[0])}; name one size in the "
            "study, as size = [width, height] under [data], to resize them"
        )
    return ImageDataset(name=name, classes=train_classes, train=train, test=test)


def read_class_folder(folder: Path, form: ImageFormat) -> tuple[tuple[str, ...], Split]:
    """Read a split: a folder of images for every class.

    Return the names of the classes and the split. Raises DataError for unusable files.
    """
    files = list_images(folder)
    classes = tuple(files) if form.classes is None else form.classes
    unknown, empty = set(files) - set(classes), [name for name in files if not files[name]]
    if unknown:
        raise DataError(f"{folder} has folders that are no class: {', '.join(sorted(unknown))}")
    if empty and form.classes is None:
        raise DataError(f"{folder} is unusable: there is no image of {', '.join(empty)}")
    if not any(files.values()):
        raise DataError(f"{folder} is unusable: there is no image in a class folder")
    paths = [path for name in classes for path in files.get(name, ())]
    labels = [label for label, name in enumerate(classes) for _ in files.get(name, ())]
    with headers_of_any_size():
        images, modes = decode_all(paths, form)
    tell_changes(folder, modes, form)
    return classes, make_split(images, labels)


def list_images(folder: Path) -> dict[str, list[Path]]:
    """Return the image files below each class folder, in the order of their names.

    Raises DataError if there is no class folder, or one whose name cannot be printed.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(each for each in folder.iterdir() if each.is_dir()):
        if not path.name.isprintable():  # bytes that are not UTF-8 are not, either
            raise DataError(f"{folder} has a class whose name cannot be printed: {path.name!r}")
        found[path.name] = [
            Path(root, name)
            for root, _, names in sorted(os.walk(path, followlinks=True))
            for name in sorted(names)
            if name.lower().endswith(SUFFIXES)
        ]
    if not found:
        raise DataError(f"{folder} is unusable: it has no class folder")
    return found


def tell_changes(folder: Path, modes: Sequence[str], form: ImageFormat) -> None:
    """Log what the conversion of images changes: grey ones in colour, and others."""
    grey = sum(mode in GREY_MODES for mode in modes)
    clear = sum(mode.lower().endswith("a") for mode in modes)
    if form.channels == 3 and grey:
        logger.warning(
            "%s: %s of %s images are grey and get three equal channels; channels = 1 under [data] "
            "keeps one",
            folder,
            f"{grey:,}",
            f"{len(modes):,}",
        )
    if form.channels == 1 and grey < len(modes):
        logger.warning(
            "%s: %s of %s images lose their colour, as channels = 1",
            folder,
            f"{len(modes) - grey:,}",
            f"{len(modes):,}",
        )
    if clear:
        logger.warning(
            "%s: %s of %s images lose their transparency", folder, f"{clear:,}", f"{len(modes):,}"
        )


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


def decode_all(paths: Sequence[Path], form: ImageFormat) -> tuple[NDArray[np.uint8], list[str]]:
    """Return images of one size, uint8[N, H, W, C], and Pillow's mode of each file.

    Raises DataError, which names an image of another size or an unreadable one.
    """
    width, height = decode(paths[0], None, form)[0].shape[1::-1]
    try:
        images = np.empty((len(paths), height, width, form.channels), dtype=np.uint8)
    except MemoryError as error:
        raise DataError(
            f"{len(paths):,} images of {width}×{height} pixels do not fit into memory"
        ) from error
    modes = [""] * len(paths)

    def decode_into(index: int) -> None:
        images[index], modes[index] = decode(paths[index], (width, height), form)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        try:
            for _ in threads.map(decode_into, range(len(images))):
                pass
        except DataError:
            threads.shutdown(cancel_futures=True)
            raise
    return images, modes


def decode(
    path: Path, size: tuple[int, int] | None, form: ImageFormat
) -> tuple[NDArray[np.uint8], str]:
    """Return an image, uint8[H, W, C], and Pillow's mode of its file.

    `size` is the (width, height) in pixels that it must have; None, or a form that resizes, accepts
    any up to `PIXELS_LIMIT`. Raises DataError if the image is of another size or cannot be read.
    """
    if not path.is_file():
        raise DataError(f"{path} cannot be read as an image: it is no regular file")
    try:
        with Image.open(path, formats=FORMATS) as image:
            check_header(path, image, None if form.size else size)
            mode, converted = image.mode, image.convert(form.mode)
        if form.size and converted.size != form.size:
            converted = converted.resize(form.size, Image.Resampling.BICUBIC)
        pixels = np.asarray(converted)
    except DataError:
        raise
    except Exception as error:  # Pillow's decoders raise any exception for broken files
        raise DataError(f"{path} cannot be read as an image: {error}") from error
    return pixels.reshape(*pixels.shape[:2], form.channels), mode


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
            "images of one size: name it in the study, as size = [width, height] under [data], to "
            "resize them"
        )
    if image.mode.startswith(("I", "F")) or is_deep(image):
        raise DataError(
            f"{path} has more than 8 bits a channel (Pillow's mode {image.mode}), which would be "
            "cut off; convert the images to 8 bits a channel"
        )
    if getattr(image, "is_animated", False) and image.format != "MPO":  # a camera's previews
        raise DataError(f"{path} has several frames; a sample is one image")


def is_deep(image: Image.Image) -> bool:
    """Tell whether a file has channels of 16 bits, which Pillow would cut to 8 while it decodes."""
    for _, _, _, arguments in getattr(image, "tile", ()):
        parts = arguments if isinstance(arguments, tuple) else (arguments,)
        if any(isinstance(part, str) and ";16" in part for part in parts):
            return True
        if image.format == "PPM" and any(isinstance(part, int) and part > 255 for part in parts):
            return True  # the largest value of a pixel
    return False


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
