"""The claims about skips and the transformer, on landscapes made up for them, and their rules."""

import ast
import hashlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from descent_atlas.landscapes.claims import (
    networks,
    tell_skip_claims,
    tell_transformer_claims,
)
from descent_atlas.landscapes.claims.claim import Claim, tell
from descent_atlas.landscapes.claims.networks.network_rules import (
    NETWORK_FILE,
    NETWORK_RULES,
    quote_network,
    read_network_rules,
)
from descent_atlas.landscapes.claims.networks.network_studies import CHARACTERS, SKIPS
from descent_atlas.landscapes.claims.networks.skip_claims import BARE, NORMALIZED, SKIP_QUESTIONS
from descent_atlas.landscapes.claims.networks.transformer_claims import TRANSFORMER_QUESTIONS
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Dataset
from tests.backend.landscapes.claims.network_samples import Losses, losses, lottery, mix
from tests.backend.landscapes.claims.test_rules import UNJUDGED, read_numbers

FOLDER = Path(next(iter(networks.__path__)))

FIXED = "6b467eedca604caf32903b1c056a22c223985f2ad6a68a9bd0c05270e51dc7b1"
"""The SHA-256 of the rules as they were fixed."""

Put = Callable[[str, Mapping[str, Landscape]], Claim]


@pytest.fixture
def put() -> Put:
    """Put the claim with an id to landscapes."""
    questions = {each.id: each for each in (*SKIP_QUESTIONS, *TRANSFORMER_QUESTIONS)}
    return lambda id, landscapes: tell(questions[id], landscapes, quote_network)


def test_the_rules_are_those_that_were_fixed() -> None:
    """A change of the file is a new set of rules, fixed at a new time."""
    assert hashlib.sha256(read_network_rules().encode()).hexdigest() == FIXED
    assert datetime(2026, 11, 28, 2, 20, tzinfo=UTC) == NETWORK_RULES.fixed
    assert (FOLDER / NETWORK_FILE).read_text() == read_network_rules()


def test_no_module_on_networks_has_a_threshold_of_its_own() -> None:
    for path in FOLDER.glob("*.py"):
        assert read_numbers(path) <= UNJUDGED | {20, 56}, path.name  # the depths


def test_every_threshold_is_read_by_a_claim() -> None:
    read = {
        node.attr
        for path in FOLDER.glob("*.py")
        if path.name != "network_rules.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
    }
    for name, rule in tomllib.loads(read_network_rules()).items():
        if isinstance(rule, dict):
            assert rule.keys() - {"text"} <= read, name


def test_the_sentences_name_the_numbers() -> None:
    rules = NETWORK_RULES
    assert rules.untrained.margin == 3 and "less than 3 points" in rules.untrained.text
    assert rules.surfaces.least_seeds == 9 and "at least 9 direction seeds" in rules.surfaces.text
    assert (rules.chaos.convex, rules.chaos.minima) == (0.5, 2)
    for phrase in ("at most half", "at least 2 minima"):
        assert phrase in rules.chaos.text
    assert (rules.convex.share, rules.convex.minima) == (0.9, 1)
    for phrase in ("at least 90%", "at most 1 minimum"):
        assert phrase in rules.convex.text
    comparison = rules.comparison
    assert (comparison.level, comparison.convex, comparison.minima) == (0.05, 0.1, 1)
    for phrase in ("p ≤ 0.05", "10 points or 1 minimum"):
        assert phrase in comparison.text
    assert rules.rates.least_seeds == 3 and "at least 3 seeds" in rules.rates.text
    assert rules.losses.level == rules.warm_up.level == 0.95
    assert "95% Welch" in rules.losses.text and "at 95% with Bonferroni" in rules.warm_up.text
    assert rules.rare.share == 0.6 and "at least 60%" in rules.rare.text
    sharpness = rules.sharpness
    assert (sharpness.late, sharpness.high, sharpness.level) == (0.5, 1.5, 0.05)
    for phrase in ("last half", "at most 1.5 times", "p ≤ 0.05"):
        assert phrase in sharpness.text


def surfaces(**networks: tuple[float, float]) -> dict[str, Landscape]:
    """The lotteries of all networks; given are the convex share and the minima of some."""
    found: dict[str, Landscape] = {}
    for id in (*NORMALIZED, *BARE):
        convex, minima = networks.get(id.replace("-", "_"), (0.95, 1))
        found |= lottery(id, convex, minima)
    return found


@pytest.mark.parametrize(
    ("deep", "verdict"),
    [
        ((0.4, 4), "holds"),
        ((0.6, 4), "holds in part"),  # less convex with more minima, yet not chaotic
        ((0.95, 1), "cannot be told"),  # no difference, and not chaotic
        ((0.99, 0), "does not hold"),
        ((0.99, 4), "contested"),
    ],
)
def test_depth_without_skips_is_judged_by_both_measures(
    deep: tuple[float, float], verdict: str, put: Put
) -> None:
    claim = put("depth-without-skips", surfaces(plain56=deep, plain20=(0.95, 1)))
    assert claim["verdict"] == verdict
    assert "never called chaotic" in claim["rule"]


@pytest.mark.parametrize("status", ["completed", "diverged"])
def test_a_network_at_chance_is_untrained_and_never_chaotic(status: str, put: Put) -> None:
    accuracy = 12.9 if status == "completed" else 60.0
    untrained = lottery("plain56", 0.2, 9, accuracy=accuracy, status=status)
    claim = put("depth-without-skips", surfaces() | untrained)
    assert claim["verdict"] == "cannot be told"
    assert [check["passed"] for check in claim["checks"]] == [None, None, None]
    assert "Plain-56 is untrained" in claim["finding"]
    trained = lottery("plain56", 0.2, 9, accuracy=13.1)
    assert put("depth-without-skips", surfaces() | trained)["verdict"] == "holds"


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({"plain56": (0.4, 4)}, "holds"),
        ({"plain56": (0.4, 4), "resnet56": (0.7, 1)}, "holds in part"),
        ({"resnet20": (0.3, 3), "resnet56": (0.3, 3), "plain56": (0.9, 1)}, "does not hold"),
        ({"plain56": (0.99, 4)}, "contested"),
    ],
)
def test_with_skips_surfaces_are_nearly_convex(
    given: dict[str, tuple[float, float]], verdict: str, put: Put
) -> None:
    assert put("skips-convex", surfaces(**given))["verdict"] == verdict


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({"plain20_bare": (0.5, 3), "plain56_bare": (0.3, 5)}, "holds"),
        ({"plain20_bare": (0.95, 1), "plain56_bare": (0.3, 5)}, "holds in part"),
        ({"resnet20_bare": (0.5, 3), "resnet56_bare": (0.5, 3)}, "does not hold"),
    ],
)
def test_without_normalization_skips_are_asked_at_both_depths(
    given: dict[str, tuple[float, float]], verdict: str, put: Put
) -> None:
    claim = put("skips-bare", surfaces(**given))
    assert claim["verdict"] == verdict


def test_the_range_over_direction_seeds_is_told(put: Put) -> None:
    claim = put("depth-without-skips", surfaces(plain56=(0.4, 4)))
    numbers = {number["label"]: number["value"] for number in claim["numbers"]}
    assert numbers["Plain-56: convex cells, lowest"] == pytest.approx(0.38)
    assert numbers["Plain-56: convex cells, median"] == pytest.approx(0.4)
    assert numbers["Plain-56: minima inside, highest"] == 4
    assert "Plain-56 (60.0%) has 40% convex cells (38% to 42%) and 4 minima" in claim["finding"]


def test_too_few_planes_are_no_evidence(put: Put) -> None:
    claim = put("depth-without-skips", surfaces() | lottery("plain56", 0.4, 4, seeds=8))
    assert claim["finding"] == "Evidence is missing: plain56-lottery has 8 planes."


GOOD, BAD = [1.60, 1.61, 1.62], [2.30, 2.31, 2.32]


def optimizers(sgd: Losses, adam: Losses, **others: Losses) -> dict[str, Losses]:
    """Both optimizers at a good rate, and at one where each is worse; `others` by id."""
    worse = mix([3.0] * 3, [3.5] * 3)
    named = {id.replace("_", "-").replace("p", "."): own for id, own in others.items()}
    return {"SGD-0.1": sgd, "SGD-0.01": worse, "Adam-0.001": adam, "Adam-0.01": worse, **named}


@pytest.mark.parametrize(
    ("sgd", "adam", "verdict"),
    [
        (BAD, GOOD, "holds"),
        (GOOD, BAD, "does not hold"),
        ([1.2, 2.0, 2.8], [1.3, 2.1, 2.7], "cannot be told"),
    ],
)
def test_adam_and_sgd_enter_with_their_best_rates(
    sgd: list[float], adam: list[float], verdict: str, put: Put
) -> None:
    claim = put("adam-beats-sgd", losses(optimizers(mix(sgd, sgd), mix(adam, adam))))
    assert claim["verdict"] == verdict
    assert "rates of 0.1 and 0.001" in claim["finding"]


def test_a_rate_with_a_run_that_diverged_is_left_out(put: Put) -> None:
    found = losses(optimizers(mix(GOOD, GOOD), mix(BAD, BAD)), diverged=["SGD-0.1"])
    assert "rates of 0.01 and 0.001" in put("adam-beats-sgd", found)["finding"]


@pytest.mark.parametrize(
    ("frequent", "rare", "verdict"),
    [
        (0.1, 1.0, "holds"),
        (0.5, 0.6, "holds in part"),  # larger a token, yet less than 60% of the whole
        (1.0, 0.1, "does not hold"),
    ],
)
def test_the_gap_is_divided_by_the_frequency_of_tokens(
    frequent: float, rare: float, verdict: str, put: Put
) -> None:
    adam = mix([1.0, 1.1, 1.2], [2.0, 2.1, 2.2])
    sgd = mix([value + frequent for value in adam["frequent"]], [v + rare for v in adam["rare"]])
    claim = put("rare-tokens", losses(optimizers(sgd, adam)))
    assert claim["verdict"] == verdict
    numbers = {number["label"]: number["value"] for number in claim["numbers"]}
    assert numbers["Seed 1: share of tokens that are rare"] == pytest.approx(0.45)
    whole = 0.55 * frequent + 0.45 * rare
    assert numbers["Seed 1: share of the gap on rare"] == pytest.approx(0.45 * rare / whole)


def test_without_a_gap_there_is_nothing_to_divide(put: Put) -> None:
    same = mix([1.0, 1.1, 1.2], [2.0, 2.1, 2.2])
    claim = put("rare-tokens", losses(optimizers(same, same)))
    assert claim["verdict"] == "cannot be told"


@pytest.mark.parametrize(
    ("warm", "diverged", "verdict"),
    [
        (1.0, (), "holds"),
        (4.0, (), "does not hold"),
        (1.0, ("Adam-0.01",), "holds"),
        (1.0, ("Adam-0.01-warm",), "holds in part"),
        (1.0, ("Adam-0.01", "Adam-0.01-warm"), "holds in part"),
    ],
)
def test_warm_up_is_asked_at_the_largest_rate(
    warm: float, diverged: Sequence[str], verdict: str, put: Put
) -> None:
    plain = mix([2.0, 2.01, 2.02], [2.0, 2.01, 2.02])
    warmed = mix([warm, warm + 0.01, warm + 0.02], [warm, warm + 0.01, warm + 0.02])
    ids = ("SGD-0.1", "SGD-1.0", "Adam-0.001", "Adam-0.01")
    runs = dict.fromkeys(ids, plain) | {"SGD-1.0-warm": warmed, "Adam-0.01-warm": warmed}
    claim = put("warm-up", losses(runs, diverged=diverged))
    assert claim["verdict"] == verdict
    assert "at a rate of 1," in claim["finding"].lower()


@pytest.mark.parametrize(
    ("late", "adam", "verdict"),
    [
        ([0.9, 1.2], [90.0, 91.0, 92.0], "holds"),
        ([0.9, 1.6], [90.0, 91.0, 92.0], "holds in part"),
        ([0.9, 1.6], [1.0, 1.1, 1.2], "does not hold"),
    ],
)
def test_adam_is_measured_in_its_own_metric_and_in_the_plain_one(
    late: list[float], adam: list[float], verdict: str, put: Put
) -> None:
    runs = optimizers(mix(BAD, BAD), mix(GOOD, GOOD))
    found = losses(runs, preconditioned={"Adam-0.001": late}, sharpness={"Adam-0.001": adam})
    assert put("own-limit", found)["verdict"] == verdict


def test_too_few_seeds_are_no_evidence(put: Put) -> None:
    two = {id: mix([1.0, 1.1], [1.0, 1.1]) for id in ("SGD-0.1", "Adam-0.001")}
    for id in ("adam-beats-sgd", "rare-tokens", "warm-up", "own-limit"):
        claim = put(id, losses(two))
        assert claim["verdict"] == "cannot be told"
        assert claim["finding"].startswith("Evidence is missing")


def test_a_study_of_the_same_name_on_other_samples_or_networks_is_no_evidence() -> None:
    own = next(iter(lottery("plain56", 0.4, 4).values())).manifest
    fingerprint = next(iter(SKIPS.fingerprints))
    data = Dataset.model_validate({"name": "CIFAR-10", "fingerprint": fingerprint})
    known = {"study": "skips", "dataset": data, "network": {"factory": SKIPS.factory}}
    assert SKIPS.owns(own.model_copy(update=known))
    other = Dataset.model_validate({"name": "CIFAR-10", "fingerprint": "0" * 64})
    for change in ({"dataset": other}, {"study": "mine"}, {"network": {"factory": "my:net"}}):
        assert not SKIPS.owns(own.model_copy(update={**known, **change}))
        assert not CHARACTERS.owns(own.model_copy(update={**known, **change}))


def test_what_was_not_measured_cannot_be_told() -> None:
    for claim in (*tell_skip_claims({}), *tell_transformer_claims({})):
        assert claim["verdict"] == "cannot be told"
        assert claim["finding"].startswith("Evidence is missing")
        assert claim["rule"] and claim["figures"]
