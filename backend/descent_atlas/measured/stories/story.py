"""Stories as they are stored and served, and their verdicts."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from typing_extensions import TypedDict  # Pydantic reads the standard one from Python 3.12 on

MOST = 0.5
"""A fraction above this counts as most."""


class StoryVerdict(StrEnum):
    """The verdict on a claim."""

    HOLDS = "holds"
    """True where the story opens, and from most starts in most of the settings tested."""
    HOLDS_ONLY_HERE = "holds only here"
    """True where the story opens, but not in general."""
    DOES_NOT_HOLD = "does not hold"
    """False where the story opens."""


def judge(here: bool, shares: Sequence[float]) -> StoryVerdict:
    """Return the verdict on a claim.

    Args:
        here: whether the claim is true where the story opens: its start, its settings.
        shares: the share of starts for which the claim is true, for each of the settings in
            which it was tested. Where a claim is about all starts together (who reaches more),
            1 or 0 for true or false.

    Example:
        >>> judge(True, [0.9, 0.8, 0.1]).value, judge(True, [0.9, 0.1]).value
        ('holds', 'holds only here')
    """
    if not here:
        return StoryVerdict.DOES_NOT_HOLD
    confirmations = sum(share > MOST for share in shares)
    return (
        StoryVerdict.HOLDS if confirmations > MOST * len(shares) else StoryVerdict.HOLDS_ONLY_HERE
    )


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


class View(TypedDict):
    """A view that the page opens; `basins` is the optimizer whose basin map it shows."""

    objective: str
    parameters: dict[str, float]
    start: StoryStart
    optimizers: list[RunChoice]
    noise: NoiseChoice
    surface: Literal["contour", "3d"]
    basins: str | None


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

    `share` is the share of starts that show what the claim says, in the settings of `view`.
    """

    id: str
    title: str
    claim: str
    verdict: StoryVerdict
    share: float
    explanation: str
    table: Table
    view: View


def say_share(share: float) -> str:
    """Return a share in the notation of the explanations.

    Example:
        >>> say_share(0.6525), say_share(0.5), say_share(0.0)
        ('65.3%', '50%', '0%')
    """
    tenths = math.floor(1000 * share + 0.5)  # halves round up, as on the page
    return f"{tenths / 10:g}%"
