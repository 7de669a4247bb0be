"""Process-wide settings of a training: made for a GPU, and undone; of a worker: its memory."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch

from descent_atlas.training.loops.process_state import (
    WORKSPACES,
    deterministic_memory,
    repeat_kernels,
)

BLOCKS, BLOCK, ROUNDS = 4, 8 * 2**20, 10
"""Blocks of memory that are taken together, their bytes as of a layer's output, and how often."""


def read_settings() -> tuple[bool, bool, bool, bool]:
    """Return the settings on which the choice of kernels depends."""
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.backends.cudnn.benchmark,
        deterministic_memory.fill_uninitialized_memory,
    )


@pytest.fixture
def settings() -> Iterator[None]:
    """Restore what a test sets."""
    is_on, warns_only, is_timed, is_filled = read_settings()
    yield
    torch.use_deterministic_algorithms(is_on, warn_only=warns_only)
    torch.backends.cudnn.benchmark = is_timed
    deterministic_memory.fill_uninitialized_memory = is_filled


@pytest.mark.usefixtures("settings")
def test_a_gpu_repeats_its_kernels_as_long_as_a_training_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(WORKSPACES, raising=False)
    torch.backends.cudnn.benchmark = True
    before = read_settings()
    with repeat_kernels(torch.device("cuda")):
        assert read_settings() == (True, True, False, False)
        assert os.environ[WORKSPACES] == ":4096:8"
    assert read_settings() == before


@pytest.mark.usefixtures("settings")
def test_what_the_user_set_more_strictly_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACES, ":16:8")
    torch.use_deterministic_algorithms(True)
    before = read_settings()
    with repeat_kernels(torch.device("cuda:1")):
        assert read_settings()[:2] == (True, False)
        assert os.environ[WORKSPACES] == ":16:8"
    assert read_settings() == before


def test_the_cpu_needs_no_settings() -> None:
    before = read_settings()
    with repeat_kernels(torch.device("cpu")):
        assert read_settings() == before


def test_memory_that_is_freed_and_taken_again_costs_no_page_faults() -> None:
    program = f"""
import ctypes, resource, sys
from descent_atlas.training.loops.process_state import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({ROUNDS}):
    blocks = [libc.malloc({BLOCK}) for _ in range({BLOCKS})]
    for block in blocks:
        ctypes.memset(block, 1, {BLOCK})
    for block in blocks:
        libc.free(block)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    kept, given_back = (
        int(subprocess.check_output([sys.executable, "-c", program, word], text=True))
        for word in ("keep", "give-back")
    )
    assert ROUNDS * kept < 4 * given_back
