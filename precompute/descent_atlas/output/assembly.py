"""Assembly of a landscape from its parts, with statistics of its surfaces and trajectories."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.plane_fidelity import (
    WALK_SEED,
    WALKS,
    Fidelity,
    measure_fidelity,
    walk_fidelities,
)
from descent_atlas.analysis.planes import ParameterPlane, PlaneGrid
from descent_atlas.analysis.progress import Report, divide, ignore, narrow
from descent_atlas.analysis.surface_statistics import describe_surface
from descent_atlas.analysis.trajectories import (
    ProjectedTrajectory,
    RunPath,
    batch_cosines,
    descent_arrow,
    gradient,
    trace,
)
from descent_atlas.landscapes.format import write_landscape
from descent_atlas.output.curvature_paths import describe_curvatures
from descent_atlas.output.descriptions import (
    describe_dataset,
    describe_network,
    describe_run,
    describe_versions,
    finite_or_none,
)
from descent_atlas.output.hessian_planes import describe_plane_curvature
from descent_atlas.output.landscape_parts import (
    USUAL,
    choose_images,
    choose_makers,
    find_origin,
    key_landscape,
    read_path,
)
from descent_atlas.output.measured.batch_correlations import correlate_batches
from descent_atlas.output.point_measures import PointMeasures
from descent_atlas.output.surface_parts import SurfaceParts
from descent_atlas.statistics.association import correlate
from descent_atlas.storage.array_folder import read_folder
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.study.entries import CurvatureSettings, LandscapeEntry
from descent_atlas.study.measures import Measures, StudyDataset, StudySplit
from descent_atlas.training.angles import cosine_between
from descent_atlas.training.images.datasets import Split
from descent_atlas.training.runs import TrainingRun

COSINE_BATCHES = 100
"""Batches of each size whose gradients are compared with that of the whole set."""

SPECTRUM = 10
"""Principal directions whose share of the energy stands in the manifest."""

Arrays = dict[str, NDArray[Any]]


def assemble_landscape(
    root: Path,
    *,
    entry: LandscapeEntry,
    plane: ParameterPlane,
    grid: PlaneGrid,
    parts: Mapping[str, SurfaceParts],
    measured: Mapping[str, Path],
    runs: Mapping[str, TrainingRun],
    labels: Mapping[str, str],
    dataset: StudyDataset,
    study: str | None = None,
    about: Mapping[str, str] | None = None,
    curvature: CurvatureSettings | None = None,
    curvatures: Mapping[str, Path] | None = None,
    measures: Measures = USUAL,
    report: Report = ignore,
) -> Path:
    """Write a landscape to `root`/id and return the folder.

    `parts` are what `compute_points` wrote of each surface, `measured` the outputs of
    `measure_path` for each run, `labels` the labels of the runs; `study` is the study's id, `about`
    its `title` and `text` for a gallery. `curvature` is what was measured along each run, if
    anything, and `curvatures` the outputs of `measure_curvature` by the runs' names. `measures` are
    what is evaluated at each point. `report` is called with the fraction done; an exception that it
    raises ends the assembly, and nothing is written. Raises DamagedError if an output is damaged or
    missing.
    """
    paths = {
        id: read_path(runs[id], own)
        for id, own in zip(entry.runs, divide(narrow(report, 0, 0.1), len(entry.runs)), strict=True)
    }
    index = find_origin(entry, paths[entry.origin])
    arrays: Arrays = {"grid.x": grid.x, "grid.y": grid.y}
    surfaces = {name: parts[name].read() for name in entry.surfaces}
    gradients = OriginGradients(entry, plane, runs[entry.origin], dataset, narrow(report, 0.6, 0.8))
    manifest = {
        "id": entry.id,
        "kind": "landscape",
        "title": entry.title,
        "shows": entry.shows,
        "figures": entry.figures,
        "dataset": describe_dataset(dataset),
        "network": describe_network(runs[entry.origin]),
        "runs": [describe_run(id, labels[id], runs[id], dataset) for id in entry.runs],
        "plane": {
            "kind": plane.kind,
            "origin": {"run": entry.origin, "step": int(paths[entry.origin].steps[index])},
            "makers": choose_makers(entry, runs),
            "seed": plane.seed,
            "gram": plane.gram.tolist(),
            "cosine": plane.cosine,
            "spectrum": list(plane.spectrum[:SPECTRUM]),
            "origin_norm": float(plane.origin.double().norm()),
            **describe_plane_curvature(
                entry, plane, grid, surfaces, runs[entry.origin], dataset, measures
            ),
        },
        "grid": {"x": "grid.x", "y": "grid.y", "shape": [len(grid.y), len(grid.x)]},
        "surfaces": [
            add_surface(name, surfaces, grid, choose_images(name, dataset, gradients.run), arrays)
            for name in entry.surfaces
        ],
        "trajectories": trace_runs(
            entry,
            plane,
            paths,
            index,
            measured,
            runs,
            dataset,
            measures,
            arrays,
            narrow(report, 0.1, 0.6),
        ),
        "arrows": gradients.draw_arrows() if entry.arrows else [],
        "results": {
            "cosines": gradients.compare_batches(arrays) if entry.arrows else [],
            "correlations": correlate_batches(
                plane,
                grid,
                surfaces["train"]["loss"],
                runs[entry.origin],
                dataset,
                sizes=list_batch_sizes(entry),
                batches=entry.batches,
                seed=entry.seed,
                arrays=arrays,
                report=narrow(report, 0.8, 1),
            )
            if entry.batches
            else [],
            "curvature": describe_curvatures(
                {id: [runs[id]] for id in entry.runs}, curvatures or {}, curvature, arrays
            ),
        },
        "seeds": {
            "plane": plane.seed,
            "batches": entry.seed if entry.arrows or entry.batches else None,
            "runs": {id: runs[id].spec.get("seed") for id in entry.runs},
        },
        "versions": describe_versions(),
        "study": study,
        "study_about": about,
        "key": key_landscape(entry, runs, dataset, curvature, measures),
    }
    evaluation = PointMeasures(runs[entry.origin], dataset, measures).describe(plane.kind)
    if evaluation is not None:
        manifest |= {"metrics": describe_metrics(measures), "evaluation": evaluation}
    return write_landscape(root, manifest, arrays)


def describe_metrics(measures: Measures) -> list[dict[str, Any]]:
    """Return the metrics' entries of the manifest, the loss first."""
    found = measures.find_metrics()
    return [
        {"id": "loss", "label": "loss", "higher_is_better": False, "unit": "number"},
        *(
            {
                "id": entry.id,
                "label": entry.label or entry.id,
                "higher_is_better": found[entry.id].higher_is_better,
                "unit": entry.unit,
            }
            for entry in measures.metrics
        ),
    ]


def add_surface(
    name: str,
    surfaces: Mapping[str, Mapping[str, Floats]],
    grid: PlaneGrid,
    images: tuple[StudySplit, Tensor | None],
    arrays: Arrays,
) -> dict[str, Any]:
    """Add a surface to the arrays; return its entry of the manifest with statistics of its loss.

    `images` are its split and the indices of its batch. In the result, `correlation` is that with
    the loss on the whole training set, None if the landscape has no surface of it.
    """
    surface, (split, batch) = surfaces[name], images
    whole = surfaces.get("train")
    return describe_surface(name, surface, grid.x, grid.y, arrays) | {
        "split": "test" if name == "test" else "train",
        "images": split.size if batch is None else len(batch),
        "correlation": None
        if whole is None
        else finite_or_none(correlate(surface["loss"], whole["loss"])),
    }


def trace_runs(
    entry: LandscapeEntry,
    plane: ParameterPlane,
    paths: Mapping[str, RunPath],
    index: int,
    measured: Mapping[str, Path],
    runs: Mapping[str, TrainingRun],
    dataset: StudyDataset,
    measures: Measures,
    arrays: Arrays,
    report: Report,
) -> list[dict[str, Any]]:
    """Add the runs' trajectories and metrics to the arrays; return their entries of the manifest.

    `index` is that of the origin in the path of its run.
    """
    order = list(paths)
    reports = divide(narrow(report, 0.3, 1), len(order))
    walks = walk_fidelities(
        plane.kind,
        list(paths.values()),
        makers=[order.index(id) for id in choose_makers(entry, runs)],
        origin=(order.index(entry.origin), index),
        report=narrow(report, 0, 0.3),
    )
    described = []
    for number, ((id, path), within) in enumerate(zip(paths.items(), reports, strict=True)):
        run, trajectory = runs[id], trace(plane, path, narrow(within, 0, 0.1))
        own_share = measure_fidelity(plane.directions.numpy(), path, narrow(within, 0.1, 0.2))
        in_plane = PointMeasures(run, dataset, measures).in_plane(
            plane, trajectory.coordinates, dataset.train, report=narrow(within, 0.2, 1)
        )
        _, truth = read_folder(measured[id])
        if not np.array_equal(truth["step"], path.steps):
            raise DamagedError(f"{measured[id]} does not hold the losses of the run {id}")
        losses = {"loss": truth["loss"], "loss_in_plane": in_plane["loss"]}
        own = list_columns(run, path, trajectory, measures, losses)
        for key, array in own.items():
            arrays[f"trajectory.{number}.{key}"] = array
        described.append(
            {
                "run": id,
                "arrays": {key: f"trajectory.{number}.{key}" for key in own},
                "energy_about_end": finite_or_none(own_share.energy),
                "displacement": finite_or_none(own_share.displacement),
                "end_distance": finite_or_none(float(trajectory.distance[-1])),
                "random_walks": describe_walks([walked[number] for walked in walks]),
            }
        )
    return described


def list_columns(
    run: TrainingRun,
    path: RunPath,
    trajectory: ProjectedTrajectory,
    measures: Measures,
    losses: Mapping[str, Floats] | None = None,
) -> Arrays:
    """Return the arrays of a run's trajectory, with the losses along it if they are computed."""
    own: Arrays = {
        "step": path.steps,
        "uniform": path.uniform,
        "x": trajectory.coordinates[:, 0],
        "y": trajectory.coordinates[:, 1],
        "distance": trajectory.distance,
        "length": trajectory.length,
        **(losses or {}),
        "epoch": np.asarray(run.metrics["epoch"], dtype=np.float64),
        "train_loss": np.asarray(run.metric("train_loss"), dtype=np.float64),
        "turning.step": np.asarray(run.update_angles["step"], dtype=np.int64),
        "turning.angle": np.asarray(run.update_angles["angle"], dtype=np.float64),
    }
    if "test_accuracy" in run.metrics or measures.are_usual:
        own["test_accuracy"] = np.asarray(run.metric("test_accuracy"), dtype=np.float64)
    if path.rounding is not None:
        own["rounding.distance"] = divide_by_distance(path.rounding, trajectory.distance)
        own["rounding.length"] = divide_by_distance(path.rounding, trajectory.length)
    return own


def divide_by_distance(rounding: Floats, distance: Floats) -> Floats:
    """Return the most that rounding can be of each distance, as a share; NaN where that is 0."""
    shares = np.full(len(rounding), np.nan)
    np.divide(rounding, distance, out=shares, where=distance > 0)
    return shares


def describe_walks(found: Sequence[Fidelity]) -> dict[str, Any]:
    """Return the spread of what a plane shows of random walks in a run's place."""
    return {
        "sets": WALKS,
        "seed": WALK_SEED,
        "energy": spread([each.energy for each in found]),
        "displacement": spread([each.displacement for each in found]),
    }


def spread(values: Sequence[float]) -> dict[str, float | None]:
    """Return the mean of numbers, and their 5% and 95% quantiles."""
    low, high = np.quantile(values, [0.05, 0.95])
    return {
        "mean": finite_or_none(float(np.mean(values))),
        "low": finite_or_none(float(low)),
        "high": finite_or_none(float(high)),
    }


class OriginGradients:
    """Gradients at a landscape's origin: on the whole training set and on batches."""

    def __init__(
        self,
        entry: LandscapeEntry,
        plane: ParameterPlane,
        run: TrainingRun,
        dataset: StudyDataset,
        report: Report,
    ) -> None:
        self.entry, self.plane, self.run, self.dataset = entry, plane, run, dataset
        self.report = report

    @cached_property
    def network(self) -> nn.Module:
        """The network. Raises NetworkError if it has buffers."""
        return self.run.build_network()

    def differentiate(self, split: StudySplit, batch: Tensor | None, report: Report) -> Tensor:
        """Return the gradient of the mean loss at the origin, float64[P]."""
        assert isinstance(split, Split)  # the study's schema asks arrows of no other samples
        return gradient(self.network, self.run.layout, self.plane.origin, split, batch, report)

    @property
    def images(self) -> Split:
        """The training images."""
        assert isinstance(self.dataset.train, Split)
        return self.dataset.train

    @cached_property
    def full(self) -> Tensor:
        """The gradient on the whole training set."""
        return self.differentiate(self.dataset.train, None, narrow(self.report, 0, 0.3))

    def draw_arrows(self) -> list[dict[str, Any]]:
        """Return each surface's direction of descent in the plane.

        `norm` is the norm of the gradient in the full parameter space, `cosine` its cosine with the
        gradient on the whole training set there.
        """
        arrows = []
        reports = divide(narrow(self.report, 0.3, 0.6), len(self.entry.surfaces))
        for name, report in zip(self.entry.surfaces, reports, strict=True):
            own = self.full
            if name != "train":
                own = self.differentiate(*choose_images(name, self.dataset, self.run), report)
            x, y = (finite_or_none(value) for value in descent_arrow(self.plane, own))
            norm, angle = float(own.norm()), cosine_between(own, self.full)
            arrows.append(
                {
                    "surface": name,
                    "x": x,
                    "y": y,
                    "norm": finite_or_none(norm),
                    "cosine": finite_or_none(angle),
                }
            )
        return arrows

    def compare_batches(self, arrays: Arrays) -> list[dict[str, Any]]:
        """Add the cosines between batches' gradients and the full one to the arrays.

        Return mean, median and quartiles for each size of batch.
        """
        described = []
        sizes = list_batch_sizes(self.entry)
        for size, report in zip(
            sizes, divide(narrow(self.report, 0.6, 1), len(sizes)), strict=True
        ):
            cosines = batch_cosines(
                self.network,
                self.run.layout,
                self.plane.origin,
                self.images,
                size=size,
                batches=COSINE_BATCHES,
                seed=self.entry.seed,
                full=self.full,
                report=report,
            )
            arrays[f"cosines.{size}"] = cosines
            kept = cosines[np.isfinite(cosines)]
            low, middle, high = np.quantile(kept, [0.25, 0.5, 0.75]) if len(kept) else [np.nan] * 3
            described.append(
                {
                    "images": size,
                    "batches": COSINE_BATCHES,
                    "array": f"cosines.{size}",
                    "mean": finite_or_none(kept.mean() if len(kept) else np.nan),
                    "median": finite_or_none(middle),
                    "quartiles": [finite_or_none(low), finite_or_none(high)],
                }
            )
        return described


def list_batch_sizes(entry: LandscapeEntry) -> list[int]:
    """Return the sizes of a landscape's batches, the smallest first."""
    sizes = (name.partition("-")[2] for name in entry.surfaces)
    return sorted({int(size) for size in sizes if size})
