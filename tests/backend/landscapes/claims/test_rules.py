"""The rules of the claims: one dated file, of which the program takes every threshold."""

import ast
import hashlib
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from descent_atlas.landscapes import claims
from descent_atlas.landscapes.claims import QUESTIONS, paper_study
from descent_atlas.landscapes.claims.rules import FILE, RULES, is_new, quote, read_text
from descent_atlas.landscapes.manifest import Run
from tests.backend.landscapes.claims.claim_samples import run

FOLDER = Path(str(claims.__file__)).parent

FIXED = "646be5cb508127bc0c5dbc9bf2b3bcb9cafd71c66490f72b44f77b68fc2bebd2"
"""The SHA-256 of the rules as they were fixed."""

UNJUDGED = {0, 1, 2, 3, 4, 10, 100, 1e4, 1e-9, 1e-12}
"""Numbers that are no thresholds: indices, digits, percent, and rounding."""


def read_numbers(path: Path) -> set[float]:
    """Return the numbers of a module, except those of quantiles and of fractions of an angle."""
    tree = ast.parse(path.read_text())
    return {
        abs(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    }


def test_no_module_has_a_threshold_of_its_own() -> None:
    """Quartiles are no thresholds, nor are the half of a surface's reach and a network's layers."""
    allowed = UNJUDGED | {0.25, 0.5, 0.75, *paper_study.PAPER.sizes, *paper_study.REPEATS[0].sizes}
    for path in FOLDER.glob("*.py"):
        assert read_numbers(path) <= allowed, path.name


def test_every_number_of_the_file_is_used() -> None:
    text = "".join(path.read_text() for path in FOLDER.glob("*.py") if path.name != "rules.py")
    for name, rule in tomllib.loads(read_text()).items():
        if isinstance(rule, dict):
            for field in rule.keys() - {"text"}:
                used = f"RULES.{name}.{field}" in text or (
                    re.search(rf"rule(, \w+)* = .*RULES\.{name}\b|, RULES\.{name}$", text, re.M)
                    and f"rule.{field}" in text
                )
                assert used or (name, field) == ("planes", "loss_gap"), f"{name}.{field}"


def test_the_sentences_name_the_numbers() -> None:
    """A rule that a person reads is the rule that the program follows."""
    expected = {
        "seeds": ["3, 4 and 5"],
        "chance": ["less than 1 point"],
        "accuracy": ["95% Welch", "90% interval", "±2 points", "fewer than 3 seeds"],
        "smoothness": ["p ≤ 0.05", "at least 20", "fewer than 3 runs", "1° or 0.02"],
        "batches": ["below 0.5", "at least 20 batches", "within 0.25", "reaches 0.9"],
        "convexity": ["at least 90%"],
        "convergence": ["0.5%, 1% and 2%", "last tenth"],
        "rates": ["less than 10%", "more than 1%", "more than 90°", "less than 5%"],
        "planes": ["more than 50%", "100 sets", "95% of 100", "more than 10%"],
    }
    values = {
        "seeds": RULES.seeds.new == [3, 4, 5],
        "chance": RULES.chance.margin == 1,
        "accuracy": (
            RULES.accuracy.level,
            RULES.accuracy.equivalence_level,
            RULES.accuracy.margin,
            RULES.accuracy.least_seeds,
        )
        == (0.95, 0.9, 2, 3),
        "smoothness": (
            RULES.smoothness.level,
            RULES.smoothness.least_moves,
            RULES.smoothness.least_seeds,
            RULES.smoothness.least_angle,
            RULES.smoothness.least_rising,
        )
        == (0.05, 20, 3, 1, 0.02),
        "batches": (
            RULES.batches.elsewhere,
            RULES.batches.least_batches,
            RULES.batches.near,
            RULES.batches.alike,
        )
        == (0.5, 20, 0.25, 0.9),
        "convexity": RULES.convexity.almost == 0.9,
        "convergence": (RULES.convergence.thresholds, RULES.convergence.tail)
        == ([0.005, 0.01, 0.02], 0.1),
        "rates": (RULES.rates.slow, RULES.rates.settled, RULES.rates.jitter, RULES.rates.flat)
        == (0.1, 0.01, 90, 0.05),
        "planes": (
            RULES.planes.most,
            RULES.planes.walks,
            RULES.planes.quantile,
            RULES.planes.loss_gap,
        )
        == (0.5, 100, 0.95, 0.1),
    }
    for name, phrases in expected.items():
        assert values[name], name
        for phrase in phrases:
            assert phrase in quote([name])


def test_the_rules_are_those_that_were_fixed() -> None:
    """A change of the file is a new set of rules, fixed at a new time."""
    assert hashlib.sha256(read_text().encode()).hexdigest() == FIXED
    assert datetime(2026, 11, 26, 18, 41, tzinfo=UTC) == RULES.fixed


def test_every_claim_names_its_rules() -> None:
    for question in QUESTIONS:
        assert question.rules
        assert quote(question.rules)


@pytest.mark.parametrize(
    ("ended", "new"),
    [
        ("2026-11-27T09:00:00+00:00", True),
        ("2026-11-27T09:00:00", True),
        ("2026-11-20T09:00:00+00:00", False),
        ("yesterday", False),
        (None, False),
    ],
)
def test_a_run_is_new_if_it_ended_after_the_rules_were_fixed(ended: str | None, new: bool) -> None:
    assert is_new(Run.model_construct(**run("sgd", ended=ended))) is new


def test_the_file_ships_beside_the_modules() -> None:
    assert (FOLDER / FILE).read_text() == read_text()
