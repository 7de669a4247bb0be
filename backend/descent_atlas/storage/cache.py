"""The cache: bytes that one process makes and the next one reads, verified.

The folder holds compiled code and compressed scripts. All of it can be made again, so nothing
that is wrong with the folder stops a server: what is damaged is replaced, and what cannot be
kept is made by each process for itself.
"""

import hashlib
import logging
import os
import shutil
from pathlib import Path
from uuid import uuid4

import platformdirs

CACHE_VARIABLE = "DESCENT_ATLAS_CACHE_DIR"
"""The environment variable that names the folder of the cache."""

DIGEST_BYTES = hashlib.sha256().digest_size
"""Each file begins with the SHA-256 of its name and of the bytes that follow."""

logger = logging.getLogger(__name__)


class Cache:
    """Named bytes in a folder, which is created when the first of them are written.

    Several processes may share the folder: a file appears whole, by a rename. `fault` says why
    bytes could not be kept, once that has happened.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.fault: str | None = None
        self._warnings: set[str] = set()

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a name exactly as they were written, or None."""
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
            logger.warning("%s is damaged; its content is made anew.", path)
            return None
        return content

    def write(self, name: str, content: bytes) -> None:
        """Keep bytes under a name, in place of what stands there; if that fails, note it."""
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
    """Return the SHA-256 that stands before the bytes of a name.

    It covers the name, so that a file put in another's place counts as damaged.
    """
    return hashlib.sha256(b"%b\0%b" % (name.encode(), content)).digest()


CACHE = Cache(Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_path("descent-atlas")))
"""The cache of this process."""
