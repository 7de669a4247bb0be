"""The rules by which claims are judged, read from the dated file `rules.toml`.

The file was written before the runs that it judges were trained. No other module of this package
holds a threshold.
"""

import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from descent_atlas.landscapes.manifest import Run

FILE = "rules.toml"


class Rule(BaseModel):
    """A rule: its sentences, and its numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    text: str


class SeedsRule(Rule):
    """Which seeds had not been trained when the rules were fixed."""

    new: list[int]


class ChanceRule(Rule):
    """When a run ended at chance; the margin is in percentage points."""

    margin: float


class AccuracyRule(Rule):
    """How accuracies are compared; the margin is in percentage points."""

    level: float
    equivalence_level: float
    margin: float
    least_seeds: int


class SmoothnessRule(Rule):
    """When paths are smoother; angles are in degrees, `least_rising` is a share of snapshots."""

    level: float
    least_moves: int
    least_seeds: int
    least_angle: float
    least_rising: float


class BatchesRule(Rule):
    """When batches see something else: a cosine, a correlation, a distance in a random plane."""

    elsewhere: float
    alike: float
    near: float
    least_batches: int


class ConvexityRule(Rule):
    """When a surface is almost convex."""

    almost: float


class ConvergenceRule(Rule):
    """When a run is close to convergence, by several thresholds."""

    tail: float
    thresholds: Annotated[list[float], Field(min_length=1)]


class RatesRule(Rule):
    """What a learning rate does; `jitter` is in degrees."""

    slow: float
    settled: float
    jitter: float
    flat: float


class PlanesRule(Rule):
    """What a plane shows of a path."""

    most: float
    walks: int
    quantile: float
    loss_gap: float


class Rules(BaseModel):
    """All rules, and when they were fixed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    fixed: datetime
    seeds: SeedsRule
    chance: ChanceRule
    accuracy: AccuracyRule
    smoothness: SmoothnessRule
    batches: BatchesRule
    convexity: ConvexityRule
    convergence: ConvergenceRule
    rates: RatesRule
    planes: PlanesRule
    importance: Rule


def read_text() -> str:
    """Return the file of the rules as it is."""
    return files(__package__).joinpath(FILE).read_text(encoding="utf-8")


RULES = Rules.model_validate(tomllib.loads(read_text()))


def quote(names: Iterable[str]) -> str:
    """Return the sentences of some rules."""
    return " ".join(getattr(RULES, name).text for name in names)


def is_new(run: Run) -> bool:
    """Return whether a run was trained after the rules were fixed."""
    if run.ended is None:
        return False
    try:
        ended = datetime.fromisoformat(run.ended)
    except ValueError:
        return False
    return (ended if ended.tzinfo else ended.replace(tzinfo=UTC)) > RULES.fixed
