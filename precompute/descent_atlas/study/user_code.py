"""Source files of the user's own modules, on which a function of theirs depends.

They are found by reading `import` statements, and nothing is imported for it. Modules of the
standard library, of installed packages and of this program do not count.
"""

import ast
import site
import sys
import sysconfig
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

import descent_atlas

INSTALLED = frozenset({"site-packages", "dist-packages"})
"""Names of the folders in which packages are installed."""


def find_sources(reference: str) -> dict[str, Path]:
    """Return the files of the user's modules on which "module:function" depends, by module.

    They are the function's module, the modules that it imports anywhere in its text, those that
    these import, and the packages in which they lie.
    """
    found: dict[str, Path] = {}
    seen: set[str] = set()
    names = [reference.partition(":")[0]]
    while names:
        name = names.pop()
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            module = ".".join(parts[:length])
            if module in seen:
                continue
            seen.add(module)
            path, is_package = locate(module)
            if path is not None and is_own(path):
                found[module] = path
                names += list_imports(path, module if is_package else module.rpartition(".")[0])
    return found


def locate(module: str) -> tuple[Path | None, bool]:
    """Return the file of a module, None if it has none, and whether it is a package."""
    loaded = sys.modules.get(module)
    if loaded is not None:
        file = getattr(loaded, "__file__", None)
        return None if file is None else Path(file), hasattr(loaded, "__path__")
    parent = module.rpartition(".")[0]
    folders = None
    if parent:
        path, is_package = locate(parent)
        if path is None or not is_package:
            return None, False
        folders = [str(path.parent)]
    spec = PathFinder.find_spec(module, folders)
    if spec is None or spec.origin is None:
        return None, False
    return Path(spec.origin), spec.submodule_search_locations is not None


def is_own(path: Path) -> bool:
    """Tell whether a file is the user's: neither Python's, nor installed, nor this program's."""
    resolved = path.resolve()
    if not resolved.is_file() or INSTALLED & set(resolved.parts):
        return False
    return not any(resolved.is_relative_to(folder) for folder in list_foreign_folders())


def list_foreign_folders() -> Iterator[Path]:
    """Yield the folders of Python, of installed packages and of this program."""
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        yield Path(sysconfig.get_path(name)).resolve()
    yield Path(site.getusersitepackages()).resolve()
    for folder in descent_atlas.__path__:
        yield Path(folder).resolve()


def list_imports(path: Path, package: str) -> Iterator[str]:
    """Yield the names of what a file imports, modules or not; `package` is that in which it lies.

    A file that is no Python imports nothing.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):  # compiled code, say
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".") if package else []
            parents = parents[: len(parents) - node.level + 1] if node.level else []
            base = [*parents, *([node.module] if node.module else [])]
            yield from (".".join([*base, alias.name]) for alias in node.names)
