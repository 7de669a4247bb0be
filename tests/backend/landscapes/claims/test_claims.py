"""What holds for every claim: its shape, and what it says where landscapes are missing."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from descent_atlas.landscapes.claims import QUESTIONS, tell_claims
from descent_atlas.landscapes.claims.claim import Answer, ClaimVerdict, Question, tell
from descent_atlas.landscapes.format import Landscape
from tests.backend.landscapes.claims.claim_samples import landscape, table


def test_ids_are_unique_and_titles_are_sentences_without_a_full_stop() -> None:
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)
    for question in QUESTIONS:
        assert re.fullmatch("[a-z-]+", question.id)
        assert question.title[0].isupper() and not question.title.endswith(".")
        assert question.statement[0].isupper() and question.statement.rstrip(")").endswith(".")
        assert question.figures and question.needs


def test_without_landscapes_nothing_can_be_told_and_each_claim_names_what_is_missing() -> None:
    claims = tell_claims({})
    assert [claim["id"] for claim in claims] == [question.id for question in QUESTIONS]
    for claim, question in zip(claims, QUESTIONS, strict=True):
        assert claim["verdict"] == ClaimVerdict.CANNOT_BE_TOLD
        assert not claim["checks"] and not claim["numbers"]
        assert all(id in claim["finding"] for id in question.needs)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_one_missing_landscape_is_named_alone(question: Question) -> None:
    *there, missing = question.needs
    claim = tell(question, {id: landscape(id) for id in there})
    assert claim["verdict"] == ClaimVerdict.CANNOT_BE_TOLD
    assert claim["finding"] == f"Evidence is missing: not computed here: {missing}."


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_another_studys_tables_under_the_same_names_tell_nothing(question: Question) -> None:
    claim = tell(question, {id: table(id, {}) for id in question.needs})
    assert claim["verdict"] == ClaimVerdict.CANNOT_BE_TOLD
    assert claim["finding"].startswith("Evidence is missing: ")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_another_studys_landscapes_under_the_same_names_tell_nothing(question: Question) -> None:
    claim = tell(question, {id: landscape(id) for id in question.needs})
    # How convex a surface is can be told of any.
    assert (claim["verdict"] == ClaimVerdict.CANNOT_BE_TOLD) == (question.id != "convexity")


def test_a_claim_that_no_landscape_was_made_for_harms_no_other() -> None:
    def fail(landscapes: Mapping[str, Landscape]) -> Answer:
        raise TypeError("argument of type 'int' is not iterable")

    claim = tell(replace(QUESTIONS[0], needs=("odd",), answer=fail), {"odd": landscape("odd")})
    assert claim["verdict"] == ClaimVerdict.CANNOT_BE_TOLD
    assert claim["finding"] == "The evidence in odd cannot be read."


def test_a_claim_is_json_as_it_is() -> None:
    claims = tell_claims({})
    assert json.loads(json.dumps(claims, allow_nan=False)) == claims


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_the_link_opens_a_landscape_that_the_claim_is_told_from(question: Question) -> None:
    found = re.fullmatch(r"landscapes\?show=([a-z0-9-]+)(&surface=[a-z0-9-]+)?", question.link)
    assert found and found[1] in question.needs
