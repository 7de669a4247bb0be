"""Landscape format: the only interface between the offline job and the server.

A landscape is a folder of arrays (`storage.array_folder`) whose header is a `Manifest`. A damaged
landscape is reported with its reason and does not affect the others.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydantic_core import to_json

from descent_atlas.landscapes.manifest import Manifest, validate_manifest
from descent_atlas.landscapes.manifest_arrays import check_arrays
from descent_atlas.storage.array_folder import (
    ARRAYS,
    MANIFEST,
    SCHEMA,
    bound_size,
    parse_arrays,
    parse_header,
    write_folder,
)
from descent_atlas.storage.npz import Arrays, summarize
from descent_atlas.storage.regular_files import DamagedError, read_file
from descent_atlas.storage.sealed import SIZE_LIMIT

ID = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
"""Pattern of a landscape's id, which also names its folder. No id contains a path separator, and no
two ids name one folder on a file system that ignores case."""

ID_LENGTH = 100
"""Characters of an id, well below the 255 bytes that file systems allow for a name."""

LANDSCAPE_NUMBERS = 8 * 2**20
"""Limit on the numbers in a landscape's arrays: sixteen surfaces of 501 × 501 points, the finest
grid that a screen shows. As JSON they take 90 MB. The largest shipped landscape has 30,228."""


@dataclass(frozen=True)
class Landscape:
    """A landscape whose files match their hashes."""

    manifest: Manifest
    arrays: dict[str, NDArray[Any]]


def write_landscape(root: Path, manifest: Mapping[str, Any], arrays: Arrays) -> Path:
    """Write a landscape to `root`/id atomically, replacing an older one, and return that folder.

    `manifest` holds all fields of `Manifest` except `schema`, `arrays` and `sha256`, which this
    function fills in. Only one process may write an id at a time.

    Raises:
        ValueError: if the manifest is incomplete or not JSON, or an array is not numeric.
        OSError: if the write fails; an older landscape is then unchanged.
    """
    header = {"schema": SCHEMA, **manifest, "arrays": summarize(arrays), "sha256": ""}
    try:
        as_read = json.loads(json.dumps(header))
    except TypeError as error:
        raise ValueError(f"the manifest is not JSON: {error}") from error
    check_id(validate_manifest(as_read).id)
    folder = root / str(manifest["id"])
    write_folder(folder, manifest, arrays, limit=LANDSCAPE_NUMBERS)
    return folder


def read_landscape(folder: Path) -> Landscape:
    """Read and verify a landscape. Raises DamagedError."""
    return parse_landscape(folder, *read_files(folder))


def read_checked(folder: Path) -> Landscape:
    """Read and verify a landscape that can be listed and drawn. Raises DamagedError."""
    return parse_checked(folder, *read_files(folder))


def read_files(folder: Path) -> tuple[bytes, bytes]:
    """Return the bytes of a landscape's manifest and arrays, unverified. Raises DamagedError."""
    manifest = read_file(folder / MANIFEST, limit=SIZE_LIMIT)
    return manifest, read_file(folder / ARRAYS, limit=bound_size(LANDSCAPE_NUMBERS))


def is_incomplete(folder: Path) -> bool:
    """Tell whether a folder holds a landscape that is being computed, without verifying it."""
    try:
        header = json.loads(read_file(folder / MANIFEST, limit=SIZE_LIMIT))
    except (DamagedError, ValueError):
        return False
    return isinstance(header, dict) and header.get("complete") is False


def parse_landscape(folder: Path, manifest: bytes, arrays: bytes) -> Landscape:
    """Parse and verify the bytes of a landscape's two files. Raises DamagedError."""
    header = parse_header(folder / MANIFEST, manifest)
    checked = check_manifest(folder, header)
    found = parse_arrays(folder / ARRAYS, arrays, header, limit=LANDSCAPE_NUMBERS)
    return Landscape(checked, found)


def parse_checked(folder: Path, manifest: bytes, arrays: bytes) -> Landscape:
    """Parse and verify a landscape, and check that it can be listed and drawn.

    Raises:
        DamagedError: if any check fails.
    """
    try:
        landscape = parse_landscape(folder, manifest, arrays)
        check_arrays(landscape.manifest, landscape.arrays)
        to_json(landscape.manifest)  # fails for lone surrogates, which JSON may hold
    except (DamagedError, MemoryError):
        raise
    except ValueError as error:
        raise DamagedError(f"cannot be drawn: {error}", folder) from error
    except Exception as error:  # no damaged file may stop the others
        raise DamagedError(f"cannot be read: {error!r}", folder) from error
    return landscape


def check_manifest(folder: Path, header: Mapping[str, Any]) -> Manifest:
    """Validate the manifest of a landscape's folder. Raises DamagedError."""
    try:
        manifest = validate_manifest(header)
        check_id(manifest.id)
    except ValueError as error:
        raise DamagedError(f"cannot be read: {error}", folder / MANIFEST) from None
    if manifest.id != folder.name:
        raise DamagedError(f'belongs to the id "{manifest.id}"', folder / MANIFEST)
    return manifest


def check_id(id: str) -> None:
    """Raise ValueError unless a text is a valid id of a landscape."""
    if not ID.fullmatch(id) or len(id) > ID_LENGTH:
        raise ValueError(
            f"the id {id!r} is invalid: it should have at most {ID_LENGTH} characters, lower-case "
            "letters and digits, separated by single . _ or -"
        )
