"""The landscape format: the one seam between the offline job and the server.

A landscape is a folder of arrays (`storage.array_folder`) whose header is a `Manifest`. A damaged
one is reported with its reason and affects no other.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydantic_core import to_json

from descent_atlas.landscapes.manifest import Manifest, check_arrays, validate_manifest
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
"""What names a landscape and its directory: none leaves its parent, none folds with another."""

ID_LENGTH = 100
"""Characters of an id, well under the 255 bytes that file systems give a name."""

LANDSCAPE_NUMBERS = 8 * 2**20
"""Numbers that a landscape's arrays may have together: sixteen surfaces of 501 × 501 points, the
finest grid that a screen shows. Travelling, they take 90 MB; the largest landscape that ships has
23,330."""


@dataclass(frozen=True)
class Landscape:
    """A landscape whose files were compared with their hashes."""

    manifest: Manifest
    arrays: dict[str, NDArray[Any]]


def write_landscape(root: Path, manifest: Mapping[str, Any], arrays: Arrays) -> Path:
    """Write a landscape to `root`/id, in place of an older one, and return that folder.

    `manifest` holds the fields of `Manifest` but `schema`, `arrays` and `sha256`, which are filled
    in here. One process at a time may write an id.

    Raises:
        ValueError: if the manifest is not complete or not JSON, or an array is not of numbers.
        OSError: if the disk refuses; an older landscape stays as it was.
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
    """Read a landscape and check all that it takes to list and draw it. Raises DamagedError."""
    return parse_checked(folder, *read_files(folder))


def read_files(folder: Path) -> tuple[bytes, bytes]:
    """Read a landscape's manifest and arrays, as they are. Raises DamagedError."""
    manifest = read_file(folder / MANIFEST, limit=SIZE_LIMIT)
    return manifest, read_file(folder / ARRAYS, limit=bound_size(LANDSCAPE_NUMBERS))


def parse_landscape(folder: Path, manifest: bytes, arrays: bytes) -> Landscape:
    """Return the landscape that a folder's two files hold, verified. Raises DamagedError."""
    header = parse_header(folder / MANIFEST, manifest)
    checked = check_manifest(folder, header)
    found = parse_arrays(folder / ARRAYS, arrays, header, limit=LANDSCAPE_NUMBERS)
    return Landscape(checked, found)


def parse_checked(folder: Path, manifest: bytes, arrays: bytes) -> Landscape:
    """Return the landscape of two files, if it can be listed and drawn. Raises DamagedError."""
    try:
        landscape = parse_landscape(folder, manifest, arrays)
        check_arrays(landscape.manifest, landscape.arrays)
        to_json(landscape.manifest)  # fails for halves of characters, which a file's JSON may hold
    except (DamagedError, MemoryError):
        raise
    except ValueError as error:
        raise DamagedError(f"cannot be drawn: {error}", folder) from error
    except Exception as error:  # whatever is in a folder, the others are served
        raise DamagedError(f"cannot be read: {error!r}", folder) from error
    return landscape


def check_manifest(folder: Path, header: Mapping[str, Any]) -> Manifest:
    """Return the manifest that a landscape's folder holds. Raises DamagedError."""
    try:
        manifest = validate_manifest(header)
        check_id(manifest.id)
    except ValueError as error:
        raise DamagedError(f"cannot be read: {error}", folder / MANIFEST) from None
    if manifest.id != folder.name:
        raise DamagedError(f'belongs to the id "{manifest.id}"', folder / MANIFEST)
    return manifest


def check_id(id: str) -> None:
    """Raise ValueError unless a text can name a landscape and its directory."""
    if not ID.fullmatch(id) or len(id) > ID_LENGTH:
        raise ValueError(
            f"the id {id!r} is not made of small letters and digits, joined by single . _ or -, "
            f"with at most {ID_LENGTH} characters"
        )
