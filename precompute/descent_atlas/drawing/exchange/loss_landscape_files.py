"""Landscapes as the HDF5 files of tomgoldstein/loss-landscape.

That tool (Li et al., "Visualizing the Loss Landscape of Neural Nets", NeurIPS 2018,
https://github.com/tomgoldstein/loss-landscape) keeps a surface, a projected trajectory and the
directions in a file each:

| file | dataset | content |
|---|---|---|
| surface | `xcoordinates` float64[nx], `ycoordinates` float64[ny] | the axes; a curve has x alone |
| | `train_loss`, `train_acc`, `test_loss`, `test_acc` | float64[ny, nx], or [nx] |
| | `dir_file` | the name of the file of directions |
| projection | `proj_xcoord`, `proj_ycoord` float64[n] | coordinates of a run's checkpoints |
| directions | `explained_variance_ratio_` float64[k] | the shares of principal directions |

Row j of a surface has y[j] and column i x[i], as `plot_2D.py` draws it over `meshgrid(x, y)`.
Accuracies are in percent. The surface file has beside this a group of our own, which the tool does
not read: the manifest, and every array as it is, so that nothing is lost on the way back.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from descent_atlas.drawing.exchange.landscape_provenance import describe_provenance
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Manifest, NamedMetric, Surface, list_metrics

X, Y = "xcoordinates", "ycoordinates"

PROJECTED = ("proj_xcoord", "proj_ycoord")

EXPLAINED = "explained_variance_ratio_"

DIRECTIONS = "dir_file"

OWN = "descent_atlas"
"""The group of our own: `manifest` and `provenance` are JSON, `arrays` has the arrays by name."""

PERCENT = 100.0

PRINCIPAL = ("pca", "shared")
"""The planes whose axes are principal directions."""

Datasets = dict[str, tuple[NDArray[Any], Mapping[str, Any]]]
"""Datasets by name, with their attributes."""


def make_hdf5(landscape: Landscape, file: Path) -> dict[Path, bytes]:
    """Return the bytes of each file: the surface, each trajectory, and the directions.

    The directions themselves are not in a landscape: their file has the shares of the principal
    ones, and is missing for other planes. Raises ValueError for a table.
    """
    manifest = landscape.manifest
    directions = file.with_name(f"{file.stem}_directions{file.suffix}")
    shares = list_shares(manifest)
    files = {file: pack_surface(landscape, directions.name if shares.size else "")}
    for trajectory in manifest.trajectories:
        beside = file.with_name(f"{file.stem}_proj_{trajectory.run}{file.suffix}")
        axes = zip(PROJECTED, ("x", "y"), strict=True)
        found = {name: landscape.arrays[trajectory.arrays[axis]] for name, axis in axes}
        told = {"run": trajectory.run, "unit": "coordinates of the plane, as of the surface"}
        files[beside] = pack({name: (array, told) for name, array in found.items()})
    if shares.size:
        told = {"of": "the energy of the paths about the plane's origin, which is not centred"}
        files[directions] = pack({EXPLAINED: (shares, told)})
    return files


def list_shares(manifest: Manifest) -> NDArray[Any]:
    """Return the share of each principal direction in the energy of the plane's makers."""
    plane = manifest.plane
    spectrum = plane.spectrum if plane is not None and plane.kind in PRINCIPAL else []
    return np.array(spectrum if len(spectrum) > 1 else [], dtype=np.float64)


def pack_surface(landscape: Landscape, directions: str) -> bytes:
    """Return the bytes of a surface file."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, (array, attributes) in list_datasets(landscape).items():
            file.create_dataset(name, data=array).attrs.update(attributes)
        file[DIRECTIONS] = directions
        own = file.create_group(OWN)
        own["manifest"] = landscape.manifest.model_dump_json(by_alias=True)
        own["provenance"] = json.dumps(
            describe_provenance(landscape.manifest), ensure_ascii=False, indent=1
        )
        arrays = own.create_group("arrays")
        for name, array in landscape.arrays.items():
            arrays.create_dataset(name, data=array)
    return buffer.getvalue()


def pack(datasets: Datasets) -> bytes:
    """Return the bytes of a file with these datasets."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, (array, attributes) in datasets.items():
            file.create_dataset(name, data=array).attrs.update(attributes)
    return buffer.getvalue()


def list_datasets(landscape: Landscape) -> Datasets:
    """Return the datasets of a surface file in the tool's layout. Raises ValueError for a table."""
    manifest, arrays = landscape.manifest, landscape.arrays
    if manifest.segment is not None:
        named = {key: arrays[name] for key, name in manifest.segment.arrays.items()}
        unit, told = "0 to 1 between two networks", {"surface": "segment"}
        return {X: (named["t"], {"unit": unit}), **name_values("train", named, manifest, told)}
    if manifest.grid is None:
        raise ValueError(f"{manifest.id} is a {manifest.kind}, which has no surface")
    unit = "coordinates along the plane's directions"
    datasets: Datasets = {
        name: (arrays[axis], {"unit": unit})
        for name, axis in ((X, manifest.grid.x), (Y, manifest.grid.y))
    }
    for prefix, surface in name_surfaces(manifest).items():
        named = {key: arrays[name] for key, name in surface.arrays.items()}
        told = {"surface": surface.id, "split": surface.split}
        if surface.images is not None:
            told["samples"] = str(surface.images)
        datasets |= name_values(prefix, named, manifest, told)
    return datasets


def name_surfaces(manifest: Manifest) -> dict[str, Surface]:
    """Return each surface by the beginning of its datasets' names: its id.

    The tool draws `train_loss` unless it is told otherwise. Where no surface is called so, the
    first has that name, and its attributes say what it is.
    """
    named = {surface.id: surface for surface in manifest.surfaces}
    if "train" in named:
        return named
    first, *others = named.values()
    return {"train": first, **{surface.id: surface for surface in others}}


def name_values(
    prefix: str,
    named: Mapping[str, NDArray[Any]],
    manifest: Manifest,
    told: Mapping[str, str],
) -> Datasets:
    """Return the values of each metric under the tool's names; accuracy is in percent there."""
    datasets: Datasets = {}
    for metric in list_metrics(manifest):
        values = named[metric.id]
        if is_accuracy(metric):
            datasets[f"{prefix}_acc"] = (PERCENT * values, {**told, "unit": "percent"})
        else:
            # A metric called "acc" is not known to be the accuracy.
            name = f"{prefix}_{metric.id}" if metric.id != "acc" else f"{prefix}_metric_acc"
            datasets[name] = (values, {**told, "unit": metric.unit})
    return datasets


def is_accuracy(metric: NamedMetric) -> bool:
    """Tell whether a metric is what the tool calls the accuracy."""
    return metric.id == "accuracy" and metric.unit == "share"
