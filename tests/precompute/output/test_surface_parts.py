"""Blocks of a surface's points: what is missing, what is kept, and that blocks do not matter."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from descent_atlas.analysis.planes import random_plane, unit_grid
from descent_atlas.analysis.point_values import PointValues
from descent_atlas.analysis.surfaces import evaluate_in_plane, evaluate_surface
from descent_atlas.output import landscape_parts, point_measures
from descent_atlas.output.landscape_parts import compute_points
from descent_atlas.output.surface_parts import SurfaceParts
from descent_atlas.storage.array_folder import write_folder
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.loop import StoppedError
from descent_atlas.training.runs import TrainingRun


def make_parts(folder: Path, side: int = 7) -> SurfaceParts:
    return SurfaceParts(folder=folder, surface="batch-4", key="k", shape=(side, side))


def write(parts: SurfaceParts, *spans: tuple[int, int]) -> None:
    """Write parts whose losses are the numbers of their points."""
    for start, stop in spans:
        numbers = np.arange(start, stop, dtype=np.float64)
        parts.write(start, {"loss": numbers, "accuracy": numbers / 100})


def test_what_no_part_holds_is_missing(tmp_path: Path) -> None:
    parts = make_parts(tmp_path)
    assert parts.find_missing(0, 49) == [(0, 49)]
    write(parts, (8, 16), (12, 20), (30, 40))
    assert parts.find_missing(0, 49) == [(0, 8), (20, 30), (40, 49)]
    assert parts.find_missing(9, 18) == []
    assert parts.find_missing(18, 35) == [(20, 30)]
    with pytest.raises(DamagedError, match=r"lacks 27 of the 49 points .* from point 0 on"):
        parts.read()
    write(parts, (0, 8), (20, 49))
    surface = parts.read()
    np.testing.assert_array_equal(surface["loss"].ravel(), np.arange(49))
    np.testing.assert_array_equal(surface["accuracy"], surface["loss"] / 100)


def test_parts_of_another_key_or_surface_or_damaged_ones_do_not_count(tmp_path: Path) -> None:
    parts = make_parts(tmp_path)
    write(replace(parts, key="another"), (0, 16))
    write(replace(parts, surface="batch-40"), (16, 32))
    write(parts, (32, 49))
    damaged = parts.place(32) / "arrays.npz"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert parts.find_missing(0, 49) == [(0, 49)]
    parts.remove_others(0, 49)
    assert [path.name for path in tmp_path.iterdir()] == ["batch-40-at-16"]


def test_rows_that_an_older_program_computed_are_kept(tmp_path: Path) -> None:
    parts = make_parts(tmp_path)
    for first, last in ((0, 5), (5, 7)):
        loss = np.arange(7 * first, 7 * last, dtype=np.float64).reshape(-1, 7)
        header = {"key": "k", "surface": "batch-4", "rows": [first, last]}
        write_folder(tmp_path / f"batch-4-{first}", header, {"loss": loss, "accuracy": loss})
    assert parts.find_missing(0, 49) == []
    np.testing.assert_array_equal(parts.read()["loss"], np.arange(49).reshape(7, 7))


@pytest.mark.parametrize(("id", "lengths"), [("sgd", (16, 32)), ("convolutional", (3, 7))])
def test_the_bits_of_a_point_do_not_depend_on_its_block(
    tmp_path: Path,
    runs: dict[str, TrainingRun],
    dataset: ImageDataset,
    id: str,
    lengths: Sequence[int],
) -> None:
    run = runs[id]
    plane, grid = random_plane(run.final, run.layout, seed=0), unit_grid(7)
    whole = evaluate_surface(
        run.build_network(),
        run.layout,
        plane.origin,
        plane.directions,
        grid.x,
        grid.y,
        dataset.test,
    )
    for length in lengths:
        parts = replace(make_parts(tmp_path / str(length)), surface="test")
        for start in reversed(range(0, 49, length)):
            compute_points(
                parts,
                (start, min(start + length, 49)),
                plane=plane,
                grid=grid,
                run=run,
                dataset=dataset,
                pace=1,
            )
        found = parts.read()
        np.testing.assert_array_equal(found["loss"], whole.loss)
        np.testing.assert_array_equal(found["accuracy"], whole.accuracy)


def test_parts_are_as_long_as_points_prove_to_take_and_outlast_an_interruption(
    tmp_path: Path,
    runs: dict[str, TrainingRun],
    dataset: ImageDataset,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Points that take 5 s and were expected to take 15 s: two, then six within 30 s."""
    clock = [0.0]
    monkeypatch.setattr(landscape_parts, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def take_time(*arguments: object, **options: object) -> PointValues:
        clock[0] += 5 * len(arguments[4])  # type: ignore[arg-type]
        return evaluate_in_plane(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(point_measures, "evaluate_in_plane", take_time)
    run, parts = runs["convolutional"], make_parts(tmp_path)
    plane, grid = random_plane(run.final, run.layout, seed=0), unit_grid(7)

    def stop_at_half(fraction: float) -> None:
        if fraction > 0.5:
            raise StoppedError

    def compute(report: object) -> None:
        compute_points(
            parts,
            (0, 49),
            plane=plane,
            grid=grid,
            run=run,
            dataset=dataset,
            pace=15,
            report=report,  # type: ignore[arg-type]
        )

    with pytest.raises(StoppedError):
        compute(stop_at_half)
    assert sorted(int(path.name.rpartition("-")[2]) for path in tmp_path.iterdir()) == [0, 2, 8, 14]
    assert parts.find_missing(0, 49) == [(20, 49)]
    fractions: list[float] = []
    compute(fractions.append)
    assert fractions == sorted(fractions)
    assert fractions[0] == 0 and fractions[-1] < 1
    assert parts.find_missing(0, 49) == []
