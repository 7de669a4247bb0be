"""Folders of arrays with a sealed header: landscapes, and the parts that they are made from.

`arrays.npz` holds the numbers, NaN and infinity among them as they were computed. `manifest.json`,
written last, says what they are and carries their SHA-256 and a seal over itself
(`storage.sealed`). A folder is written under a hidden name, flushed to disk, then renamed, so that
nothing half-written can be taken for complete.
"""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from descent_atlas.storage.durable import (
    flush_folder,
    replace_folder,
    temporary_folder,
    write_file,
)
from descent_atlas.storage.npz import Arrays, ArraysError, pack, summarize, unpack
from descent_atlas.storage.regular_files import DamagedError, read_file
from descent_atlas.storage.sealed import SIZE_LIMIT, seal, unseal

SCHEMA = 3
"""The format's version. It rises when an older reader could misread what a newer job writes or
would miss something, or a newer one requires more: since 2, a manifest carries a seal; since 3,
trajectories are measured about their own ends."""

SEALED = 2
"""The first schema whose manifests are sealed."""

ARRAYS, MANIFEST = "arrays.npz", "manifest.json"

PART_NUMBERS = 2**32
"""Numbers that the arrays of a job's folder may have together: a plane's origin and directions,
for a network of a billion parameters."""

ARRAYS_OVERHEAD = 2 * 2**20
"""Bytes of a file of arrays beside its numbers: names and headers, and what numbers that cannot be
compressed grow by."""


def write_folder(
    folder: Path, header: Mapping[str, Any], arrays: Arrays, *, limit: int = PART_NUMBERS
) -> None:
    """Write arrays with a header, whole or not at all, in place of what was there.

    `limit` is how many numbers all arrays may have together. The header gets the fields `schema`,
    `arrays`, their types and shapes, and `sha256`, that of their file, and is sealed. Killed at
    any instant, this leaves the old folder, the new one, or none under its name; what it leaves
    under hidden names is removed by the next call. Raises ValueError and OSError as
    `write_landscape` does.
    """
    data = pack(arrays, limit=limit)
    sha256 = hashlib.sha256(data).hexdigest()
    text = seal({"schema": SCHEMA, **header, "arrays": summarize(arrays), "sha256": sha256})
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f".{folder.name}~*"):
        shutil.rmtree(left)
    with temporary_folder(folder) as fresh:
        write_file(fresh / ARRAYS, data)
        write_file(fresh / MANIFEST, text)
        flush_folder(fresh)
        replace_folder(folder, fresh)


def read_folder(
    folder: Path, *, limit: int = PART_NUMBERS
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read and verify what `write_folder` wrote. Raises DamagedError."""
    header = parse_header(folder / MANIFEST, read_file(folder / MANIFEST, limit=SIZE_LIMIT))
    data = read_file(folder / ARRAYS, limit=bound_size(limit))
    return header, parse_arrays(folder / ARRAYS, data, header, limit=limit)


def bound_size(numbers: int) -> int:
    """Return the most bytes of a file with some numbers."""
    return 8 * numbers + ARRAYS_OVERHEAD


def parse_header(path: Path, data: bytes) -> dict[str, Any]:
    """Return what a manifest's file holds, its seal verified. Raises DamagedError."""
    try:
        header = unseal(data, sealed_since=SEALED)
        check_schema(header.get("schema", 1))  # a job's folders named none before they were sealed
    except ValueError as error:
        raise DamagedError(f"cannot be read: {error}", path) from error
    return header


def parse_arrays(
    path: Path, data: bytes, header: Mapping[str, Any], *, limit: int
) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file, compared with their header. Raises DamagedError."""
    if hashlib.sha256(data).hexdigest() != header.get("sha256"):
        raise DamagedError(f"({len(data)} bytes) does not have the SHA-256 of its manifest", path)
    try:
        return unpack(data, header.get("arrays"), limit=limit)
    except ArraysError as error:
        raise DamagedError(str(error), path) from error


def check_schema(schema: Any) -> None:
    """Raise ValueError unless this version reads a schema."""
    if type(schema) is not int or schema < 1:
        raise ValueError(f"{schema!r} is not a schema version")
    if schema > SCHEMA:
        raise ValueError(
            f"schema {schema} is newer than {SCHEMA}, the newest this version reads: update it"
        )
