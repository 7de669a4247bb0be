"""A landscape's numbers as NPZ and CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.drawing.exchange.landscape_provenance import describe_provenance
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Manifest, NamedMetric, list_metrics

MANIFEST, PROVENANCE = "manifest", "provenance"
"""The names of the texts beside the arrays of an NPZ file."""

UNITS = {"share": "a share, 0 to 1", "number": "a number"}

PATH_COLUMNS = {"distance": "distance_from_plane", "loss": "loss", "loss_in_plane": "loss_in_plane"}
"""The columns of trajectories that may be missing, with their names in CSV."""


def make_npz(landscape: Landscape) -> bytes:
    """Return the arrays under their own names, and beside them the manifest and the provenance.

    Both are texts (arrays without dimensions): the manifest as JSON, the provenance in lines.
    Raises ValueError if an array has one of their names.
    """
    for name in (MANIFEST, PROVENANCE, "file"):  # `savez` keeps the last one for itself
        if name in landscape.arrays:
            raise ValueError(f'the array "{name}" has a name that npz keeps for something else')
    told = [f"{name}: {text}" for name, text in describe_provenance(landscape.manifest).items()]
    texts = {
        MANIFEST: np.array(landscape.manifest.model_dump_json(by_alias=True)),
        PROVENANCE: np.array("\n".join(told)),
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **landscape.arrays, **texts)
    return buffer.getvalue()


def make_csv(landscape: Landscape, file: Path) -> dict[Path, bytes]:
    """Return the bytes of each file: one row a point, and beside it one row a snapshot.

    Lines that begin with # tell the provenance and the columns' meaning. Numbers have as many
    digits as make them the same doubles again; what is not finite reads nan, inf or -inf.
    """
    manifest = landscape.manifest
    columns, meaning = list_values(landscape)
    notes = {**describe_provenance(manifest), "Columns": meaning}
    files = {file: write_rows(notes, list(columns), zip(*columns.values(), strict=True))}
    if manifest.trajectories:
        beside = file.with_name(f"{file.stem}_trajectories{file.suffix}")
        notes = {
            **describe_provenance(manifest),
            "Columns": "x and y are coordinates along the plane's directions; distances are "
            "Euclidean, in parameter space; empty where not known",
        }
        header = ["run", "step", "step_unit", "x", "y", *PATH_COLUMNS.values()]
        files[beside] = write_rows(notes, header, list_snapshots(landscape))
    return files


def list_values(landscape: Landscape) -> tuple[dict[str, NDArray[Any]], str]:
    """Return the columns of a row for each point, by name, and a sentence on what they mean."""
    manifest, arrays = landscape.manifest, landscape.arrays
    if manifest.segment is not None:
        named = manifest.segment.arrays
        columns = {"t": arrays[named["t"]]}
        columns |= {each.id: arrays[named[each.id]] for each in list_metrics(manifest)}
        return columns, f"t runs from one end, 0, to the other, 1; {tell_metrics(manifest)}"
    if manifest.grid is None:
        raise ValueError(f"{manifest.id} has no grid")
    x, y = np.meshgrid(arrays[manifest.grid.x], arrays[manifest.grid.y])
    columns = {"x": x.ravel(), "y": y.ravel()}
    for surface in manifest.surfaces:
        for metric in list_metrics(manifest):
            columns[f"{surface.id}.{metric.id}"] = arrays[surface.arrays[metric.id]].ravel()
    return columns, (
        "x and y are coordinates along the plane's directions; the others are named "
        f"surface.metric; {tell_metrics(manifest)}"
    )


def tell_metrics(manifest: Manifest) -> str:
    """Return what the metrics are called, and their units."""
    return "; ".join(map(tell_metric, list_metrics(manifest)))


def tell_metric(metric: NamedMetric) -> str:
    """Return what a metric is called, and its unit."""
    return f"{metric.id} is {metric.label}, {UNITS[metric.unit]}"


def list_snapshots(landscape: Landscape) -> Iterator[list[object]]:
    """Yield a row for each snapshot of each trajectory."""
    units = {run.id: run.step_unit for run in landscape.manifest.runs}
    for each in landscape.manifest.trajectories:
        found = {key: landscape.arrays[name] for key, name in each.arrays.items()}
        for i, step in enumerate(found["step"]):
            known = [found[key][i] if key in found else "" for key in PATH_COLUMNS]
            yield [each.run, step, units[each.run], found["x"][i], found["y"][i], *known]


def write_rows(
    notes: Mapping[str, str], header: Sequence[str], rows: Iterable[Iterable[object]]
) -> bytes:
    """Return a CSV file that begins with notes."""
    text = io.StringIO()
    text.writelines(f"# {name}: {note}\r\n" for name, note in notes.items())
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([spell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def spell(value: object) -> str:
    """Return a number with as many digits as make it the same again."""
    return str(value.item() if isinstance(value, np.generic) else value)
