"""The landscapes of a folder, as they are now.

Somebody may write to the folder at any time: the offline job, a copy command, a person. What is
given out is always one state of one landscape, its manifest and arrays compared by their hash; what
cannot be trusted is given out as damaged, with the reason.
"""

import hashlib
import logging
import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import to_json

from backend.api.representations import Representation
from backend.api.typed_arrays import encode, write_mapping, write_object
from backend.artifacts import (
    ARRAYS,
    MANIFEST,
    Damaged,
    DamagedError,
    Landscape,
    parse_landscape,
    read_file,
)
from backend.manifests import check_landscape

logger = logging.getLogger(__name__)

SCAN_INTERVAL = 1.0
"""Seconds for which a look at the folder counts: changes are to show within two."""

LOOKS, PAUSE = 10, 0.01
"""How often a landscape is looked at while it is being replaced, and the seconds between two looks.
Between the two renames of a replacement, microseconds apart, it is not there."""

SETTLED = 2.0
"""Seconds after a change during which a file's times may not tell of the next one: the coarsest
clock of a file system that is in use."""

VERSION_LENGTH = 16
"""Hexadecimal digits of a version: two states of one landscape have to differ, no more."""

PROGRAM = version("descent-atlas").encode()

Signature = tuple[tuple[int, ...] | None, ...]
"""What `stat` says of a landscape's folder and its two files; None of what is not there."""


@dataclass(frozen=True, eq=False)
class Stored:
    """A landscape that was verified, with its two files as they were read.

    `version` changes whenever the files do, or the program that gives them out.
    """

    landscape: Landscape
    version: str
    files: Mapping[str, bytes]

    @cached_property
    def representation(self) -> Representation:
        """The landscape whole, as JSON."""
        arrays = {name: encode(narrow(array)) for name, array in self.landscape.arrays.items()}
        content = write_object(
            {"version": self.version, "manifest": self.landscape.manifest},
            arrays=write_mapping(arrays),
        )
        return Representation(b"".join(content), "application/json")

    @property
    def is_represented(self) -> bool:
        """Whether `representation` is made."""
        return "representation" in vars(self)

    @cached_property
    def manifest_file(self) -> Representation:
        """The file of the manifest, byte by byte."""
        return Representation(self.files[MANIFEST], "application/json")

    @cached_property
    def arrays_file(self) -> Representation:
        """The file of the arrays, byte by byte; it is compressed already."""
        return Representation(self.files[ARRAYS], "application/zip", is_compressed=True)


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

    Where a good landscape was found, `signature` tells whether it has changed since; None tells
    that it has to be read again anyway.
    """

    found: Stored | Damaged
    signature: Signature | None


class LandscapeStore:
    """The landscapes of a folder. It may be used from several threads at once.

    A folder that is not there holds none, until it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._lock = threading.Lock()
        self._looks: dict[str, Look] = {}
        self._contents = Contents({}, (), "")
        self._looked = -math.inf

    @property
    def fresh(self) -> Contents | None:
        """What the last look at the folder found, while it counts; None when it is time to look."""
        is_fresh = time.monotonic() - self._looked < SCAN_INTERVAL
        return self._contents if is_fresh else None

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
                report(self._contents.damaged, contents.damaged)
                if contents.version == self._contents.version:
                    contents = self._contents  # with all that was made of it
                self._looks, self._contents, self._looked = looks, contents, began
            return contents


def look_into(root: Path, before: Mapping[str, Look]) -> dict[str, Look]:
    """Return what stands in a folder of landscapes, by its name, given what stood there before.

    Hidden entries and files are no landscapes. What has vanished is looked for again.
    """
    try:
        names = {path.name for path in root.iterdir() if is_candidate(path)}
    except FileNotFoundError:
        names = set()
    except OSError as error:
        reason = f"{root} cannot be read: {error.strerror}"
        return {root.name: Look(Damaged(root, reason), None)}
    names |= await_return(root, set(before) - names)
    looks = {name: look_at(root / name, before.get(name)) for name in sorted(names)}
    return {name: look for name, look in looks.items() if look is not None}


def await_return(root: Path, vanished: set[str]) -> set[str]:
    """Return the names that come back within `LOOKS` looks: all are waited for at once."""
    back: set[str] = set()
    for _ in range(LOOKS):
        if back == vanished:
            break
        time.sleep(PAUSE)
        back |= {name for name in vanished if is_candidate(root / name)}
    return back


def is_candidate(path: Path) -> bool:
    """Tell whether a path may be a landscape's."""
    return not path.name.startswith(".") and path.is_dir()


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
        signature = sign(folder)
        signatures.add(signature)
        if not folder.is_dir():
            continue
        if before is not None and before.signature == signature:
            return before
        settled = is_settled(signature)
        try:
            found = load(folder)
        except DamagedError as error:
            damaged = Damaged(folder, str(error))
            if sign(folder) == signature:
                return Look(damaged, None)
        else:
            if known is not None and known.version == found.version:
                found = known  # with all that was made of it
            return Look(found, signature if settled else None)
    if len(signatures) == 1:
        return None
    return Look(known or Damaged(folder, f"{folder} is being written"), None)


def sign(folder: Path) -> Signature:
    """Return what tells, without reading it, that a landscape has changed."""
    return tuple(sign_path(path) for path in (folder, folder / MANIFEST, folder / ARRAYS))


def sign_path(path: Path) -> tuple[int, ...] | None:
    """Return what `stat` says of a path, or None if it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def is_settled(signature: Signature) -> bool:
    """Tell whether the next change of what was signed will show in its times."""
    now = time.time_ns()
    times = [times for part in signature if part is not None for times in part[-2:]]
    return all(abs(now - time) > SETTLED * 1e9 for time in times)


def load(folder: Path) -> Stored:
    """Read and verify a landscape and all that is needed to give it out. Raises DamagedError."""
    manifest, arrays = read_file(folder / MANIFEST), read_file(folder / ARRAYS)
    try:
        landscape = parse_landscape(folder, manifest, arrays)
        check_landscape(landscape)
        to_json(landscape.manifest)  # fails for halves of characters, which a file's JSON may hold
    except DamagedError:
        raise
    except ValueError as error:
        raise DamagedError(f"{folder}: {error}") from error
    except Exception as error:  # whatever is in a folder, the others are served
        raise DamagedError(f"{folder} cannot be read: {error!r}") from error
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
    states += [f"{one.folder} {one.reason}" for one in damaged]
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
    figures = [(int(name) if name.isdecimal() else math.inf, name) for name in manifest["figures"]]
    plane = manifest["plane"]
    own = plane is not None and is_own(plane, manifest["runs"], manifest["id"])
    return (
        manifest["kind"] == "table",
        min(figures, default=(math.inf, "")),
        any(cell["paper"] is None for cell in manifest["results"].get("cells", ())),
        own,
        0 if plane is None or own else -plane["origin"]["step"],
        manifest["id"],
    )


def is_own(plane: Mapping[str, Any], runs: Sequence[Mapping[str, Any]], id: str) -> bool:
    """Tell whether a plane is a run's own, which the study names after the run."""
    return len(runs) == 1 and id == f"{runs[0]['id']}-{plane['kind']}"


def report(before: Sequence[Damaged], now: Sequence[Damaged]) -> None:
    """Log what is damaged, once for each state."""
    for damaged in now:
        if damaged not in before:
            logger.warning("A landscape is not served: %s", printable(damaged.reason))


def printable(text: str) -> str:
    """Return a text that may hold bytes of a file's name which are no characters."""
    return text.encode("utf-8", "backslashreplace").decode()


def narrow(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as it travels: float64, int32 or uint8, whichever holds its kind."""
    kinds = {"f": np.float64, "b": np.uint8}
    return array.astype(kinds.get(array.dtype.kind, np.int32), copy=False)
