"""Process-wide settings of a training: made for a GPU, and undone."""

import os
from collections.abc import Iterator

import pytest
import torch
import torch.utils.deterministic as deterministic_memory

from descent_atlas.training.loops.process_state import WORKSPACES, repeat_kernels


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
