"""What a training changes of PyTorch's process-wide state, and restores."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.utils.deterministic as deterministic_memory

WORKSPACES = "CUBLAS_WORKSPACE_CONFIG"
"""The environment variable from which cuBLAS learns the workspaces of its products."""


def fix_workspaces() -> None:
    """Let matrix products on a GPU have the same workspaces, and thereby bits, each time.

    cuBLAS looks once, before the first product of a process. A setting of the user's stays.
    """
    os.environ.setdefault(WORKSPACES, ":4096:8")


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
