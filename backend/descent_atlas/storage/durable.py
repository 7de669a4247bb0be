"""Atomic, durable writes of files and folders.

After a kill or a power failure at any time, a reader sees the old content or the new one. A process
that has lost its right to write (`storage.fencing`) renames and removes nothing.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from descent_atlas.storage.fencing import check_fence
from descent_atlas.storage.regular_files import DamagedError, read_file
from descent_atlas.storage.sealed import SIZE_LIMIT, DocumentError, seal, unseal


def write_whole(path: Path, *parts: Any) -> None:
    """Write parts (bytes or contiguous buffers) to a file atomically, replacing an older one.

    They are written to a temporary file, which is flushed to the disk and renamed; then the folder
    is flushed. On failure, the file is unchanged and the temporary file is removed.
    """
    # Processes on two machines may have the same number.
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        write_file(temporary, *parts)
        rename(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write a sealed JSON document atomically. Raises ValueError if it is not JSON."""
    write_whole(path, seal(document))


def read_document(path: Path, *, sealed_since: int) -> dict[str, Any]:
    """Read a JSON document and verify its seal; see `unseal`.

    Raises:
        DocumentError: if it is damaged. The message does not contain the path.
        FileNotFoundError: if it is missing.
    """
    if not os.path.lexists(path):
        raise FileNotFoundError(path)
    try:
        data = read_file(path, limit=SIZE_LIMIT)
    except DamagedError as error:
        raise DocumentError(f"it {error.fault}") from error
    return unseal(data, sealed_since=sealed_since)


def remove(path: Path) -> None:
    """Remove a file, or a folder with its contents; do nothing if neither exists."""
    check_fence()
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def rename(source: Path, target: Path) -> None:
    """Rename a file or folder, and flush the parent folder. A target folder must be empty."""
    check_fence()
    source.replace(target)
    flush_folder(target.parent)


def remove_temporaries(folder: Path) -> None:
    """Remove the temporary files that interrupted writes have left in a folder."""
    check_fence()
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def hash_file(path: Path) -> str:
    """Return a file's SHA-256, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    """Yield an empty hidden folder beside another; on exit, remove it unless it was renamed."""
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}~", dir=folder.parent))
    fresh.chmod(0o755)  # mkdtemp sets 0o700
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def replace_folder(folder: Path, fresh: Path) -> None:
    """Replace a folder by another with two renames. Between them, the folder is missing."""
    check_fence()
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
