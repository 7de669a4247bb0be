"""The sharpness along runs, as claims read it from tables and landscapes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from descent_atlas.landscapes.claims.claim import Landscapes, MissingEvidenceError
from descent_atlas.landscapes.claims.evidence import find, read_array, require
from descent_atlas.landscapes.claims.path_measures import at_chance
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Run
from descent_atlas.landscapes.parts.curvature_parts import Curvature

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MeasuredSharpness:
    """The sharpness at the measured snapshots of one run.

    `step` is int64[n]; `sharpness` and `preconditioned` are float64[n], NaN where no value has
    converged or there is none. `limit` is the full-batch limit of the run's rule, None where none
    is known, and `limit_of` the name of what it bounds.
    """

    run: Run
    seed: int
    images: int
    limit: float | None
    limit_of: str | None
    step: NDArray[np.int64]
    sharpness: Floats
    preconditioned: Floats
    landscape: Landscape
    described: Curvature

    def read(self, name: str) -> Floats:
        """Return other values at the measured snapshots, by their name in the manifest."""
        values: Floats = read_array(self.landscape, self.described.arrays, name)
        return values

    @property
    def subsets(self) -> Floats:
        """The sharpness on each subset of images, float64[snapshots, subsets]."""
        return self.read("spread.sharpness")


def list_paths(landscape: Landscape) -> list[MeasuredSharpness]:
    """Return what was measured along the runs of a landscape or table, in its order."""
    runs = {(run.id, run.spec.get("seed")): run for run in landscape.manifest.runs}
    paths = []
    for described in landscape.manifest.results.curvature:
        run = runs.get((described.run, described.seed))
        if run is None:
            continue
        step, sharpness, preconditioned = (
            read_array(landscape, described.arrays, name)
            for name in ("step", "sharpness", "preconditioned")
        )
        paths.append(
            MeasuredSharpness(
                run=run,
                seed=described.seed,
                images=described.images,
                limit=described.limit,
                limit_of=described.limit_of,
                step=step,
                sharpness=sharpness,
                preconditioned=preconditioned,
                landscape=landscape,
                described=described,
            )
        )
    return paths


def find_paths(landscape: Landscape, id: str) -> list[MeasuredSharpness]:
    """Return those of one run, seed by seed. Raises MissingEvidenceError if there are none."""
    found = [path for path in list_paths(landscape) if path.run.id == id]
    if not found:
        raise MissingEvidenceError(f'{landscape.manifest.id} has no sharpness along "{id}"')
    return found


def collect_paths(landscapes: Landscapes, ids: Iterable[str]) -> list[MeasuredSharpness]:
    """Return those of several tables that count: each run and seed once.

    Runs that diverged or ended at chance are left out.
    """
    found: dict[tuple[str, int], MeasuredSharpness] = {}
    for id in ids:
        for path in list_paths(landscapes[id]):
            found.setdefault((path.run.id, path.seed), path)
    return [path for path in found.values() if counts(path)]


def counts(path: MeasuredSharpness) -> bool:
    """Return whether a run neither diverged nor ended at chance."""
    return run_counts(path.landscape, path.run)


def run_counts(landscape: Landscape, run: Run) -> bool:
    """Return whether a run of a landscape neither diverged nor ended at chance."""
    return run.status != "diverged" and not at_chance(landscape, run)


def find_measured(path: MeasuredSharpness, loss: float) -> int | None:
    """Return the first measured snapshot whose loss on all training images is at most `loss`.

    None if there is none, or if its sharpness has not converged.
    """
    below = np.flatnonzero(path.read("train.loss") <= loss)
    if not len(below) or not np.isfinite(path.sharpness[below[0]]):
        return None
    return int(below[0])


def take_limit(path: MeasuredSharpness, of: str) -> float:
    """Return the full-batch limit of a run's rule, which must be one of `of`."""
    what = f"the limit of {path.run.id}"
    if path.limit_of != of:
        raise MissingEvidenceError(f"{what} is not known")
    return require(path.limit, what)


def find_adaptive(landscape: Landscape, id: str) -> MeasuredSharpness:
    """Return a run's first seed, of which the preconditioned sharpness was measured."""
    paths = find_paths(landscape, id)
    return find(
        paths,
        lambda path: bool(np.isfinite(path.preconditioned).any()),
        f'{landscape.manifest.id} has no preconditioned sharpness along "{id}"',
    )


def spread_of(paths: Sequence[MeasuredSharpness]) -> float | None:
    """Return the largest ratio of the sharpness on two subsets of images at one snapshot.

    None where no snapshot was measured on two of them.
    """
    ratios = [
        float(row.max() / row.min())
        for path in paths
        for row in path.subsets
        if len(row) > 1 and np.isfinite(row).all() and row.min() > 0
    ]
    return max(ratios) if ratios else None
