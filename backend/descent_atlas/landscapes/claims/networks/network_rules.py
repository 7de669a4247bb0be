"""The rules by which claims about skips and a transformer are judged, from `network-rules.toml`.

The file was written before a network of these studies was trained. No other module of this package
holds a threshold.
"""

import tomllib
from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from descent_atlas.landscapes.claims.rules import Rule

NETWORK_FILE = "network-rules.toml"


class UntrainedRule(Rule):
    """When a network is untrained; the margin is in percentage points."""

    margin: float


class SurfacesRule(Rule):
    """On how many planes a network is drawn."""

    least_seeds: int


class ChaosRule(Rule):
    """When a surface is chaotic: at most a share of convex cells, at least so many minima."""

    convex: float
    minima: int


class NearlyConvexRule(Rule):
    """When a surface is nearly convex: at least a share of cells, at most so many minima."""

    share: float
    minima: int


class SurfaceComparisonRule(Rule):
    """When one surface is less convex than another: `convex` is a difference of shares."""

    level: float
    convex: float
    minima: float


class SeedsOfRatesRule(Rule):
    """Which learning rate an optimizer enters with."""

    least_seeds: int


class IntervalRule(Rule):
    """How means over seeds are compared."""

    level: float


class RareRule(Rule):
    """When the gap between two optimizers lies in rare tokens."""

    share: float


class OwnLimitRule(Rule):
    """When Adam stays within its limit, in units of it, from a share of the steps on."""

    late: float
    high: float
    level: float


class NetworkRules(BaseModel):
    """All rules on these networks, and when they were fixed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    fixed: datetime
    untrained: UntrainedRule
    surfaces: SurfacesRule
    chaos: ChaosRule
    convex: NearlyConvexRule
    comparison: SurfaceComparisonRule
    rates: SeedsOfRatesRule
    losses: IntervalRule
    rare: RareRule
    warm_up: IntervalRule = Field(alias="warm-up")
    sharpness: OwnLimitRule


def read_network_rules() -> str:
    """Return the file of the rules as it is."""
    return files(__package__).joinpath(NETWORK_FILE).read_text(encoding="utf-8")


NETWORK_RULES = NetworkRules.model_validate(tomllib.loads(read_network_rules()))


def quote_network(names: Iterable[str]) -> str:
    """Return the sentences of some rules."""
    return " ".join(getattr(NETWORK_RULES, name).text for name in names)
