"""The claims about curvature, on tables made up for them, and their rules."""

import ast
import hashlib
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from descent_atlas.landscapes.claims import curvature, tell_curvature_claims
from descent_atlas.landscapes.claims.curvature.curvature_rules import (
    CURVATURE_FILE,
    CURVATURE_RULES,
    quote_curvature,
    read_curvature_rules,
)
from descent_atlas.landscapes.claims.curvature.edge_claims import TABLE
from descent_atlas.landscapes.claims.curvature.flatness_claims import SEEDS, TABLES
from descent_atlas.landscapes.claims.smoothness_claims import BATCHES
from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import table
from tests.backend.landscapes.claims.conftest import Ask
from tests.backend.landscapes.claims.sharpness_samples import Measured, add_curvature
from tests.backend.landscapes.claims.test_rules import UNJUDGED, read_numbers

FOLDER = Path(next(iter(curvature.__path__)))

FIXED = "bcfc0265fae01d613fe56e5fcb0c7b6152e9190c3ef9babc53e2de7c2cd24295"
"""The SHA-256 of the rules as they were fixed."""


def test_the_rules_are_those_that_were_fixed() -> None:
    """A change of the file is a new set of rules, fixed at a new time."""
    assert hashlib.sha256(read_curvature_rules().encode()).hexdigest() == FIXED
    assert datetime(2026, 11, 27, 22, 44, tzinfo=UTC) == CURVATURE_RULES.fixed
    assert (FOLDER / CURVATURE_FILE).read_text() == read_curvature_rules()


def test_no_module_on_curvature_has_a_threshold_of_its_own() -> None:
    for path in FOLDER.glob("*.py"):
        assert read_numbers(path) <= UNJUDGED | {0.5}, path.name  # a median is no threshold


def test_every_threshold_is_read_by_a_claim() -> None:
    modules = [ast.parse(path.read_text()) for path in FOLDER.glob("*_claims.py")]
    read = {
        node.attr
        for module in modules
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute)
    }
    for name, rule in tomllib.loads(read_curvature_rules()).items():
        if isinstance(rule, dict):
            assert rule.keys() - {"text"} <= read, name


def test_the_sentences_name_the_numbers() -> None:
    edge, adaptive = CURVATURE_RULES.edge, CURVATURE_RULES.adaptive
    assert (edge.start, edge.low, edge.high, edge.most) == (0.5, 0.8, 2.5, 0.9)
    for phrase in ("below half", "between 0.8 and 2.5", "at least 90%"):
        assert phrase in edge.text
    assert (adaptive.late, adaptive.low, adaptive.high, adaptive.most) == (0.5, 0.8, 1.5, 0.9)
    for phrase in ("last half", "between 0.8 and 1.5", "at least 90%"):
        assert phrase in adaptive.text
    assert (CURVATURE_RULES.batches.level, CURVATURE_RULES.batches.least_seeds) == (0.05, 3)
    assert "p ≤ 0.05" in quote_curvature(["batches"])
    flatness = CURVATURE_RULES.flatness
    assert (flatness.loss, flatness.range, flatness.level) == (1.6, 0.2, 0.95)
    assert (flatness.least_runs, flatness.least_settings, flatness.resamples) == (12, 4, 2000)
    for phrase in ("at most 1.6", "below 1.4", "2,000 times", "95%", "12 runs of 4 settings"):
        assert phrase in flatness.text
    assert CURVATURE_RULES.planes.share == 0.1 and "a tenth" in CURVATURE_RULES.planes.text
    assert CURVATURE_RULES.reparametrisation.factor == 10


CLIMB = [1.0, 12.0, 21.0, 30.0, 26.0, 44.0, 25.0, 31.0, 28.0, 40.0, 29.0, 33.0]


def descents(*paths: list[float]) -> dict[str, Landscape]:
    """The table of full-batch trainings, of gradient descent with some seeds."""
    found = table(TABLE, {"gd": [45.0] * len(paths)})
    measured = {("gd", seed): {"sharpness": path} for seed, path in enumerate(paths)}
    return {TABLE: add_curvature(found, measured, {"gd": (20.0, "sharpness")})}


@pytest.mark.parametrize(
    ("paths", "verdict"),
    [
        ([CLIMB, CLIMB], "holds"),
        ([CLIMB, [1.0, 12.0, 21.0, *[60.0] * 9]], "holds in part"),  # it leaves the band above
        ([[1.0] * 12], "does not hold"),
        ([[15.0, *CLIMB[1:]]], "holds in part"),  # it did not begin below half
        ([CLIMB, [1.0] * 12], "does not hold"),  # every seed is asked
        ([[*CLIMB[:5], np.nan, *CLIMB[6:]]], "holds"),  # what has not converged does not count
    ],
)
def test_gradient_descent_climbs_to_its_limit_and_stays(
    paths: list[list[float]], verdict: str, put: Ask
) -> None:
    claim = put("edge-of-stability", descents(*paths))
    assert claim["verdict"] == verdict
    assert "2/η" in claim["rule"]


def test_the_numbers_of_gradient_descent_are_told(put: Ask) -> None:
    claim = put("edge-of-stability", descents(CLIMB))
    numbers = {number["label"]: number["value"] for number in claim["numbers"]}
    assert numbers["Seed 0: first step at the limit"] == 20
    assert numbers["Seed 0: sharpness since then, highest"] == pytest.approx(44)
    assert numbers["Seed 0: sharpness since then, median"] == pytest.approx(29.5)
    assert numbers["Largest ratio between subsets of images"] == pytest.approx(1.1)
    assert "from 1.0 to the limit by step 20, then 21 to 44" in claim["finding"]


def test_a_start_that_has_not_converged_is_missing_evidence(put: Ask) -> None:
    claim = put("edge-of-stability", descents([np.nan, *CLIMB[1:]]))
    assert claim["verdict"] == "cannot be told"
    assert "the sharpness at the start of gd has not converged" in claim["finding"]


@pytest.mark.parametrize(
    ("adam", "rmsprop", "verdict"),
    [
        ([0.1, 0.4, 0.9, 1.0, 1.2], [0.1, 0.4, 0.9, 1.0, 1.2], "holds"),
        ([0.1, 0.4, 0.9, 1.0, 1.2], [0.1, 0.4, 0.5, 0.5, 0.5], "holds in part"),
        ([0.1, 0.4, 2.0, 2.0, 2.0], [0.1, 0.4, 0.5, 0.5, 0.5], "does not hold"),
    ],
)
def test_adaptive_optimizers_are_measured_in_their_own_metric(
    adam: list[float], rmsprop: list[float], verdict: str, put: Ask
) -> None:
    found = table(TABLE, {"adam-full": [45.0], "rmsprop-full": [45.0]})
    measured = {
        ("adam-full", 0): {"preconditioned": 76_000 * np.array(adam)},
        ("rmsprop-full", 0): {"preconditioned": 4_000 * np.array(rmsprop)},
    }
    limits = {
        "adam-full": (76_000.0, "preconditioned"),
        "rmsprop-full": (4_000.0, "preconditioned"),
    }
    assert (
        put("adaptive-edge", {TABLE: add_curvature(found, measured, limits)})["verdict"] == verdict
    )


def by_size(ends: list[float], matched: list[float], *, chance: str = "") -> dict[str, Landscape]:
    """Three seeds of every batch size at both rates: sharpness at the end and at a loss of 1.5."""
    ids = [id for runs in BATCHES.values() for id in runs]
    found = table(SEEDS, {id: [10.0 if id == chance else 45.0] * 3 for id in ids}, first_seed=3)
    measured: dict[tuple[str, int], Measured] = {}
    for number, id in enumerate(ids):
        for seed in (3, 4, 5):
            end, middle = ends[number % 3] + seed, matched[number % 3] + seed
            losses = [2.3, 1.5, 1.5 - 0.1 * (number % 3)]
            measured[id, seed] = {"sharpness": [1.0, middle, end], "train.loss": losses}
    return {SEEDS: add_curvature(found, measured)}


@pytest.mark.parametrize(
    ("ends", "matched", "verdict"),
    [
        ([10, 20, 30], [10, 20, 30], "holds"),
        ([30, 20, 10], [30, 20, 10], "does not hold"),
        ([10, 20, 30], [30, 20, 10], "contested"),
        ([10, 10, 10], [10, 10, 10], "cannot be told"),
    ],
)
def test_the_sharpness_of_ends_is_compared_by_batch_size_and_by_loss(
    ends: list[float], matched: list[float], verdict: str, put: Ask
) -> None:
    claim = put("flat-batches", by_size(ends, matched))
    assert claim["verdict"] == verdict
    numbers = {number["label"]: number["value"] for number in claim["numbers"]}
    assert numbers["lr 0.02: the loss compared at"] == 1.5


def test_runs_at_chance_have_no_end_to_compare(put: Ask) -> None:
    claim = put("flat-batches", by_size([10, 20, 30], [10, 20, 30], chance="b1-lr0.02-m0.9"))
    assert claim["verdict"] == "holds"
    assert "At lr 0.02 too few runs of 1 image count" in claim["finding"]


def flat(slope: float, *, settings: int = 5, noise: float = 0.0) -> dict[str, Landscape]:
    """Runs of several settings whose accuracy follows their sharpness where the loss passes 1.6."""
    generator = np.random.default_rng(1)
    runs, measured = {}, {}
    for number in range(settings):
        id = f"setting-{number}"
        runs[id] = [45.0] * 3
        for seed in range(3):
            sharpness = 10.0 + 5 * number + seed
            accuracy = 0.4 + slope * sharpness + noise * generator.standard_normal()
            measured[id, seed] = {
                "sharpness": [1.0, sharpness, 99.0],
                "train.loss": [2.3, 1.55, 1.2],
                "test.accuracy": [0.1, accuracy, 0.5],
            }
    full = add_curvature(table(TABLES[0], runs), measured)
    return {id: full if id == TABLES[0] else table(id, {}) for id in TABLES}


@pytest.mark.parametrize(
    ("landscapes", "verdict"),
    [
        (flat(-0.002), "holds"),
        (flat(0.002), "does not hold"),
        (flat(0.0, noise=0.01), "cannot be told"),
        (flat(-0.002, settings=3), "cannot be told"),
    ],
)
def test_sharpness_and_accuracy_are_correlated_at_one_loss(
    landscapes: dict[str, Landscape], verdict: str, put: Ask
) -> None:
    claim = put("flatness", landscapes)
    assert claim["verdict"] == verdict
    numbers = {number["label"]: number["value"] for number in claim["numbers"]}
    low, high = numbers["its interval, lower limit"], numbers["its interval, upper limit"]
    assert low is not None and high is not None and -1 <= low <= high <= 1


def test_what_was_not_measured_cannot_be_told() -> None:
    for claim in tell_curvature_claims({}):
        assert claim["verdict"] == "cannot be told"
        assert claim["finding"].startswith("Evidence is missing")
        assert claim["rule"] and claim["figures"]
