"""Cache of compiled code, as a replacement for Numba's.

Numba's own cache cannot detect a damaged file, needs a writable folder, and ignores changes in the
files of the functions that a cached function calls. Here the key of an entry covers the function's
file and every file of the same packages that it imports, directly or indirectly. The import
statements tell which.
"""

import hashlib
import logging
import pickle
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import FunctionCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from descent_atlas.storage.cache import CACHE

COMMENT = re.compile("#.*")

IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|.*)|import[ \t]+(.*))", re.MULTILINE
)
"""An absolute import statement on a line of its own, in the formatter's style."""

WORD = re.compile(r"[\w.]+")

logger = logging.getLogger(__name__)


class CodeCache(FunctionCache):
    """Cache of one function's compiled code, with an entry for each signature and processor.

    Numba calls the public methods. Of the base class, this uses only `_index_key`, which identifies
    the signature, the processor and the function.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._py_func = function  # `_index_key` reads it

    @property
    def cache_path(self) -> str:
        """The folder of the entries."""
        return str(CACHE.folder)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code compiled for a signature, or None on a cache miss."""
        target_context.refresh()
        codegen = target_context.codegen()
        key = self._index_key(sig, codegen)  # type: ignore[no-untyped-call]  # Numba has no types
        name = self._name_file(key)
        entry = CACHE.read(name)
        if entry is None:
            return None
        try:
            entry_key, parts = pickle.loads(entry)
            return CompileResult._rebuild(target_context, *parts) if entry_key == key else None
        except Exception:  # pickles of other versions of Numba may raise anything
            logger.warning("%s cannot be loaded; compiling the function.", name, exc_info=True)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Store the code compiled for a signature."""
        assert not data.library.has_dynamic_globals, "addresses are valid in one process only"
        # Numba publishes no types for its caches.
        key = self._index_key(sig, data.codegen)  # type: ignore[no-untyped-call]  # as above
        CACHE.write(self._name_file(key), dumps((key, data._reduce())))

    def _name_file(self, key: Any) -> str:
        function = self._py_func
        sources = _digest_sources(function.__module__, Path(function.__code__.co_filename))
        versions = numba.__version__, sys.implementation.cache_tag
        digest = hashlib.sha256(repr((key, sources, versions)).encode()).hexdigest()
        return f"{function.__name__}-{digest[:32]}.code"


@cache
def _digest_sources(module: str, file: Path) -> str:
    """Return a SHA-256 of a module's file and of all files that its compiled code depends on."""
    digest = hashlib.sha256(file.read_bytes())
    for source in sorted(find_sources(module, file)):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def find_sources(module: str, file: Path) -> set[Path]:
    """Return the files that a module imports, directly or indirectly.

    Only files of this package and of the module's package count, because compiled code contains no
    code of other packages. A module's import includes the `__init__.py` of its package.
    """
    packages = {__name__.partition(".")[0], module.partition(".")[0]}
    found: set[Path] = set()
    waiting = {module, *list_imports(file)}
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        if name.partition(".")[0] not in packages:
            continue
        source = _find_file(name)
        if source is not None and source not in found:
            found.add(source)
            waiting.update(list_imports(source))
        waiting.add(name.rpartition(".")[0] or name)
        waiting -= seen
    return found


def _find_file(name: str) -> Path | None:
    """Return the file of a module, or None if the name is not that of a module."""
    package, *rest = name.split(".")
    for folder in getattr(sys.modules.get(package), "__path__", ()):
        base = Path(folder, *rest)
        for file in (base / "__init__.py", base.with_name(f"{base.name}.py")):
            if file.is_file():
                return file
    return None


@cache
def list_imports(file: Path) -> frozenset[str]:
    """Return the names in a file's import statements: modules, and functions imported from them.

    `ast` would take far longer, and in Python 3.11 it may fail when two threads use it at the same
    time (SystemError, "recursion depth mismatch").
    """
    names: set[str] = set()
    for origin, members, modules in IMPORT.findall(COMMENT.sub("", file.read_text("utf-8"))):
        if origin:
            names.update((origin, *(f"{origin}.{member}" for member in WORD.findall(members))))
        else:
            names.update(WORD.findall(modules))
    return frozenset(names)
