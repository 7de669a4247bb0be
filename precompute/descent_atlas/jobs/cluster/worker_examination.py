"""Examination of a worker before it gets a job, which begins with what it would compute with.

This module imports nothing large: a worker with another version of a package may be unable to load
the rest of this program, and is then to be told the version and not a consequence of it.
"""

import hashlib
import platform
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import descent_atlas

OWN = "descent-atlas"

COMPARED = ("torch", "numpy", OWN)
"""Packages of which a worker has the command's version: they determine the results' bits."""


@dataclass(frozen=True)
class Examination:
    """What a worker is asked; called on the worker.

    `root` is the study's folder, `command` the token of the command that has claimed it, `versions`
    are the command's, `paths` where it finds a user's modules.
    """

    root: Path
    command: str
    versions: dict[str, str]
    device: str
    paths: tuple[str, ...]

    def __call__(self) -> dict[str, Any]:
        """Return the worker's report; of a worker with other versions, these alone."""
        versions = list_versions()
        if versions != self.versions:
            return {"versions": versions}
        from descent_atlas.jobs.cluster.worker_report import report_process

        return {
            "versions": versions,
            **report_process(self.root, self.command, self.device, self.paths),
        }


def list_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that are compared."""
    return {"Python": platform.python_version()} | {name: find_version(name) for name in COMPARED}


def find_version(package: str) -> str:
    """Return the version of a package; of this program, with a hash of its modules."""
    try:
        found = version(package)
    except PackageNotFoundError:
        return "none"
    return f"{found} ({hash_own_modules()})" if package == OWN else found


@cache
def hash_own_modules() -> str:
    """Return a hash of this program's modules, which may have been changed."""
    modules = {
        str(path.relative_to(folder)): path
        for folder in reversed(list(descent_atlas.__path__))  # Python takes the first
        for path in Path(folder).rglob("*.py")
    }
    digest = hashlib.sha256()
    for name, path in sorted(modules.items()):
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def list_module_paths() -> tuple[str, ...]:
    """Return where this process finds a user's modules, as absolute paths.

    These are neither the installed ones nor this program's, of which each worker has its own.
    """
    installed = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
    paths = [Path(path).resolve() for path in sys.path if Path(path or ".").is_dir()]
    return tuple(
        str(path) for path in paths if not any(path.is_relative_to(prefix) for prefix in installed)
    )
