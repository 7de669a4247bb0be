"""What a worker says of itself before it gets a job, and what of that keeps it from jobs."""

import hashlib
import importlib
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

import descent_atlas
from descent_atlas.jobs.announcement import format_bytes
from descent_atlas.jobs.cluster.lease_file import COMMAND, FOLDER, make_token, read_lease
from descent_atlas.study.code_record import CodeRecord, read_record
from descent_atlas.study.folder import StudyFolder, open_dataset
from descent_atlas.study.rehearsal import find_device
from descent_atlas.study.schema import Study
from descent_atlas.study.study_files import StudyError
from descent_atlas.training.networks import layout
from descent_atlas.training.recording.snapshot_precision import EXACT, STORED

GPU = "GPU"
"""The resource that a worker with a GPU announces, one for each."""

PARAMETER_VECTORS = 8
"""Vectors of all parameters that a training holds at least: with their gradient, an optimizer's
state, and a copy of these to return to when it diverges."""

_command = ""  # the last one for which this process was examined
_paths: tuple[str, ...] = ()
_modules: set[str] = set()


def was_examined(command: str) -> bool:
    """Return whether this process was last examined for a command, by the command's token."""
    return command == _command


def prepare_process(root: Path, command: str, paths: tuple[str, ...]) -> None:
    """Forget what this process has read for another command, and find the modules of this one.

    A worker outlives commands; between two of them, the data and the user's code may change.
    """
    global _command, _paths
    if command == _command:
        return
    record = read_record(StudyFolder(root)) or CodeRecord()
    _modules.update(name for part in record.parts.values() for name in part.files)
    for name in _modules:
        sys.modules.pop(name, None)
    sys.path[:] = [path for path in sys.path if path not in _paths]
    _paths = tuple(path for path in paths if path not in sys.path)
    sys.path.extend(_paths)
    importlib.invalidate_caches()
    open_dataset.cache_clear()
    _command = command


@dataclass(frozen=True)
class Examination:
    """What a worker is asked; called on the worker.

    `root` is the study's folder, `command` the token of the command that has claimed it, `paths`
    are where the command finds modules beyond the installed ones.
    """

    root: Path
    command: str
    device: str
    paths: tuple[str, ...]

    def __call__(self) -> dict[str, Any]:
        """Return the worker's report, which names what it computes with and what it lacks."""
        mark = self._leave_mark()
        if mark is not None:
            prepare_process(self.root, self.command, self.paths)
        return {
            "versions": list_versions(),
            "capability": torch.backends.cpu.get_cpu_capability(),
            "mark": mark,
            "memory": measure_memory(),
            "device": self._explain_missing_device(),
        }

    def _leave_mark(self) -> str | None:
        """Write a file that the command reads, if this worker sees the command's own.

        Return its name; None if the folder is not the command's, or cannot be written.
        """
        folder, name = self.root / FOLDER, f"mark-{make_token()}"
        try:
            lease = read_lease(folder / COMMAND)
            if lease is None or lease.token != self.command:
                return None
            (folder / name).write_text(self.command)
        except OSError:
            return None
        return name

    def _explain_missing_device(self) -> str:
        try:
            find_device(self.device)
        except StudyError as error:
            return str(error)
        return ""


def list_versions() -> dict[str, str]:
    """Return the versions of what determines the results' bits."""
    return {
        "Python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "descent-atlas": describe_own_version(),
    }


@cache
def describe_own_version() -> str:
    """Return this program's version, with a hash of its modules, which may have been changed."""
    modules = {
        str(path.relative_to(folder)): path
        for folder in descent_atlas.__path__
        for path in Path(folder).rglob("*.py")
    }
    digest = hashlib.sha256()
    for name, path in sorted(modules.items()):
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return f"{metadata.version('descent-atlas')} ({digest.hexdigest()[:12]})"


def measure_memory() -> int:
    """Return the bytes that a job may still take in this process."""
    from distributed import get_worker

    free = int(psutil.virtual_memory().available)
    limit = get_worker().memory_manager.memory_limit
    if limit:
        free = min(free, int(limit) - psutil.Process().memory_info().rss)
    return free


def list_module_paths() -> tuple[str, ...]:
    """Return where this process finds a user's modules, as absolute paths.

    These are neither the installed ones nor this program's, of which each worker has its own.
    """
    installed = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
    paths = [Path(path).resolve() for path in sys.path if Path(path or ".").is_dir()]
    return tuple(
        str(path) for path in paths if not any(path.is_relative_to(prefix) for prefix in installed)
    )


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """What a worker must have: the command's versions and folder, memory, a device."""

    root: Path
    command: str
    memory: int
    device: str

    @classmethod
    def of(cls, study: Study, folder: StudyFolder, command: str) -> "Requirements":
        """Return what the jobs of a study whose data are cached need at least."""
        data = sum(path.stat().st_size for path in folder.dataset.rglob("*") if path.is_file())
        parameters = layout(study.network.build()).size
        vector = STORED[EXACT].itemsize * parameters
        memory = data + PARAMETER_VECTORS * vector
        return cls(root=folder.root, command=command, memory=memory, device=study.device)

    @property
    def resources(self) -> dict[str, float]:
        """What a job takes of a worker's resources."""
        return {GPU: 1} if self.device.startswith("cuda") else {}

    def find_faults(self, report: dict[str, Any], resources: dict[str, float]) -> Sequence[str]:
        """Return why a worker with a report and resources gets no job; nothing if it does."""
        return list(self._find_faults(report, resources))

    def _find_faults(self, report: dict[str, Any], resources: dict[str, float]) -> Iterator[str]:
        for name, own in list_versions().items():
            if (there := report["versions"].get(name)) != own:
                yield f"it has {name} {there}, this command {own}"
        if not self._reads(report["mark"]):
            yield (
                f"it does not see the folder {self.root} of this command; mount the same folder at "
                "the same path on every machine"
            )
        if report["memory"] < self.memory:
            yield (
                f"it has {format_bytes(max(0, report['memory']))} of memory left, a job takes at "
                f"least {format_bytes(self.memory)}"
            )
        if report["device"]:
            yield report["device"]
        for name, amount in self.resources.items():
            if resources.get(name, 0) < amount:
                yield f"it announces no {name}; start it with --resources {name}={amount}"

    def _reads(self, mark: str | None) -> bool:
        """Return whether a worker's mark is here, and remove it."""
        if mark is None or "/" in mark:
            return False
        path = self.root / FOLDER / mark
        try:
            return path.read_text() == self.command
        except OSError:
            return False
        finally:
            path.unlink(missing_ok=True)
