"""What the tests of the claims ask."""

from collections.abc import Callable, Mapping

import pytest

from descent_atlas.landscapes.claims import QUESTIONS
from descent_atlas.landscapes.claims.claim import Claim, tell
from descent_atlas.landscapes.format import Landscape

Ask = Callable[[str, Mapping[str, Landscape]], Claim]


@pytest.fixture
def ask() -> Ask:
    """Put the claim with an id to landscapes."""
    questions = {question.id: question for question in QUESTIONS}
    return lambda id, landscapes: tell(questions[id], landscapes)
