"""Models of requests and responses of curves over the learning rate."""

from typing import Annotated

from pydantic import Field

from descent_atlas.web.description.requests import (
    AnyObjective,
    AnyOptimizer,
    GradientNoise,
    Noisy,
)
from descent_atlas.web.description.responses import ResponsePart
from descent_atlas.web.description.typed_requests import Strict

MAX_MAP_VALUES = 12
"""Values of the second hyperparameter of a map: a page shows no more rows beside a plot."""


class SecondHyperparameter(Strict):
    """A hyperparameter besides the learning rate, and the values at which it is measured."""

    id: str = Field(description="The hyperparameter's id; neither `lr` nor a switch.")
    values: list[float] = Field(
        min_length=1, max_length=MAX_MAP_VALUES, description="The values, within its limits."
    )


class RateCurveRequest(Strict):
    """A variant to run at every learning rate of the sweep, from many starts."""

    objective: AnyObjective
    optimizer: AnyOptimizer
    noise: Noisy = GradientNoise()
    across: Annotated[
        SecondHyperparameter | None,
        Field(description="A second hyperparameter, for a map; null for a curve."),
    ] = None


class RatePointPart(ResponsePart, title="RatePoint"):
    """What a variant reaches at one learning rate."""

    lr: float = Field(description="The rate.")
    value: float | None = Field(
        description="The value of the second hyperparameter; null on a curve."
    )
    arrived: int = Field(description="The starts that arrive at a global minimum and stay.")
    share: float = Field(description="Their share of all starts, 0 to 1.")
    low: float = Field(description="The lower limit of the share's Wilson interval.")
    high: float = Field(description="The upper limit of the share's Wilson interval.")
    steps: float | None = Field(
        description="The median step of arrival over the starts that arrive, in gradients; null if "
        "none does."
    )
    steps_low: float | None = Field(
        description="The lower limit of its interval of order statistics; null if fewer than 6 "
        "starts arrive."
    )
    steps_high: float | None = Field(
        description="The upper limit; null if fewer than 6 starts arrive."
    )


class BestRatePart(ResponsePart, title="BestRate"):
    """The learning rate of a curve at which most starts arrive."""

    score: RatePointPart = Field(
        description="What the rate reaches from as many other starts, which its choice has not "
        "seen: the curve's own share is the best of many."
    )
    at_edge: bool = Field(
        description="Whether it is the first or the last rate of the curve, so that a better one "
        "may lie beyond."
    )
    good_low: float = Field(
        description="The lowest good rate: from there to `good_high` at least 0.9 times as many "
        "starts arrive at each rate of the curve."
    )
    good_high: float = Field(description="The highest good rate.")


class RateCurveResponse(ResponsePart):
    """From how many starts a variant arrives, and how soon, over the learning rate."""

    optimizer: str = Field(description="The optimizer's id.")
    across: str | None = Field(description="The id of the second hyperparameter; null on a curve.")
    starts: int = Field(
        description="The starts: the first scrambled Sobol points of the domain, those of the "
        "sweep's scoring. They are the same at every rate."
    )
    scramble: int = Field(description="The seed of their scrambling.")
    confidence: float = Field(description="The confidence of all intervals, 0 to 1.")
    points: list[RatePointPart] = Field(
        description="One point for each rate (and value), by ascending value, then rate. Empty if "
        "no minimum is known in the domain: then there is nothing at which to arrive."
    )
    best: BestRatePart | None = Field(
        description="The best rate; null on a map, and if no start arrives at any rate."
    )
    sharpness: list[float | None] = Field(
        description="The largest eigenvalue of the objective's Hessian at each minimum, in the "
        "order of `minima` of other responses; null at a cusp or a kink."
    )
