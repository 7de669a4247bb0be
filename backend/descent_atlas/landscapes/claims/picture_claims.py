"""What a picture of a trajectory is worth: how much of the path a plane shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from descent_atlas.landscapes.claims.claim import (
    Answer,
    Check,
    Landscapes,
    MissingEvidenceError,
    Number,
    Question,
)
from descent_atlas.landscapes.claims.evidence import find_trajectory, require
from descent_atlas.landscapes.claims.optimizer_claims import RUNS
from descent_atlas.landscapes.claims.phrases import say_list, say_small
from descent_atlas.landscapes.claims.rules import RULES

PLANES = {"random": "random plane", "pca": "principal plane"}
"""The kinds of plane around a run's end, and what a sentence calls them."""


@dataclass(frozen=True)
class Shown:
    """What a plane shows of a run, and the 95% quantile of what it would show of random walks."""

    energy: float
    displacement: float
    walks: float


def read_shown(landscapes: Landscapes, id: str, run: str) -> Shown:
    """Return what a plane shows of a run."""
    trajectory = find_trajectory(landscapes[id], run)
    walks = trajectory.random_walks
    if trajectory.energy_about_end is None or walks is None:
        raise MissingEvidenceError(f"{id} does not measure {run} about its own end")
    if walks.sets < RULES.planes.walks:
        raise MissingEvidenceError(f"{id} has fewer than {RULES.planes.walks} sets of random walks")
    return Shown(
        energy=trajectory.energy_about_end,
        displacement=require(trajectory.displacement, f"the displacement of {run} on {id}"),
        walks=require(walks.energy.high, f"the energy of random walks on {id}"),
    )


def answer(landscapes: Landscapes) -> Answer:
    """Compare what planes show of the paths with what they would show of random walks."""
    most = RULES.planes.most
    shown: Mapping[str, Mapping[str, Shown]] = {
        kind: {run: read_shown(landscapes, f"{run}-{kind}", run) for run in RUNS} for kind in PLANES
    }
    checks = [
        Check(
            text=f"Of every path, its {name} shows more than {most:.0%} of the energy",
            passed=all(each.energy > most for each in shown[kind].values()),
        )
        for kind, name in PLANES.items()
    ]
    checks.append(
        Check(
            text="Of every path, its principal plane shows more than those of "
            f"{RULES.planes.quantile:.0%} of random walks show of them",
            passed=all(each.energy > each.walks for each in shown["pca"].values()),
        )
    )
    numbers = [
        Number(label=f"{RUNS[run]}, {name}: {label}", value=value, unit="share")
        for kind, name in PLANES.items()
        for run, each in shown[kind].items()
        for label, value in (
            ("energy about its end", each.energy),
            ("displacement from start to end", each.displacement),
            (f"energy of random walks, {RULES.planes.quantile:.0%} below", each.walks),
        )
    ]
    in_random = [
        f"{say_small(each.energy)} of {RUNS[run]}’s" for run, each in shown["random"].items()
    ]
    in_pca = [
        f"{say_small(each.energy)} of {RUNS[run]}’s "
        f"({RULES.planes.quantile:.0%} of random walks: up to {say_small(each.walks)})"
        for run, each in shown["pca"].items()
    ]
    return Answer(
        finding=(
            f"Random planes show {say_list(in_random)} energy. "
            f"Principal planes show {say_list(in_pca)}. A plane that is chosen after a path shows "
            "much of any path: only what exceeds the random walks is the run’s own."
        ),
        checks=checks,
        numbers=numbers,
    )


QUESTIONS = (
    Question(
        id="trajectories",
        title="The drawn trajectory shows how training moved",
        statement=(
            "A training’s path, projected on the plane of the picture, shows what the learning "
            "rate, the batch size and momentum do."
        ),
        figures=("3", "4", "5", "6"),
        link="landscapes?show=sgd-pca",
        needs=tuple(f"{run}-{kind}" for run in RUNS for kind in PLANES),
        rules=("planes",),
        answer=answer,
    ),
)
