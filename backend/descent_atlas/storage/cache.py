"""Cache of bytes on disk, shared by processes, with a checksum in each entry.

It holds compiled code and compressed scripts. All entries can be recomputed, so that no fault of
the folder stops the server: a damaged entry is replaced, and without write access each process
computes the entries for itself.
"""

import hashlib
import logging
import os
import shutil
from pathlib import Path
from uuid import uuid4

import platformdirs

CACHE_VARIABLE = "DESCENT_ATLAS_CACHE_DIR"
"""Environment variable with the folder of the cache."""

DIGEST_BYTES = hashlib.sha256().digest_size
"""Length of the SHA-256 at the start of each file, over its name and its content."""

logger = logging.getLogger(__name__)


class Cache:
    """Cache entries as files in a folder, which the first write creates.

    Several processes may share the folder, because each write is an atomic rename. `fault` is the
    reason of the last failed write, or None.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.fault: str | None = None
        self._warnings: set[str] = set()

    def read(self, name: str) -> bytes | None:
        """Return the content of an entry, or None if it is missing, damaged or unreadable."""
        path = self.folder / name
        try:
            if not path.is_file():
                return None
            content = path.read_bytes()
        except OSError as error:
            self._warn_once(f"The cache {self.folder} cannot be read: {error.strerror}")
            return None
        digest, content = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        if digest != _digest(name, content):
            logger.warning("%s is damaged and will be replaced.", path)
            return None
        return content

    def write(self, name: str, content: bytes) -> None:
        """Write an entry, replacing an older one. If that fails, set `fault` and log it."""
        path = self.folder / name
        unfinished = path.with_name(f".{uuid4().hex}.tmp")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                unfinished.write_bytes(_digest(name, content) + content)
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)  # a rename would not replace it
                unfinished.replace(path)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
        except OSError as error:
            self.fault = f"The cache {self.folder} cannot be written: {error.strerror}"
            self._warn_once(self.fault)

    def _warn_once(self, message: str) -> None:
        if message not in self._warnings:
            self._warnings.add(message)
            logger.warning("%s. The server works without it, but starts slowly.", message)


def _digest(name: str, content: bytes) -> bytes:
    """Return the SHA-256 of an entry.

    It covers the name, so that an entry copied to another name counts as damaged.
    """
    return hashlib.sha256(b"%b\0%b" % (name.encode(), content)).digest()


CACHE = Cache(Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_path("descent-atlas")))
"""The cache that this process uses."""
