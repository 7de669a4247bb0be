"""The claim that a drawn trajectory shows how training moved."""

import pytest

from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import landscape
from tests.backend.landscapes.claims.conftest import Ask


def planes(random: float | None, pca: float, walk: float = 0.9) -> dict[str, Landscape]:
    worth = {"random": (random, 1e-5), "pca": (pca, walk)}
    return {
        f"{run}-{kind}": landscape(f"{run}-{kind}", worth={run: worth[kind]})
        for run in ("gd", "sgd", "adam")
        for kind in worth
    }


@pytest.mark.parametrize(
    ("random", "pca", "verdict"),
    [
        (0.6, 0.96, "holds"),
        (9e-6, 0.96, "holds in part"),
        (0.6, 0.94, "holds in part"),
        (9e-6, 0.9, "does not hold"),
        (None, 0.96, "cannot be told"),
    ],
)
def test_a_plane_shows_a_path_if_it_holds_most_of_it_beyond_a_random_walk(
    ask: Ask, random: float | None, pca: float, verdict: str
) -> None:
    assert ask("trajectories", planes(random, pca))["verdict"] == verdict


def test_the_finding_tells_each_share_beside_that_of_a_random_walk(ask: Ask) -> None:
    claim = ask("trajectories", planes(9.84e-6, 0.973))
    assert "Random planes hold 0.00098% of GD’s" in claim["finding"]
    assert "97% of GD’s (a random walk’s: 90%)" in claim["finding"]
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    assert values["Adam, PCA plane: energy held"] == 0.973
    assert values["Adam, PCA plane: a random walk’s"] == 0.9
    assert len(values) == len(claim["numbers"]) == 12
