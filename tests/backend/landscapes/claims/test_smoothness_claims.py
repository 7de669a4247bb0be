"""The claims on how smoothly training moves."""

import math

import numpy as np
import pytest

from descent_atlas.landscapes.claims.smoothness_claims import PRINTED, TEN_TIMES, WITH, WITHOUT
from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import landscape, run
from tests.backend.landscapes.claims.conftest import Ask


def batches(
    caption: list[float | None], table: list[float | None], status: str = "completed"
) -> dict[str, Landscape]:
    """The largest batch's run comes first, to be put in order."""
    return {
        id: landscape(
            id,
            runs=[
                run(str(size), lr=lr, batch_size=size, turning=angle, status=status)
                for size, angle in reversed(list(zip([1, 64, 256], angles, strict=True)))
            ],
        )
        for id, lr, angles in (
            ("batch-sizes-caption", 0.02, caption),
            ("batch-sizes", 0.002, table),
        )
    }


@pytest.mark.parametrize(
    ("caption", "table", "verdict"),
    [
        ([26, 24, 20], [30, 20, 10], "holds"),
        ([26, 24, 23.5], [30, 20, 10], "holds in part"),
        ([26, 30, 20], [10, 20, 30], "does not hold"),
        ([None, 24, 20], [30, 20, 10], "holds"),
        ([None, None, 20], [30, 20, 10], "cannot be told"),
    ],
)
def test_larger_batches_are_smoother_if_their_updates_turn_less(
    ask: Ask, caption: list[float | None], table: list[float | None], verdict: str
) -> None:
    assert ask("batch-smoothness", batches(caption, table))["verdict"] == verdict


def test_the_finding_tells_angles_with_accuracies_or_that_a_run_diverged(ask: Ask) -> None:
    claim = ask("batch-smoothness", batches([26, 24, 20], [30, 20, 10]))
    assert (
        "At lr 0.02 consecutive updates differ by 26° with 1 image (accuracy 40.0%), 24°"
        in (claim["finding"])
    )
    assert [number["value"] for number in claim["numbers"]] == [26, 24, 20, 30, 20, 10]
    claim = ask("batch-smoothness", batches([None, 24, 20], [30, 20, 10], "diverged"))
    assert "an angle that was not measured with 1 image (diverged)" in claim["finding"]


def zigzag(angle: float) -> np.ndarray:
    """A path whose moves turn by an angle in degrees, to the left and to the right."""
    heading = math.radians(angle) * (np.arange(50) % 2)
    return np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1), axis=0)


def four(updates: dict[str, float], drawn: dict[str, float]) -> dict[str, Landscape]:
    settings = {WITHOUT: None, WITH: 0.9, TEN_TIMES: None, PRINTED: 0.9}
    runs = [run(id, momentum=settings[id], turning=updates[id]) for id in settings]
    paths = {id: (zigzag(drawn[id]), np.ones(50)) for id in settings}
    return {"momentum": landscape("momentum", runs=runs, paths=paths)}


UPDATES = {WITHOUT: 85.0, WITH: 20.0, TEN_TIMES: 88.0, PRINTED: 15.0}


@pytest.mark.parametrize(
    ("updates", "drawn", "verdict"),
    [
        (UPDATES, {WITHOUT: 40.0, WITH: 10.0, TEN_TIMES: 30.0, PRINTED: 5.0}, "holds"),
        (UPDATES, {WITHOUT: 5.0, WITH: 30.0, TEN_TIMES: 30.5, PRINTED: 5.0}, "holds in part"),
        (UPDATES | {WITH: 84.5}, dict.fromkeys(UPDATES, 10.0), "does not hold"),
    ],
)
def test_momentum_is_smoother_if_updates_and_drawn_paths_turn_less(
    ask: Ask, updates: dict[str, float], drawn: dict[str, float], verdict: str
) -> None:
    assert ask("momentum-smoothness", four(updates, drawn))["verdict"] == verdict


def test_the_finding_tells_what_momentum_does_to_pure_noise(ask: Ask) -> None:
    drawn = {WITHOUT: 40.0, WITH: 10.0, TEN_TIMES: 30.0, PRINTED: 5.0}
    claim = ask("momentum-smoothness", four(UPDATES, drawn))
    assert "85° without momentum, 20° with momentum" in claim["finding"]
    assert "it would leave 26° of 90°" in claim["finding"]
    assert "40° without momentum, 10° with momentum" in claim["finding"]
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    assert values["With momentum: path drawn"] == pytest.approx(10.0)
    assert len(values) == len(claim["numbers"]) == 9


def test_momentum_over_pure_noise_turns_by_the_angle_that_the_finding_tells(ask: Ask) -> None:
    generator = np.random.default_rng(0)
    velocity, updates = np.zeros(20_000), []
    for _ in range(100):
        velocity = 0.9 * velocity + generator.standard_normal(20_000)
        updates.append(velocity)
    late = np.array(updates[50:])
    lengths = np.linalg.norm(late, axis=1)
    cosines = (late[1:] * late[:-1]).sum(axis=1) / (lengths[1:] * lengths[:-1])
    claim = ask("momentum-smoothness", four(UPDATES, dict.fromkeys(UPDATES, 10.0)))
    [of_noise] = [n["value"] for n in claim["numbers"] if n["label"] == "Momentum over pure noise"]
    assert np.degrees(np.arccos(cosines)).mean() == pytest.approx(of_noise, abs=0.2)


def test_a_path_that_stands_still_tells_nothing(ask: Ask) -> None:
    found = four(UPDATES, dict.fromkeys(UPDATES, 10.0))
    found["momentum"].arrays[f"{WITH}.x"][:] = 0
    found["momentum"].arrays[f"{WITH}.y"][:] = 0
    assert ask("momentum-smoothness", found)["verdict"] == "cannot be told"
