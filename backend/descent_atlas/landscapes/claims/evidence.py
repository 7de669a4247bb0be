"""What claims read from landscapes.

A landscape of the right name may be of another study, and lack what a claim looks for: whatever is
not there raises UntoldError, which names it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.landscapes.claims.claim import UntoldError
from descent_atlas.landscapes.format import Landscape

Floats = NDArray[np.float64]
Entry = Mapping[str, Any]
"""A part of a manifest."""


def look_up(entry: Entry, name: str, where: str) -> Any:
    """Return a field of a part of a manifest."""
    if name not in entry:
        raise UntoldError(f'{where} has no "{name}"')
    return entry[name]


def read_number(entry: Entry, name: str, where: str) -> float:
    """Return a field that is a finite number."""
    value = look_up(entry, name, where)
    if not isinstance(value, int | float):
        raise UntoldError(f'"{name}" of {where} is not a finite number')
    return float(value)


def find(entries: Sequence[Entry], name: str, value: str, landscape: Landscape) -> Entry:
    """Return the first part of a list in a manifest that has a value."""
    for entry in entries:
        if entry.get(name) == value:
            return entry
    raise UntoldError(f'{landscape.manifest["id"]} has no {name} "{value}"')


def find_run(landscape: Landscape, id: str) -> Entry:
    """Return what a landscape tells of a run, of its first seed if there are several."""
    return find(landscape.manifest["runs"], "id", id, landscape)


def find_seeds(landscape: Landscape, id: str) -> list[Entry]:
    """Return what a table tells of a run, seed by seed."""
    find_run(landscape, id)
    return [run for run in landscape.manifest["runs"] if run.get("id") == id]


def find_cell(table: Landscape, run: str) -> Entry:
    """Return a run's cell of a table."""
    cells = look_up(table.manifest["results"], "cells", table.manifest["id"])
    return find(cells, "run", run, table)


def find_surface(landscape: Landscape, name: str) -> Entry:
    """Return what a landscape tells of a surface."""
    return find(landscape.manifest["surfaces"], "id", name, landscape)


def list_batches(landscape: Landscape) -> list[Entry]:
    """Return what a landscape tells of the surfaces of batches, the smallest batch first."""
    batches = [
        surface
        for surface in landscape.manifest["surfaces"]
        if str(surface.get("id")).startswith("batch-")
    ]
    if not batches:
        raise UntoldError(f"{landscape.manifest['id']} has no surface of a batch")
    return sorted(batches, key=lambda surface: read_number(surface, "images", surface["id"]))


def read_array(landscape: Landscape, entry: Entry, name: str) -> NDArray[Any]:
    """Return the array that a part of a manifest calls by a name."""
    id = landscape.manifest["id"]
    key = look_up(look_up(entry, "arrays", id), name, id)
    if key not in landscape.arrays:
        raise UntoldError(f'{id} has no array "{key}"')
    return landscape.arrays[key]


def read_grid(landscape: Landscape) -> tuple[Floats, Floats]:
    """Return the coordinates of a landscape's grid points, [ny, nx] both."""
    grid = landscape.manifest["grid"]
    if grid is None:
        raise UntoldError(f"{landscape.manifest['id']} has no grid")
    x, y = (read_array(landscape, {"arrays": grid}, axis) for axis in "xy")
    across, up = np.meshgrid(x, y)
    return across, up


def read_plane(landscape: Landscape) -> Entry:
    """Return what a landscape tells of its plane."""
    plane = landscape.manifest["plane"]
    if plane is None:
        raise UntoldError(f"{landscape.manifest['id']} has no plane")
    return plane


def read_setting(run: Entry, name: str) -> float:
    """Return a hyperparameter of a run; one that it was not given is 0, as PyTorch has it."""
    if name == "batch_size":
        return read_number(run, name, run["id"])
    given = look_up(look_up(run, "spec", run["id"]), "hyperparameters", run["id"])
    return read_number(given, name, run["id"]) if name in given else 0.0


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
    entry = find(landscape.manifest["trajectories"], "run", run, landscape)
    uniform, x, y, loss = (
        read_array(landscape, entry, name) for name in ("uniform", "x", "y", "loss")
    )
    gram = np.asarray(look_up(read_plane(landscape), "gram", landscape.manifest["id"]))
    try:
        axes = np.linalg.cholesky(gram)  # G = LLᵀ: as long as (α, β) in parameter space is (α, β)L
    except np.linalg.LinAlgError:
        raise UntoldError(f"the directions of {landscape.manifest['id']} make no plane") from None
    chosen = uniform.astype(bool)
    return Path(np.stack([x, y], axis=1)[chosen] @ axes, loss[chosen])


def measure_angle(cosine: float) -> float:
    """Return the angle in degrees that has a cosine; rounding may have carried that beyond 1."""
    return math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))


def measure_turning(points: Floats) -> float | None:
    """Return the mean angle in degrees between consecutive moves along a path; None without any."""
    moves = np.diff(points, axis=0)
    lengths = np.linalg.norm(moves, axis=1)
    products = (moves[1:] * moves[:-1]).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines = products / (lengths[1:] * lengths[:-1])
    finite = cosines[np.isfinite(cosines)]
    return float(np.degrees(np.arccos(np.clip(finite, -1, 1))).mean()) if len(finite) else None


def measure_detour(points: Floats) -> float | None:
    """Return how many times as long a path is as the way from its start to its end."""
    moves = np.linalg.norm(np.diff(points, axis=0), axis=1)
    covered = float(np.linalg.norm(points[-1] - points[0])) if len(points) else 0.0
    detour = float(moves.sum()) / covered if covered else math.nan
    return detour if math.isfinite(detour) else None


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
    count = max((len(loss) - 1) // 10, 1)
    if len(loss) < 2 * count + 1 or not np.isfinite(loss).all():
        raise UntoldError(f"too few finite losses of the run {run}")
    return Fall(
        start=float(loss[0]),
        before=float(loss[-2 * count : -count].mean()),
        last=float(loss[-count:].mean()),
    )
