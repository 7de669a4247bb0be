"""What a picture of a trajectory is worth: how much of the path a plane holds."""

from descent_atlas.landscapes.claims.claim import Answer, Check, Landscapes, Number, Question
from descent_atlas.landscapes.claims.evidence import find_trajectory, require
from descent_atlas.landscapes.claims.optimizer_claims import RUNS
from descent_atlas.landscapes.claims.phrases import say_list, say_small

MOST = 0.5
"""More than this share is most."""


def answer(landscapes: Landscapes) -> Answer:
    """Compare the energy of the paths in their own planes with that of random walks."""
    held = {
        kind: {run: read_worth(landscapes, f"{run}-{kind}", run) for run in RUNS}
        for kind in ("random", "pca")
    }
    checks = [
        Check(
            text=f"A random plane, as in the paper, holds more than {MOST:.0%} of the "
            "energy of every path",
            passed=all(energy > MOST for energy, _ in held["random"].values()),
        ),
        Check(
            text="A path’s principal plane leaves out less than half of what that of a random walk "
            "with the same steps would leave out, for every path",
            passed=all(1 - energy < MOST * (1 - walk) for energy, walk in held["pca"].values()),
        ),
    ]
    numbers = [
        Number(label=f"{RUNS[run]}, {name}: {label}", value=value, unit="share")
        for kind, name in (("random", "random plane"), ("pca", "PCA plane"))
        for run, (energy, walk) in held[kind].items()
        for label, value in (("energy held", energy), ("a random walk’s", walk))
    ]
    in_random = [f"{say_small(held['random'][run][0])} of {name}’s" for run, name in RUNS.items()]
    in_pca = [
        f"{say_small(energy)} of {RUNS[run]}’s (a random walk’s: {say_small(walk)})"
        for run, (energy, walk) in held["pca"].items()
    ]
    return Answer(
        finding=(
            f"Random planes hold {say_list(in_random)} energy: what they show of a path is a dot. "
            f"Principal planes hold {say_list(in_pca)}. That much of the share comes of choosing "
            "the plane after the path: only what a path has beyond a random walk is its own."
        ),
        checks=checks,
        numbers=numbers,
    )


def read_worth(landscapes: Landscapes, id: str, run: str) -> tuple[float, float]:
    """Return the energy that a plane holds of a path, and what it would hold of a random walk."""
    trajectory = find_trajectory(landscapes[id], run)
    walk = require(trajectory.random_walk_energy, f"the energy of a random walk on {id}")
    return require(trajectory.energy, f"the energy of {run} on {id}"), walk


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
        needs=tuple(f"{run}-{kind}" for run in RUNS for kind in ("random", "pca")),
        answer=answer,
    ),
)
