"""The rules by which claims about curvature are judged, from the dated `curvature-rules.toml`.

The file was written before the sharpness of the paper's runs was measured. No other module of this
package holds a threshold.
"""

import tomllib
from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from descent_atlas.landscapes.claims.rules import Rule

CURVATURE_FILE = "curvature-rules.toml"


class EdgeRule(Rule):
    """When gradient descent trains at the edge of stability; all but `most` in units of 2/η."""

    start: float
    low: float
    high: float
    most: float


class AdaptiveRule(Rule):
    """When an adaptive optimizer does: `low` and `high` in units of its limit, over `late` on."""

    late: float
    low: float
    high: float
    most: float


class SizesRule(Rule):
    """When the sharpness rises with the batch size."""

    level: float
    least_seeds: int


class FlatnessRule(Rule):
    """When flatter is better: at which loss, on how many runs and settings."""

    loss: float
    range: float
    least_runs: int
    least_settings: int
    level: float
    resamples: int


class RandomPlanesRule(Rule):
    """When random planes underestimate the curvature."""

    share: float


class ReparametrisationRule(Rule):
    """When a reparametrisation shows that sharpness by itself decides nothing."""

    factor: float


class CurvatureRules(BaseModel):
    """All rules on curvature, and when they were fixed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    fixed: datetime
    sharpness: Rule
    edge: EdgeRule
    adaptive: AdaptiveRule
    batches: SizesRule
    flatness: FlatnessRule
    planes: RandomPlanesRule
    reparametrisation: ReparametrisationRule


def read_curvature_rules() -> str:
    """Return the file of the rules as it is."""
    return files(__package__).joinpath(CURVATURE_FILE).read_text(encoding="utf-8")


CURVATURE_RULES = CurvatureRules.model_validate(tomllib.loads(read_curvature_rules()))


def quote_curvature(names: Iterable[str]) -> str:
    """Return the sentences of some rules."""
    return " ".join(getattr(CURVATURE_RULES, name).text for name in names)
