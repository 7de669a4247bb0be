"""The claim that the surface is almost convex with a single minimum."""

from collections.abc import Sequence
from typing import Any

import pytest

from descent_atlas.landscapes.claims.convexity_claims import PLANES
from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import landscape
from tests.backend.landscapes.claims.conftest import Ask


def all_with(shares: Sequence[float] = (1.0, 1.0), **surface: Any) -> dict[str, Landscape]:
    ids = [id for ids in PLANES.values() for id in ids]
    return {id: landscape(id, convexity=shares, surface=surface) for id in ids}


@pytest.mark.parametrize(
    ("share", "minima", "on_border", "verdict"),
    [
        (0.9, 1, 0, "holds"),
        (0.89, 1, 0, "holds in part"),
        (0.9, 2, 0, "holds in part"),
        (0.89, 2, 1, "does not hold"),
        (0.89, 1, 1, "does not hold"),
    ],
)
def test_nine_cells_of_ten_are_almost_all_and_one_minimum_inside_is_single(
    ask: Ask, share: float, minima: int, on_border: int, verdict: str
) -> None:
    found = all_with((1.0, share), minima=minima, minima_on_border=on_border)
    assert ask("convexity", found)["verdict"] == verdict


def test_one_surface_that_is_not_convex_is_told_of_its_kind_of_plane_alone(ask: Ask) -> None:
    found = all_with()
    found["adam-pca"] = landscape(
        "adam-pca", convexity=[0.4, 0.5], surface={"minima": 3, "minima_on_border": 2}
    )
    claim = ask("convexity", found)
    failed = [check["text"] for check in claim["checks"] if not check["passed"]]
    assert len(failed) == 2 and all("PCA planes" in text for text in failed)
    told = (
        "On PCA planes 50% to 100% of the cells are convex; Adam’s has 3 minima, 2 on its border."
    )
    assert told in claim["finding"]
    assert "there is one minimum on each" in claim["finding"]


def test_half_of_the_reach_is_half_of_the_largest_radius(ask: Ask) -> None:
    claim = ask("convexity", all_with([0.1, 0.2, 0.3, 0.4]))
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    assert values["bowl: convex, within half of the reach"] == 0.2
    assert values["bowl: convex, whole grid"] == 0.4
    assert values["three-minima: minima"] == 1
    assert len(values) == len(claim["numbers"]) == 4 * 9


def test_a_surface_that_is_nowhere_finite_tells_nothing(ask: Ask) -> None:
    assert ask("convexity", all_with([float("nan")] * 2))["verdict"] == "cannot be told"
    assert ask("convexity", all_with([]))["verdict"] == "cannot be told"
