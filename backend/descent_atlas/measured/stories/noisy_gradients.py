"""The story of noise: the article's SGD, real SGD, and when noise helps one escape a poor minimum.

The rule, fixed before the numbers were known:

- A setting is a function, a learning rate, a budget and a noise of the gradient. The functions are
  those of the table with a global minimum and poorer ones beside it: the article's own and
  Rastrigin's, gently bumped, at the article's rate and budget of gradient descent; Styblinski and
  Tang's and the six-hump camel at the swept rates of gradient descent, with the sweep's budget. The
  noise is the page's own, σ = 1, and σ = 4 and 16, one sample a batch. Stochastic gradient descent
  has the rate and the budget of gradient descent: it differs from it by the noise alone.
- From each start of a grid gradient descent runs once, and stochastic gradient descent as an
  ensemble of `SEEDS` seeds, from 0 on: those of the page.
- Noise helps from a start from which gradient descent ends in the basin of a poorer minimum if most
  seeds end in that of a global one: if the Wilson 95 % interval of their share lies above a half. A
  start is undecided if the interval holds a half. It helps and stays if the same is true of the
  seeds that arrive at a global minimum.
- Noise harms from a start from which gradient descent ends in the basin of a global minimum if most
  seeds do not, by the same interval.
- The claim can be read in three ways: that noise helps from most of the starts where gradient
  descent ends at a poorer minimum; that it helps from more starts than it harms; that it helps and
  stays from most. The article's settings are those of its own function with σ = 1.
- Each view opens at the start nearest to the page's default from which noise helps; if there is
  none, at the default. The story opens the setting with the largest share of such starts.
"""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.stories.ends import Ends, follow, follow_from, share_of
from descent_atlas.measured.stories.story import (
    MOST,
    Column,
    EnsembleChoice,
    Row,
    Side,
    Story,
    Table,
    View,
    judge,
    say_share,
    weigh,
)
from descent_atlas.measured.stories.story_settings import (
    Setting,
    Start,
    StoryRun,
    find_nearest,
    make_view,
    take_article_runs,
    take_swept_runs,
)
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.ensembles import run_ensemble
from descent_atlas.simulation.noise import Noise
from descent_atlas.statistics.proportions import wilson_interval

STARTS = 10
"""Starts along each side of the domain."""

SEEDS = 100
"""Seeds of an ensemble: those of a start are decided unless 41 to 59 of them agree."""

DEVIATIONS = (1.0, 4.0, 16.0)
"""The noise: the page's own, and stronger by fours."""

GENTLE_AMPLITUDE = 1.0
"""Rastrigin's amplitude, at which momentum leaves wells and gradient descent does not."""


@dataclass(frozen=True, kw_only=True)
class Seeds:
    """What the seeds of an ensemble do, for each start.

    Attributes:
        reaches: how many end in the basin of a global minimum, int[starts].
        stays: how many of them arrive there, int[starts].
    """

    reaches: NDArray[np.int64]
    stays: NDArray[np.int64]


def is_most(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether the interval of each count's share of the seeds lies above a half."""
    return np.array([wilson_interval(int(count), SEEDS)[0] > MOST for count in counts])


def list_settings() -> list[tuple[str, Setting, Noise]]:
    """Return every setting with its label and its noise, the article's function first."""
    gd = take_article_runs()["gd"]
    bowl, rastrigin = OBJECTIVES["two-gaussian-bowl"], OBJECTIVES["rastrigin"]
    camel, tang = OBJECTIVES["six-hump-camel"], OBJECTIVES["styblinski-tang"]
    settings = [
        Setting(objective=bowl, runs=beside_sgd(gd), starts=STARTS),
        Setting(
            objective=rastrigin,
            parameters={"A": GENTLE_AMPLITUDE},
            runs=beside_sgd(gd),
            starts=STARTS,
        ),
        *(
            Setting(
                objective=objective,
                runs=beside_sgd(take_swept_runs(objective.id, ["gd"])["gd"]),
                starts=STARTS,
            )
            for objective in (tang, camel)
        ),
    ]
    return [
        (f"{setting.objective.name}, σ = {std:g}", setting, Noise(std=std))
        for setting in settings
        for std in DEVIATIONS
    ]


def beside_sgd(gd: StoryRun) -> dict[str, StoryRun]:
    """Return the run of gradient descent, and that of SGD with the same rate and budget."""
    sgd = OPTIMIZERS["sgd"].pack({"lr": gd.hyperparameters.lr})
    return {"gd": gd, "sgd": StoryRun(sgd, gd.steps)}


def run_seeds(setting: Setting, noise: Noise, starts: list[Start], executor: Executor) -> Seeds:
    """Run an ensemble of SGD from each start."""
    is_global = np.array([minimum.is_global for minimum in setting.minima] + [False])
    run = setting.runs["sgd"]
    reaches, stays = np.zeros((2, len(starts)), dtype=np.int64)
    for i, start in enumerate(starts):
        ensemble = run_ensemble(
            setting.objective,
            setting.packed,
            OPTIMIZERS["sgd"],
            run.hyperparameters,
            start=start,
            steps=run.steps,
            noise=noise,
            seeds=SEEDS,
            max_points=2,
            executor=executor,
        )
        reached = is_global[ensemble.minima]  # the index -1, for none, selects the last
        reaches[i], stays[i] = reached.sum(), (reached & (ensemble.arrivals >= 0)).sum()
    return Seeds(reaches=reaches, stays=stays)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one setting shows; shares are of the starts, or of those that the name says.

    Attributes:
        poorer: the share from which gradient descent ends at a poorer minimum.
        helps, undecided, stays: the shares of these from which noise helps, nothing is decided,
            and noise helps and stays; None if there are none.
        harms: the share of the others from which noise harms; None if there are none.
        gained, lost: the starts from which noise helps, and harms.
        shown: how many seeds end at a global minimum from the start that `view` opens.
        view: what the page opens.
    """

    poorer: float
    helps: float | None
    undecided: float | None
    stays: float | None
    harms: float | None
    gained: int
    lost: int
    shown: int
    view: View


def measure_setting(setting: Setting, noise: Noise, executor: Executor) -> Measured:
    """Compare gradient descent and the seeds of SGD from every start of a setting."""
    starts = setting.list_starts()
    ends = follow(setting, executor)["gd"]
    seeds = run_seeds(setting, noise, starts, executor)
    poorer = is_poorer(ends)
    helps = poorer & is_most(seeds.reaches)
    is_against = is_most(SEEDS - seeds.reaches)
    harms = ends.is_global & is_against
    opening = setting.opening
    here = run_seeds(setting, noise, [opening], executor)
    shows_here = is_poorer(follow_from(setting, opening, executor)["gd"]) & is_most(here.reaches)
    if helps.any() and not shows_here.item():
        opening = find_nearest(setting, helps)
    return Measured(
        poorer=share_of(poorer),
        helps=share_among(helps, poorer),
        undecided=share_among(poorer & ~helps & ~is_against, poorer),
        stays=share_among(poorer & is_most(seeds.stays), poorer),
        harms=share_among(harms, ends.is_global),
        gained=int(helps.sum()),
        lost=int(harms.sum()),
        shown=int(run_seeds(setting, noise, [opening], executor).reaches[0]),
        view=make_view(
            setting,
            opening,
            noise=noise,
            ensemble=EnsembleChoice(optimizer="sgd", seeds=SEEDS),
        ),
    )


def is_poorer(ends: Ends) -> NDArray[np.bool_]:
    """Return for each start whether the descent ends at a minimum that is not global."""
    poorer: NDArray[np.bool_] = (ends.minimum >= 0) & ~ends.is_global
    return poorer


def share_among(shows: NDArray[np.bool_], starts: NDArray[np.bool_]) -> float | None:
    """Return the share of some of the starts that show something; None if there are none."""
    return share_of(shows[starts]) if starts.any() else None


def measure_noise(executor: Executor) -> Story:
    """Story 8: real SGD, and whether its noise helps it out of poor minima."""
    labels, measured = [], []
    for label, setting, noise in list_settings():
        labels.append(label)
        measured.append(measure_setting(setting, noise, executor))
    helps = [one.helps or 0.0 for one in measured]
    stays = [one.stays or 0.0 for one in measured]
    undecided = [one.undecided or 0.0 for one in measured]
    harms = [one.harms or 0.0 for one in measured]
    gains = [one.gained > one.lost for one in measured]
    best = helps.index(max(helps))
    shown = measured[best].shown
    low, high = wilson_interval(shown, SEEDS)
    sides = [
        Side(
            reading=(
                "Noise helps if it leads most seeds to a global minimum from most starts from "
                "which gradient descent ends at a poorer one"
            ),
            verdict=judge(helps[0] > MOST, helps),
            evidence=(
                f"from {say_share(helps[0])} of these starts on the article's function at σ = 1; "
                f"from more than half in {sum(share > MOST for share in helps)} of "
                f"{len(helps)} settings"
            ),
        ),
        Side(
            reading="It helps if it leads there from more starts than it leads away from",
            verdict=judge(gains[0], [float(gain) for gain in gains]),
            evidence=f"so in {sum(gains)} of {len(gains)} settings",
        ),
        Side(
            reading="It helps only if most seeds also stay at the global minimum to the end",
            verdict=judge(stays[0] > MOST, stays),
            evidence=f"from {say_share(max(stays))} of these starts at best",
        ),
    ]
    return Story(
        id="noise-and-escape",
        title="The article's SGD, and real SGD",
        claim=(
            "What the article calls “SGD” sees the exact gradient: it is gradient descent. Real "
            "SGD sees a noisy one, and noise, it is often said, helps it escape poor minima "
            "(Kleinberg, Li and Yuan, “When Does SGD Escape Local Minima?”, 2018)."
        ),
        verdict=weigh(sides),
        evidence="it depends on the noise, and on what “helps” means",
        sides=sides,
        share=helps[best],
        explanation=(
            f"SGD has the rate and the budget of gradient descent here, and differs by its noise "
            f"alone; from each start it runs under {SEEDS} seeds. On the article's function, noise "
            f"of σ = 1 leads most seeds out of the poorer basin from {say_share(helps[0])} of the "
            f"starts; at σ = 16 the seeds divide: from {say_share(undecided[2])} of these starts "
            f"neither basin has most of them beyond doubt. Among the wells of Rastrigin's and of "
            f"Styblinski and Tang's function noise helps from {say_share(max(helps[3:9]))}; at "
            f"σ = 16 most seeds end elsewhere from {say_share(harms[5])} and {say_share(harms[8])} "
            f"of the starts from which gradient descent does reach the global minimum. On the "
            f"six-hump camel it helps, from {say_share(helps[10])} of the starts at σ = 4 and from "
            f"{say_share(helps[11])} at σ = 16. Nowhere do most seeds stay within 0.01 of a global "
            f"minimum: at a constant rate noise keeps SGD moving. The story opens where gradient "
            f"descent ends at a poorer minimum and {say_share(shown / SEEDS)} of the "
            f"seeds in the basin of a global one (95 % interval {say_share(low)} to "
            f"{say_share(high)})."
        ),
        table=Table(
            columns=[
                Column(name="GD ends at a poorer minimum", unit="share"),
                Column(name="Noise helps from these", unit="share"),
                Column(name="Undecided of these", unit="share"),
                Column(name="Helps and stays", unit="share"),
                Column(name="Noise harms from the others", unit="share"),
                Column(name="Seeds at the start shown", unit="share"),
                Column(name="95 % interval, from", unit="share"),
                Column(name="95 % interval, to", unit="share"),
            ],
            rows=[
                Row(
                    label=label,
                    values=[
                        one.poorer,
                        one.helps,
                        one.undecided,
                        one.stays,
                        one.harms,
                        one.shown / SEEDS,
                        *wilson_interval(one.shown, SEEDS),
                    ],
                    view=one.view,
                )
                for label, one in zip(labels, measured, strict=True)
            ],
        ),
        view=measured[best].view,
    )
