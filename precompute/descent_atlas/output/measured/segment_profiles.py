"""Profiles on straight segments: between the ends of runs, and from each run's start to its end."""

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.planes import ParameterPlane, PlaneGrid
from descent_atlas.analysis.progress import Report
from descent_atlas.analysis.segments import (
    CONNECTED_BELOW,
    CONNECTED_RULE,
    EXCESS_RULE,
    LOSS_RULE,
    SHORTFALL_RULE,
    find_barrier,
    measure_climb,
    tell_barrier,
    tell_path,
)
from descent_atlas.output.descriptions import finite_or_none
from descent_atlas.output.landscape_parts import check_networks, choose_images, read_path
from descent_atlas.output.measured.measured_landscape import Arrays, MeasuredLandscape, SheetPlace
from descent_atlas.study.measured_entries import SegmentsEntry, Sheet

ACCURACY = "accuracy"
"""The metric whose barrier decides on linear connection."""


class SegmentProfiles(MeasuredLandscape):
    """Profiles of the loss and the metrics; the points lie at (1 - t) a + t b."""

    entry: SegmentsEntry
    kind: ClassVar[str] = "segments"
    plane_kind: ClassVar[str] = "segment"

    def place(self, sheet: Sheet) -> SheetPlace:
        """Return the segment as a plane whose second coordinate is 0."""
        check_networks(self.entry.id, list(self.runs.values()))
        name, surface = sheet
        _, first, second = self._find_way(name)
        a, b = self._read_ends(first, second)
        way = b.double() - a.double()
        return SheetPlace(
            ParameterPlane(kind="segment", origin=a.double(), directions=torch.stack([way, way])),
            PlaneGrid(np.linspace(0.0, 1.0, self.entry.points), np.zeros(1)),
            self.runs[first],
            *choose_images(surface, self.dataset, self.runs[first]),
        )

    def describe(self, arrays: Arrays, report: Report) -> dict[str, Any]:
        """Add the profiles to the arrays; return their entry of the manifest."""
        t = np.linspace(0.0, 1.0, self.entry.points)
        arrays["segments.t"] = t
        profiles = []
        for number, way in enumerate(self.entry.list_ways()):
            report(number / len(self.entry.list_sheets()))
            profiles.append(self._describe_profile(way, t, arrays))
        return {
            "segments": {
                "t": "segments.t",
                "resolution": 1 / (self.entry.points - 1),
                "connected_below": CONNECTED_BELOW,
                "connected_rule": CONNECTED_RULE,
                "profiles": profiles,
            }
        }

    def _find_way(self, name: str) -> tuple[str, str, str]:
        return next(way for way in self.entry.list_ways() if way[0] == name)

    def _read_ends(self, first: str, second: str) -> tuple[Tensor, Tensor]:
        """Return the two ends, float32[P]: of one run, its start and its end."""
        path = read_path(self.runs[first])
        if first == second:
            return path.read(0), path.read(-1)
        return path.read(-1), read_path(self.runs[second]).read(-1)

    def _describe_profile(
        self, way: tuple[str, str, str], t: Floats, arrays: Arrays
    ) -> dict[str, Any]:
        name, first, second = way
        is_path = first == second
        a, b = self._read_ends(first, second)
        curves: list[dict[str, Any]] = []
        losses: Floats = np.empty(0)
        for surface in self.entry.surfaces:
            values = {key: array.ravel() for key, array in self.read((name, surface)).items()}
            if not curves:
                losses = values["loss"]
            curves.append(self._describe_curve(f"{name}.{surface}", surface, t, values, arrays))
        start = int(read_path(self.runs[first]).steps[0]) if is_path else self.runs[first].steps
        barriers = curves[0]["barriers"]
        is_known = barriers["loss"]["height"] is not None and ACCURACY in barriers
        height = barriers[ACCURACY]["height"] if is_known else None
        return {
            "id": name,
            "label": self._name_way(first, second),
            "kind": "path" if is_path else "ends",
            "first": {"run": first, "step": start},
            "second": {"run": second, "step": self.runs[second].steps},
            "length": finite_or_none(float((b.double() - a.double()).norm())),
            "curves": curves,
            "connected": None if is_path or height is None else height < CONNECTED_BELOW,
            "note": tell_path(losses) if is_path else tell_barrier(find_barrier(t, losses), losses),
        }

    def _name_way(self, first: str, second: str) -> str:
        """Return what a picture calls a segment."""
        label = self.labels[first]
        return f"{label}: start to end" if first == second else f"{label} – {self.labels[second]}"

    def _describe_curve(
        self, name: str, surface: str, t: Floats, values: dict[str, Floats], arrays: Arrays
    ) -> dict[str, Any]:
        """Add the values of a surface's samples; return their entry of the manifest."""
        names = {metric: f"segments.{name}.{metric}" for metric in values}
        arrays |= {names[metric]: array for metric, array in values.items()}
        directions = {entry.id: entry.higher_is_better for entry in self.measures.metrics}
        found = self.measures.find_metrics()
        split, _ = choose_images(surface, self.dataset, next(iter(self.runs.values())))
        barriers = {}
        for metric, array in values.items():
            higher = metric in directions and found[metric].higher_is_better
            barrier = find_barrier(t, array, higher_is_better=higher)
            rule = SHORTFALL_RULE if higher else EXCESS_RULE
            barriers[metric] = {
                "height": finite_or_none(barrier.height),
                "at": finite_or_none(barrier.at),
                "rule": LOSS_RULE if metric == "loss" else rule,
            }
        return {
            "surface": surface,
            "split": surface,
            "images": split.size,
            "arrays": names,
            "barriers": barriers,
            "climb": finite_or_none(measure_climb(values["loss"])),
        }
