"""Store of folders of lessons: checked, cached in memory, and read again when files change."""

import logging
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from descent_atlas.lessons.lesson import Lesson, LessonError, parse_lesson
from descent_atlas.storage.regular_files import (
    DamagedError,
    describe_error,
    printable,
    read_file,
)

logger = logging.getLogger(__name__)

SHIPPED = Path(__file__).with_name("shipped")
"""The folder of the lessons that ship with the program."""

SUFFIX = ".toml"

MAX_FILES = 200
"""Lesson files of one folder; others are left out and told of, so that no folder makes a request
slow."""

MAX_BYTES = 262_144
"""Limit on the bytes of a lesson's file: all that its fields may have, several times."""

_NAME = re.compile(r"(?:[0-9]+-)?(?P<id>[a-z0-9]+(?:[_-][a-z0-9]+)*)")
"""Names of lesson files without their ending. A number in front puts them in order."""

Signature = tuple[int, int]
"""Modification time and length of a file."""


@dataclass(frozen=True)
class DamagedLesson:
    """A file that is no lesson, or a folder with too many. `reason` begins with its name."""

    id: str
    reason: str


@dataclass(frozen=True)
class Lessons:
    """The lessons of some folders by their ids, folder by folder in the order of their files."""

    lessons: Mapping[str, Lesson]
    damaged: tuple[DamagedLesson, ...]


@dataclass(frozen=True)
class ReadFile:
    """What was found in a file: its lesson, or what is wrong with it.

    It is valid while the file has this `signature`; with None, the file is read again.
    """

    found: Lesson | str
    signature: Signature | None


class LessonStore:
    """Thread-safe store of the lessons in some folders. A missing folder counts as empty."""

    def __init__(self, *folders: Path) -> None:
        self.folders = tuple(dict.fromkeys(folders))
        self._lock = threading.Lock()
        self._read: dict[Path, ReadFile] = {}
        self._logged: dict[Path, str] = {}

    def read(self) -> Lessons:
        """Return the lessons. Files that have not changed are not read again."""
        with self._lock:
            lessons: dict[str, Lesson] = {}
            faults: dict[Path, str] = {}
            known: dict[Path, ReadFile] = {}
            for folder in self.folders:
                names = list_names(folder)
                for path in (folder / name for name in names[:MAX_FILES]):
                    id = read_id(path)
                    known[path] = self._read_changed(path)
                    found = known[path].found
                    if isinstance(found, str):
                        faults[path] = found
                    elif id in lessons:
                        faults[path] = f"has the id `{id}`, as a lesson before it"
                    else:
                        lessons[id] = found
                if len(names) > MAX_FILES:
                    more = f"has {len(names):,} lesson files, of which the first {MAX_FILES} are"
                    faults[folder] = f"{more} read"
            self._read = known
            self._log(faults)
        damaged = (DamagedLesson(read_id(path), f"{path.name} {faults[path]}") for path in faults)
        return Lessons(lessons, tuple(damaged))

    def _read_changed(self, path: Path) -> ReadFile:
        """Return what is in a file, read again if the file has changed."""
        try:
            found = path.stat()
        except OSError as error:
            return ReadFile(describe_error(error, path).fault, None)
        signature = found.st_mtime_ns, found.st_size
        known = self._read.get(path)
        if known is not None and known.signature == signature:
            return known
        if not _NAME.fullmatch(path.stem):
            fault = "should have a name of lower-case letters, digits, - and _"
            return ReadFile(fault, signature)
        try:
            return ReadFile(parse_lesson(read_file(path, limit=MAX_BYTES)), signature)
        except DamagedError as error:  # the disk's fault may pass
            return ReadFile(error.fault, None)
        except LessonError as error:
            return ReadFile(str(error), signature)

    def _log(self, faults: Mapping[Path, str]) -> None:
        """Log the faults that the last look did not have."""
        for path, fault in faults.items():
            if self._logged.get(path) != fault:
                logger.warning("Left out: %s %s", printable(str(path)), fault)
        self._logged = dict(faults)


def list_names(folder: Path) -> list[str]:
    """Return the names of the lesson files in a folder, in order; none if it cannot be read."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  # of ten thousand, paths take a tenth of a second
    except OSError:
        return []
    return sorted(name for name in names if os.path.splitext(name)[1] == SUFFIX)  # noqa: PTH122


def read_id(path: Path) -> str:
    """Return the id of a file's lesson: its name, without a number in front that orders it.

    Example:
        >>> read_id(Path("lessons/01-momentum-and-damping.toml"))
        'momentum-and-damping'
    """
    found = _NAME.fullmatch(path.stem)
    return found["id"] if found else path.stem
