"""Folders of arrays with a sealed header: landscapes, and the parts that they are assembled from.

`arrays.npz` holds the arrays, with NaN and infinity unchanged. `manifest.json`, written last,
describes them; it contains the SHA-256 of `arrays.npz` and a seal (`storage.sealed`). A folder is
written under a hidden name, flushed to disk, then renamed, so that readers never see a partial
write.
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
from descent_atlas.storage.fencing import check_fence
from descent_atlas.storage.npz import Arrays, ArraysError, pack, summarize, unpack
from descent_atlas.storage.regular_files import DamagedError, read_file
from descent_atlas.storage.sealed import SIZE_LIMIT, seal, unseal

SCHEMA = 4
"""Version of the format. It increases when an older reader could misread new files, or lacks what
it requires, or when a new reader requires more: since version 2, a manifest has a seal; since
version 3, trajectories are measured about their own ends; since version 4, metrics have names."""

SEALED = 2
"""The first schema whose manifests are sealed."""

ARRAYS, MANIFEST = "arrays.npz", "manifest.json"

PART_NUMBERS = 2**32
"""Limit on the numbers in a folder of the job: a plane's origin and directions for a network of a
billion parameters."""

ARRAYS_OVERHEAD = 2 * 2**20
"""Limit on the bytes of `arrays.npz` beyond its numbers: names, headers, and the growth of data
that cannot be compressed."""


def write_folder(
    folder: Path, header: Mapping[str, Any], arrays: Arrays, *, limit: int = PART_NUMBERS
) -> None:
    """Write arrays with a sealed header to a folder atomically, replacing what is there.

    `limit` bounds the numbers in all arrays together. This function adds the fields `schema`,
    `arrays` (types and shapes) and `sha256` (of `arrays.npz`) to the header. If the process is
    killed, `folder` is the old one, the new one, or missing; the next call removes the temporary
    folders.

    Raises:
        ValueError: if the header is not JSON, or an array is not numeric or too large.
        OSError: if the write fails; an older folder is then unchanged.
    """
    data = pack(arrays, limit=limit)
    sha256 = hashlib.sha256(data).hexdigest()
    text = seal({"schema": SCHEMA, **header, "arrays": summarize(arrays), "sha256": sha256})
    check_fence()
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
    """Read and verify a folder that `write_folder` wrote. Raises DamagedError."""
    header = parse_header(folder / MANIFEST, read_file(folder / MANIFEST, limit=SIZE_LIMIT))
    data = read_file(folder / ARRAYS, limit=bound_size(limit))
    return header, parse_arrays(folder / ARRAYS, data, header, limit=limit)


def bound_size(numbers: int) -> int:
    """Return the largest size in bytes of `arrays.npz` with this many numbers."""
    return 8 * numbers + ARRAYS_OVERHEAD


def parse_header(path: Path, data: bytes) -> dict[str, Any]:
    """Parse a manifest and verify its seal and schema. Raises DamagedError."""
    try:
        header = unseal(data, sealed_since=SEALED)
        check_schema(header.get("schema", 1))  # the job's folders had no schema before version 2
    except ValueError as error:
        raise DamagedError(f"cannot be read: {error}", path) from error
    return header


def parse_arrays(
    path: Path, data: bytes, header: Mapping[str, Any], *, limit: int
) -> dict[str, NDArray[Any]]:
    """Parse `arrays.npz` and verify it against its header. Raises DamagedError."""
    if hashlib.sha256(data).hexdigest() != header.get("sha256"):
        raise DamagedError(f"({len(data)} bytes) does not have the SHA-256 of its manifest", path)
    try:
        return unpack(data, header.get("arrays"), limit=limit)
    except ArraysError as error:
        raise DamagedError(str(error), path) from error


def check_schema(schema: Any) -> None:
    """Raise ValueError unless this version of the program supports a schema."""
    if type(schema) is not int or schema < 1:
        raise ValueError(f"{schema!r} is not a schema version")
    if schema > SCHEMA:
        raise ValueError(
            f"schema {schema} is newer than {SCHEMA}, the newest this version reads: update it"
        )
