"""What a claim consists of, in the shape in which it travels, and how its verdict comes about.

A claim is taken apart into checks, each true or false of the numbers. All true: it holds; some: it
holds in part; none: it does not hold. What is needed for a check and is not there makes the whole
claim one that cannot be told.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from typing_extensions import TypedDict  # Pydantic reads the standard one from Python 3.12 on

from descent_atlas.landscapes.format import Landscape

logger = logging.getLogger(__name__)

Landscapes = Mapping[str, Landscape]
"""What the server has, by id."""

Unit = Literal[
    "accuracy",
    "angle",
    "correlation",
    "cosine",
    "count",
    "images",
    "loss",
    "ratio",
    "seconds",
    "share",
]
"""What a number counts. An accuracy is in percent, an angle in degrees, a share from 0 to 1."""


class ClaimVerdict(StrEnum):
    """What became of a claim."""

    HOLDS = "holds"
    IN_PART = "holds in part"
    DOES_NOT_HOLD = "does not hold"
    CANNOT_BE_TOLD = "cannot be told"


class MissingEvidenceError(Exception):
    """What a claim needs is missing; the message is a clause that names it."""


class Check(TypedDict):
    """One thing that the claim says, with its threshold, and whether the numbers bear it out."""

    text: str
    passed: bool


class Number(TypedDict):
    """A number with its name; None where what was computed is not finite."""

    label: str
    value: float | None
    unit: Unit


class Claim(TypedDict):
    """A claim of the paper, in our words, with what the landscapes say to it.

    `finding` tells the numbers in words. `link` opens the view that shows them; it is relative to
    the site's base, where the pages are. `figures` are the paper's figures and tables.
    """

    id: str
    title: str
    statement: str
    verdict: ClaimVerdict
    finding: str
    checks: list[Check]
    numbers: list[Number]
    link: str
    figures: list[str]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the landscapes say to a claim."""

    finding: str
    checks: Sequence[Check]
    numbers: Sequence[Number]


@dataclass(frozen=True, kw_only=True)
class Question:
    """A claim before it is put to landscapes; `needs` are the ids of those it is put to.

    `answer` may raise MissingEvidenceError.
    """

    id: str
    title: str
    statement: str
    figures: tuple[str, ...]
    link: str
    needs: tuple[str, ...]
    answer: Callable[[Landscapes], Answer]


def tell(question: Question, landscapes: Landscapes) -> Claim:
    """Put a claim to landscapes."""
    try:
        missing = [id for id in question.needs if id not in landscapes]
        if missing:
            raise MissingEvidenceError(f"not computed here: {', '.join(missing)}")
        answer = question.answer(landscapes)
        verdict = judge([check["passed"] for check in answer.checks])
    except MissingEvidenceError as error:
        answer = Answer(finding=f"What it takes is missing: {error}.", checks=(), numbers=())
        verdict = ClaimVerdict.CANNOT_BE_TOLD
    except Exception:  # whatever one landscape's free parts hold, the other claims are told
        logger.exception("The claim %s cannot be told", question.id)
        found = ", ".join(question.needs)
        answer = Answer(finding=f"What it takes cannot be read in {found}.", checks=(), numbers=())
        verdict = ClaimVerdict.CANNOT_BE_TOLD
    return Claim(
        id=question.id,
        title=question.title,
        statement=question.statement,
        verdict=verdict,
        finding=answer.finding,
        checks=list(answer.checks),
        numbers=list(answer.numbers),
        link=question.link,
        figures=list(question.figures),
    )


def judge(passed: Sequence[bool]) -> ClaimVerdict:
    """Return the verdict that follows from the checks.

    Example:
        >>> judge([True, True]).value, judge([True, False]).value, judge([False]).value
        ('holds', 'holds in part', 'does not hold')
    """
    if not any(passed):
        return ClaimVerdict.DOES_NOT_HOLD
    return ClaimVerdict.HOLDS if all(passed) else ClaimVerdict.IN_PART
