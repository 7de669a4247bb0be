"""The landscapes of a folder, as they are now.

Somebody may write to the folder at any time: the offline job, a copy command, a person. What is
given out is always one state of one landscape, its manifest and arrays compared by their hash; what
cannot be trusted is given out as damaged, with the reason.
"""

import hashlib
import logging
import math
import os
import stat
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from descent_atlas.landscapes.format import LANDSCAPE_NUMBERS, Landscape, parse_checked, read_files
from descent_atlas.landscapes.manifest import Plane, Run
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST
from descent_atlas.storage.regular_files import (
    TRANSIENT,
    DamagedError,
    TransientError,
    describe_error,
)

logger = logging.getLogger(__name__)

SCAN_INTERVAL = 1.0
"""Seconds for which a look at the folder counts: changes are to show within two."""

LOOK_SHARE = 0.25
"""The most of the time that is spent on looks: one that takes long counts for longer."""

LOGGED = 10
"""Landscapes that are newly damaged at one look and logged one by one; the others are counted."""

LOOKS, PAUSE = 10, 0.01
"""How often a landscape is looked at while it is being replaced, and the seconds between two looks.
Between the two renames of a replacement, microseconds apart, it is not there."""

SETTLED = 2.0
"""Seconds after a change during which a file's times may not tell of the next one: the coarsest
clock of a file system that is in use."""

HELD_NUMBERS = 32 * LANDSCAPE_NUMBERS
"""Numbers of all landscapes together, which stay in memory: 2 GB at most, from files that may be a
thousandth as long. Those that ship have 484,450."""

FIGURE_DIGITS = 9
"""Digits of a figure's number; what is longer is a name. Python refuses those of thousands."""

VERSION_LENGTH = 16
"""Hexadecimal digits of a version: two states of one landscape have to differ, no more."""

PROGRAM = version("descent-atlas").encode()

Signature = tuple[tuple[int, ...] | None, ...]
"""What `stat` says of a landscape's folder and its two files; None of what is not there."""


@dataclass(frozen=True, eq=False)
class Stored:
    """A landscape that was verified, with its two files as they were read.

    `version` changes whenever the files do, or the program that serves them. `derived` holds what
    others make of it, by a name of theirs, for as long as it is served.
    """

    landscape: Landscape
    version: str
    files: Mapping[str, bytes]
    derived: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Damaged:
    """A directory that looks like a landscape and is none; the reason names files within the root.

    `id` is the directory's name.
    """

    id: str
    reason: str


@dataclass(frozen=True, eq=False)
class Contents:
    """What a folder of landscapes held at one time.

    `landscapes` are in the paper's order, each by its id; `version` changes whenever anything does.
    """

    landscapes: Mapping[str, Stored]
    damaged: tuple[Damaged, ...]
    version: str


@dataclass(frozen=True)
class Look:
    """What was found under a name.

    `signature` tells whether it has changed since; None tells that it has to be read again anyway.
    `trouble` is why it is what was found before, where the machine did not let it be looked at.
    """

    found: Stored | Damaged
    signature: Signature | None
    trouble: str = ""


class LandscapeStore:
    """The landscapes of a folder. It may be used from several threads at once.

    A folder that is not there holds none, until it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._lock = threading.Lock()
        self._looks: dict[str, Look] = {}
        self._contents = Contents({}, (), "")
        self._next_look = -math.inf

    @property
    def fresh(self) -> Contents | None:
        """What the last look at the folder found, while it counts; None when it is time to look."""
        return self._contents if time.monotonic() < self._next_look else None

    def read(self) -> Contents:
        """Return what the folder holds; look at it unless the last look still counts.

        Only what has changed is read and verified again.
        """
        with self._lock:
            contents = self.fresh
            if contents is None:
                began = time.monotonic()
                looks = look_into(self.folder, self._looks)
                contents = arrange(looks)
                report(self.folder, self._looks, looks)
                if contents.version == self._contents.version:
                    contents = self._contents  # with all that was made of it
                self._looks, self._contents = looks, contents
                taken = time.monotonic() - began
                self._next_look = began + max(SCAN_INTERVAL, taken / LOOK_SHARE)
            return contents


def look_into(root: Path, before: Mapping[str, Look]) -> dict[str, Look]:
    """Return what stands in a folder of landscapes, by its name, given what stood there before.

    Hidden entries and files are no landscapes. What has vanished is looked for again. What cannot
    be looked at for an error of the machine is what it was before.
    """
    try:
        names = list_candidates(root)
        names |= await_return(root, before.keys() - names)
    except DamagedError as error:
        if isinstance(error, TransientError) and before:
            return {name: replace(look, trouble=str(error)) for name, look in before.items()}
        name = name_folder(root)
        return {name: Look(Damaged(name, f"{name} {error.fault}"), None)}
    looks: dict[str, Look] = {}
    held = 0
    for name in sorted(names):
        look = look_at(root / name, before.get(name))
        if look is None:
            continue
        count = count_numbers(look)
        if held + count > HELD_NUMBERS:
            looks[name] = refuse_surplus(name)
        else:
            held += count
            looks[name] = look
    return looks


def count_numbers(look: Look) -> int:
    """Return how many numbers a landscape holds in memory; one that is damaged holds none."""
    arrays = look.found.landscape.arrays if isinstance(look.found, Stored) else {}
    return sum(array.size for array in arrays.values())


def refuse_surplus(name: str) -> Look:
    """Return what is told of a landscape that is whole, and one too many."""
    reason = f"{name} is one too many: with those before it, it has over {HELD_NUMBERS:,} numbers"
    return Look(Damaged(name, reason), None)


def name_folder(root: Path) -> str:
    """Return what a folder of landscapes is called without telling where it is."""
    return root.name or str(root)


def list_candidates(root: Path) -> set[str]:
    """Return the names of what may be landscapes. Raises DamagedError if the folder is not read."""
    try:
        with os.scandir(root) as entries:
            return {entry.name for entry in entries if is_candidate(entry)}
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise describe_error(error, root) from error


def is_candidate(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry may be a landscape's folder. Raises OSError for the machine's."""
    try:
        return not entry.name.startswith(".") and entry.is_dir()
    except OSError as error:  # a link that leads to itself, or to where nobody may look
        if error.errno in TRANSIENT:
            raise
        return False


def await_return(root: Path, vanished: set[str]) -> set[str]:
    """Return the names that come back within `LOOKS` looks: all are waited for at once."""
    back: set[str] = set()
    for _ in range(LOOKS):
        if back == vanished:
            break
        time.sleep(PAUSE)
        back |= {name for name in vanished - back if is_folder(sign_path(root / name))}
    return back


def look_at(folder: Path, before: Look | None) -> Look | None:
    """Return what a folder holds, given what it held before; None if it is there no longer.

    What is being replaced is looked at until it holds still. If it never does, what was there
    before is still given out, under its own version.
    """
    known = before.found if before is not None and isinstance(before.found, Stored) else None
    signatures = set()
    for look in range(LOOKS):
        if look:
            time.sleep(PAUSE)
        try:
            signature = sign(folder)
            signatures.add(signature)
            if not is_folder(signature[0]):
                continue
            if before is not None and before.signature == signature:
                return replace(before, trouble="") if before.trouble else before
            settled = is_settled(signature)
            found = load_if_whole(folder)
            if isinstance(found, Damaged) and sign(folder) != signature:
                continue
        except TransientError as error:
            if before is not None:
                return replace(before, trouble=str(error))
            return Look(Damaged(folder.name, error.relate(folder.parent)), None)
        if known is not None and isinstance(found, Stored) and known.version == found.version:
            found = known  # with all that was made of it
        return Look(found, signature if settled else None)
    if len(signatures) == 1:
        return None
    being_written = Damaged(folder.name, f"{folder.name} is being written")
    return Look(known or being_written, None)


def sign(folder: Path) -> Signature:
    """Return what tells, without reading it, that a landscape has changed.

    Raises TransientError if the machine does not tell.
    """
    return tuple(sign_path(path) for path in (folder, folder / MANIFEST, folder / ARRAYS))


def sign_path(path: Path) -> tuple[int, ...] | None:
    """Return what `stat` says of a path, or None if it is not there. Raises TransientError."""
    try:
        found = path.stat()
    except OSError as error:
        if error.errno in TRANSIENT:
            raise describe_error(error, path) from error
        return None
    return (
        found.st_mode,
        found.st_dev,
        found.st_ino,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
    )


def is_folder(signed: tuple[int, ...] | None) -> bool:
    """Tell whether what was signed is a folder."""
    return signed is not None and stat.S_ISDIR(signed[0])


def is_settled(signature: Signature) -> bool:
    """Tell whether the next change of what was signed will show in its times."""
    now = time.time_ns()
    times = [times for part in signature if part is not None for times in part[-2:]]
    return all(abs(now - time) > SETTLED * 1e9 for time in times)


def load_if_whole(folder: Path) -> Stored | Damaged:
    """Return a landscape, or what is wrong with it. Raises TransientError."""
    try:
        return load(folder)
    except TransientError:
        raise
    except MemoryError as error:
        raise TransientError("cannot be read: there is not enough memory", folder) from error
    except DamagedError as error:
        return Damaged(folder.name, error.relate(folder.parent))


def load(folder: Path) -> Stored:
    """Read and verify a landscape and all that is needed to give it out. Raises DamagedError."""
    manifest, arrays = read_files(folder)
    landscape = parse_checked(folder, manifest, arrays)
    return Stored(landscape, name_version(manifest, arrays), {MANIFEST: manifest, ARRAYS: arrays})


def name_version(*parts: bytes) -> str:
    """Return a name for some bytes, as this version of the program gives them out."""
    hashes = [hashlib.sha256(part).digest() for part in (PROGRAM, *parts)]
    return hashlib.sha256(b"".join(hashes)).hexdigest()[:VERSION_LENGTH]


def arrange(looks: Mapping[str, Look]) -> Contents:
    """Return what was found, in the paper's order."""
    found = {name: look.found for name, look in looks.items()}
    stored = {name: one for name, one in found.items() if isinstance(one, Stored)}
    damaged = tuple(one for one in found.values() if isinstance(one, Damaged))
    states = [f"{name} {one.version}" for name, one in stored.items()]
    states += [f"{one.id} {one.reason}" for one in damaged]
    return Contents(
        dict(sorted(stored.items(), key=lambda item: place(item[1].landscape))),
        damaged,
        name_version(*(state.encode("utf-8", "surrogateescape") for state in states)),
    )


def place(landscape: Landscape) -> tuple[Any, ...]:
    """Return what orders landscapes as the paper does.

    That is by figure, planes on which runs can be compared before the runs' own, the end of a
    training before an earlier step, tables last, and of those the ones that the paper prints whole
    before others.
    """
    manifest = landscape.manifest
    figures = [(number_figure(name), name) for name in manifest.figures]
    plane = manifest.plane
    own = plane is not None and is_own(plane, manifest.runs, manifest.id)
    return (
        manifest.kind == "table",
        min(figures, default=(math.inf, "")),
        any(cell.paper is None for cell in manifest.results.cells),
        own,
        0 if plane is None or own else -plane.origin.step,
        manifest.id,
    )


def number_figure(name: str) -> float:
    """Return the number of a figure, by which they are ordered; infinity for other names."""
    return int(name) if name.isdecimal() and len(name) <= FIGURE_DIGITS else math.inf


def is_own(plane: Plane, runs: Sequence[Run], id: str) -> bool:
    """Tell whether a plane is a run's own, which the study names after the run."""
    return len(runs) == 1 and id == f"{runs[0].id}-{plane.kind}"


def report(root: Path, before: Mapping[str, Look], now: Mapping[str, Look]) -> None:
    """Log what is wrong, once for each state; of very many faults, the first and how many."""
    known = set(list_faults(before))
    fresh = [fault for fault in dict.fromkeys(list_faults(now)) if fault not in known]
    folder = printable(str(root))
    for fault in fresh[:LOGGED]:
        logger.warning("A landscape in %s is %s", folder, printable(fault))
    if len(fresh) > LOGGED:
        more = len(fresh) - LOGGED
        logger.warning("%d more in %s are not served; the catalog names them", more, folder)


def list_faults(looks: Mapping[str, Look]) -> Iterator[str]:
    """Yield what is wrong with each landscape."""
    for look in looks.values():
        if look.trouble:
            yield f"what it was before: {look.trouble}"
        elif isinstance(look.found, Damaged):
            yield f"not served: {look.found.reason}"


def printable(text: str) -> str:
    """Return a text that may hold bytes of a file's name which are no characters."""
    return text.encode("utf-8", "backslashreplace").decode()
