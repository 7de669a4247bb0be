"""Store of folders of lessons: checked, cached in memory, and read again when files change."""

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from descent_atlas.lessons.lesson import Lesson, LessonError, parse_lesson
from descent_atlas.storage.regular_files import DamagedError, describe_error, read_file

logger = logging.getLogger(__name__)

SHIPPED = Path(__file__).with_name("shipped")
"""The folder of the lessons that ship with the program."""

SUFFIX = ".toml"

MAX_FILES = 200
"""Lesson files of one folder; more are left out, so that no folder makes a request slow."""

MAX_BYTES = 262_144
"""Limit on the bytes of a lesson's file: all that its fields may have, several times."""

_NAME = re.compile(r"(?:[0-9]+-)?(?P<id>[a-z0-9]+(?:[_-][a-z0-9]+)*)")
"""Names of lesson files without their ending. A number in front puts them in order."""

Signature = tuple[int, int]
"""Modification time and length of a file."""


@dataclass(frozen=True)
class DamagedLesson:
    """A file that is no lesson. `reason` begins with the file's name."""

    id: str
    reason: str


@dataclass(frozen=True)
class Lessons:
    """The lessons of some folders by their ids, folder by folder in the order of their files."""

    lessons: Mapping[str, Lesson]
    damaged: tuple[DamagedLesson, ...]


class LessonStore:
    """Thread-safe store of the lessons in some folders. A missing folder counts as empty."""

    def __init__(self, *folders: Path) -> None:
        self.folders = tuple(dict.fromkeys(folders))
        self._lock = threading.Lock()
        self._read: dict[Path, tuple[Signature, Lesson | str]] = {}

    def read(self) -> Lessons:
        """Return the lessons. Files that have not changed are not read again."""
        with self._lock:
            lessons: dict[str, Lesson] = {}
            damaged: list[DamagedLesson] = []
            known: dict[Path, tuple[Signature, Lesson | str]] = {}
            for path in self._list_files():
                id = read_id(path)
                known[path] = signature, found = self._read_changed(path)
                if isinstance(found, Lesson) and id in lessons:
                    found = f"has the id `{id}`, as a lesson before it"
                    known[path] = signature, found
                if isinstance(found, Lesson):
                    lessons[id] = found
                else:
                    damaged.append(DamagedLesson(id, f"{path.name} {found}"))
                    if self._read.get(path) != known[path]:
                        logger.warning("Left out: %s %s", path, found)
            self._read = known
        return Lessons(lessons, tuple(damaged))

    def _list_files(self) -> Iterator[Path]:
        for folder in self.folders:
            try:
                files = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
            except OSError:
                continue
            yield from files[:MAX_FILES]

    def _read_changed(self, path: Path) -> tuple[Signature, Lesson | str]:
        """Return a file's signature, and its lesson or what is wrong with it."""
        try:
            found = path.stat()
        except OSError as error:
            return (0, 0), describe_error(error, path).fault
        signature = found.st_mtime_ns, found.st_size
        known = self._read.get(path)
        if known is not None and known[0] == signature and isinstance(known[1], Lesson):
            return known
        if not _NAME.fullmatch(path.stem):
            return signature, "should have a name of lower-case letters, digits, - and _"
        try:
            return signature, parse_lesson(read_file(path, limit=MAX_BYTES))
        except DamagedError as error:
            return signature, error.fault
        except LessonError as error:
            return signature, str(error)


def read_id(path: Path) -> str:
    """Return the id of a file's lesson: its name, without a number in front that orders it.

    Example:
        >>> read_id(Path("lessons/01-momentum-and-damping.toml"))
        'momentum-and-damping'
    """
    found = _NAME.fullmatch(path.stem)
    return found["id"] if found else path.stem
