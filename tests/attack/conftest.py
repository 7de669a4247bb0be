"""Fixtures of the attacks on landscapes."""

from pathlib import Path

import pytest

from tests.backend.landscapes.landscape_samples import make_landscape, make_table


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """The folder of an undamaged landscape beside two others."""
    root = tmp_path / "landscapes"
    make_landscape("bowl").write(root)
    make_table().write(root)
    return make_landscape("hostile").write(root)
