"""Whether random planes underestimate the curvature, on lotteries made up for it."""

import numpy as np
import pytest

from descent_atlas.landscapes.claims.curvature.random_plane_claims import LOTTERIES
from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.conftest import Ask
from tests.backend.landscapes.claims.sharpness_samples import lottery

FLAT = np.linspace(0.5, 2.5, 20)
"""The largest curvatures in twenty planes where the sharpness is 50: all below a tenth of it."""

SEEN = np.where(np.arange(20) == 7, 5.0, FLAT)
"""One plane shows a tenth, which is not less than a tenth."""


def planes(*curvatures: np.ndarray, **last: object) -> dict[str, Landscape]:
    """Lotteries at the three origins; `last` is what the third takes beside its curvatures."""
    given = [{}, {}, last]
    return {
        id: lottery(id, values, **options)  # type: ignore[arg-type]
        for id, values, options in zip(LOTTERIES, curvatures, given, strict=True)
    }


@pytest.mark.parametrize(
    ("curvatures", "verdict"),
    [
        ((FLAT, FLAT, FLAT), "holds"),
        ((FLAT, FLAT, SEEN), "holds in part"),  # every seed is asked
        ((SEEN, SEEN, SEEN), "does not hold"),
        ((np.full(20, 60.0), SEEN, SEEN), "does not hold"),
        ((-FLAT, FLAT, FLAT), "holds"),  # planes that curve downwards show no more
        ((np.where(FLAT > 2.4, np.nan, FLAT), FLAT, FLAT), "holds in part"),
        ((np.full(20, np.nan), SEEN, SEEN), "cannot be told"),
    ],
)
def test_every_plane_at_every_origin_shows_less_than_a_tenth_of_the_sharpness(
    curvatures: tuple[np.ndarray, ...], verdict: str, put: Ask
) -> None:
    claim = put("random-planes", planes(*curvatures))
    assert claim["verdict"] == verdict
    assert "less than a tenth" in claim["rule"]
    assert len(claim["checks"]) == 3


def test_the_range_over_the_planes_is_told(put: Ask) -> None:
    claim = put("random-planes", planes(FLAT, FLAT, FLAT))
    numbers = {number["label"]: number["value"] for number in claim["numbers"]}
    assert numbers["At GD’s end: share of the sharpness, lowest"] == pytest.approx(0.01)
    assert numbers["At GD’s end: share of the sharpness, median"] == pytest.approx(0.03)
    assert numbers["At GD’s end: share of the sharpness, highest"] == pytest.approx(0.05)
    assert "at GD’s end 20 planes show 1.0% to 5.0% of the sharpness of 50.0" in claim["finding"]


def test_a_sharpness_that_has_not_converged_decides_nothing(put: Ask) -> None:
    claim = put("random-planes", planes(FLAT, FLAT, FLAT, sharpness=None))
    assert [check["passed"] for check in claim["checks"]] == [True, True, None]
    assert "The curvature at Adam’s end has not converged." in claim["finding"]


@pytest.mark.parametrize("ended", [{"status": "diverged"}, {"test_accuracy": 0.1}])
def test_planes_around_a_run_that_does_not_count_are_left_out(
    ended: dict[str, object], put: Ask
) -> None:
    claim = put("random-planes", planes(FLAT, FLAT, SEEN, **ended))
    assert claim["verdict"] == "holds"
    assert len(claim["checks"]) == 2
    assert "The planes at Adam’s end are of a run that does not count." in claim["finding"]


def test_without_the_curvature_of_planes_evidence_is_missing(put: Ask) -> None:
    landscapes = planes(FLAT, FLAT, FLAT)
    drawn = landscapes["gd-lottery"].manifest.lottery
    assert drawn is not None
    drawn.curvature = None
    claim = put("random-planes", landscapes)
    assert claim["verdict"] == "cannot be told"
    assert "gd-lottery has no curvature of random planes" in claim["finding"]
