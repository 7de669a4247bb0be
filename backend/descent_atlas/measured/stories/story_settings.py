"""Settings of the stories: optimizers, hyperparameters and starts.

They follow these rules:

- The article's claims about its own function are tested at the settings in its page's code, and so
  are those about Rastrigin's function, where it refers to "the default parameter settings".
- It does not give its settings on Rosenbrock's function, and those of the first function diverge
  there. `measured.stories.rosenbrock` names the settings used instead.
- "Swept" means the rates that the page itself offers, from `measured.sweep`, with its budget and
  all other hyperparameters at their defaults.
- A story opens where its claim can be seen, also if that is seldom: in the article's settings or,
  if the claim is true elsewhere alone, in those tested in which it is true from the most starts; at
  the page's default start if that shows the claim, otherwise at the nearest start of the grid that
  does. The story of the spiral opens at the start of its grid with the most turns, among equals at
  the nearest. If no start shows the claim, it opens at the page's default start.
- Where the sweep has measured the same descents, the stories use its starts, so that one fact has
  one number: those of `sweep_measures.place_scoring_starts` for swept rates at the sweep's budget.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.stories.story import (
    EnsembleChoice,
    NoiseChoice,
    RunChoice,
    StoryStart,
    View,
)
from descent_atlas.measured.sweep import load_sweep
from descent_atlas.measured.sweep_measures import place_scoring_starts
from descent_atlas.objectives.minima import Minimum, find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.noise import Noise
from descent_atlas.statistics.designs import place_centres

ARTICLE = ("gd", "momentum", "rmsprop", "adam")
"""The article's optimizers. What it calls SGD sees the exact gradient: it is gradient descent."""

MAP_STARTS = 100
"""Starts along each side of the domain where only the ends of the descents are measured."""

PATH_STARTS = 20
"""Starts along each side where whole paths are measured, or descents are long."""

NO_NOISE = Noise()

Start = tuple[float, float]


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

    Starts are the centres of `starts` × `starts` equal cells of the domain: no start lies on an
    axis of symmetry or on a minimum, and a share of the starts is the area's share by the midpoint
    rule. If `starts` is None they are those from which the sweep scores optimizers.
    """

    objective: Objective
    parameters: Mapping[str, float] = field(default_factory=dict)
    runs: Mapping[str, StoryRun]
    starts: int | None = MAP_STARTS

    @property
    def packed(self) -> NDArray[np.float64]:
        """The objective's parameters as compiled code takes them."""
        return self.objective.pack(self.parameters)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """The minima, the global one first."""
        return find_minima(self.objective, self.packed)

    @property
    def opening(self) -> Start:
        """The page's default start on this objective."""
        return self.objective.start

    def place_starts(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the starts, float64[starts] each for x and y."""
        if self.starts is None:
            return place_scoring_starts(self.objective)
        domain = self.objective.domain
        return place_centres(domain.x, domain.y, self.starts)

    def list_starts(self) -> list[Start]:
        """Return the starts as pairs."""
        x, y = self.place_starts()
        return list(zip(x.tolist(), y.tolist(), strict=True))


def find_nearest(setting: Setting, shows: NDArray[np.bool_]) -> Start:
    """Return the start nearest to the opening one among those that show the claim.

    `shows` is the claim for each of the setting's starts; at least one shows it. Coordinates are
    rounded to four decimals, so that they read well.
    """
    x, y = setting.place_starts()
    distance = np.hypot(x - setting.opening[0], y - setting.opening[1])
    nearest = int(np.argmin(np.where(shows, distance, np.inf)))
    return round(float(x[nearest]), 4), round(float(y[nearest]), 4)


def find_greatest(setting: Setting, values: Sequence[float]) -> Start:
    """Return the start with the greatest value, among equals the nearest to the opening one.

    `values` has one number for each of the setting's starts. They are compared to nine digits:
    starts that are images of each other differ by rounding.
    """
    rounded = np.round(values, 9)
    return find_nearest(setting, rounded == rounded.max())


def make_view(
    setting: Setting,
    start: Start,
    *,
    surface: Literal["contour", "3d"] = "contour",
    basins: str | None = None,
    noise: Noise = NO_NOISE,
    ensemble: EnsembleChoice | None = None,
    stability: str | None = None,
) -> View:
    """Return the view that opens a setting at a start."""
    view = View(
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
            std=noise.std,
            batch_size=noise.batch_size,
            seed=noise.seed,
            all=noise.all,
        ),
        surface=surface,
        basins=basins,
    )
    if ensemble is not None:
        view["ensemble"] = ensemble
    if stability is not None:
        view["stability"] = stability
    return view


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
