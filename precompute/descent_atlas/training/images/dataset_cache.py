"""Cache of a data set: one array a file, and a sealed manifest with their hashes."""

import hashlib
import io
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
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
from descent_atlas.training.images.datasets import DataError, ImageDataset, Normalization, Split
from descent_atlas.training.validation import describe_fault

DATASET_MANIFEST = "dataset.json"

ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")

CACHE_SCHEMA = 1
"""The version of this format. Readers refuse a newer one. The first version had no number."""

CACHE_SEALED_SINCE = 1
"""The first schema with a seal in dataset.json, which names the SHA-256 of every array's file."""


def write_cache(
    cache: Path, dataset: ImageDataset, signature: str | None, reading: str = ""
) -> None:
    """Write a data set for `read_cache`, the manifest last.

    `signature` identifies the files from which the images were read, `reading` how they were.
    """
    if not cache.is_dir():
        remove(cache)
    cache.mkdir(parents=True, exist_ok=True)
    remove(cache / DATASET_MANIFEST)
    hashes = {}
    train, test = dataset.train, dataset.test
    tensors = (train.images, train.labels, test.images, test.labels)
    for name, tensor in zip(ARRAYS, tensors, strict=True):
        buffer = io.BytesIO()
        np.save(buffer, tensor.numpy(), allow_pickle=False)
        remove(cache / f"{name}.npy")
        write_whole(cache / f"{name}.npy", buffer.getbuffer())
        hashes[name] = hashlib.sha256(buffer.getbuffer()).hexdigest()
    manifest = {
        "schema": CACHE_SCHEMA,
        "name": dataset.name,
        "classes": dataset.classes,
        "fingerprint": dataset.fingerprint,
        "signature": signature,
        "sha256": hashes,
    }
    if reading:
        manifest["reading"] = reading
    if train.normalization is not None:
        manifest["normalization"] = train.normalization._asdict()
    write_document(cache / DATASET_MANIFEST, manifest)


class NormalizationPart(BaseModel):
    """The mean and the standard deviation of each channel."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


class DatasetManifest(BaseModel):
    """The content of dataset.json beside its schema. Before seals there were no hashes.

    `reading` says how the images were read, if not as they are.
    """

    model_config = ConfigDict(strict=True)

    name: str
    classes: list[str]
    fingerprint: str
    signature: str | None
    sha256: dict[str, str] = {}
    reading: str = ""
    normalization: NormalizationPart | None = None


def read_cache_manifest(cache: Path) -> DatasetManifest:
    """Return the manifest of a cache. Raises DataError if it is missing or damaged."""
    return read_manifest(
        cache / DATASET_MANIFEST,
        DatasetManifest,
        "data set",
        schemas=range(CACHE_SCHEMA + 1),
        sealed_since=CACHE_SEALED_SINCE,
    )


Content = TypeVar("Content", bound=BaseModel)


def read_manifest(
    path: Path, model: type[Content], what: str, *, schemas: range, sealed_since: int
) -> Content:
    """Return the manifest in a file, whose versions are sealed from one on.

    `what` says in messages what it describes, `schemas` are the versions that this program reads; a
    document without one has 0. Raises DataError if the file is missing or damaged, or of another
    version.
    """
    try:
        document = read_document(path, sealed_since=sealed_since)
        schema = document.get("schema", 0)
        if type(schema) is not int or schema not in schemas:
            raise DataError(f"{path} is of schema {schema}, this program's is {schemas[-1]}")
        return model.model_validate(document)
    except FileNotFoundError:
        raise DataError(f"there is no {what} in {path.parent}: {path.name} is missing") from None
    except DocumentError as error:
        raise DataError(f"{path} is damaged: {error}") from error
    except ValidationError as error:
        raise DataError(f"{path} is damaged: {describe_fault(error)}") from None


def read_cache(cache: Path) -> ImageDataset:
    """Return the data set in a cache, mapped from its files, so that processes share its memory.

    Raises DataError, whose message has a line for every file that is missing or damaged.
    """
    manifest = read_cache_manifest(cache)
    faults, arrays = [], []
    for name in ARRAYS:
        try:
            arrays.append(read_cached_array(cache / f"{name}.npy", manifest.sha256.get(name)))
        except DataError as error:
            faults.append(str(error))
    if faults:
        raise DataError("\n".join(faults))
    part = manifest.normalization
    normalization = None if part is None else Normalization(part.mean, part.std)
    dataset = ImageDataset(
        name=manifest.name,
        classes=tuple(manifest.classes),
        train=Split(arrays[0], arrays[1], normalization),
        test=Split(arrays[2], arrays[3], normalization),
    )
    if manifest.sha256:  # the seal and the files' hashes vouch for the fingerprint
        vars(dataset)["fingerprint"] = manifest.fingerprint
    elif dataset.fingerprint != manifest.fingerprint:
        raise DataError(f"the data set in {cache} is damaged: its fingerprint differs")
    return dataset


def read_cached_array(path: Path, sha256: str | None) -> Tensor:
    """Return an array of a cache, mapped from its file.

    `sha256` is the file's hash, None if it is unknown. Raises DataError if the file is missing or
    damaged.
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
