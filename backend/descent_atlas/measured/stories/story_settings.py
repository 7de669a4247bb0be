"""Settings of the stories: optimizers, hyperparameters and starts.

They follow these rules:

- The article's claims about its own function are tested at the settings in its page's code, and so
  are those about Rastrigin's function, where it refers to "the default parameter settings".
- It does not give its settings on Rosenbrock's function, and those of the first function diverge
  there. `measured.stories.rosenbrock` names the settings used instead.
- "Swept" means the rates that the page itself offers, from `measured.sweep`, with its budget and
  all other hyperparameters at their defaults.
- The view of a claim about a picture starts where the claim is true, as near as possible to the
  page's default start. The view of a general claim, or of one that no start shows, uses the
  default start.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.stories.story import NoiseChoice, RunChoice, StoryStart, View
from descent_atlas.measured.sweep import load_sweep
from descent_atlas.objectives.minima import Minimum, find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.basins import Axis
from descent_atlas.simulation.noise import Noise

ARTICLE = ("gd", "momentum", "rmsprop", "adam")
"""The article's optimizers. What it calls SGD sees the exact gradient: it is gradient descent."""

MAP_STARTS = 100
"""Starts along each side of the domain where only the ends of the descents are measured."""

PATH_STARTS = 20
"""Starts along each side where whole paths are measured, or descents are long."""

NO_NOISE = Noise()


class StoryRun(NamedTuple):
    """An optimizer's hyperparameters, and its steps."""

    hyperparameters: Any
    steps: int

    def but(self, *, steps: int | None = None, **hyperparameters: float | bool) -> Self:
        """Return a copy of the run with some changes."""
        return self._replace(
            hyperparameters=self.hyperparameters._replace(**hyperparameters),
            steps=self.steps if steps is None else steps,
        )


@dataclass(frozen=True, kw_only=True)
class Setting:
    """An objective, its parameters where they are not the defaults, and the run of each optimizer.

    Positions in the grid of starts are the middles of `starts` × `starts` equal cells of the
    domain: no start lies on an axis of symmetry or on a minimum, and a share of the starts is
    the area's share by the midpoint rule.
    """

    objective: Objective
    parameters: Mapping[str, float] = field(default_factory=dict)
    runs: Mapping[str, StoryRun]
    starts: int = MAP_STARTS

    @property
    def packed(self) -> NDArray[np.float64]:
        """The objective's parameters as compiled code takes them."""
        return self.objective.pack(self.parameters)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """The minima, the global one first."""
        return find_minima(self.objective, self.packed)

    @property
    def opening(self) -> tuple[float, float]:
        """The page's default start on this objective."""
        return self.objective.start

    def axes(self) -> tuple[Axis, Axis]:
        """Return the axes of the grid of starts."""
        x, y = (
            Axis(
                minimum=low + (high - low) / (2 * self.starts),
                maximum=high - (high - low) / (2 * self.starts),
                count=self.starts,
            )
            for low, high in (self.objective.domain.x, self.objective.domain.y)
        )
        return x, y

    def grid(self) -> list[tuple[float, float]]:
        """Return the starts row by row."""
        x, y = self.axes()
        return [
            (float(start_x), float(start_y))
            for start_y in y.coordinates()
            for start_x in x.coordinates()
        ]


def find_start(setting: Setting, shows: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the start nearest to the opening one among those that show the claim.

    `shows` is the claim on the grid of starts, [y, x]. The opening start itself is returned if
    no start shows it. Coordinates are rounded to four decimals, so that they read well.
    """
    if not shows.any():
        return setting.opening
    x, y = (axis.coordinates() for axis in setting.axes())
    distance = np.hypot(x - setting.opening[0], (y - setting.opening[1])[:, np.newaxis])
    row, column = np.unravel_index(np.argmin(np.where(shows, distance, np.inf)), shows.shape)
    return round(float(x[column]), 4), round(float(y[row]), 4)


def make_view(
    setting: Setting,
    start: tuple[float, float],
    *,
    surface: Literal["contour", "3d"] = "contour",
    basins: str | None = None,
) -> View:
    """Return the view that opens a setting at a start."""
    return View(
        objective=setting.objective.id,
        parameters={
            parameter.id: setting.parameters.get(parameter.id, parameter.default)
            for parameter in setting.objective.parameters
        },
        start=StoryStart(x=start[0], y=start[1]),
        optimizers=[
            RunChoice(id=id, hyperparameters=run.hyperparameters._asdict(), steps=run.steps)
            for id, run in setting.runs.items()
        ],
        noise=NoiseChoice(
            std=NO_NOISE.std,
            batch_size=NO_NOISE.batch_size,
            seed=NO_NOISE.seed,
            all=NO_NOISE.all,
        ),
        surface=surface,
        basins=basins,
    )


def take_article_runs() -> dict[str, StoryRun]:
    """Return the settings in the code of the article's page."""
    runs = {}
    for id in ARTICLE:
        article = OPTIMIZERS[id].article
        assert article is not None
        runs[id] = StoryRun(article.hyperparameters, article.steps)
    return runs


def take_swept_runs(objective_id: str, ids: Iterable[str]) -> dict[str, StoryRun]:
    """Return the settings that the page offers: the rates of the sweep, with its budget."""
    sweep = load_sweep()
    rates = {
        cell["optimizer"]: cell["lr"]
        for cell in sweep["cells"]
        if cell["objective"] == objective_id
    }
    return {id: StoryRun(OPTIMIZERS[id].pack({"lr": rates[id]}), sweep["budget"]) for id in ids}
