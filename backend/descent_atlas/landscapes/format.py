"""Landscape files: the one seam between the offline job and the server.

A landscape is a directory of two files. `arrays.npz` holds numbers, NaN and infinity among them as
they were computed; `manifest.json`, written last, says what they are and carries their SHA-256 and
a seal over itself (`storage.sealed`). Nothing half-written can be taken for whole: a directory is
written under a hidden name, flushed to disk, then renamed. A damaged one is reported with its
reason, and harms no other.
"""

import contextlib
import errno
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray
from typing_extensions import TypedDict

from descent_atlas.storage.npz import Arrays, ArraysError, ArraySummary, pack, summarize, unpack
from descent_atlas.storage.sealed import SIZE_LIMIT, seal, unseal

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

LANDSCAPE_NUMBERS = 8 * 2**20
"""Numbers that a landscape's arrays may have together: sixteen surfaces of 501 × 501 points, the
finest grid that a screen shows. Travelling, they take 90 MB; the largest landscape that ships has
23,330."""

PART_NUMBERS = 2**32
"""Numbers that the arrays of a job's folder may have together: a plane's origin and directions,
for a network of a billion parameters."""

ARRAYS_OVERHEAD = 2 * 2**20
"""Bytes of a file of arrays beside its numbers: names and headers, and what numbers that cannot be
compressed grow by."""

TRANSIENT = {
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.EIO,
    errno.EINTR,
    errno.EAGAIN,
    errno.ESTALE,
    errno.ETIMEDOUT,
}
"""Errors of the machine at this moment, which say nothing of the file."""


class DamagedError(Exception):
    """A file that cannot be trusted: what is wrong, as the rest of a sentence about its path."""

    def __init__(self, fault: str, path: Path | None = None) -> None:
        self.fault, self.path = fault, path

    def __str__(self) -> str:
        return f"{self.path} {self.fault}" if self.path is not None else self.fault

    def relate(self, root: Path) -> str:
        """Return the sentence with the path as it is in a folder: the folder's own is left out."""
        if self.path is None:
            return self.fault
        return f"{os.path.relpath(self.path, root)} {self.fault}"


class TransientError(DamagedError):
    """A file that cannot be read at this moment, for an error of the machine."""


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


def write_landscape(root: Path, manifest: Mapping[str, Any], arrays: Arrays) -> Path:
    """Write a landscape to `root`/id, in place of an older one, and return that folder.

    One process at a time may write an id. Raises ValueError if the manifest is not complete or
    not JSON, or an array is not of numbers; OSError if the disk refuses, in which case an older
    landscape stays as it was.
    """
    check_fields({**manifest, "schema": SCHEMA})
    folder = root / str(manifest["id"])
    write_folder(folder, manifest, arrays, limit=LANDSCAPE_NUMBERS)
    return folder


def read_manifest(folder: Path) -> Manifest:
    """Read what a landscape says of itself, without its arrays. Raises DamagedError."""
    return parse_manifest(folder, read_file(folder / MANIFEST, limit=SIZE_LIMIT))


def read_landscape(folder: Path) -> Landscape:
    """Read and verify a landscape. Raises DamagedError."""
    return parse_landscape(folder, *read_files(folder))


def read_files(folder: Path) -> tuple[bytes, bytes]:
    """Read a landscape's manifest and arrays, as they are. Raises DamagedError."""
    manifest = read_file(folder / MANIFEST, limit=SIZE_LIMIT)
    return manifest, read_file(folder / ARRAYS, limit=bound_size(LANDSCAPE_NUMBERS))


def parse_landscape(folder: Path, manifest: bytes, arrays: bytes) -> Landscape:
    """Return the landscape that the two files of a folder hold, verified. Raises DamagedError."""
    header = parse_manifest(folder, manifest)
    path = folder / ARRAYS
    return Landscape(header, parse_arrays(path, arrays, header, limit=LANDSCAPE_NUMBERS))


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
        raise DamagedError(f"cannot be read: {error}", folder / MANIFEST) from None
    if manifest["id"] != folder.name:
        raise DamagedError(f'belongs to the id "{manifest["id"]}"', folder / MANIFEST)
    checked: Manifest = manifest
    return checked


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


def read_file(path: Path, *, limit: int) -> bytes:
    """Read a regular file whole. Raises DamagedError if it is none, missing, or over the limit."""
    try:
        # A pipe that nobody writes to would keep a blocking open waiting for good.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise DamagedError("is not a regular file", path)
            if found.st_size > limit:
                raise DamagedError(f"has {found.st_size:,} bytes, more than {limit:,}", path)
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(found.st_size)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise DamagedError("is missing", path) from None
    except OSError as error:
        raise describe_error(error, path) from error


def describe_error(error: OSError, path: Path) -> DamagedError:
    """Return the error to raise for one of the system's about a path."""
    kind = TransientError if error.errno in TRANSIENT else DamagedError
    return kind(f"cannot be read: {error.strerror}", path)


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
