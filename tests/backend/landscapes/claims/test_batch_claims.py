"""The claims on what a batch sees."""

import numpy as np
import pytest

from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import landscape
from tests.backend.landscapes.claims.conftest import Ask


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


def several(
    plane: dict[int, float], near: dict[int, float], batches: int = 21
) -> dict[str, Landscape]:
    """Correlations of many batches around a median, by size."""
    around = np.linspace(-0.05, 0.05, batches)
    found = {size: (plane[size] + around, near[size] + around) for size in plane}
    return {
        id: landscape(id, correlations=found, step=step)
        for id, step in (("batches-end", 15_640), ("batches-early", 782))
    }


@pytest.mark.parametrize(
    ("plane", "near", "verdict"),
    [
        ({1: 0.3, 64: 0.7, 256: 0.95}, {1: 0.1, 64: 0.5, 256: 0.92}, "holds"),
        ({1: 0.3, 64: 0.7, 256: 0.95}, {1: 0.1, 64: 0.5, 256: 0.89}, "holds in part"),
        ({1: 0.7, 64: 0.3, 256: 0.95}, {1: 0.1, 64: 0.5, 256: 0.92}, "holds in part"),
        ({1: 0.7, 64: 0.3, 256: 0.5}, {1: 0.1, 64: 0.5, 256: 0.3}, "does not hold"),
    ],
)
def test_surfaces_approach_the_full_one_if_medians_rise_to_nine_tenths(
    ask: Ask, plane: dict[int, float], near: dict[int, float], verdict: str
) -> None:
    assert ask("batch-surfaces", several(plane, near))["verdict"] == verdict


def test_the_finding_tells_medians_with_their_range(ask: Ask) -> None:
    claim = ask("batch-surfaces", several({1: 0.3, 64: 0.7}, {1: 0.1, 64: 0.5}))
    assert "the surfaces of 21 batches of each size" in claim["finding"]
    assert "0.30 (0.25 to 0.35) for 1 image and 0.70 (0.65 to 0.75)" in claim["finding"]
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    name = "64 images, after 782 steps, within 0.25"
    assert values[f"{name}: lowest"] == pytest.approx(0.45)
    assert values[f"{name}: upper quartile"] == pytest.approx(0.525)
    assert len(values) == len(claim["numbers"]) == 2 * 2 * 2 * 5


def test_a_single_draw_of_each_size_tells_nothing(ask: Ask) -> None:
    claim = ask("batch-surfaces", several({1: 0.3, 64: 0.95}, {1: 0.1, 64: 0.95}, batches=19))
    assert claim["verdict"] == "cannot be told"
    assert "fewer than 20 batches a size" in claim["finding"]


def test_without_batches_or_cosines_nothing_can_be_told(ask: Ask) -> None:
    bare = {id: landscape(id) for id in ("batches-end", "batches-early")}
    for id in ("batch-gradients", "batch-surfaces"):
        assert ask(id, bare)["verdict"] == "cannot be told"
