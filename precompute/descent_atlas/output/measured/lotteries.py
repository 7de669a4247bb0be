"""Lotteries of random planes: what one network looks like from many seeds of two directions."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import scipy.linalg
import torch
from torch import Tensor

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.eigenpairs import find_eigenpairs
from descent_atlas.analysis.planes import ParameterPlane, random_plane, unit_grid
from descent_atlas.analysis.progress import Report
from descent_atlas.analysis.spectra.point_derivatives import Slope, project_hessian
from descent_atlas.analysis.surface_statistics import NOISE, count_minima, measure_convexity
from descent_atlas.analysis.trajectories import RunPath, descent_arrow
from descent_atlas.output.descriptions import finite_or_none
from descent_atlas.output.landscape_parts import choose_images, read_path
from descent_atlas.output.measured.measured_landscape import (
    Arrays,
    MeasuredLandscape,
    SheetPlace,
    bound_losses,
)
from descent_atlas.output.origin_derivatives import OriginDerivatives, draw_samples
from descent_atlas.study.measured_entries import LotteryEntry, Sheet
from descent_atlas.training.angles import cosine_between
from descent_atlas.training.runs import TrainingRun

HALF = 0.5
"""The share of the largest radius within which convexity is measured too, as the claims do."""

SHARPNESS_RULE = (
    "The largest second derivative at the origin of the loss on the same samples, along any "
    "direction of the plane, by distance in parameter space; the highest over the seeds is divided "
    "by the sharpness, the largest eigenvalue of the Hessian."
)


class PlaneLottery(MeasuredLandscape):
    """Random planes at one origin, one for each seed of the directions.

    Every statistic is given for each seed, with its range:

    - `convex`, `convex-half`: the share of convex cells on the whole grid, and within half its
      largest radius (`measure_convexity`);
    - `minima`, `minima-inside`: local minima on the grid, and those not on its border;
    - `gradient`: the share of the gradient's norm that lies in the plane;
    - `angle-N`: the angle in the plane between the directions of descent of the first N images and
      of the whole set. The truth is the angle in all dimensions, which no plane changes.

    `curvature` says how much of the sharpness λmax the planes show. With the Hessian H and the
    directions V of a plane, G = VᵀV, it shows at most the largest c of VᵀHVu = cGu: the second
    derivative along a unit vector of the plane, by distance. The ratio is the largest c of all
    seeds, divided by λmax; below 1 the planes show less curvature than there is.
    """

    entry: LotteryEntry
    kind: ClassVar[str] = "lottery"
    plane_kind: ClassVar[str] = "random"

    def place(self, sheet: Sheet) -> SheetPlace:
        """Return the plane of a sheet's seed."""
        _, number = sheet[0].split("-")
        return SheetPlace(
            self.draw_plane(int(number)),
            unit_grid(self.entry.grid),
            self.run,
            *choose_images(self.entry.surface, self.dataset, self.run),
        )

    def draw_plane(self, seed: int) -> ParameterPlane:
        """Return the random plane of a seed."""
        return random_plane(self.origin, self.run.layout, seed, frozen=self.run.frozen)

    @property
    def run(self) -> TrainingRun:
        """The run at the origin."""
        return self.runs[self.entry.origin]

    @cached_property
    def path(self) -> RunPath:
        """The path of the run at the origin."""
        return read_path(self.run)

    @property
    def origin_index(self) -> int:
        """The index of the origin in the path."""
        if self.entry.origin_step is None:
            return len(self.path.steps) - 1
        return int(np.abs(self.path.steps - self.entry.origin_step).argmin())

    @property
    def origin(self) -> Tensor:
        """The parameters at the origin, float32[P]."""
        return self.path.read(self.origin_index)

    def describe(self, arrays: Arrays, report: Report) -> dict[str, Any]:
        """Add surfaces and statistics to the arrays; return their entries of the manifest."""
        entry, origin = self.entry, self.origin
        seeds = entry.list_seeds()
        planes = [self.draw_plane(seed) for seed in seeds]
        grid = unit_grid(entry.grid)
        values = [self.read(sheet) for sheet in entry.list_sheets()]
        split, batch = choose_images(entry.surface, self.dataset, self.run)
        metrics = {name: f"lottery.{name}" for name in values[0]}
        for name, place in metrics.items():
            arrays[place] = np.stack([each[name] for each in values]).astype(np.float32)
        arrays |= {"grid.x": grid.x, "grid.y": grid.y}
        arrays["lottery.directions"] = np.sqrt([np.diag(plane.gram) for plane in planes])
        derivatives = OriginDerivatives(
            self.run, self.dataset, self.measures, origin, lambda: report(HALF)
        )
        arrows, angles = self._draw_arrows(derivatives, planes, arrays)
        statistics = [
            *measure_surfaces([each["loss"] for each in values], grid.x, grid.y, arrays),
            *angles,
        ]
        losses = np.stack([each["loss"] for each in values])
        return {
            "grid": {"x": "grid.x", "y": "grid.y", "shape": list(entry.shape)},
            "seeds": {"planes": seeds, "runs": {entry.origin: self.run.spec.get("seed")}},
            "lottery": {
                "origin": {"run": entry.origin, "step": int(self.path.steps[self.origin_index])},
                "origin_norm": float(origin.double().norm()),
                "seeds": seeds,
                "shown": seeds[: entry.shown],
                "surface": entry.surface,
                "images": split.size if batch is None else len(batch),
                "arrays": metrics,
                "directions": "lottery.directions",
                **bound_losses(losses),
                "noise": NOISE,
                "statistics": statistics,
                "arrows": arrows,
                "curvature": self._compare_curvature(derivatives, planes, arrays),
            },
        }

    def _draw_arrows(
        self, derivatives: OriginDerivatives, planes: Sequence[ParameterPlane], arrays: Arrays
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the directions of descent on every plane, and statistics of them."""
        train = self.dataset.train
        full = derivatives.slope(train)
        whole = project_arrows(full, planes)
        arrows = [add_arrow("train", whole, full, full, arrays)]
        inside = np.array([measure_length(*each) for each in zip(whole, planes, strict=True)])
        norm = float(np.linalg.norm(full.gradient))
        statistics = [
            add_statistic(
                "gradient",
                "gradient in the plane",
                "share",
                "The norm of the gradient's projection on the plane, as a share of its norm.",
                inside / norm if norm else np.full(len(planes), np.nan),
                arrays,
            )
        ]
        for size in self.entry.batches:
            name = f"batch-{size}"
            own = derivatives.slope(*choose_images(name, self.dataset, self.run))
            drawn = project_arrows(own, planes)
            arrows.append(add_arrow(name, drawn, own, full, arrays))
            angles = [measure_angle(a, b, p) for a, b, p in zip(drawn, whole, planes, strict=True)]
            statistics.append(
                add_statistic(
                    f"angle-{size}",
                    f"angle of the arrow of {size:,}",
                    "degrees",
                    "The angle in the plane between the directions of descent on the first "
                    f"{size:,} images of the run's first epoch and on all; its truth is the angle "
                    "between the gradients.",
                    np.array(angles),
                    arrays,
                    truth=turn(cosine_of(own, full)),
                )
            )
        return arrows, statistics

    def _compare_curvature(
        self, derivatives: OriginDerivatives, planes: Sequence[ParameterPlane], arrays: Arrays
    ) -> dict[str, Any]:
        """Return how much of the sharpness at the origin the planes show."""
        entry, train = self.entry, self.dataset.train
        batch = draw_samples(train, entry.images, entry.images_seed)
        product = derivatives.product(train, batch)
        steepest = np.array([find_steepest(plane, product) for plane in planes])
        found = find_eigenpairs(
            product, self.run.layout.size, tolerance=entry.tolerance, seed=entry.images_seed
        )
        arrays["lottery.curvature"] = steepest
        converged = bool(found.converged[0])
        sharpness = float(found.values[0]) if converged else float("nan")
        highest = float(steepest.max())
        return {
            "images": train.size if batch is None else len(batch),
            "images_seed": None if batch is None else entry.images_seed,
            "tolerance": entry.tolerance,
            "products": found.products + 2 * len(planes),
            "sharpness": finite_or_none(sharpness),
            "residual": finite_or_none(float(found.residuals[0])),
            "converged": converged,
            "array": "lottery.curvature",
            "highest": finite_or_none(highest),
            "ratio": finite_or_none(highest / sharpness) if sharpness > 0 else None,
            "rule": SHARPNESS_RULE,
        }


def measure_surfaces(
    losses: Sequence[Floats], x: Floats, y: Floats, arrays: Arrays
) -> list[dict[str, Any]]:
    """Add what is read off each surface to the arrays; return its entries of the manifest."""
    shares: list[tuple[float, float]] = []
    counts: list[tuple[int, int]] = []
    for loss in losses:
        convexity = measure_convexity(loss, x, y)
        radius = convexity.radius
        half = int(np.searchsorted(radius, radius[-1] * HALF * (1 + 1e-9), side="right")) - 1
        shares.append((float(convexity.share[-1]), float(convexity.share[half])))
        minima, on_border = count_minima(loss)
        counts.append((minima, minima - on_border))
    whole, near = np.array(shares).T
    found, inside = np.array(counts, dtype=np.float64).T
    convex = "The share of cells whose discrete Hessian is positive definite"
    return [
        add_statistic("convex", "convex cells", "share", f"{convex}.", whole, arrays),
        add_statistic(
            "convex-half",
            "convex cells near the origin",
            "share",
            f"{convex}, within half the largest radius.",
            near,
            arrays,
        ),
        add_statistic("minima", "minima", "number", "Local minima on the grid.", found, arrays),
        add_statistic(
            "minima-inside",
            "minima inside",
            "number",
            "Local minima that are not on the grid's border.",
            inside,
            arrays,
        ),
    ]


def add_statistic(
    id: str,
    label: str,
    unit: str,
    rule: str,
    values: Floats,
    arrays: Arrays,
    *,
    truth: float | None = None,
) -> dict[str, Any]:
    """Add a number of each plane to the arrays; return its entry of the manifest with its range."""
    arrays[f"lottery.{id}"] = values
    finite = values[np.isfinite(values)]
    known = len(finite) > 0
    return {
        "id": id,
        "label": label,
        "unit": unit,
        "rule": rule,
        "array": f"lottery.{id}",
        "lowest": float(finite.min()) if known else None,
        "median": float(np.median(finite)) if known else None,
        "highest": float(finite.max()) if known else None,
        "truth": None if truth is None else finite_or_none(truth),
    }


def add_arrow(
    surface: str, places: Floats, own: Slope, full: Slope, arrays: Arrays
) -> dict[str, Any]:
    """Add the directions of descent float64[seeds, 2] to the arrays; return their entry."""
    names = {axis: f"lottery.arrow.{surface}.{axis}" for axis in "xy"}
    arrays |= {names["x"]: places[:, 0], names["y"]: places[:, 1]}
    return {
        "surface": surface,
        "arrays": names,
        "norm": finite_or_none(float(np.linalg.norm(own.gradient))),
        "cosine": finite_or_none(cosine_of(own, full)),
    }


def project_arrows(slope: Slope, planes: Sequence[ParameterPlane]) -> Floats:
    """Return the direction of descent in the coordinates of each plane, float64[planes, 2]."""
    gradient = torch.from_numpy(slope.gradient)
    return np.stack([descent_arrow(plane, gradient) for plane in planes])


def measure_length(arrow: Floats, plane: ParameterPlane) -> float:
    """Return the length of a plane's vector in parameter space."""
    return float(np.sqrt(arrow @ plane.gram @ arrow))


def measure_angle(first: Floats, second: Floats, plane: ParameterPlane) -> float:
    """Return the angle between two vectors of a plane in parameter space, in degrees."""
    lengths = measure_length(first, plane) * measure_length(second, plane)
    return turn(float(first @ plane.gram @ second) / lengths) if lengths else float("nan")


def turn(cosine: float) -> float:
    """Return the angle of a cosine, in degrees."""
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))  # rounding may exceed 1


def cosine_of(first: Slope, second: Slope) -> float:
    """Return the cosine between two gradients."""
    return cosine_between(torch.from_numpy(first.gradient), torch.from_numpy(second.gradient))


def find_steepest(plane: ParameterPlane, product: Any) -> float:
    """Return the largest second derivative along a unit vector of a plane; NaN if not finite."""
    hessian = project_hessian(product, plane.directions.numpy())
    if not np.isfinite(hessian).all():  # as where a network's own loss is not
        return float("nan")
    return float(scipy.linalg.eigh(hessian, plane.gram, eigvals_only=True)[-1])
