"""What a claim consists of, in the shape in which it travels, and how its verdict comes about.

A claim is divided into checks, each true or false of the numbers, or not to be told from them. All
true: it holds; some: it holds in part; all false: it does not hold; otherwise it cannot be told. If
two measures of one thing decide differently, it is contested. Evidence that is missing makes the
whole claim one that cannot be told.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from typing_extensions import TypedDict  # Pydantic reads the standard one from Python 3.12 on

from descent_atlas.landscapes.claims.rules import quote
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
    "curvature",
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
    CONTESTED = "contested"
    CANNOT_BE_TOLD = "cannot be told"


class MissingEvidenceError(Exception):
    """What a claim needs is missing; the message is a clause that names it."""


class Check(TypedDict):
    """One thing that the claim says, and whether the numbers bear it out; None if they cannot."""

    text: str
    passed: bool | None


class Number(TypedDict):
    """A number with its name; None where what was computed is not finite."""

    label: str
    value: float | None
    unit: Unit


class ClaimRepeat(TypedDict):
    """What a study that repeats the paper's design on other images says to a claim.

    `study` is its id, `images` what its images are; the rest is as in a claim.
    """

    study: str
    images: str
    verdict: ClaimVerdict
    finding: str
    checks: list[Check]
    numbers: list[Number]
    link: str


class Claim(TypedDict):
    """A claim, in our words, with what the landscapes say to it.

    `finding` tells the numbers in words. `rule` is the rule by which it was judged, from the dated
    file of rules. `link` opens the view that shows them; it is relative to
    the site's base, where the pages are. `figures` are the paper's figures and tables, or the
    publications that another claim is from. `repeats` are the answers of other images to
    the same question, by the same rule.
    """

    id: str
    title: str
    statement: str
    verdict: ClaimVerdict
    finding: str
    rule: str
    checks: list[Check]
    numbers: list[Number]
    link: str
    figures: list[str]
    repeats: list[ClaimRepeat]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the landscapes say to a claim; without a `verdict`, the one that the checks imply."""

    finding: str
    checks: Sequence[Check]
    numbers: Sequence[Number]
    verdict: ClaimVerdict | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """A claim before it is evaluated on landscapes; `needs` are the ids of those that it needs.

    `rules` are the names of the rules that judge it. `answer` may raise MissingEvidenceError.
    """

    id: str
    title: str
    statement: str
    figures: tuple[str, ...]
    link: str
    needs: tuple[str, ...]
    rules: tuple[str, ...]
    answer: Callable[[Landscapes], Answer]


def tell(
    question: Question, landscapes: Landscapes, quote: Callable[[Iterable[str]], str] = quote
) -> Claim:
    """Put a claim to landscapes; `quote` gives the sentences of its rules."""
    try:
        missing = [id for id in question.needs if id not in landscapes]
        if missing:
            raise MissingEvidenceError(f"not computed here: {', '.join(missing)}")
        complete = {id: one for id, one in landscapes.items() if one.manifest.complete}
        growing = [id for id in question.needs if id not in complete]
        if growing:
            raise MissingEvidenceError(f"incomplete, as it is being computed: {', '.join(growing)}")
        answer = question.answer(complete)
        verdict = answer.verdict or judge([check["passed"] for check in answer.checks])
    except MissingEvidenceError as error:
        answer = Answer(finding=f"Evidence is missing: {error}.", checks=(), numbers=())
        verdict = ClaimVerdict.CANNOT_BE_TOLD
    except Exception:  # whatever one landscape's free parts hold, the other claims are told
        logger.exception("The claim %s cannot be told", question.id)
        found = ", ".join(question.needs)
        answer = Answer(finding=f"The evidence in {found} cannot be read.", checks=(), numbers=())
        verdict = ClaimVerdict.CANNOT_BE_TOLD
    return Claim(
        id=question.id,
        title=question.title,
        statement=question.statement,
        verdict=verdict,
        finding=answer.finding,
        rule=quote(question.rules),
        checks=list(answer.checks),
        numbers=list(answer.numbers),
        link=question.link,
        figures=list(question.figures),
        repeats=[],
    )


def judge(passed: Sequence[bool | None]) -> ClaimVerdict:
    """Return the verdict that follows from the checks; None is one that cannot be told.

    Example:
        >>> judge([True, True]).value, judge([True, False]).value, judge([False]).value
        ('holds', 'holds in part', 'does not hold')
        >>> judge([True, None]).value, judge([False, None]).value
        ('holds in part', 'cannot be told')
    """
    if any(passed):
        return ClaimVerdict.HOLDS if all(passed) else ClaimVerdict.IN_PART
    return ClaimVerdict.CANNOT_BE_TOLD if None in passed else ClaimVerdict.DOES_NOT_HOLD


def every(passed: Sequence[bool | None]) -> bool | None:
    """Return whether all are true: None if none is false and one cannot be told.

    Example:
        >>> every([True, True]), every([True, None]), every([None, False])
        (True, None, False)
    """
    return False if False in passed else None if None in passed else True
