"""What the tests of the claims ask."""

from collections.abc import Callable, Mapping

import pytest

from descent_atlas.landscapes.claims import CURVATURE_QUESTIONS, QUESTIONS
from descent_atlas.landscapes.claims.claim import Claim, tell
from descent_atlas.landscapes.claims.curvature.curvature_rules import quote_curvature
from descent_atlas.landscapes.format import Landscape

Ask = Callable[[str, Mapping[str, Landscape]], Claim]


@pytest.fixture
def ask() -> Ask:
    """Put the claim with an id to landscapes."""
    questions = {question.id: question for question in QUESTIONS}
    return lambda id, landscapes: tell(questions[id], landscapes)


@pytest.fixture
def put() -> Ask:
    """Put the claim about curvature with an id to landscapes."""
    questions = {question.id: question for question in CURVATURE_QUESTIONS}
    return lambda id, landscapes: tell(questions[id], landscapes, quote_curvature)
