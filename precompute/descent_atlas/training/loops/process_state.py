"""What a training changes of PyTorch's process-wide state, and restores."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils import deterministic

deterministic_memory: Any = deterministic
"""Its settings are properties of the module itself, which have no types."""

WORKSPACES = "CUBLAS_WORKSPACE_CONFIG"
"""The environment variable from which cuBLAS learns the workspaces of its products."""

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's `mallopt`, as its `malloc.h` has them."""

LARGEST_MMAP_THRESHOLD = 32 * 2**20
"""The largest that glibc accepts. Larger blocks come from the system and go back to it."""

KEPT_BYTES = 2**30
"""Free memory above which some goes back to the system."""


def fix_workspaces() -> None:
    """Let matrix products on a GPU have the same workspaces, and thereby bits, each time.

    cuBLAS looks once, before the first product of a process. A setting of the user's stays.
    """
    os.environ.setdefault(WORKSPACES, ":4096:8")


def keep_freed_memory() -> None:
    """Let this process use the memory that it frees again, where its C library is glibc.

    By default, the outputs of layers, some megabytes each, may go back to the system and come anew
    for every batch. The system clears each of their pages, which took a third of the time of a
    small convolutional network. The process holds what it held at most, but no more.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)


@contextmanager
def repeat_kernels(device: torch.device) -> Iterator[None]:
    """Compute on a GPU with kernels that give the same bits each time, where PyTorch has them.

    By default, cuDNN may sum a convolution's gradient in the order in which threads end. PyTorch
    warns of an operation that has no such kernel; a run with one may resume to other bits. Strict
    settings of the user's stay. On the CPU, nothing changes: the job's processes have one thread.
    """
    if device.type != "cuda":
        yield
        return
    fix_workspaces()
    was_on = torch.are_deterministic_algorithms_enabled()
    warned_only = torch.is_deterministic_algorithms_warn_only_enabled()
    convolutions = torch.backends.cudnn
    was_timed, was_filled = convolutions.benchmark, deterministic_memory.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True, warn_only=warned_only or not was_on)
    convolutions.benchmark = False  # it chooses kernels by their time
    deterministic_memory.fill_uninitialized_memory = False  # a help in debugging that costs time
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(was_on, warn_only=warned_only)
        convolutions.benchmark = was_timed
        deterministic_memory.fill_uninitialized_memory = was_filled


@contextmanager
def flush_denormals() -> Iterator[None]:
    """Treat numbers below 1.2e-38 as zero, within this context.

    The momentum of a dead unit decays to such numbers and stays there. Processors compute with them
    several times slower.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
