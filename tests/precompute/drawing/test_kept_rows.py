"""Rows that are kept while a landscape is drawn."""

from pathlib import Path

import pytest

from descent_atlas.drawing.kept_rows import KeptRows

ROWS = {7: (1.5, 0.25), 0: (float("inf"), 0.1), 8: (3.0, 1.0)}

ROW_BYTES = 28
"""An index, two numbers, a checksum."""


def fill(path: Path, key: str = "a") -> None:
    """Keep some rows."""
    with KeptRows(path, key=key, width=2) as kept:
        for index, numbers in ROWS.items():
            kept.keep(index, numbers)


def read(path: Path, key: str = "a") -> dict[int, tuple[float, ...]]:
    """Return the rows that are found."""
    with KeptRows(path, key=key, width=2) as kept:
        assert kept.found == len(kept.rows)
        return dict(kept.rows)


def test_rows_are_found_again_to_the_last_bit(tmp_path: Path) -> None:
    fill(tmp_path / "new" / "rows")
    assert read(tmp_path / "new" / "rows") == ROWS


@pytest.mark.parametrize("cut", [1, 20, ROW_BYTES])
def test_a_row_that_a_kill_cut_short_is_dropped_and_kept_again(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "rows"
    fill(path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert list(read(path)) == [7, 0]
    with KeptRows(path, key="a", width=2) as kept:
        kept.keep(8, (3.0, 1.0))
    assert read(path) == ROWS


def test_whatever_follows_a_damaged_row_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    fill(path)
    data = bytearray(path.read_bytes())
    data[-ROW_BYTES - 6] ^= 1
    path.write_bytes(data)
    assert list(read(path)) == [7]


def test_rows_of_other_work_are_dropped(tmp_path: Path) -> None:
    fill(tmp_path / "rows")
    assert read(tmp_path / "rows", key="b") == {}
    assert read(tmp_path / "rows") == {}


def test_a_file_of_something_else_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_bytes(b"\x00" * 100_000)
    assert read(path) == {}
    fill(path)
    assert read(path) == ROWS
