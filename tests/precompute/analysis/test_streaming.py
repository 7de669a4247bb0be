"""Planes of snapshots that are larger than memory."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch

from descent_atlas.analysis import planes
from descent_atlas.analysis.plane_fidelity import measure_fidelity, place_starts, step_lengths
from descent_atlas.analysis.planes import find_finite, pca_plane, project
from descent_atlas.analysis.trajectories import RunPath
from descent_atlas.training.run_manifest import RunError
from descent_atlas.training.snapshot_rows import SnapshotRows

SNAPSHOTS, PARAMETERS = 100, 5_000_000
"""Two gigabytes on disk."""

LIMIT = 5 * 10**8
"""Bytes that their planes may add to what the libraries take: with twice as many parameters and
four times as much on disk, no more than twice this."""


def write_spiral(path: Path, snapshots: int, parameters: int) -> SnapshotRows:
    """Write snapshots that move in their first and last coordinate alone, to a sparse file.

    They end at the origin. The first coordinate has four times the range of the last.
    """
    turns = np.linspace(0, 4 * np.pi, snapshots)
    radius = np.linspace(1, 0, snapshots)
    with path.open("wb") as file:
        file.truncate(4 * snapshots * parameters)
        for row in range(snapshots):
            for column, value in (
                (0, 4 * radius[row] * np.cos(turns[row])),
                (parameters - 1, radius[row] * np.sin(turns[row])),
            ):
                file.seek(4 * (row * parameters + column))
                file.write(np.float32(value).tobytes())
    return SnapshotRows(path, parameters, np.arange(snapshots))


def draw(rows: SnapshotRows) -> None:
    """Do with snapshots what a landscape does, and compare it with what is known of them."""
    origin = torch.zeros(rows.size)
    assert find_finite(rows).all()
    plane = pca_plane(rows, origin)
    expected = np.asarray(rows[:, slice(0, 1)])[:, 0]
    coordinates, distance = project(plane, rows)
    np.testing.assert_allclose(np.abs(coordinates[:, 0]), np.abs(expected), atol=0.1)
    np.testing.assert_allclose(distance, 0, atol=1e-6)
    assert sum(plane.spectrum[:2]) == pytest.approx(1)
    path = RunPath(np.arange(len(rows)), rows, np.ones(len(rows), dtype=np.bool_))
    found = measure_fidelity(plane.directions.numpy(), path)
    assert found.energy == pytest.approx(1)
    assert place_starts([path, path]).shape == (2, 0)
    assert (step_lengths(rows) > 0).all()


def test_snapshots_are_never_held_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planes, "NUMBERS_AT_ONCE", 2**16)
    rows = write_spiral(tmp_path / "snapshots", 100, 100_000)
    tracemalloc.start()
    try:
        draw(rows)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 12 * 8 * rows.size  # some vectors in float64, of a hundred


@pytest.mark.long
def test_two_gigabytes_of_snapshots_are_drawn_with_a_quarter_of_that(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from tests.precompute.analysis.test_streaming import *\n"
        "def draw_spiral(parameters):\n"
        "    draw(write_spiral(Path(sys.argv[1]), SNAPSHOTS, parameters))\n"
        "    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = draw_spiral(1000)\n"
        "print(draw_spiral(PARAMETERS) - before)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "snapshots")]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    assert int(ended.stdout) < LIMIT


def test_rows_of_a_file_are_chosen_and_read_as_those_of_an_array(tmp_path: Path) -> None:
    array = np.random.default_rng(0).standard_normal((6, 9)).astype(np.float32)
    (tmp_path / "snapshots").write_bytes(array.tobytes())
    rows = SnapshotRows(tmp_path / "snapshots", 9, np.arange(6))
    end = np.ones(9, dtype=np.float32)
    longer, expected = rows.append(end), np.vstack([array, end])
    assert longer.shape == expected.shape
    np.testing.assert_array_equal(longer, expected)
    np.testing.assert_array_equal(longer[-1], end)
    np.testing.assert_array_equal(longer[2], array[2])
    mask = np.array([True, False, True, False, False, True, True])
    np.testing.assert_array_equal(longer[mask], expected[mask])
    np.testing.assert_array_equal(longer[mask][1:], expected[mask][1:])
    np.testing.assert_array_equal(longer[:, 3:5], expected[:, 3:5])
    np.testing.assert_array_equal(longer[:1, 3:5], expected[:1, 3:5])
    for own, other in zip(longer, expected, strict=True):
        np.testing.assert_array_equal(own, other)
    assert rows[np.zeros(6, dtype=np.bool_)].shape == (0, 9)


def test_a_file_that_lost_its_end_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "snapshots").write_bytes(b"\0" * 40)
    rows = SnapshotRows(tmp_path / "snapshots", 9, np.arange(2))
    with pytest.raises(RunError, match="fewer snapshots than its run"):
        rows[1]
