"""Cache of samples of any form: one file of bits a tensor, and a sealed manifest with hashes.

A user's function gives the samples once, to the process that begins; its workers map the files.
"""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from descent_atlas.evaluation.batches import list_tensors
from descent_atlas.evaluation.sample_sets import (
    SampleDataset,
    SampleSet,
    describe_tree,
    rebuild_tree,
    view_bytes,
)
from descent_atlas.storage.durable import remove, write_document, write_whole
from descent_atlas.training.images.dataset_cache import read_cached_array, read_manifest
from descent_atlas.training.images.datasets import DataError

SAMPLES_MANIFEST = "samples.json"

SAMPLES_SCHEMA = 1
"""The version of this format. Readers refuse another one, and the samples are then asked for."""


class TensorPart(BaseModel):
    """A tensor's file and its hash, type and shape."""

    model_config = ConfigDict(strict=True)

    file: str
    sha256: str
    dtype: str
    shape: list[int]


class SplitPart(BaseModel):
    """A split: its structure as `describe_tree` returns it, its tensors, and its batches."""

    model_config = ConfigDict(strict=True)

    structure: Any
    tensors: list[TensorPart]
    lengths: list[int]


class SamplesManifest(BaseModel):
    """The content of samples.json beside its schema."""

    model_config = ConfigDict(strict=True)

    name: str
    fingerprint: str
    train: SplitPart
    test: SplitPart | None
    origin: str = ""


def write_samples(cache: Path, dataset: SampleDataset) -> None:
    """Write a data set for `read_samples`, the manifest last."""
    if not cache.is_dir():
        remove(cache)
    cache.mkdir(parents=True, exist_ok=True)
    remove(cache / SAMPLES_MANIFEST)
    document = {
        "schema": SAMPLES_SCHEMA,
        "name": dataset.name,
        "fingerprint": dataset.fingerprint,
        "train": write_split(cache, "train", dataset.train),
        "test": None if dataset.test is None else write_split(cache, "test", dataset.test),
    }
    if dataset.origin:
        document["origin"] = dataset.origin
    write_document(cache / SAMPLES_MANIFEST, document)


def write_split(cache: Path, name: str, samples: SampleSet) -> dict[str, Any]:
    """Write the tensors of a split; return its entry of the manifest."""
    tensors = []
    for index, tensor in enumerate(list_tensors(samples.tree)):
        buffer = io.BytesIO()
        np.save(buffer, view_bytes(tensor).numpy(), allow_pickle=False)
        file = f"{name}_{index}.npy"
        remove(cache / file)
        write_whole(cache / file, buffer.getbuffer())
        tensors.append(
            {
                "file": file,
                "sha256": hashlib.sha256(buffer.getbuffer()).hexdigest(),
                "dtype": str(tensor.dtype).removeprefix("torch."),
                "shape": list(tensor.shape),
            }
        )
    return {
        "structure": describe_tree(samples.tree),
        "tensors": tensors,
        "lengths": list(samples.lengths),
    }


def read_samples(cache: Path) -> SampleDataset:
    """Return the data set in a cache, mapped from its files.

    Raises DataError, whose message has a line for every file that is missing or damaged.
    """
    manifest = read_manifest(
        cache / SAMPLES_MANIFEST,
        SamplesManifest,
        "set of samples",
        schemas=range(SAMPLES_SCHEMA, SAMPLES_SCHEMA + 1),
        sealed_since=SAMPLES_SCHEMA,
    )
    faults: list[str] = []
    train = read_split(cache, manifest.train, faults)
    test = None if manifest.test is None else read_split(cache, manifest.test, faults)
    if faults or train is None:
        raise DataError("\n".join(faults))
    dataset = SampleDataset(name=manifest.name, train=train, test=test, origin=manifest.origin)
    vars(dataset)["fingerprint"] = manifest.fingerprint  # the seal and the files' hashes vouch
    return dataset


def read_split(cache: Path, part: SplitPart, faults: list[str]) -> SampleSet | None:
    """Return a split, or append its faults and return None."""
    leaves: list[Tensor] = []
    for tensor in part.tensors:
        try:
            bits = read_cached_array(cache / tensor.file, tensor.sha256)
        except DataError as error:
            faults.append(str(error))
            continue
        leaves.append(bits.view(getattr(torch, tensor.dtype)).reshape(tensor.shape))
    if faults:
        return None
    return SampleSet(rebuild_tree(part.structure, iter(leaves)), tuple(part.lengths))
