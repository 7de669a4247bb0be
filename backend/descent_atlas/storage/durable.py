"""Files that are there whole or not at all, whenever the process is killed or the power fails."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from descent_atlas.landscapes.format import flush_folder, write_file
from descent_atlas.storage.sealed import SIZE_LIMIT, DocumentError, seal, unseal


def write_whole(path: Path, *parts: Any) -> None:
    """Write parts (bytes or contiguous buffers) to a file, replacing it at once.

    They go to a temporary file, which is flushed to the disk and renamed; then the folder is
    flushed. If that fails the file is what it was before, and the temporary file is gone.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write_file(temporary, *parts)
        rename(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write a sealed JSON document. Raises ValueError if it holds what JSON does not know."""
    write_whole(path, seal(document))


def read_document(path: Path, *, sealed_since: int) -> dict[str, Any]:
    """Return a JSON document, its seal verified; see `unseal`.

    Raises DocumentError, which does not name the file, if it is damaged, and FileNotFoundError.
    """
    if path.exists() and not path.is_file():
        raise DocumentError("it is no regular file")
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DocumentError(f"it cannot be read: {error.strerror}") from error
    return unseal(data, sealed_since=sealed_since)


def remove(path: Path) -> None:
    """Remove whatever stands at a path: a file, a folder with all in it, or nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def rename(source: Path, target: Path) -> None:
    """Rename a file or an empty-target folder, and flush the folder in which its name stands."""
    source.replace(target)
    flush_folder(target.parent)


def remove_temporaries(folder: Path) -> None:
    """Remove what writes that were cut short have left in a folder."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def hash_file(path: Path) -> str:
    """Return a file's SHA-256, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
