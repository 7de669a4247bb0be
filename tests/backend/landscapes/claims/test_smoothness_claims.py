"""The claims on how smoothly training moves."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from descent_atlas.landscapes.claims.path_measures import TABLE, measure_smoothness
from descent_atlas.landscapes.claims.smoothness_claims import (
    BATCHES,
    PRINTED,
    TEN_TIMES,
    WITH,
    WITHOUT,
)
from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import landscape, table
from tests.backend.landscapes.claims.conftest import Ask

Measures = Mapping[str, tuple[float, float]]
"""The angle and the share of rising losses of a run, by its id."""


def zigzag(angle: float, moves: int) -> NDArray[np.float64]:
    """A path whose moves turn by an angle in degrees, to the left and to the right."""
    heading = math.radians(angle) * (np.arange(moves) % 2)
    steps = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    return np.vstack([np.zeros((1, 2)), np.cumsum(steps, axis=0)])


def losses(rising: float, moves: int) -> NDArray[np.float64]:
    """Losses of which a share of the moves rises: the first ones."""
    return np.concatenate([[0.0], np.cumsum(np.where(np.arange(moves) < rising * moves, 1, -1))])


def paths(
    measures: Measures, *, chance: tuple[str, ...] = (), moves: int = 100, spread: float = 0.2
) -> dict[str, Landscape]:
    """Three new seeds of each run, `spread` degrees apart."""
    settings = {id: {"momentum": 0.9, "turning": 30.0} for id in measures}
    found = table(
        TABLE,
        {id: [10.0 if id in chance else 45.0] * 3 for id in measures},
        settings=settings,
        paths={
            id: [
                (zigzag(angle + spread * seed, moves), losses(rising + 0.001 * seed, moves))
                for seed in range(3)
            ]
            for id, (angle, rising) in measures.items()
        },
        first_seed=3,
    )
    shown = {id: landscape(id) for id in ("batch-sizes-caption", "momentum")}
    return {TABLE: found, **shown}


def by_batch(
    at_002: list[tuple[float, float]], at_0002: list[tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Measures of batches of 1, 64 and 256 at both rates."""
    ids = [id for runs in BATCHES.values() for id in runs]
    return dict(zip(ids, [*at_002, *at_0002], strict=True))


SMOOTHER = [(60.0, 0.5), (7.0, 0.4), (3.0, 0.3)]
ROUGHER = SMOOTHER[::-1]
LESS_BUT_OFTENER = [(60.0, 0.3), (7.0, 0.4), (3.0, 0.5)]


@pytest.mark.parametrize(
    ("at_002", "at_0002", "verdict"),
    [
        (SMOOTHER, SMOOTHER, "holds"),
        (ROUGHER, ROUGHER, "does not hold"),
        (SMOOTHER, ROUGHER, "holds in part"),
        (SMOOTHER, LESS_BUT_OFTENER, "contested"),
        ([(7.0, 0.4)] * 3, [(7.0, 0.4)] * 3, "cannot be told"),
    ],
)
def test_larger_batches_are_smoother_if_both_measures_fall(
    ask: Ask,
    at_002: list[tuple[float, float]],
    at_0002: list[tuple[float, float]],
    verdict: str,
) -> None:
    assert ask("batch-smoothness", paths(by_batch(at_002, at_0002)))["verdict"] == verdict


def test_what_falls_by_less_than_a_picture_shows_is_not_said_to_fall(ask: Ask) -> None:
    close = [(4.0, 0.5), (3.5, 0.4), (3.1, 0.3)]
    claim = ask("batch-smoothness", paths(by_batch(close, SMOOTHER), spread=0.01))
    passed = [check["passed"] for check in claim["checks"]]
    assert passed == [None, True, True, True]
    assert claim["verdict"] == "holds in part"


def test_runs_that_ended_at_chance_are_left_out_and_said_to_be(ask: Ask) -> None:
    rough_at_chance = [(3.0, 0.3), (60.0, 0.5), (7.0, 0.4)]
    found = paths(by_batch(rough_at_chance, SMOOTHER), chance=("b1-lr0.02-m0.9",))
    claim = ask("batch-smoothness", found)
    assert claim["verdict"] == "holds"
    assert "Left out, as its runs ended at chance or diverged: 1 image." in claim["finding"]
    two_left = ("b1-lr0.02-m0.9", "b64-lr0.02-m0.9")
    claim = ask("batch-smoothness", paths(by_batch(SMOOTHER, SMOOTHER), chance=two_left))
    assert claim["verdict"] == "holds in part"
    assert "too few runs are left to compare" in claim["finding"]


def test_paths_are_compared_over_equally_many_moves_of_equally_many_images() -> None:
    """The long path is rough only after the short one has ended."""
    long = zigzag(2.0, 80)
    late = long[50:] + np.array([[0, 1], [1, 0]])[np.arange(31) % 2] * 100
    runs = {"a": "a", "b": "b"}
    found = table(
        TABLE,
        {"a": [45.0] * 3, "b": [45.0] * 3},
        paths={
            "a": [(np.vstack([long[:50], late]), losses(0.4, 80))] * 3,
            "b": [(zigzag(9.0, 40), losses(0.4, 40))] * 3,
        },
        first_seed=3,
    )
    smoothness = measure_smoothness(found, runs)
    assert smoothness.moves == 40
    assert smoothness.turning.groups["a"] == pytest.approx([2.0] * 3)
    assert smoothness.rising.groups["a"] == pytest.approx([0.8] * 3)  # all 32 rises come first


def test_too_few_moves_or_a_missing_seed_tell_nothing(ask: Ask) -> None:
    claim = ask("batch-smoothness", paths(by_batch(SMOOTHER, SMOOTHER), moves=19))
    assert claim["verdict"] == "cannot be told"
    assert "has 19 moves" in claim["finding"]
    found = paths(by_batch(SMOOTHER, SMOOTHER))
    kept = [run for run in found[TABLE].manifest.runs if run.spec["seed"] != 4]
    lacking = found[TABLE].manifest.model_copy(update={"runs": kept})
    claim = ask("batch-smoothness", found | {TABLE: Landscape(lacking, found[TABLE].arrays)})
    assert "path-smoothness lacks b1-lr0.02-m0.9 with the seeds 4" in claim["finding"]


def test_runs_from_before_the_rules_tell_nothing(ask: Ask) -> None:
    found = paths(by_batch(SMOOTHER, SMOOTHER))
    for run in found[TABLE].manifest.runs:
        run.ended = "2026-11-01T00:00:00+00:00"
    claim = ask("batch-smoothness", found)
    assert claim["verdict"] == "cannot be told"
    assert "is not known to be trained after the rules were fixed" in claim["finding"]


def test_single_updates_decide_nothing_and_the_finding_says_why(ask: Ask) -> None:
    claim = ask("batch-smoothness", paths(by_batch(SMOOTHER, SMOOTHER)))
    assert "momentum 0.9 alone turns independent gradients, which are 90° apart" in claim["finding"]
    assert "into updates 26° apart" in claim["finding"]
    assert not any("update" in check["text"] for check in claim["checks"])
    labels = [number["label"] for number in claim["numbers"]]
    assert len(set(labels)) == len(labels)
    values = {number["label"]: number["value"] for number in claim["numbers"]}
    name = "At lr 0.02, with larger batches, 64 images: angle of the path drawn, mean"
    assert values[name] == pytest.approx(7.2)


def with_momentum(without: float, momentum: float, ten_times: float) -> dict[str, Landscape]:
    angles = {WITHOUT: without, WITH: momentum, TEN_TIMES: ten_times, PRINTED: 5.0}
    return paths({id: (angle, angle / 100) for id, angle in angles.items()})


@pytest.mark.parametrize(
    ("without", "momentum", "ten_times", "verdict"),
    [
        (40.0, 10.0, 30.0, "holds"),
        (5.0, 10.0, 30.0, "holds in part"),
        (5.0, 30.0, 10.0, "does not hold"),
    ],
)
def test_momentum_is_smoother_than_none_and_than_ten_times_the_rate(
    ask: Ask, without: float, momentum: float, ten_times: float, verdict: str
) -> None:
    found = with_momentum(without, momentum, ten_times)
    assert ask("momentum-smoothness", found)["verdict"] == verdict


def test_momentum_over_pure_noise_turns_by_the_angle_that_the_finding_tells(ask: Ask) -> None:
    generator = np.random.default_rng(0)
    velocity, updates = np.zeros(20_000), []
    for _ in range(100):
        velocity = 0.9 * velocity + generator.standard_normal(20_000)
        updates.append(velocity)
    late = np.array(updates[50:])
    lengths = np.linalg.norm(late, axis=1)
    cosines = (late[1:] * late[:-1]).sum(axis=1) / (lengths[1:] * lengths[:-1])
    claim = ask("momentum-smoothness", with_momentum(40, 10, 30))
    [of_noise] = [n["value"] for n in claim["numbers"] if n["label"] == "Momentum over pure noise"]
    assert np.degrees(np.arccos(cosines)).mean() == pytest.approx(of_noise, abs=0.2)


def test_a_path_that_stands_still_tells_nothing(ask: Ask) -> None:
    found = with_momentum(40, 10, 30)
    for axis in "xy":
        found[TABLE].arrays[f"{WITH}.0.{axis}"][:] = 0
    assert ask("momentum-smoothness", found)["verdict"] == "cannot be told"
