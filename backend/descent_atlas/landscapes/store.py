"""Store of folders of landscapes: verified, and read again when files change.

Other processes may write to the folders at any time: the offline job, a copy command, a person.
Every landscape that the store returns has a manifest and arrays of the same write, compared by
hash. A folder that fails a check is returned as damaged, with the reason.
"""

import logging
import math
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from descent_atlas.landscapes.catalog_order import choose_served_id
from descent_atlas.landscapes.stored import (
    HELD_BYTES,
    ContentMemory,
    ReplacedError,
    Stored,
    hash_version,
    load,
)
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST
from descent_atlas.storage.regular_files import (
    TRANSIENT,
    DamagedError,
    TransientError,
    describe_error,
    printable,
)

logger = logging.getLogger(__name__)

SCAN_INTERVAL = 1.0
"""Seconds between two scans of the folder: a change is visible within two."""

SCAN_SHARE = 0.25
"""Largest share of the time that scans may take: after a slow scan, the interval is longer."""

MAX_LOGGED = 10
"""Faults that one scan logs line by line; a last line counts the others."""

ATTEMPTS, RETRY_SECONDS = 10, 0.01
"""Attempts to read a landscape that is being replaced, and the seconds between two of them.
A replacement renames twice; for the microseconds in between, the folder is missing."""

TIMESTAMP_RESOLUTION = 2.0
"""Seconds: the coarsest timestamps of a file system in use. Two changes within this time may have
the same timestamp."""

Signature = tuple[tuple[int, ...] | None, ...]
"""Fields of `stat` for a landscape's folder and its two files; None for a missing one."""

Result = TypeVar("Result")
"""What a function makes of a snapshot."""


@dataclass(frozen=True)
class Damaged:
    """A folder that fails a check; `reason` has paths relative to the root.

    `id` is the folder's name.
    """

    id: str
    reason: str


@dataclass(frozen=True, eq=False)
class Contents:
    """Snapshot of some folders of landscapes.

    `landscapes` maps the ids under which landscapes are served to them, folder by folder in the
    paper's order; `folders` maps the same ids to the folders' numbers, from 0. `version` changes
    with any of them.
    """

    landscapes: Mapping[str, Stored]
    damaged: tuple[Damaged, ...]
    version: str
    folders: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CacheEntry:
    """Result of reading one folder.

    The entry is valid while the folder has this `signature`; with None, the next scan reads the
    folder again. `read_error` says why the last scan could not read the folder and kept `found`.
    """

    found: Stored | Damaged
    signature: Signature | None
    read_error: str = ""


class LandscapeStore:
    """Thread-safe store of the landscapes in some folders.

    A missing folder counts as empty, and is read once it exists.
    """

    def __init__(self, *folders: Path, held_bytes: int = HELD_BYTES) -> None:
        self.folders = list_once(folders)
        self.memory = ContentMemory(held_bytes)
        self._lock = threading.Lock()
        self._entries: list[dict[str, CacheEntry]] = [{} for _ in self.folders]
        self._contents = Contents({}, (), "")
        self._next_scan = -math.inf

    @property
    def fresh(self) -> Contents | None:
        """The last snapshot, or None if the next scan is due."""
        return self._contents if time.monotonic() < self._next_scan else None

    def read(self) -> Contents:
        """Return a snapshot of the folders; scan them first if a scan is due.

        A scan reads and verifies only what has changed.
        """
        with self._lock:
            contents = self.fresh
            if contents is None:
                began = time.monotonic()
                contents = self._contents = self._scan()
                taken = time.monotonic() - began
                self._next_scan = began + max(SCAN_INTERVAL, taken / SCAN_SHARE)
            return contents

    def use(self, work: Callable[[Contents], Result]) -> Result:
        """Return what a function makes of a snapshot whose contents it reads.

        A landscape that is not in memory may have been replaced since the last scan. Then the
        folders are scanned and the function is called again.

        Raises:
            DamagedError: if files cannot be read now, or change in every attempt.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                return work(self.read())
            except ReplacedError:
                time.sleep(RETRY_SECONDS)
                with self._lock:
                    self._next_scan = -math.inf
        return work(self.read())

    def _scan(self) -> Contents:
        before = self._entries
        self._entries = scan_folders(self.folders, before, self.memory)
        for folder, last, entries in zip(self.folders, before, self._entries, strict=True):
            log_faults(folder, last, entries)
        if self._contents.version and list_found(before) == list_found(self._entries):
            return self._contents
        contents = make_contents(self._entries)
        return self._contents if contents.version == self._contents.version else contents


def list_found(scanned: Sequence[Mapping[str, CacheEntry]]) -> list[dict[str, Stored | Damaged]]:
    """Return what scans have found, by folders and names."""
    return [{name: entry.found for name, entry in entries.items()} for entries in scanned]


def list_once(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Return the absolute paths of some folders, each of them once."""
    return tuple(dict.fromkeys(folder.absolute() for folder in folders))


def read_once(folders: Sequence[Path]) -> Contents:
    """Return a snapshot of some folders, as `list_once` returns them, and log nothing."""
    return make_contents(scan_folders(folders, [{} for _ in folders], ContentMemory()))


def scan_folders(
    folders: Sequence[Path], before: Sequence[Mapping[str, CacheEntry]], memory: ContentMemory
) -> list[dict[str, CacheEntry]]:
    """Return the cache entries of some folders, given those of the last scan."""
    return [scan_folder(*pair, memory) for pair in zip(folders, before, strict=True)]


def scan_folder(
    root: Path, before: Mapping[str, CacheEntry], memory: ContentMemory
) -> dict[str, CacheEntry]:
    """Return the cache entries of a folder of landscapes by name, given those of the last scan.

    `memory` decides which contents stay in memory.

    Skip files and hidden folders. Retry names that have disappeared: they may be being replaced.
    After a transient error, keep the entries of the last scan.
    """
    try:
        names = list_candidates(root)
        names |= wait_for_replacements(root, before.keys() - names)
    except DamagedError as error:
        if isinstance(error, TransientError) and before:
            return {name: replace(entry, read_error=str(error)) for name, entry in before.items()}
        name = get_public_name(root)
        return {name: CacheEntry(Damaged(name, f"{name} {error.fault}"), None)}
    entries: dict[str, CacheEntry] = {}
    for name in sorted(names):
        entry = refresh_entry(root / name, before.get(name))
        if entry is None:
            continue
        entries[name] = entry
        if isinstance(entry.found, Stored) and entry is not before.get(name):
            entry.found.keep_in(memory)
    return entries


def get_public_name(root: Path) -> str:
    """Return the name of a folder of landscapes without its path, which clients must not see."""
    return root.name or str(root)


def list_candidates(root: Path) -> set[str]:
    """Return the names of the visible folders in a folder; none if it is missing.

    Raises:
        DamagedError: if the folder cannot be read.
    """
    try:
        with os.scandir(root) as entries:
            return {entry.name for entry in entries if is_candidate(entry)}
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise describe_error(error, root) from error


def is_candidate(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a visible folder. Raises OSError for a transient error."""
    try:
        return not entry.name.startswith(".") and entry.is_dir()
    except OSError as error:  # a symbolic link in a loop, or into a folder without permission
        if error.errno in TRANSIENT:
            raise
        return False


def wait_for_replacements(root: Path, missing: set[str]) -> set[str]:
    """Return which of the missing folders exist again within `ATTEMPTS` attempts.

    All are awaited together, so that the wait does not grow with their number.
    """
    back: set[str] = set()
    for _ in range(ATTEMPTS):
        if back == missing:
            break
        time.sleep(RETRY_SECONDS)
        back |= {name for name in missing - back if is_folder(stat_path(os.fspath(root / name)))}
    return back


def refresh_entry(folder: Path, before: CacheEntry | None) -> CacheEntry | None:
    """Return the entry of a folder, given that of the last scan; None if the folder is gone.

    Read again while the files change during the read. If they change in every attempt, return the
    landscape of the last scan, under its own version.
    """
    known = before.found if before is not None and isinstance(before.found, Stored) else None
    signatures = set()
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(RETRY_SECONDS)
        try:
            signature = make_signature(folder)
            signatures.add(signature)
            if not is_folder(signature[0]):
                continue
            if before is not None and before.signature == signature:
                return replace(before, read_error="") if before.read_error else before
            reliable = is_reliable(signature)
            found = load_or_describe(folder)
            if isinstance(found, Damaged) and make_signature(folder) != signature:
                continue
        except TransientError as error:
            if before is not None:
                return replace(before, read_error=str(error))
            return CacheEntry(Damaged(folder.name, error.describe_relative(folder.parent)), None)
        if known is not None and isinstance(found, Stored) and known.version == found.version:
            found = known
        return CacheEntry(found, signature if reliable else None)
    if len(signatures) == 1:
        return None
    being_written = Damaged(folder.name, f"{folder.name} is being written")
    return CacheEntry(known or being_written, None)


def make_signature(folder: Path) -> Signature:
    """Return a landscape's signature, which changes when its files do, without reading them.

    Raises:
        TransientError: if `stat` fails for a reason that is not the file's.
    """
    name = os.fspath(folder)  # of ten thousand paths, joining takes longer than asking the system
    return tuple(map(stat_path, (name, f"{name}/{MANIFEST}", f"{name}/{ARRAYS}")))


def stat_path(path: str) -> tuple[int, ...] | None:
    """Return the fields of `stat` that change with a file; None if it is missing.

    Raises:
        TransientError: if `stat` fails for a reason that is not the file's.
    """
    try:
        found = os.stat(path)  # noqa: PTH116  # three times as fast as a Path's
    except OSError as error:
        if error.errno in TRANSIENT:
            raise describe_error(error, Path(path)) from error
        return None
    return (
        found.st_mode,
        found.st_dev,
        found.st_ino,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
    )


def is_folder(fields: tuple[int, ...] | None) -> bool:
    """Tell whether the fields of `stat_path` are those of a folder."""
    return fields is not None and stat.S_ISDIR(fields[0])


def is_reliable(signature: Signature) -> bool:
    """Tell whether any later change must change this signature.

    A file that changed within `TIMESTAMP_RESOLUTION` may change again with the same timestamp.
    """
    now = time.time_ns()
    times = [times for fields in signature if fields is not None for times in fields[-2:]]
    return all(abs(now - time) > TIMESTAMP_RESOLUTION * 1e9 for time in times)


def load_or_describe(folder: Path) -> Stored | Damaged:
    """Return a landscape, or what is wrong with it. Raises TransientError."""
    try:
        return load(folder)
    except TransientError:
        raise
    except MemoryError as error:
        raise TransientError("cannot be read: there is not enough memory", folder) from error
    except DamagedError as error:
        return Damaged(folder.name, error.describe_relative(folder.parent))


def make_contents(scanned: Sequence[Mapping[str, CacheEntry]]) -> Contents:
    """Return the snapshot that the cache entries of some folders make up."""
    landscapes: dict[str, Stored] = {}
    folders: dict[str, int] = {}
    damaged: list[Damaged] = []
    states: list[str] = []
    names = {name for entries in scanned for name in entries}
    taken: set[str] = set()
    for number, entries in enumerate(scanned):
        found = {name: entry.found for name, entry in entries.items()}
        stored = {name: one for name, one in found.items() if isinstance(one, Stored)}
        order = sorted(stored, key=lambda name: stored[name].row.order)
        served = {
            name: choose_served_id(name, taken, names, stored[name].row.study) for name in order
        }
        landscapes |= {served[name]: stored[name] for name in order}
        folders |= dict.fromkeys(served.values(), number)
        damaged += [one for one in found.values() if isinstance(one, Damaged)]
        states += [f"{served[name]} {one.version}" for name, one in stored.items()]
        taken |= {*entries, *served.values()}
    states += [f"{one.id} {one.reason}" for one in damaged]
    version = hash_version(*(state.encode("utf-8", "surrogateescape") for state in states))
    return Contents(landscapes, tuple(damaged), version, folders)


def log_faults(root: Path, before: Mapping[str, CacheEntry], now: Mapping[str, CacheEntry]) -> None:
    """Log the faults that the last scan did not have: the first `MAX_LOGGED`, then their number."""
    known = set(list_faults(before))
    new = [fault for fault in dict.fromkeys(list_faults(now)) if fault not in known]
    folder = printable(str(root))
    for fault in new[:MAX_LOGGED]:
        logger.warning("A landscape in %s %s", folder, printable(fault))
    if len(new) > MAX_LOGGED:
        more = len(new) - MAX_LOGGED
        logger.warning("%d more in %s are not served; the catalog lists them", more, folder)


def list_faults(entries: Mapping[str, CacheEntry]) -> Iterator[str]:
    """Yield the fault of each entry that has one."""
    for entry in entries.values():
        if entry.read_error:
            yield f"cannot be read now; its last state is served: {entry.read_error}"
        elif isinstance(entry.found, Damaged):
            yield f"is not served: {entry.found.reason}"
