"""The folder of an exported site: what may be replaced, and its atomic replacement."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from descent_atlas.storage.durable import (
    read_document,
    replace_folder,
    temporary_folder,
    write_document,
)
from descent_atlas.storage.sealed import DocumentError

RECORD: Final = "descent-atlas-site.json"
"""File that lists the files of an export. It is written last: a folder without it is no site."""

NO_JEKYLL: Final = ".nojekyll"
"""Empty file that makes GitHub Pages publish the folder as it is."""

SCHEMA: Final = 1
"""Version of the record."""

MAX_NAMED: Final = 3
"""Files that an error names; more do not help to understand it."""


class SiteFolderError(ValueError):
    """A folder that an export must not replace; the message is a sentence."""


@dataclass(frozen=True)
class SiteSize:
    """The size of a site in files and bytes."""

    files: int
    bytes: int


def check_target(target: Path) -> None:
    """Check that an export may create or replace a folder without deleting anything else.

    Raises:
        SiteFolderError: unless the folder is new, empty, or holds files of an earlier export alone.
        OSError: if the folder cannot be read.
    """
    if target == Path.cwd() or target in Path.cwd().parents:
        raise SiteFolderError(
            f"{target} is the current folder or contains it, and would be replaced as a whole. "
            "Name a folder inside it, or run the command from another folder."
        )
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise SiteFolderError(f"{target} is not a folder. Name a new or empty one.")
    known = read_record(target)
    # Without a record, whatever is there is foreign: not all of it need be listed.
    found = set(list_files(target)) if known else {path.name for path in target.iterdir()}
    if foreign := sorted(found - known):
        more = len(foreign) - MAX_NAMED
        named = ", ".join(foreign[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
        raise SiteFolderError(
            f"{target} holds files that no export wrote: {named}. Name a new or empty folder, or "
            "an earlier export."
        )


def check_apart(target: Path, folders: Iterable[Path]) -> None:
    """Check that an export does not go into a folder of landscapes, where it would count as one.

    Raises:
        SiteFolderError: if it does.
    """
    for folder in folders:
        if folder.resolve() in (target, *target.parents):
            raise SiteFolderError(
                f"{target} lies in {folder}, which holds the landscapes. Name a folder elsewhere."
            )


def read_record(folder: Path) -> set[str]:
    """Return the files that an earlier export wrote to a folder; none without a valid record."""
    try:
        record = read_document(folder / RECORD, sealed_since=SCHEMA)
    except (DocumentError, FileNotFoundError):
        return set()
    files = record.get("files")
    return {RECORD, *map(str, files)} if isinstance(files, list) else set()


def list_files(folder: Path) -> Iterator[str]:
    """Yield the paths of all files in a folder, relative to it; links count as files."""
    for root, folders, names in os.walk(folder, onerror=fail):
        links = [name for name in folders if Path(root, name).is_symlink()]
        for name in (*names, *links):
            yield Path(root, name).relative_to(folder).as_posix()


def fail(error: OSError) -> None:
    """Raise the error of a folder that cannot be listed, which `os.walk` would ignore."""
    raise error


def write_site(target: Path, files: Iterable[tuple[str, bytes]]) -> SiteSize:
    """Write files, given as pairs of a path and its content, to a folder atomically.

    If the process is killed, the folder is the old one, the new one, or missing. Hidden folders
    beside it, which a killed export leaves, are removed by the next one. Files are not flushed to
    the disk one by one, which can take minutes for hundreds of them.

    Raises:
        SiteFolderError: as `check_target`, which is called first.
        OSError: if the write fails; the folder is then unchanged.
    """
    check_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target)
    with temporary_folder(target) as fresh:
        written = {NO_JEKYLL: 0}
        (fresh / NO_JEKYLL).touch()
        for name, content in files:
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written[name] = len(content)
        write_document(fresh / RECORD, {"schema": SCHEMA, "files": sorted(written)})
        written[RECORD] = (fresh / RECORD).stat().st_size
        replace_folder(target, fresh)
    return SiteSize(len(written), sum(written.values()))


def remove_leftovers(target: Path) -> None:
    """Remove the temporary folders that killed exports to a folder have left beside it."""
    # As `tempfile` names them: `.site~backup` may be somebody's own, but not `.site~k3v_0a9x`.
    temporary = re.compile(rf"\.{re.escape(target.name)}~[a-z0-9_]{{8}}")
    for path in target.parent.iterdir():
        if temporary.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
