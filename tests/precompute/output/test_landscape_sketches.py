"""A study's landscapes while their surfaces are computed, coarse first."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from descent_atlas.analysis.planes import load_plane
from descent_atlas.analysis.surfaces import evaluate_surface
from descent_atlas.landscapes.format import Landscape, read_checked, write_landscape
from descent_atlas.output.landscape_parts import (
    USUAL,
    compute_points,
    key_landscape,
    key_surfaces,
    make_plane,
)
from descent_atlas.output.landscape_sketch import key_sketch, may_replace, sketch_landscape
from descent_atlas.output.surface_parts import SurfaceParts
from descent_atlas.study.entries import LandscapeEntry
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.runs import TrainingRun
from tests.precompute.output.small_trainings import LABELS

GRID = 13


class SmallStudy:
    """A landscape of one run whose surface is computed point by point."""

    def __init__(
        self,
        root: Path,
        runs: dict[str, TrainingRun],
        dataset: ImageDataset,
        id: str,
        together: int,
    ) -> None:
        self.root, self.dataset = root, dataset
        self.run = runs[id]
        self.runs = {id: self.run}
        self.entry = LandscapeEntry.model_validate(
            {
                "id": "small",
                "title": "Small",
                "shows": "A bowl.",
                "figures": [],
                "plane": "pca",
                "origin": id,
                "runs": [id],
                "surfaces": ["test"],
                "grid": GRID,
            }
        )
        key = key_surfaces(self.entry, self.runs, dataset)
        make_plane(root / "plane", key=key, entry=self.entry, runs=self.runs)
        self.plane, self.grid = load_plane(root / "plane")
        self.parts = SurfaceParts(
            folder=root / "parts", surface="test", key=key, shape=(GRID, GRID), together=together
        )

    @property
    def key(self) -> str:
        """The key of its sketches."""
        return key_sketch(key_landscape(self.entry, self.runs, self.dataset))

    def compute(self, start: int, stop: int) -> None:
        """Compute some points, numbered coarse first."""
        compute_points(
            self.parts,
            (start, stop),
            plane=self.plane,
            grid=self.grid,
            run=self.run,
            dataset=self.dataset,
            pace=1,
        )

    def sketch(self, number: int) -> Landscape:
        """Write a sketch and read it again."""
        folder = sketch_landscape(
            self.root / "landscapes",
            entry=self.entry,
            plane=self.plane,
            grid=self.grid,
            parts={"test": self.parts},
            number=number,
            key=self.key,
            runs=self.runs,
            labels=LABELS,
            dataset=self.dataset,
            study="small",
            about=None,
            measures=USUAL,
        )
        return read_checked(folder)

    def may_be_replaced(self, number: int) -> bool:
        """Tell whether the folder may get a sketch."""
        folder = self.root / "landscapes" / "small"
        together = self.parts.together
        assert together is not None
        return may_replace(folder, self.key, number, together=together)


@pytest.mark.parametrize(("id", "together"), [("convolutional", 1), ("sgd", 16)])
def test_a_surface_is_computed_coarse_first_to_the_same_bits(
    tmp_path: Path,
    runs: dict[str, TrainingRun],
    dataset: ImageDataset,
    id: str,
    together: int,
) -> None:
    small = SmallStudy(tmp_path, runs, dataset, id, together)
    order = small.parts.order
    assert order is not None
    found = []
    start = 0
    for number, stop in enumerate(order.stops[:-1]):
        assert small.may_be_replaced(number)
        small.compute(start, min(stop + -stop % together, small.parts.points))
        found.append(small.sketch(number))
        assert not small.may_be_replaced(number)
        start = stop + -stop % together
    small.compute(start, small.parts.points)
    whole = evaluate_surface(
        small.run.build_network(),
        small.run.layout,
        small.plane.origin,
        small.plane.directions,
        small.grid.x,
        small.grid.y,
        dataset.test,
    )
    np.testing.assert_array_equal(small.parts.read()["loss"], whole.loss)
    for landscape in found:
        mask = landscape.arrays["surface.test.computed"]
        np.testing.assert_array_equal(
            landscape.arrays["surface.test.loss"], np.where(mask, whole.loss, np.nan)
        )
        (trajectory,) = landscape.manifest.trajectories
        assert "loss" not in trajectory.arrays and trajectory.energy_about_end is None
        assert landscape.manifest.surfaces[0].images == 90
    assert [each.manifest.progress is not None for each in found] == [True] * len(found)


def test_a_sketch_replaces_neither_what_is_complete_nor_what_is_finer(
    tmp_path: Path, runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    small = SmallStudy(tmp_path, runs, dataset, "convolutional", 1)
    small.compute(0, small.parts.points)
    finer = small.sketch(1)
    assert not small.may_be_replaced(0) and not small.may_be_replaced(1)
    assert small.may_be_replaced(2)
    folder = tmp_path / "landscapes" / "small"
    assert may_replace(folder, "of another run", 0, together=1)
    fields = finer.manifest.model_dump(by_alias=True, exclude_unset=True)
    surface = fields["surfaces"][0] | {"not_finite": 0, "minima": 1, "minima_on_border": 0}
    arrays = dict(finer.arrays)
    for name in ("radius", "share", "cells"):
        surface["arrays"][f"convexity.{name}"] = f"convexity.{name}"
        arrays[f"convexity.{name}"] = np.zeros(0)
    trajectory = fields["trajectories"][0]
    for name in ("loss", "loss_in_plane"):
        trajectory["arrays"][name] = trajectory["arrays"]["x"]
    for name in ("complete", "progress", "schema", "arrays", "sha256"):
        del fields[name]
    fields |= {"surfaces": [surface], "key": "former"}
    write_landscape(tmp_path / "landscapes", fields, arrays)
    assert read_checked(folder).manifest.complete
    assert not small.may_be_replaced(2)


def test_parts_that_an_older_program_numbered_by_rows_are_kept(
    tmp_path: Path, runs: dict[str, TrainingRun], dataset: ImageDataset
) -> None:
    small = SmallStudy(tmp_path, runs, dataset, "convolutional", 1)
    former = replace(small.parts, together=None)
    by_rows = np.arange(40, dtype=np.float64)
    former.write(0, {"loss": by_rows, "accuracy": by_rows})
    order = small.parts.order
    assert order is not None
    missing = [
        number for first, last in small.parts.find_missing(0, 169) for number in range(first, last)
    ]
    assert sorted(order.points[missing].tolist()) == list(range(40, 169))
    small.compute(0, 169)
    np.testing.assert_array_equal(small.parts.read()["loss"].ravel()[:40], by_rows)
    # The other way round, what is numbered coarse first is not taken for rows.
    assert former.find_missing(0, 169) == [(40, 169)]
