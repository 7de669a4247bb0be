"""The file of descents: strict JSON that `Descents.save` writes and the page opens."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from descent_atlas.simulation.descent import Status, Visit
from descent_atlas.simulation.kept_points import thin_path
from descent_atlas.storage.durable import write_whole
from descent_atlas.storage.regular_files import DamagedError, read_file
from descent_atlas.storage.sealed import SIZE_LIMIT, DocumentError, parse
from descent_atlas.torch2d.descents import MAX_DESCENTS, Descents, TorchDescent
from descent_atlas.torch2d.plane_functions import (
    LONGEST_NAME,
    BuiltInFunction,
    DescendError,
    OwnFunction,
    PlaneFunction,
    ValueGrid,
    open_objective,
)
from descent_atlas.torch2d.settings_record import LONGEST_SETTING, MAX_SETTINGS, MOST_NUMBERS

FORMAT = "descent-atlas-descents"
"""The value of `format`, by which the file is recognized."""

SCHEMA = 1
"""The version of the format. A reader refuses a newer one."""

MAX_POINTS = 2_000
"""Points of one path, as in the API's answers; longer paths are thinned."""

MAX_GRID_COUNT = 301
"""Points of a grid along each axis: 90,601 values in all."""

MAX_LEVELS = 100

MAX_SAVED_MINIMA = 1_000

MAX_COUNT = 2**31 - 1
"""Steps and gradients are int32."""


class DescentsFileError(ValueError):
    """A file is damaged, of another kind, too large or newer than this program."""


class DescentsPart(BaseModel):
    """A part of the file: unknown keys, NaN, infinity and text for numbers are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Word = Annotated[str, Field(min_length=1, max_length=LONGEST_SETTING)]
Numbers = Annotated[list[float], Field(min_length=1, max_length=MAX_POINTS)]
Counts = Annotated[
    list[Annotated[int, Field(ge=0, le=MAX_COUNT)]], Field(min_length=1, max_length=MAX_POINTS)
]
Index = Annotated[int, Field(ge=0, le=MAX_COUNT)]
SavedSetting = (
    bool | float | Word | Annotated[list[float], Field(min_length=1, max_length=MOST_NUMBERS)]
)


class SavedSoftware(DescentsPart):
    """What wrote the file."""

    descent_atlas: Word
    torch: Word


class SavedObjective(DescentsPart):
    """A built-in objective with all of its parameters."""

    id: Word
    parameters: dict[str, float]


class SavedAxis(DescentsPart):
    """Evenly spaced coordinates."""

    min: float
    max: float
    count: int = Field(ge=2, le=MAX_GRID_COUNT)


class SavedGrid(DescentsPart):
    """The values of a function, row by row; null where they are not finite."""

    x: SavedAxis
    y: SavedAxis
    values: list[float | None] = Field(max_length=MAX_GRID_COUNT**2)
    levels: list[float] = Field(min_length=2, max_length=MAX_LEVELS)
    scale: Literal["linear", "log"]


class SavedFunction(DescentsPart):
    """A function of one's own: its name, and its values in place of its formula."""

    name: Name
    grid: SavedGrid


class SavedMinimum(DescentsPart):
    """A minimum of a built-in objective."""

    x: float
    y: float
    value: float
    is_global: bool = Field(alias="global")


class SavedVisit(DescentsPart):
    """An unbroken stay near a minimum."""

    minimum: Index
    first: Index
    last: Index


class SavedDescent(DescentsPart):
    """One descent; see `TorchDescent`."""

    label: Name
    optimizer: Name
    settings: dict[Word, SavedSetting] = Field(max_length=MAX_SETTINGS)
    schedule: Name | None
    seed: int = Field(ge=0, lt=2**63)
    status: Literal["converged", "stationary", "exhausted", "diverged"]
    steps: int = Field(ge=1, le=MAX_COUNT)
    minimum: Index | None
    arrived: bool | None
    arrival: Index | None
    visit: SavedVisit | None
    step: Counts
    x: Numbers
    y: Numbers
    loss: Numbers
    gradients: Counts


class SavedDescents(DescentsPart):
    """The whole file. It has an objective with its minima, or a function."""

    format: Literal["descent-atlas-descents"]
    schema_version: Literal[1] = Field(alias="schema")
    software: SavedSoftware
    objective: SavedObjective | None = None
    minima: list[SavedMinimum] | None = Field(default=None, max_length=MAX_SAVED_MINIMA)
    function: SavedFunction | None = None
    descents: list[SavedDescent] = Field(min_length=1, max_length=MAX_DESCENTS)


def write_descents(path: Path, descents: Descents) -> Path:
    """Write descents to a file atomically; return its path."""
    document = {
        "format": FORMAT,
        "schema": SCHEMA,
        "software": {"descent_atlas": version("descent-atlas"), "torch": str(torch.__version__)},
        **describe_function(descents),
        "descents": [describe_descent(one) for one in descents],
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    data = f"{text}\n".encode()
    check_document(parse(data))
    write_whole(path, data)
    return path


def describe_function(descents: Descents) -> dict[str, Any]:
    """Return the part of a file about the function."""
    function = descents.function
    if isinstance(function, BuiltInFunction):
        names = [parameter.id for parameter in function.objective.parameters]
        return {
            "objective": {
                "id": function.objective.id,
                "parameters": dict(zip(names, function.parameters.tolist(), strict=True)),
            },
            "minima": [
                {"x": m.x, "y": m.y, "value": m.value, "global": m.is_global}
                for m in function.minima
            ],
        }
    grid = descents.grid
    if len(grid.levels) < 2:
        raise DescendError(
            f"{function.name} has no contour lines: it is flat or not finite there; choose a domain"
        )
    return {
        "function": {
            "name": function.name,
            "grid": {
                "x": describe_axis(grid.x),
                "y": describe_axis(grid.y),
                "values": [
                    value if np.isfinite(value) else None for value in grid.values.ravel().tolist()
                ],
                "levels": list(grid.levels),
                "scale": "log" if grid.is_log else "linear",
            },
        }
    }


def describe_axis(coordinates: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return evenly spaced coordinates as a file has them."""
    return {
        "min": float(coordinates[0]),
        "max": float(coordinates[-1]),
        "count": len(coordinates),
    }


def describe_descent(one: TorchDescent) -> dict[str, Any]:
    """Return a descent as a file has it, thinned to `MAX_POINTS`."""
    path = np.stack((one.x, one.y, one.loss))
    kept = thin_path(path, MAX_POINTS) if path.shape[1] > MAX_POINTS else slice(None)
    settings = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in one.settings.items()
    }
    visit = one.visit and {
        "minimum": one.visit.minimum,
        "first": one.visit.first,
        "last": one.visit.last,
    }
    return {
        "label": one.label,
        "optimizer": one.optimizer,
        "settings": settings,
        "schedule": one.schedule,
        "seed": one.seed,
        "status": one.status.value,
        "steps": one.steps,
        "minimum": one.minimum,
        "arrived": one.arrived,
        "arrival": one.arrival,
        "visit": visit,
        "step": one.step[kept].tolist(),
        "x": one.x[kept].tolist(),
        "y": one.y[kept].tolist(),
        "loss": one.loss[kept].tolist(),
        "gradients": one.gradients[kept].tolist(),
    }


def read_descents(path: Path) -> Descents:
    """Read a file of descents. Raises DescentsFileError, or FileNotFoundError."""
    try:
        saved = check_document(parse(read_file(path, limit=SIZE_LIMIT)))
        function = open_saved(saved)
        return Descents(function, [read_descent(one) for one in saved.descents])
    except DamagedError as error:
        raise DescentsFileError(f"{path.name} {error.fault}") from error
    except (DocumentError, DescentsFileError, DescendError) as error:
        raise DescentsFileError(f"{path.name}: {error}") from error


def check_document(document: dict[str, Any]) -> SavedDescents:
    """Return a parsed file whose parts agree with each other. Raises DescentsFileError."""
    if document.get("format") != FORMAT:
        raise DescentsFileError(f'it is no file of descents: format should be "{FORMAT}"')
    schema = document.get("schema")
    if type(schema) is int and schema > SCHEMA:
        raise DescentsFileError(
            f"it is newer than this program, which reads schema {SCHEMA} and not {schema}"
        )
    try:
        saved = SavedDescents.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise DescentsFileError(f"{where}: {first['msg']}") from error
    check_function_part(saved)
    for number, one in enumerate(saved.descents):
        check_descent(one, f"descents.{number}", saved)
    labels = [one.label for one in saved.descents]
    if len(set(labels)) < len(labels):
        raise DescentsFileError("descents: two have the same label")
    return saved


def check_function_part(saved: SavedDescents) -> None:
    """Raise DescentsFileError unless a file has an objective with minima, or a whole function."""
    if (saved.objective is None) == (saved.function is None):
        raise DescentsFileError("objective, function: exactly one of them is needed")
    if (saved.objective is None) != (saved.minima is None):
        raise DescentsFileError("minima: they belong to an objective, and only to that")
    if saved.function is None:
        return
    grid = saved.function.grid
    for name, axis in (("x", grid.x), ("y", grid.y)):
        if not axis.min < axis.max:
            raise DescentsFileError(f"function.grid.{name}: min must be below max")
    if len(grid.values) != grid.x.count * grid.y.count:
        raise DescentsFileError(
            f"function.grid.values: {grid.x.count} × {grid.y.count} values are needed, "
            f"not {len(grid.values)}"
        )
    if any(a >= b for a, b in zip(grid.levels, grid.levels[1:], strict=False)):
        raise DescentsFileError("function.grid.levels: they must ascend")


def check_descent(one: SavedDescent, where: str, saved: SavedDescents) -> None:
    """Raise DescentsFileError unless the parts of a descent agree with each other."""
    count = len(one.step)
    for name in ("x", "y", "loss", "gradients"):
        if len(getattr(one, name)) != count:
            raise DescentsFileError(
                f"{where}.{name}: {count} values are needed, as many as of step"
            )
    if one.step[0] != 0 or any(a >= b for a, b in zip(one.step, one.step[1:], strict=False)):
        raise DescentsFileError(f"{where}.step: it must begin with 0 and ascend")
    is_whole = one.step[-1] == one.steps
    if not is_whole and (one.status != "diverged" or one.step[-1] > one.steps):
        raise DescentsFileError(f"{where}.step: it must end with steps, {one.steps}")
    if any(a > b for a, b in zip(one.gradients, one.gradients[1:], strict=False)):
        raise DescentsFileError(f"{where}.gradients: they must not descend")
    known = saved.minima is not None
    minima = len(saved.minima or ())
    visited = None if one.visit is None else one.visit.minimum
    for name, index in (("minimum", one.minimum), ("visit", visited)):
        if index is not None and index >= minima:
            raise DescentsFileError(f"{where}.{name}: there are {minima} minima")
    if known != (one.arrived is not None):
        raise DescentsFileError(
            f"{where}.arrived: it is told where minima are known, and only there"
        )
    if bool(one.arrived) != (one.arrival is not None):
        raise DescentsFileError(f"{where}.arrival: it belongs to a descent that has arrived")
    if one.arrived and one.minimum is None:
        raise DescentsFileError(f"{where}.minimum: a descent that has arrived has one")


def open_saved(saved: SavedDescents) -> PlaneFunction:
    """Return the function of a checked file. Raises DescendError for an unknown objective."""
    if saved.objective is not None:
        return open_objective(saved.objective.id, saved.objective.parameters)
    assert saved.function is not None
    grid = saved.function.grid
    values = np.array([np.nan if v is None else v for v in grid.values], dtype=np.float64)
    x, y = (np.linspace(axis.min, axis.max, axis.count) for axis in (grid.x, grid.y))
    shaped = values.reshape(len(y), len(x))
    table = ValueGrid(x, y, shaped, tuple(grid.levels), grid.scale == "log")
    return OwnFunction(saved.function.name, saved=table)


def read_descent(one: SavedDescent) -> TorchDescent:
    """Return a descent of a checked file."""
    settings = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in one.settings.items()
    }
    seen = one.visit
    return TorchDescent(
        label=one.label,
        optimizer=one.optimizer,
        settings=settings,
        schedule=one.schedule,
        seed=one.seed,
        status=Status(one.status),
        steps=one.steps,
        minimum=one.minimum,
        arrived=one.arrived,
        arrival=one.arrival,
        visit=None if seen is None else Visit(seen.minimum, seen.first, seen.last),
        step=np.array(one.step, dtype=np.int32),
        x=np.array(one.x),
        y=np.array(one.y),
        loss=np.array(one.loss),
        gradients=np.array(one.gradients, dtype=np.int32),
    )
