"""The claims on what a batch sees."""

import numpy as np
import pytest

from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import AXIS, landscape
from tests.backend.landscapes.claims.conftest import Ask

ACROSS, UP = np.meshgrid(AXIS, AXIS)
BOWL = ACROSS**2 + UP**2
RIDGE = ACROSS**2 - UP**2


def two(end: dict[int, list[float]], early: dict[int, list[float]]) -> dict[str, Landscape]:
    return {
        "batches-end": landscape("batches-end", cosines=end, step=15_640),
        "batches-early": landscape("batches-early", cosines=early, step=782),
    }


@pytest.mark.parametrize(
    ("at_the_end", "early", "verdict"),
    [
        ([0.0, 0.1, 0.2], [0.3, 0.4, 0.45], "holds"),
        ([0.0, 0.1, 0.2], [0.3, 0.51, 0.9], "holds in part"),
        ([0.5, 0.5, 0.5], [0.3, 0.51, 0.9], "does not hold"),
    ],
)
def test_a_gradient_points_elsewhere_if_its_median_cosine_is_below_one_half(
    ask: Ask, at_the_end: list[float], early: list[float], verdict: str
) -> None:
    claim = ask("batch-gradients", two({1: at_the_end, 64: [0.8]}, {1: early, 64: [0.9]}))
    assert claim["verdict"] == verdict


def test_a_cosine_that_rounding_carried_beyond_one_is_an_angle_of_zero(ask: Ask) -> None:
    beyond = {1: [1.0 + 1e-15], 64: [1.0]}
    assert "stands 0° off" in ask("batch-gradients", two(beyond, beyond))["finding"]


def test_the_finding_tells_medians_and_the_angle(ask: Ask) -> None:
    found = two({64: [0.6], 1: [0.0, 0.1, 0.2, 0.3, 0.4]}, {1: [0.5], 64: [0.7]})
    claim = ask("batch-gradients", found)
    first, second = claim["finding"].split(" off. ")
    assert first.startswith("After 15,640 steps the median cosine of 5 batches")
    assert first.endswith(
        "0.20 for 1 image and 0.60 for 64 images; the gradient of 1 image stands 78°"
    )
    assert second.startswith("After 782 steps it is 0.50 for 1 image and 0.70 for 64 images")
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    assert values["1 image, after 15,640 steps: lower quartile"] == pytest.approx(0.1)
    assert values["64 images, after 782 steps: median"] == pytest.approx(0.7)
    assert len(values) == len(claim["numbers"]) == 12


def surfaces(small: float, large: float) -> Landscape:
    """Batches' surfaces, each the full one with a ridge added, as much as the arguments say."""
    losses = {
        "train": BOWL,
        "batch-64": BOWL + large * RIDGE,
        "batch-1": BOWL + small * RIDGE,
    }
    correlations = {
        name: float(np.corrcoef(values.ravel(), BOWL.ravel())[0, 1])
        for name, values in losses.items()
    }
    return landscape("any", losses=losses, correlations=correlations)


@pytest.mark.parametrize(
    ("small", "large", "verdict"),
    [(2.0, 0.1, "holds"), (4.0, 2.0, "holds in part"), (2.0, 4.0, "does not hold")],
)
def test_surfaces_approach_the_full_one_if_larger_batches_correlate_better(
    ask: Ask, small: float, large: float, verdict: str
) -> None:
    found = surfaces(small, large)
    claim = ask("batch-surfaces", {"batches-end": found, "batches-early": found})
    assert claim["verdict"] == verdict


def test_near_the_model_only_the_points_near_it_are_compared(ask: Ask) -> None:
    near = np.hypot(ACROSS, UP) <= 0.25
    losses = {"train": BOWL, "batch-1": BOWL, "batch-64": np.where(near, RIDGE, BOWL)}
    found = landscape("any", losses=losses, correlations={"batch-1": 0.5, "batch-64": 0.99})
    claim = ask("batch-surfaces", {"batches-end": found, "batches-early": found})
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    assert values["64 images, after 100 steps, whole plane"] == 0.99
    assert values["1 image, after 100 steps, within 0.25"] == pytest.approx(1.0)
    # Over a disc that is its own mirror image, a ridge knows nothing of a bowl.
    assert values["64 images, after 100 steps, within 0.25"] == pytest.approx(0.0, abs=1e-12)
    assert claim["verdict"] == "does not hold"


def test_without_batches_or_cosines_nothing_can_be_told(ask: Ask) -> None:
    bare = {id: landscape(id) for id in ("batches-end", "batches-early")}
    for id in ("batch-gradients", "batch-surfaces"):
        assert ask(id, bare)["verdict"] == "cannot be told"
