"""The claim that a drawn trajectory shows how training moved."""

import pytest

from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import landscape
from tests.backend.landscapes.claims.conftest import Ask


def planes(random: float | None, pca: float, walks: float = 0.9) -> dict[str, Landscape]:
    shown = {"random": (random, 1e-5), "pca": (pca, walks)}
    return {
        f"{run}-{kind}": landscape(f"{run}-{kind}", shown={run: shown[kind]})
        for run in ("gd", "sgd", "adam")
        for kind in shown
    }


@pytest.mark.parametrize(
    ("random", "pca", "walks", "verdict"),
    [
        (0.6, 0.91, 0.9, "holds"),
        (9e-6, 0.91, 0.9, "holds in part"),
        (0.6, 0.9, 0.9, "holds in part"),
        (9e-6, 0.4, 0.9, "does not hold"),
        (None, 0.96, 0.9, "cannot be told"),
    ],
)
def test_a_plane_shows_a_path_if_it_shows_most_of_it_and_more_than_of_random_walks(
    ask: Ask, random: float | None, pca: float, walks: float, verdict: str
) -> None:
    assert ask("trajectories", planes(random, pca, walks))["verdict"] == verdict


def test_the_finding_tells_each_share_beside_that_of_random_walks(ask: Ask) -> None:
    claim = ask("trajectories", planes(9.84e-6, 0.973))
    assert "Random planes show 0.00098% of GD’s" in claim["finding"]
    assert "97% of GD’s (95% of random walks: up to 90%)" in claim["finding"]
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    assert values["Adam, principal plane: energy about its end"] == 0.973
    assert values["Adam, principal plane: energy of random walks, 95% below"] == 0.9
    assert len(values) == len(claim["numbers"]) == 18


def test_an_older_landscape_that_measured_from_its_origin_shows_no_number(ask: Ask) -> None:
    found = planes(0.6, 0.96)
    found["sgd-pca"] = landscape("sgd-pca", paths={"sgd": ([[1, 0], [0, 0]], [2, 1])})
    claim = ask("trajectories", found)
    assert claim["finding"] == (
        "Evidence is missing: sgd-pca does not measure sgd about its own end."
    )
    assert not claim["numbers"] and not claim["checks"]
