"""The descents that the playground shows for a view, computed from its query as the page does."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import numpy as np
from numpy.typing import NDArray

from descent_atlas.lessons.lesson_view import DEFAULT_OBJECTIVE, find_optimizer
from descent_atlas.measured.sweep import load_sweep
from descent_atlas.objectives.minima import Minimum, find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.hyperparameters import Hyperparameter
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.simulation.descent import DEFAULT_STEPS, Descent, descend
from descent_atlas.simulation.noise import DEFAULT_NOISE, Noise
from descent_atlas.web.description.typed_requests import FunctionText

FIRST_OPTIMIZERS = "gd,sgd,momentum,rmsprop,adam"
"""The variants of a link that names none."""


class View(NamedTuple):
    """A view, and its descents by their variants' ids."""

    objective: Objective
    parameters: NDArray[np.float64]
    hyperparameters: dict[str, dict[str, float | bool]]
    noise: Noise
    start: tuple[float, float]
    descents: dict[str, Descent]

    def minima(self) -> list[Minimum]:
        """Return the minima, the lowest first."""
        return list(find_minima(self.objective, self.parameters))


def open_view(query: str, **changes: str) -> View:
    """Return a view. `changes` are set in its query first."""
    view = dict(parse_qsl(query, keep_blank_values=True)) | changes
    assert view.get("preset", "swept") == "swept", "no lesson uses the article's settings"
    objective = find_objective(view)
    parameters = objective.pack(read_family(view, "p"))
    defaults = asdict(DEFAULT_NOISE)
    noise = Noise(
        **{
            name: parse(text, type(defaults[name]))
            for name, text in ((k[2:], v) for k, v in view.items() if k.startswith("n."))
        }
        | {k: v for k, v in defaults.items() if f"n.{k}" not in view}
    )
    x, y = map(float, view["start"].split(",")) if "start" in view else objective.start
    settings: dict[str, dict[str, float | bool]] = {}
    descents = {}
    for entry in view.get("optimizers", FIRST_OPTIMIZERS).split(","):
        id = entry.removeprefix("-")
        optimizer = OPTIMIZERS[find_optimizer(id)]
        settings[id] = find_hyperparameters(optimizer, objective.id, view, id)
        descents[id] = descend(
            objective,
            parameters,
            optimizer,
            optimizer.pack(settings[id]),
            start=(x, y),
            steps=int(view.get(f"{id}.steps", view.get("steps", DEFAULT_STEPS))),
            noise=noise,
            max_points=10**6,
        )
    return View(objective, parameters, settings, noise, (x, y), descents)


def find_objective(view: Mapping[str, str]) -> Objective:
    """Return the objective of a view, one of the table or a typed one."""
    if "f" not in view:
        return OBJECTIVES[view.get("objective", DEFAULT_OBJECTIVE)]
    body: dict[str, Any] = {"expression": view["f"]}
    if "domain" in view:
        x0, x1, y0, y1 = map(float, view["domain"].split(","))
        body["domain"] = {"x": {"min": x0, "max": x1}, "y": {"min": y0, "max": y1}}
    return FunctionText.model_validate(body).make()


def find_hyperparameters(
    optimizer: Optimizer, objective: str, view: Mapping[str, str], id: str
) -> dict[str, float | bool]:
    """Return a variant's hyperparameters: the defaults, the swept rate, what the view sets."""
    table: dict[str, Hyperparameter] = {one.id: one for one in optimizer.hyperparameters}
    values = {one.id: one.default for one in optimizer.hyperparameters}
    for cell in load_sweep()["cells"]:
        if (cell["optimizer"], cell["objective"]) == (optimizer.id, objective) and "lr" in table:
            values["lr"] = cell["lr"]
    for name in table:
        if f"{id}.{name}" in view:
            values[name] = parse(view[f"{id}.{name}"], type(table[name].default))
    return values


def read_family(view: Mapping[str, str], prefix: str) -> dict[str, float]:
    """Return the numbers of all parameters `prefix.name`."""
    start = f"{prefix}."
    return {k.removeprefix(start): float(v) for k, v in view.items() if k.startswith(start)}


def parse(text: str, kind: type) -> Any:
    """Return a value of a query as a switch, a whole number or a number."""
    return text == "true" if kind is bool else kind(text)
