"""Landscape files: the one seam between the offline job and the server.

A landscape is a directory of two files. `arrays.npz` holds numbers, NaN and infinity among them as
they were computed; `manifest.json`, written last, says what they are and carries their SHA-256 and
a seal over itself (`backend.sealed`). Nothing half-written can be taken for whole: a directory is
written under a hidden name, flushed to disk, then renamed. A damaged one is reported with its
reason, and harms no other.
"""

import contextlib
import hashlib
import io
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict

from backend.sealed import seal, unseal

SCHEMA = 2
"""The format's version. It rises when an older reader could misread what a newer job writes, or a
newer one has to ask for more: since 2, a manifest carries a seal."""

SEALED = 2
"""The first schema whose manifests are sealed."""

ID = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
"""What names a landscape and its directory: none leaves its parent, none folds with another."""

ID_LENGTH = 100
"""Characters of an id, well under the 255 bytes that file systems give a name."""

ARRAYS, MANIFEST = "arrays.npz", "manifest.json"

Arrays = Mapping[str, NDArray[Any]]


class DamagedError(Exception):
    """A landscape that cannot be trusted; the message names the file and what is wrong with it."""


class ArraySummary(TypedDict):
    """An array's type, as NumPy spells it, and shape."""

    dtype: str
    shape: list[int]


class Manifest(TypedDict):
    """What a landscape's arrays are. JSON has no NaN: what is not finite stands in the arrays.

    `kind` is "landscape" (a plane with surfaces and trajectories) or "table" (accuracies of runs);
    in a table `plane` and `grid` are None. `shows` is a sentence on what to see, `figures` are the
    paper's. `key` is a SHA-256 of all that the landscape was computed from. `schema`, `arrays` and
    `sha256` are filled in by `write_landscape`, which also seals the file.
    """

    schema: int
    id: str
    kind: Literal["landscape", "table"]
    title: str
    shows: str
    figures: list[str]
    dataset: dict[str, Any]
    network: dict[str, Any]
    runs: list[dict[str, Any]]
    plane: dict[str, Any] | None
    grid: dict[str, Any] | None
    surfaces: list[dict[str, Any]]
    trajectories: list[dict[str, Any]]
    arrows: list[dict[str, Any]]
    results: dict[str, Any]
    seeds: dict[str, Any]
    versions: dict[str, str]
    key: str
    arrays: dict[str, ArraySummary]
    sha256: str


FIELDS: dict[str, type | tuple[type, ...]] = {
    "id": str,
    "kind": str,
    "title": str,
    "shows": str,
    "figures": list,
    "dataset": dict,
    "network": dict,
    "runs": list,
    "plane": (dict, type(None)),
    "grid": (dict, type(None)),
    "surfaces": list,
    "trajectories": list,
    "arrows": list,
    "results": dict,
    "seeds": dict,
    "versions": dict,
    "key": str,
}
"""What a manifest must hold beside `schema`, `arrays` and `sha256`, and of which JSON type."""


@dataclass(frozen=True)
class Landscape:
    """A landscape whose arrays have been compared with their SHA-256."""

    manifest: Manifest
    arrays: dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Damaged:
    """A directory that looks like a landscape and is none, with the reason."""

    folder: Path
    reason: str


def write_landscape(root: Path, manifest: Mapping[str, Any], arrays: Arrays) -> Path:
    """Write a landscape to `root`/id, in place of an older one, and return that folder.

    One process at a time may write an id. Raises ValueError if the manifest is not complete or
    not JSON, or an array is not of numbers; OSError if the disk refuses, in which case an older
    landscape stays as it was.
    """
    check_fields({**manifest, "schema": SCHEMA})
    folder = root / str(manifest["id"])
    write_folder(folder, manifest, arrays)
    return folder


def read_manifest(folder: Path) -> Manifest:
    """Read what a landscape says of itself, without its arrays. Raises DamagedError."""
    return parse_manifest(folder, read_file(folder / MANIFEST))


def read_landscape(folder: Path) -> Landscape:
    """Read and verify a landscape. Raises DamagedError."""
    manifest = read_manifest(folder)
    return Landscape(manifest, read_arrays(folder, manifest))


def parse_landscape(folder: Path, manifest: bytes, arrays: bytes) -> Landscape:
    """Return the landscape that the two files of a folder hold, verified. Raises DamagedError."""
    header = parse_manifest(folder, manifest)
    return Landscape(header, parse_arrays(folder / ARRAYS, arrays, header))


def check_id(id: str) -> None:
    """Raise ValueError unless a text can name a landscape and its directory."""
    if not ID.fullmatch(id) or len(id) > ID_LENGTH:
        raise ValueError(
            f"the id {id!r} is not made of small letters and digits, joined by single . _ or -, "
            f"with at most {ID_LENGTH} characters"
        )


def check_fields(manifest: Mapping[str, Any]) -> None:
    """Raise ValueError unless a manifest is one this version reads, with every field."""
    check_schema(manifest.get("schema"))
    for name, kind in FIELDS.items():
        if name not in manifest:
            raise ValueError(f'the field "{name}" is missing')
        if not isinstance(manifest[name], kind):
            raise ValueError(f'the field "{name}" is a {type(manifest[name]).__name__}')
    check_id(manifest["id"])
    if manifest["kind"] not in ("landscape", "table"):
        raise ValueError(f'"{manifest["kind"]}" is no kind of landscape')


def check_schema(schema: Any) -> None:
    """Raise ValueError unless this version reads a schema."""
    if type(schema) is not int or schema < 1:
        raise ValueError(f"{schema!r} is not a schema version")
    if schema > SCHEMA:
        raise ValueError(
            f"schema {schema} is newer than {SCHEMA}, the newest this version reads: update it"
        )


def parse_manifest(folder: Path, data: bytes) -> Manifest:
    """Return the manifest that a landscape's folder holds. Raises DamagedError."""
    manifest: Any = parse_header(folder / MANIFEST, data)
    try:
        check_fields(manifest)
    except ValueError as error:
        raise DamagedError(f"{folder / MANIFEST}: {error}") from None
    if manifest["id"] != folder.name:
        raise DamagedError(f'{folder / MANIFEST} belongs to the id "{manifest["id"]}"')
    checked: Manifest = manifest
    return checked


def write_folder(folder: Path, header: Mapping[str, Any], arrays: Arrays) -> None:
    """Write arrays with a header, whole or not at all, in place of what was there.

    The header gets the fields `schema`, `arrays`, their types and shapes, and `sha256`, that of
    their file, and is sealed. Killed at any instant, this leaves the old folder, the new one, or
    none under its name; what it leaves under hidden names is removed by the next call. Raises
    ValueError and OSError as `write_landscape` does.
    """
    data = pack_arrays(arrays)
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


def read_folder(folder: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read and verify what `write_folder` wrote. Raises DamagedError."""
    header = read_header(folder)
    return header, read_arrays(folder, header)


def read_header(folder: Path) -> dict[str, Any]:
    """Read a folder's manifest. Raises DamagedError if it is missing or no JSON object."""
    return parse_header(folder / MANIFEST, read_file(folder / MANIFEST))


def read_arrays(folder: Path, header: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Read a folder's arrays and compare them with its header. Raises DamagedError."""
    return parse_arrays(folder / ARRAYS, read_file(folder / ARRAYS), header)


def read_file(path: Path) -> bytes:
    """Read a file whole. Raises DamagedError if it is missing or cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DamagedError(f"{path} is missing") from None
    except OSError as error:
        raise DamagedError(f"{path} cannot be read: {error.strerror}") from error


def parse_header(path: Path, data: bytes) -> dict[str, Any]:
    """Return what a manifest's file holds, its seal verified. Raises DamagedError."""
    try:
        header = unseal(data, sealed_since=SEALED)
        check_schema(header.get("schema", 1))  # a job's folders named none before they were sealed
    except ValueError as error:
        raise DamagedError(f"{path}: {error}") from error
    return header


def parse_arrays(path: Path, data: bytes, header: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file, compared with their header. Raises DamagedError."""
    if hashlib.sha256(data).hexdigest() != header.get("sha256"):
        raise DamagedError(f"{path} ({len(data)} bytes) does not have the SHA-256 of its manifest")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise DamagedError(f"{path} holds no arrays: {error}") from error
    if summarize(arrays) != header.get("arrays"):
        raise DamagedError(f"{path} does not hold the arrays that its manifest names")
    return arrays


def summarize(arrays: Arrays) -> dict[str, ArraySummary]:
    """Return the types and shapes of arrays, as a header tells of them."""
    return {name: {"dtype": a.dtype.str, "shape": list(a.shape)} for name, a in arrays.items()}


def pack_arrays(arrays: Arrays) -> bytes:
    """Return arrays as the bytes of an .npz file: equal arrays, equal bytes."""
    for name, array in arrays.items():
        if array.dtype.kind not in "biuf":
            raise ValueError(f'the array "{name}" is of {array.dtype}, not of numbers')
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **dict(arrays))
    return file.getvalue()


def write_file(path: Path, *parts: Any) -> None:
    """Write parts (bytes or contiguous buffers) to a file and wait until it is on the disk."""
    with path.open("wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Wait until a folder's entries are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def temporary_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside another, hidden; remove it if it was not renamed."""
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}~", dir=folder.parent))
    fresh.chmod(0o755)  # what mkdtemp makes is for its owner alone
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def replace_folder(folder: Path, fresh: Path) -> None:
    """Give a folder the place of another. Between two renames there is none for an instant."""
    with temporary_folder(folder) as old:
        if folder.exists():
            folder.rename(old / folder.name)
        try:
            fresh.rename(folder)
        except OSError:
            with contextlib.suppress(FileNotFoundError):
                (old / folder.name).rename(folder)
            raise
    flush_folder(folder.parent)
