"""Files of tomgoldstein/loss-landscape as a landscape; `loss_landscape_files` has their layout.

Such a file tells neither network, data, directions nor what a checkpoint is: the landscape says so,
and has no number in place of what is unknown. A file that we wrote has all of it, in its own group.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.analysis.surface_statistics import describe_surface
from descent_atlas.drawing.exchange.hdf5_reading import Hdf5Reader, open_hdf5
from descent_atlas.drawing.exchange.landscape_provenance import UNKNOWN
from descent_atlas.drawing.exchange.loss_landscape_files import (
    DIRECTIONS,
    OWN,
    PERCENT,
    PROJECTED,
    X,
    Y,
    list_datasets,
)
from descent_atlas.drawing.exchange.opened_landscape import OpenedLandscape, open_parts
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import validate_manifest
from descent_atlas.landscapes.manifest_arrays import check_arrays
from descent_atlas.storage.durable import hash_file
from descent_atlas.storage.npz import summarize
from descent_atlas.storage.regular_files import DamagedError

Floats = NDArray[np.float64]

SPLITS = {"train": "training", "test": "test"}
"""The beginnings of the names of surfaces' datasets, and what they are called."""

NOT_COMPUTED = -1.0
"""What the tool writes before it has computed a value."""

LOSS = {"id": "loss", "label": "loss", "higher_is_better": False, "unit": "number"}

ACCURACY = {"id": "accuracy", "label": "accuracy", "higher_is_better": True, "unit": "share"}


def import_landscape(
    surface: Path | str,
    trajectories: Sequence[Path | str] = (),
    *,
    id: str,
    title: str | None = None,
) -> OpenedLandscape:
    """Return the landscape of a surface file, with the runs of projection files.

    A file that we wrote gives back the landscape that was exported, under its own id and title; its
    trajectories are in it. Of another one, numbers keep their values to the bit, but accuracies
    become shares: a hundredth of the percentage.

    Raises:
        DamagedError: if a file is damaged or foreign; the message names the dataset.
    """
    path = Path(surface)
    with open_hdf5(path) as reader:
        if reader.has(OWN):
            if trajectories:
                raise DamagedError("holds the trajectories of its landscape: name it alone", path)
            return restore(reader, path)
        return assemble(reader, path, [Path(each) for each in trajectories], id, title)


def restore(reader: Hdf5Reader, path: Path) -> OpenedLandscape:
    """Return the landscape that was exported to a file. Raises DamagedError."""
    names = reader.list_names(f"{OWN}/arrays")
    arrays = {name: reader.read_numbers(f"{OWN}/arrays/{name}") for name in names}
    text = reader.read_text(f"{OWN}/manifest")
    try:
        manifest = validate_manifest(json.loads(text))
        if manifest.arrays != summarize(arrays):
            raise ValueError("it names other arrays than the file holds")
        check_arrays(manifest, arrays)
    except (ValueError, RecursionError) as error:
        raise reader.fault(f"{OWN}/manifest", f"is no manifest of its arrays: {error}") from None
    landscape = OpenedLandscape(manifest, arrays)
    for name, (expected, _) in list_datasets(landscape).items():
        found = reader.read_numbers(name)
        if found.dtype != expected.dtype or found.tobytes() != expected.tobytes():
            raise reader.fault(name, f'differs from what the group "{OWN}" says it is')
    return landscape


def assemble(
    reader: Hdf5Reader, path: Path, projections: Sequence[Path], id: str, title: str | None
) -> OpenedLandscape:
    """Return a landscape of the tool's own datasets. Raises DamagedError."""
    names = reader.list_names()
    if Y not in names:
        reader.read_floats(X, 1)
        raise DamagedError(f'has no dataset "{Y}": a curve, and no surface', path)
    x, y = read_axis(reader, X), read_axis(reader, Y)
    splits = [split for split in SPLITS if f"{split}_loss" in names]
    if not splits:
        raise DamagedError('has neither a dataset "train_loss" nor "test_loss"', path)
    with_accuracy = any(f"{split}_acc" in names for split in splits)
    arrays: dict[str, NDArray[Any]] = {"grid.x": x, "grid.y": y}
    surfaces = []
    for split in splits:
        values = {"loss": read_losses(reader, f"{split}_loss", x, y)}
        if with_accuracy:
            values["accuracy"] = read_accuracies(reader, f"{split}_acc", x, y)
        surfaces.append(add_surface(split, values, x, y, arrays))
    runs = [describe_projection(each, number, arrays) for number, each in enumerate(projections)]
    key = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        key.update(name.encode() + array.tobytes())
    manifest: dict[str, Any] = {
        "id": id,
        "kind": "landscape",
        "title": path.stem if title is None else title,
        "shows": f"The loss on a plane, from {path.name}, a file of loss-landscape (Li et al., "
        "2018). Its network, data, directions and precision are unknown.",
        "figures": [],
        "dataset": {"name": UNKNOWN},
        "network": {"factory": UNKNOWN, "options": {}, "parameters": None, "tensors": []},
        "runs": [run for run, _ in runs],
        "plane": {
            "kind": "given",
            "origin": None,
            "makers": [],
            "seed": None,
            "gram": None,
            "cosine": None,
            "spectrum": [],
            "origin_norm": None,
        },
        "grid": {"x": "grid.x", "y": "grid.y", "shape": [len(y), len(x)]},
        "metrics": [LOSS, ACCURACY] if with_accuracy else [LOSS],
        "evaluation": None,
        "ends": [],
        "surfaces": surfaces,
        "trajectories": [trajectory for _, trajectory in runs],
        "arrows": [],
        "results": {},
        "seeds": {},
        "versions": {},
        "key": key.hexdigest(),
        "imported_from": [
            {"file": each.name, "sha256": hash_file(each)} for each in (path, *projections)
        ],
    }
    return open_parts(manifest, arrays)


def list_ignored(surface: Path | str) -> list[str]:
    """Return the datasets of a surface file that a landscape has no place for.

    Raises DamagedError.
    """
    with open_hdf5(Path(surface)) as reader:
        names = reader.list_names()
    known = {X, Y, DIRECTIONS, OWN}
    known |= {f"{split}_{kind}" for split in SPLITS for kind in ("loss", "acc")}
    return [] if OWN in names else [name for name in names if name not in known]


def read_axis(reader: Hdf5Reader, name: str) -> Floats:
    """Return the coordinates of an axis."""
    axis = reader.read_floats(name, 1)
    if len(axis) < 2 or not np.isfinite(axis).all() or not (np.diff(axis) > 0).all():
        raise reader.fault(name, "is no axis: at least two finite coordinates that rise")
    return axis


def read_surface(reader: Hdf5Reader, name: str, x: Floats, y: Floats) -> Floats:
    """Return values float64[ny, nx] at (x[i], y[j]).

    The tool gives an array the shape (nx, ny) and fills it in the order of `meshgrid(x, y)`: where
    the two differ, the numbers lie as in an array (ny, nx).
    """
    values = reader.read_floats(name, 2)
    shape = (len(y), len(x))
    if values.shape not in (shape, shape[::-1]):
        raise reader.fault(name, f"has the shape {values.shape}; its axes have {shape}")
    return values.reshape(shape)


def read_losses(reader: Hdf5Reader, name: str, x: Floats, y: Floats) -> Floats:
    """Return losses, all of which were computed."""
    values = read_surface(reader, name, x, y)
    missing = int((values == NOT_COMPUTED).sum())
    if missing:
        raise reader.fault(
            name, f"has {missing:,} of {values.size:,} points that were not computed (-1)"
        )
    return values


def read_accuracies(reader: Hdf5Reader, name: str, x: Floats, y: Floats) -> Floats:
    """Return accuracies as shares."""
    values = read_surface(reader, name, x, y)
    known = values[~np.isnan(values)]
    if not ((known >= 0) & (known <= PERCENT)).all():
        raise reader.fault(name, "has a number that is no percentage, 0 to 100")
    return values / PERCENT


def add_surface(
    split: str, values: dict[str, Floats], x: Floats, y: Floats, arrays: dict[str, NDArray[Any]]
) -> dict[str, Any]:
    """Add a surface to the arrays; return its entry of the manifest."""
    return describe_surface(split, values, x, y, arrays) | {
        "label": f"the {SPLITS[split]} samples",
        "split": split,
        "images": None,
        "correlation": None,
    }


def describe_projection(
    path: Path, number: int, arrays: dict[str, NDArray[Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Add a projected trajectory to the arrays; return its run and its entry of the manifest.

    Its checkpoints are numbered from 0: the file does not tell at which steps they were saved.
    Raises DamagedError.
    """
    with open_hdf5(path) as reader:
        x, y = (reader.read_floats(name, 1) for name in PROJECTED)
        if len(x) != len(y):
            raise reader.fault(PROJECTED[1], f"has {len(y)} numbers, {PROJECTED[0]} has {len(x)}")
        if not len(x):
            raise reader.fault(PROJECTED[0], "is empty")
    own: dict[str, NDArray[Any]] = {
        "step": np.arange(len(x)),
        "uniform": np.ones(len(x), dtype=np.bool_),
        "x": x,
        "y": y,
    }
    arrays |= {f"trajectory.{number}.{key}": array for key, array in own.items()}
    id = "trajectory" if number == 0 else f"trajectory-{number + 1}"
    unknown = ("status", "batch_size", "steps_per_epoch", "images", "seconds")
    results = ("train_loss", "test_accuracy", "turning")
    run: dict[str, Any] = {
        "id": id,
        "label": path.stem,
        "spec": {},
        "steps": len(x) - 1,
        "step_unit": "checkpoint",
        **dict.fromkeys((*unknown, *results)),
    }
    keys = {key: f"trajectory.{number}.{key}" for key in own}
    return run, {"run": id, "arrays": keys}


def as_parts(landscape: Landscape) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return what `write_landscape` takes."""
    filled = {"arrays", "sha256"}
    manifest = landscape.manifest.model_dump(mode="json", by_alias=True, exclude=filled)
    return manifest, landscape.arrays
