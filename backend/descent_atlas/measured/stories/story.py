"""Stories as they are stored and served, and their verdicts."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, NotRequired

from typing_extensions import TypedDict  # Pydantic reads the standard one from Python 3.12 on

MOST = 0.5
"""A fraction above this counts as most."""


class StoryVerdict(StrEnum):
    """The verdict on a claim.

    A claim is true in a setting if most starts show it. A claim about a picture is true in the
    article's settings if one start shows it.
    """

    HOLDS = "holds"
    """True in the article's settings, and from most starts in most of the settings tested."""
    HOLDS_ONLY_HERE = "holds only here"
    """True in the article's settings, but not in most of those tested."""
    HOLDS_ELSEWHERE = "holds elsewhere"
    """Not true in the article's settings, but from most starts in others that were tested."""
    CONTESTED = "contested"
    """Readings of the claim lead to different verdicts."""
    DOES_NOT_HOLD = "does not hold"
    """True in none of the settings tested."""


def judge(here: bool, shares: Sequence[float]) -> StoryVerdict:
    """Return the verdict on a claim, or on one reading of it.

    Args:
        here: whether the claim is true in the article's settings.
        shares: the share of starts for which the claim is true, for each of the settings in
            which it was tested. Where a claim is about all starts together (who reaches more),
            1 or 0 for true or false.

    Example:
        >>> judge(True, [0.9, 0.8, 0.1]).value, judge(True, [0.9, 0.1]).value
        ('holds', 'holds only here')
        >>> judge(False, [0.1, 0.9]).value, judge(False, [0.1, 0.2]).value
        ('holds elsewhere', 'does not hold')
    """
    confirmations = sum(share > MOST for share in shares)
    if here and confirmations > MOST * len(shares):
        return StoryVerdict.HOLDS
    if here:
        return StoryVerdict.HOLDS_ONLY_HERE
    return StoryVerdict.HOLDS_ELSEWHERE if confirmations else StoryVerdict.DOES_NOT_HOLD


class Side(TypedDict):
    """A reading of a contested claim, with its verdict and the numbers behind it."""

    reading: str
    verdict: StoryVerdict
    evidence: str


def weigh(sides: Sequence[Side]) -> StoryVerdict:
    """Return the verdict on a claim that can be read in several ways."""
    verdicts = {side["verdict"] for side in sides}
    return verdicts.pop() if len(verdicts) == 1 else StoryVerdict.CONTESTED


class StoryStart(TypedDict):
    """A point of the plane."""

    x: float
    y: float


class RunChoice(TypedDict):
    """An optimizer, every one of its hyperparameters, and its steps."""

    id: str
    hyperparameters: dict[str, float | bool]
    steps: int


class NoiseChoice(TypedDict):
    """The noise of the gradients."""

    std: float
    batch_size: int
    seed: int
    all: bool


class EnsembleChoice(TypedDict):
    """An optimizer, and under how many seeds its descents are shown."""

    optimizer: str
    seeds: int


class View(TypedDict):
    """A view that the page opens.

    `basins` is the optimizer whose basin map it shows, `stability` the one whose stability.
    """

    objective: str
    parameters: dict[str, float]
    start: StoryStart
    optimizers: list[RunChoice]
    noise: NoiseChoice
    surface: Literal["contour", "3d"]
    basins: str | None
    ensemble: NotRequired[EnsembleChoice]
    stability: NotRequired[str]


class Column(TypedDict):
    """A column of numbers. A share is a fraction of the starts, from 0 to 1."""

    name: str
    unit: Literal["share", "steps", "turns", "distance", "rate"]


class Row(TypedDict):
    """One number for each column, None where the column does not apply or nothing is counted.

    `view` opens the settings of this row; None if they are the story's own.
    """

    label: str
    values: list[float | None]
    view: View | None


class Table(TypedDict):
    """The numbers."""

    columns: list[Column]
    rows: list[Row]


class Story(TypedDict):
    """A claim, where to see it, how often it is true, and the numbers behind that.

    `evidence` names the numbers behind the verdict, to be read after it. `sides` are the readings
    of a contested claim, none of any other. `share` is the share of starts that show what the claim
    says, in the settings of `view`.
    """

    id: str
    title: str
    claim: str
    verdict: StoryVerdict
    evidence: str
    sides: list[Side]
    share: float
    explanation: str
    table: Table
    view: View


def say_share(share: float) -> str:
    r"""Return a share as the page writes it, with a no-break space.

    Example:
        >>> say_share(0.6525), say_share(0.5), say_share(1.0), say_share(0.0001)
        ('65.3\xa0%', '50.0\xa0%', '100\xa0%', '<0.1\xa0%')
    """
    if share in (0.0, 1.0):
        number = f"{100 * share:g}"
    elif share < 0.001:
        number = "<0.1"
    elif share > 0.999:
        number = ">99.9"
    else:
        number = f"{math.floor(1000 * share + 0.5) / 10:.1f}"  # halves round up, as on the page
    return f"{number}\xa0%"
