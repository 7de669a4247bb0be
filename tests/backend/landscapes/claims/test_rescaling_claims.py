"""Whether sharpness by itself decides anything, on rescaled networks made up for it."""

import pytest

from descent_atlas.landscapes.claims.curvature.edge_claims import TABLE
from tests.backend.landscapes.claims.claim_samples import table
from tests.backend.landscapes.claims.conftest import Ask
from tests.backend.landscapes.claims.sharpness_samples import add_rescaling

OWN = (20.0, 0.0)
"""The sharpness of the network itself, and the change of its outputs."""


@pytest.mark.parametrize(
    ("networks", "verdict"),
    [
        ({1.0: OWN, 4.0: (200.0, 0.0)}, "holds"),  # ten times is enough
        ({1.0: OWN, 4.0: (199.9, 0.0)}, "does not hold"),
        ({0.25: (2.0, 0.0), 1.0: OWN}, "does not hold"),  # the rule asks for a sharper one
        ({0.25: (5.0, 0.0), 1.0: OWN, 4.0: (300.0, 1e-6)}, "holds"),  # to rounding
        ({1.0: OWN, 4.0: (300.0, 1e-5)}, "does not hold"),  # it computes something else
        ({1.0: OWN, 2.0: (70.0, 0.0), 4.0: (None, 0.0)}, "cannot be told"),
        ({1.0: OWN, 2.0: (300.0, 0.0), 4.0: (None, 0.0)}, "holds"),
        ({1.0: (None, 0.0), 4.0: (300.0, 0.0)}, "cannot be told"),
        ({1.0: OWN, 4.0: (300.0, None)}, "cannot be told"),
    ],
)
def test_a_change_that_leaves_every_output_alone_multiplies_the_sharpness(
    networks: dict[float, tuple[float | None, float | None]], verdict: str, put: Ask
) -> None:
    claim = put("reparametrisation", {TABLE: add_rescaling(table(TABLE, {"gd": [45]}), networks)})
    assert claim["verdict"] == verdict
    assert "multiplies it by 10 or more" in claim["rule"]


def test_the_rescaled_networks_are_told_beside_the_trained_one(put: Ask) -> None:
    networks: dict[float, tuple[float | None, float | None]] = {
        0.25: (5.0, 0.0),
        1.0: OWN,
        8.0: (1280.0, 5e-7),
    }
    claim = put("reparametrisation", {TABLE: add_rescaling(table(TABLE, {"gd": [45]}), networks)})
    assert claim["finding"] == (
        "With one layer of gd’s network multiplied by 0.25 and 8 and the next one’s weights "
        "divided by it, the sharpness is 5.0 to 1,280 instead of 20.0; no output changes by more "
        "than rounding, and the test accuracy is 45.0% each time."
    )
    numbers = {number["label"]: number["value"] for number in claim["numbers"]}
    assert numbers["gd, times 8: sharpness"] == 1280
    assert numbers["gd, times 1: test accuracy"] == 45
    changed = numbers["gd, times 8: largest change of an output, of what rounding changes"]
    assert changed == pytest.approx(0.5)


def test_a_run_that_does_not_count_and_a_table_without_networks_are_missing(put: Ask) -> None:
    networks: dict[float, tuple[float | None, float | None]] = {1.0: OWN, 4.0: (300.0, 0.0)}
    at_chance = add_rescaling(table(TABLE, {"gd": [10]}), networks)
    for found in (at_chance, table(TABLE, {"gd": [45]})):
        claim = put("reparametrisation", {TABLE: found})
        assert claim["verdict"] == "cannot be told"
        assert "full-batch has no rescaled network that counts" in claim["finding"]
