"""Points that are kept while a landscape is drawn."""

from pathlib import Path

import pytest

from descent_atlas.drawing.kept_points import KeptPoints

NAMES = ("loss", "accuracy")

POINTS = {(0.1, -2.5): (1.5, 0.25), (0.0, 0.0): (float("inf"), 0.5), (1.0, 1.0): (3.0, 1.0)}


def fill(path: Path, key: str = "a") -> None:
    """Keep some points."""
    with KeptPoints(path, key=key, names=NAMES) as points:
        for point, values in POINTS.items():
            points.keep(point, dict(zip(NAMES, values, strict=True)))


def read(path: Path, key: str = "a") -> dict[tuple[float, ...], tuple[float, ...]]:
    """Return the points that a drawing finds."""
    with KeptPoints(path, key=key, names=NAMES) as points:
        assert points.found == len(points.values)
        return {point: tuple(values.values()) for point, values in points.values.items()}


def test_points_are_found_again_to_the_last_bit(tmp_path: Path) -> None:
    fill(tmp_path / "new" / "points")
    assert read(tmp_path / "new" / "points") == POINTS
    with KeptPoints(tmp_path / "new" / "points", key="a", names=NAMES) as points:
        assert points.find((0.1, -2.5)) == {"loss": 1.5, "accuracy": 0.25}
        assert points.find((0.1, 2.5)) is None


@pytest.mark.parametrize("cut", [1, 20, 36])
def test_a_row_that_a_kill_cut_short_is_dropped_and_computed_again(
    tmp_path: Path, cut: int
) -> None:
    path = tmp_path / "points"
    fill(path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert len(read(path)) == 2
    with KeptPoints(path, key="a", names=NAMES) as points:
        points.keep((1.0, 1.0), {"loss": 3.0, "accuracy": 1.0})
    assert read(path) == POINTS


def test_whatever_follows_a_damaged_row_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "points"
    fill(path)
    data = bytearray(path.read_bytes())
    data[-40] ^= 1  # in the second of three rows of 36 bytes
    path.write_bytes(data)
    assert list(read(path)) == [(0.1, -2.5)]


def test_points_of_another_drawing_are_dropped(tmp_path: Path) -> None:
    fill(tmp_path / "points")
    assert read(tmp_path / "points", key="b") == {}
    assert read(tmp_path / "points") == {}


def test_a_file_of_something_else_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "points"
    path.write_bytes(b"\x00" * 100_000)
    assert read(path) == {}
    fill(path)
    assert read(path) == POINTS
