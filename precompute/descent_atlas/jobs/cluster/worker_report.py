"""Report of a worker on its process: folder, memory, device; and the process between commands."""

import importlib
import sys
from pathlib import Path
from typing import Any

import psutil
import torch

from descent_atlas.jobs.cluster.lease_file import COMMAND, FOLDER, MARK, make_token, read_lease
from descent_atlas.jobs.worker_devices import name_gpu
from descent_atlas.study.code_record import CodeRecord, read_record
from descent_atlas.study.folder import StudyFolder, open_dataset
from descent_atlas.study.rehearsal import find_device
from descent_atlas.study.study_files import StudyError

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


def report_process(root: Path, command: str, device: str, paths: tuple[str, ...]) -> dict[str, Any]:
    """Prepare this process for the jobs of a command; return what it is and what it lacks."""
    mark = leave_mark(root, command)
    if mark is not None:
        prepare_process(root, command, paths)
    missing = explain_missing_device(device)
    return {
        "capability": torch.backends.cpu.get_cpu_capability(),
        "mark": mark,
        "memory": measure_memory(),
        "device": missing,
        "gpu": "" if missing else name_gpu(device),
    }


def leave_mark(root: Path, command: str) -> str | None:
    """Write a file that the command reads, if this worker sees the command's own.

    Return its name; None if the folder is not the command's, or cannot be written.
    """
    folder, name = root / FOLDER, f"{MARK}{make_token()}"
    try:
        lease = read_lease(folder / COMMAND)
        if lease is None or lease.token != command:
            return None
        (folder / name).write_text(command)
    except OSError:
        return None
    return name


def explain_missing_device(device: str) -> str:
    """Return why this process cannot compute on a device; empty if it can."""
    try:
        find_device(device)
    except StudyError as error:
        return str(error)
    return ""


def measure_memory() -> int:
    """Return the bytes that a job may still take in this process."""
    from distributed import get_worker

    free = int(psutil.virtual_memory().available)
    limit = get_worker().memory_manager.memory_limit
    if limit:
        free = min(free, int(limit) - psutil.Process().memory_info().rss)
    return free
