"""Verified landscapes, whose files and numbers are in memory or read again from the disk.

A folder of ten thousand landscapes does not fit into memory. What lists need of each stays there
(`catalog_rows`); the contents of those that were not used for longest are dropped, and read and
verified again when somebody asks for them. They are not mapped into memory: whoever shortens a
mapped file ends the process that reads it, and a response holds each number encoded anyway.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from descent_atlas.landscapes.catalog_rows import CatalogRow, make_row
from descent_atlas.landscapes.format import Landscape, parse_checked, read_files
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST
from descent_atlas.storage.regular_files import DamagedError, TransientError

HELD_BYTES = 256 * 2**20
"""Limit on the estimated bytes of all contents in memory. Those that ship fit into it, which a test
holds. A single landscape may exceed it: the largest that is accepted takes 500 MB."""

PARSED_MANIFEST = 20
"""Largest ratio of a manifest's size in memory, parsed, to its size as JSON."""

ENCODED_ARRAYS = 10 / 3
"""Ratio of the size of the responses made from arrays to that of the numbers in them: as base64,
4/3, and compressed in two ways, each of which takes at most as much as the numbers."""

SENT_BYTES = {"f": 8, "b": 1, "i": 4, "u": 4}
"""Bytes of a number in a response, by NumPy's letter for its kind. Files may have shorter ones."""

VERSION_LENGTH = 16
"""Hexadecimal digits of a version: enough to tell the states of one landscape apart."""

PROGRAM = version("descent-atlas").encode()


class ReplacedError(DamagedError):
    """A landscape whose files are no longer those that were verified."""


@dataclass(frozen=True, eq=False)
class Content:
    """A landscape with the bytes of its two files.

    `derived` caches what callers compute from it, under names of their own.
    """

    landscape: Landscape
    files: Mapping[str, bytes]
    derived: dict[str, Any] = field(default_factory=dict)

    def estimate_bytes(self) -> int:
        """Return how much memory it takes with all that is derived from it."""
        found = self.landscape.arrays.values()
        numbers = sum(array.nbytes for array in found)
        sent = sum(array.size * SENT_BYTES[array.dtype.kind] for array in found)
        manifest, arrays = (len(self.files[name]) for name in (MANIFEST, ARRAYS))
        responses = round(sent * ENCODED_ARRAYS)
        return manifest * (2 + PARSED_MANIFEST) + arrays + numbers + responses


class Stored:
    """A verified landscape in a folder.

    `version` changes with its files and with the version of the program.
    """

    def __init__(self, folder: Path, row: CatalogRow, version: str, content: Content) -> None:
        self.folder, self.row, self.version = folder, row, version
        self._content: Content | None = content
        self._memory: ContentMemory | None = None

    @property
    def held(self) -> Content | None:
        """The content if it is in memory, else None."""
        return self._content

    @property
    def content(self) -> Content:
        """The content, of this version, which is read if it is not in memory.

        Raises:
            ReplacedError: if the folder now has files of another version.
            DamagedError: if the files cannot be read.
        """
        content = self._content
        if content is None:
            content = self._read()
        if self._memory is not None:
            self._memory.keep(self, content)
        return content

    @property
    def landscape(self) -> Landscape:
        """The landscape, as `content` has it."""
        return self.content.landscape

    @property
    def files(self) -> Mapping[str, bytes]:
        """The bytes of the two files by name, as `content` has them."""
        return self.content.files

    def keep_in(self, memory: "ContentMemory") -> None:
        """Let a memory decide how long the content stays."""
        self._memory = memory
        if self._content is not None:
            memory.keep(self, self._content)

    def hold(self, content: Content | None) -> None:
        """Keep a content, or drop it. Only a memory calls this."""
        self._content = content

    def _read(self) -> Content:
        try:
            manifest, arrays = read_files(self.folder)
        except TransientError:
            raise
        except DamagedError as error:
            raise ReplacedError(error.fault, error.path) from error
        if hash_version(manifest, arrays) != self.version:
            raise ReplacedError("was replaced", self.folder)
        try:
            return make_content(self.folder, manifest, arrays)
        except MemoryError as error:
            fault = "cannot be read: there is not enough memory"
            raise TransientError(fault, self.folder) from error


class ContentMemory:
    """The contents in memory, of which those not used for longest are dropped. Thread-safe."""

    def __init__(self, limit: int = HELD_BYTES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._sizes: OrderedDict[Stored, int] = OrderedDict()
        self._total = 0

    @property
    def total(self) -> int:
        """The estimated bytes of all contents."""
        return self._total

    def keep(self, stored: Stored, content: Content) -> None:
        """Keep a content that is being used, and drop others beyond the limit."""
        with self._lock:
            if stored in self._sizes:
                self._sizes.move_to_end(stored)
            else:
                self._sizes[stored] = content.estimate_bytes()
                self._total += self._sizes[stored]
            stored.hold(content)
            while self._total > self._limit and len(self._sizes) > 1:
                other, size = self._sizes.popitem(last=False)
                self._total -= size
                other.hold(None)


def load(folder: Path) -> Stored:
    """Read and verify a landscape. Raises DamagedError."""
    manifest, arrays = read_files(folder)
    content = make_content(folder, manifest, arrays)
    try:
        row = make_row(content.landscape)
    except Exception as error:  # no damaged file may stop the others
        raise DamagedError(f"cannot be listed: {error!r}", folder) from error
    return Stored(folder, row, hash_version(manifest, arrays), content)


def make_content(folder: Path, manifest: bytes, arrays: bytes) -> Content:
    """Parse and verify the bytes of a landscape's files. Raises DamagedError."""
    landscape = parse_checked(folder, manifest, arrays)
    return Content(landscape, {MANIFEST: manifest, ARRAYS: arrays})


def hash_version(*parts: bytes) -> str:
    """Return a version: a hash of some bytes and of the program's version."""
    hashes = [hashlib.sha256(part).digest() for part in (PROGRAM, *parts)]
    return hashlib.sha256(b"".join(hashes)).hexdigest()[:VERSION_LENGTH]
