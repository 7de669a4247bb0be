"""Evidence: what claims read from landscapes.

A landscape of the right name may be of another study and lack what a claim looks for. What is
missing raises MissingEvidenceError, which names it.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from descent_atlas.landscapes.claims.claim import MissingEvidenceError
from descent_atlas.landscapes.claims.rules import RULES
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Cell, Run, Surface, Trajectory
from descent_atlas.landscapes.parts.plane_parts import Plane

Floats = NDArray[np.float64]

Part = TypeVar("Part")
"""A part of a manifest."""

Numeric = TypeVar("Numeric", int, float)


def require(value: Numeric | None, what: str) -> Numeric:
    """Return a number of a manifest, where None stands for one that is not finite."""
    if value is None:
        raise MissingEvidenceError(f"{what} is not a finite number")
    return value


def find(parts: Iterable[Part], wanted: Callable[[Part], bool], what: str) -> Part:
    """Return the first of some parts that is wanted."""
    for part in parts:
        if wanted(part):
            return part
    raise MissingEvidenceError(what)


def find_run(landscape: Landscape, id: str) -> Run:
    """Return a run of a landscape, with its first seed if there are several."""
    manifest = landscape.manifest
    return find(manifest.runs, lambda run: run.id == id, f'{manifest.id} has no run "{id}"')


def find_seeds(landscape: Landscape, id: str) -> list[Run]:
    """Return a run of a table, seed by seed."""
    find_run(landscape, id)
    return [run for run in landscape.manifest.runs if run.id == id]


def find_cell(table: Landscape, run: str) -> Cell:
    """Return a run's cell of a table."""
    manifest = table.manifest
    cells = manifest.results.cells
    return find(cells, lambda cell: cell.run == run, f'{manifest.id} has no cell of "{run}"')


def read_accuracies(
    table: Landscape, runs: Iterable[str]
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Return the mean, lowest and highest accuracies of a table's runs, in percent."""
    cells = {run: find_cell(table, run) for run in runs}
    where = f"in {table.manifest.id}"
    return (
        {run: require(cell.mean, f"the accuracy of {run} {where}") for run, cell in cells.items()},
        {run: require(cell.low, f"the accuracy of {run} {where}") for run, cell in cells.items()},
        {run: require(cell.high, f"the accuracy of {run} {where}") for run, cell in cells.items()},
    )


def find_surface(landscape: Landscape, id: str) -> Surface:
    """Return a surface of a landscape."""
    manifest = landscape.manifest
    missing = f'{manifest.id} has no surface "{id}"'
    return find(manifest.surfaces, lambda surface: surface.id == id, missing)


def find_trajectory(landscape: Landscape, run: str) -> Trajectory:
    """Return the trajectory of a run on a landscape."""
    manifest = landscape.manifest
    missing = f'{manifest.id} has no trajectory of "{run}"'
    return find(manifest.trajectories, lambda trajectory: trajectory.run == run, missing)


def read_array(landscape: Landscape, arrays: Mapping[str, str], name: str) -> NDArray[Any]:
    """Return an array by the name that a part of the manifest gives it."""
    if name not in arrays:
        raise MissingEvidenceError(f'{landscape.manifest.id} has no "{name}"')
    if arrays[name] not in landscape.arrays:
        raise MissingEvidenceError(f'{landscape.manifest.id} has no array "{arrays[name]}"')
    return landscape.arrays[arrays[name]]


def read_plane(landscape: Landscape) -> Plane:
    """Return a landscape's plane."""
    plane = landscape.manifest.plane
    if plane is None:
        raise MissingEvidenceError(f"{landscape.manifest.id} has no plane")
    return plane


def read_hyperparameter(run: Run, name: str) -> float:
    """Return a hyperparameter of a run's optimizer; 0, as in PyTorch, where none was given."""
    given = run.spec.get("hyperparameters")
    if not isinstance(given, Mapping):
        raise MissingEvidenceError(f'{run.id} has no "hyperparameters"')
    value = given.get(name, 0.0)
    if not isinstance(value, int | float):
        raise MissingEvidenceError(f'"{name}" of {run.id} is not a number')
    return float(value)


def read_batch_size(run: Run) -> float:
    """Return the images of a run's batch."""
    return require(run.batch_size, f"the batch size of {run.id}")


@dataclass(frozen=True)
class Path:
    """A run's uniform snapshots in a plane: points in units of length, and the true losses.

    `points` are float64[n, 2] in coordinates whose axes are orthogonal and whose unit is that of
    parameter space; `loss` float64[n] is that on the whole training set.
    """

    points: Floats
    loss: Floats


def read_path(landscape: Landscape, run: str) -> Path:
    """Return a run's path through a landscape."""
    arrays = find_trajectory(landscape, run).arrays
    uniform, x, y, loss = (
        read_array(landscape, arrays, name) for name in ("uniform", "x", "y", "loss")
    )
    products = read_plane(landscape).gram
    if products is None:
        raise MissingEvidenceError(f"the directions of {landscape.manifest.id} are not known")
    gram = np.asarray(products)
    try:
        axes = np.linalg.cholesky(gram)  # G = LLᵀ: as long as (α, β) in parameter space is (α, β)L
    except np.linalg.LinAlgError:
        message = f"the directions of {landscape.manifest.id} make no plane"
        raise MissingEvidenceError(message) from None
    chosen = uniform.astype(bool)
    return Path(np.stack([x, y], axis=1)[chosen] @ axes, loss[chosen])


@dataclass(frozen=True)
class Fall:
    """How a run's true training loss fell: where it began and ended, and over its last tenth.

    `start` is the loss before the first step, `before` and `last` are its means over the last
    tenth but one and the last tenth of the snapshots: a mean, because the loss of gradient descent
    may rise at every other step.
    """

    start: float
    before: float
    last: float

    @property
    def whole(self) -> float:
        """How far the loss fell altogether."""
        return self.start - self.last

    @property
    def lately(self) -> float:
        """How far it moved over the last tenth, as a share of the whole fall; infinite if none."""
        return abs(self.before - self.last) / self.whole if self.whole > 0 else math.inf


def read_fall(landscape: Landscape, run: str) -> Fall:
    """Return how a run's true training loss fell."""
    loss = read_path(landscape, run).loss
    count = max(int((len(loss) - 1) * RULES.convergence.tail), 1)
    if len(loss) < 2 * count + 1 or not np.isfinite(loss).all():
        raise MissingEvidenceError(f"too few finite losses of the run {run}")
    return Fall(
        start=float(loss[0]),
        before=float(loss[-2 * count : -count].mean()),
        last=float(loss[-count:].mean()),
    )
