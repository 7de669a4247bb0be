"""The data of a study: images from a source, or the batches of a user's function, cached.

A function `data(**options)` returns train and test batches: a pair, or a dictionary with "train"
and "test", and perhaps with "origin", a sentence on where the samples come from. Batches are what
`evaluation.batches` takes: a list, a DataLoader without shuffling, a TensorDataset. Test may be
None. Training shuffles the samples; the loss is evaluated in the batches as they were given.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from descent_atlas.evaluation.sample_cache import SAMPLES_MANIFEST, read_samples, write_samples
from descent_atlas.evaluation.sample_sets import SampleDataset, join_batches
from descent_atlas.storage.durable import remove
from descent_atlas.study.entries import Data
from descent_atlas.study.measures import StudyDataset
from descent_atlas.training.images.dataset_cache import DATASET_MANIFEST, read_cache
from descent_atlas.training.images.dataset_loading import explain_missing, load_dataset
from descent_atlas.training.images.datasets import DataError
from descent_atlas.training.named.named_objects import explain, find_named


def load_study_data(
    data: Data, folder: Path | None, cache: Path, *, download: bool = False
) -> StudyDataset:
    """Return the data of a study, and leave them in `cache` for `read_study_data`.

    `folder` is that of the images, see `load_dataset`. Raises DataError, also if a function gives
    other samples each time it is called.
    """
    if data.source is not None:
        remove(cache / SAMPLES_MANIFEST)
        return load_dataset(
            folder,
            cache,
            name=data.name,
            source=data.source,
            download=download,
            form=data.form,
            normalization=data.normalization,
            subset=data.subset,
        )
    remove(cache / DATASET_MANIFEST)
    dataset = call_function(data)
    try:
        cached = read_samples(cache)
    except DataError:
        cached = None
    if cached is not None and (cached.name, cached.fingerprint) == (
        dataset.name,
        dataset.fingerprint,
    ):
        return cached
    if call_function(data).fingerprint != dataset.fingerprint:
        raise DataError(
            f"{data.function} gives other samples each time it is called: seed its random numbers, "
            "and turn shuffling and augmentation off; a run shuffles its samples itself"
        )
    write_samples(cache, dataset)
    return dataset


def read_study_data(cache: Path) -> StudyDataset:
    """Return the data in a cache, mapped from its files. Raises DataError."""
    return read_samples(cache) if (cache / SAMPLES_MANIFEST).exists() else read_cache(cache)


def call_function(data: Data) -> SampleDataset:
    """Return the samples that a function gives. Raises DataError if it gives none, or fails."""
    assert data.function is not None
    function = find_named(data.function, "function of data")
    try:
        given = function(**data.options)
    except Exception as error:  # a user's function may raise anything
        raise DataError(f"{data.function} failed: {explain(error)}") from error
    train, test = split_given(given, data.function)
    return SampleDataset(
        origin=str(given.get("origin", "")) if isinstance(given, Mapping) else "",
        name=data.name,
        train=join_batches(train, f"the train batches of {data.function}"),
        test=None if test is None else join_batches(test, f"the test batches of {data.function}"),
    )


def split_given(given: Any, name: str) -> tuple[Any, Any]:
    """Return the train and test batches in what a function returned. Raises DataError."""
    known = {"train", "test", "origin"}
    if isinstance(given, Mapping) and "train" in given and given.keys() <= known:
        return given["train"], given.get("test")
    if isinstance(given, tuple) and len(given) == 2:
        return given
    raise DataError(
        f"{name} returned a {type(given).__name__}; it should return a pair (train batches, test "
        'batches), or a dictionary with "train" and "test"'
    )


def explain_missing_data(data: Data, folder: Path | None) -> str:
    """Return what to do about a missing --data; empty if the study needs none."""
    if data.source is None or data.source == "digits":
        return ""
    return explain_missing(folder, data.source)
