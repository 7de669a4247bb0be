"""Loading of a data set from images, or from the cache of an earlier call."""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from descent_atlas.training.images.dataset_cache import read_cache, read_cache_manifest, write_cache
from descent_atlas.training.images.datasets import (
    DataError,
    ImageDataset,
    Normalization,
    Split,
    Subset,
)
from descent_atlas.training.images.digits import read_digits
from descent_atlas.training.images.image_files import (
    AS_THEY_ARE,
    CIFAR10_FOLDER,
    ImageFormat,
    download_cifar10,
    read_cifar10,
    read_class_folders,
)

logger = logging.getLogger(__name__)

SUBSET_SEED = 0
"""Draws which images of a split are used, where only some are."""

WHOLE = Subset()

ImageSource = Literal["cifar10", "class-folders", "digits"]
"""Source of a study's images: CIFAR-10 in either form, only a tree of class folders, or the digits
of scikit-learn, which need no folder."""


def load_dataset(
    data: Path | None,
    cache: Path,
    *,
    name: str,
    source: ImageSource,
    download: bool = False,
    form: ImageFormat = AS_THEY_ARE,
    normalization: Normalization | None = None,
    subset: Subset = WHOLE,
) -> ImageDataset:
    """Return a data set from the folder `data`, or from `cache`, which an earlier call filled.

    `data` holds `train/<class>/*.png` and `test/<class>/*.png`, or torchvision's copy of CIFAR-10,
    which `download` fetches. It may be missing once the cache is filled. The cache is rewritten
    when the name, size or time of change of a file in `data` differs, or how the images are read:
    `form` is what images of class folders become, `normalization` what networks see of all, and
    `subset` how many of them are used.

    Raises DataError if there is no data or too little, or if an image or class folder is unusable.
    """
    if form != AS_THEY_ARE and source != "class-folders":
        raise DataError('only images of source = "class-folders" have classes, size and channels')
    reading = describe_reading(form, normalization, subset)
    found = find_data(data, source, download)
    if source == "digits":
        signature: str | None = "digits"
    else:
        signature = sign_files(data / folder for folder in found) if data and found else None
    damage = ""
    if cache.exists():
        try:
            known = read_cache_manifest(cache)
            same = known.name == name and known.reading == reading
            if same and signature in (None, known.signature):
                return read_cache(cache)
        except DataError as error:
            damage = f"{error}\n"
    if source != "digits" and (data is None or not found):
        raise DataError(damage + explain_missing(data, source))
    if damage:
        logger.warning("%sThe images are read again.", damage)
    if source == "digits" or data is None:
        dataset = read_digits(name)
    elif found == (CIFAR10_FOLDER,):
        dataset = read_cifar10(data, name)
    else:
        dataset = read_class_folders(data, name, form)
    if subset != WHOLE:
        dataset = choose_subset(dataset, subset)
    if normalization is not None:
        dataset = normalize(dataset, normalization)
    write_cache(cache, dataset, signature, reading)
    return dataset


def describe_reading(
    form: ImageFormat, normalization: Normalization | None, subset: Subset = WHOLE
) -> str:
    """Return how images are read as a text to compare; empty for images as they are."""
    parts = [] if form == AS_THEY_ARE else [repr(form)]
    parts += [] if normalization is None else [repr(normalization)]
    return "; ".join(parts if subset == WHOLE else [*parts, repr(subset)])


def choose_subset(dataset: ImageDataset, subset: Subset) -> ImageDataset:
    """Return a data set of some images of each split, drawn at random and in their own order.

    Raises DataError if there are too few.
    """
    return replace(
        dataset,
        train=draw_images(dataset.train, subset.train, "training"),
        test=draw_images(dataset.test, subset.test, "test"),
    )


def draw_images(split: Split, count: int | None, what: str) -> Split:
    """Return `count` images of a split, None for all. Raises DataError if there are too few."""
    if count is None:
        return split
    if count > split.size:
        raise DataError(
            f"{count:,} {what} images are asked for under [data], and there are {split.size:,}"
        )
    order = np.random.default_rng(SUBSET_SEED).permutation(split.size)
    return split.choose(torch.from_numpy(np.sort(order[:count])))


def normalize(dataset: ImageDataset, normalization: Normalization) -> ImageDataset:
    """Return a data set that networks see normalized.

    Raises DataError unless there is a mean and a deviation for each channel.
    """
    channels = dataset.train.images.shape[1]
    if {len(part) for part in normalization} != {channels}:
        raise DataError(
            f"mean and std under [data] have {len(normalization.mean)} and "
            f"{len(normalization.std)} numbers; the images have {channels} channels"
        )
    return replace(
        dataset,
        train=dataset.train._replace(normalization=normalization),
        test=dataset.test._replace(normalization=normalization),
    )


def find_data(data: Path | None, source: ImageSource, download: bool) -> tuple[str, ...]:
    """Return the subfolders that hold the images; an empty tuple if there are no images."""
    if data is None or source == "digits":
        return ()
    if (data / "train").is_dir() and (data / "test").is_dir():
        return ("train", "test")
    if source == "cifar10":
        if download and not (data / CIFAR10_FOLDER).is_dir():
            download_cifar10(data)
        if (data / CIFAR10_FOLDER).is_dir():
            return (CIFAR10_FOLDER,)
    return ()


def sign_files(folders: Iterable[Path]) -> str:
    """Return a digest of the names, sizes and times of change of all files in folders."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            status = path.stat()
            line = f"{path.relative_to(folder.parent)} {status.st_size} {status.st_mtime_ns}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def explain_missing(data: Path | None, source: ImageSource) -> str:
    """Return the message for missing images: where they were sought, and how to provide them."""
    where = f"There are no images in {data}." if data else "No --data folder is given."
    folders = (
        "give --data DIR with the images as train/<class>/*.png and test/<class>/*.png"
        " (or .jpg, .gif, .bmp, .webp, .tiff, .ppm)"
    )
    if source == "class-folders":
        return f"{where} To start, {folders}."
    return (
        f"{where} There are two ways to get CIFAR-10: add --download, and torchvision fetches it "
        f"to DIR; or {folders}."
    )
