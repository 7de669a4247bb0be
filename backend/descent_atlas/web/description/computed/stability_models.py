"""Models of requests and responses about curvature and stability."""

from typing import Annotated, Literal

from pydantic import Field

from descent_atlas.web.description.requests import (
    AnyObjective,
    AnyOptimizers,
    AxisX,
    AxisY,
    From,
    GradientNoise,
    Noisy,
    Start,
)
from descent_atlas.web.description.responses import PointPart, ResponsePart
from descent_atlas.web.description.typed_requests import Strict
from descent_atlas.web.typed_arrays import TypedArray


class SharpnessRequest(Strict):
    """An objective whose largest curvature is wanted on a grid."""

    objective: AnyObjective
    x: AxisX
    y: AxisY


class SharpnessResponse(ResponsePart):
    """An objective's sharpness on a grid."""

    x: TypedArray = Field(description="The grid's coordinates along x, ascending.")
    y: TypedArray = Field(description="The grid's coordinates along y, ascending.")
    sharpness: TypedArray = Field(
        description="The largest eigenvalue of the Hessian: `sharpness[j, i]` is that at "
        "`(x[i], y[j])`; not finite at a cusp."
    )


class StabilityRequest(Strict):
    """Optimizers to follow from one start, and a minimum at which to linearise them."""

    objective: AnyObjective
    start: From
    optimizers: AnyOptimizers
    noise: Noisy = GradientNoise()
    minimum: Annotated[
        Start | None,
        Field(description="Where the rules are linearised, usually a minimum; null: nowhere."),
    ] = None


class RateLimitPart(ResponsePart, title="RateLimit"):
    """Where a rule becomes unstable, for the exact gradient."""

    value: float = Field(
        description="The sharpness times the learning rate above which the rule is unstable."
    )
    of: Literal["sharpness", "preconditioned"] = Field(
        description="`sharpness`: it bounds the largest eigenvalue of the Hessian, everywhere "
        "alike; `preconditioned`: that in the rule's own metric, which belongs to the path."
    )
    text: str = Field(description="The limit's formula in plain text.")


class CrossingPart(ResponsePart, title="Crossing"):
    """The steps at which a descent is above its limit."""

    first: int = Field(description="The first of them.")
    value: float | None = Field(
        description="Sharpness times rate at the first; null if it is not finite."
    )
    count: int = Field(description="How many there are.")
    highest: float | None = Field(
        description="The largest sharpness times rate of all steps; null if it is not finite."
    )
    stays: bool = Field(description="Whether all steps from the first one on are above the limit.")


class ModePart(ResponsePart, title="Mode"):
    """How a linearised rule behaves along one eigenvector of the Hessian."""

    curvature: float = Field(description="The eigenvalue.")
    radius: float = Field(
        description="The spectral radius: by what a step multiplies the distance in the long run."
    )
    manner: Literal["approaches", "overshoots", "spirals", "diverges"] = Field(
        description="`approaches` from one side; `overshoots`, crossing the minimum in every "
        "step; `spirals`, swinging through it; `diverges`."
    )
    period: float | None = Field(
        description="The steps of one swing there and back; null if it does not swing."
    )


class StabilityMapPart(ResponsePart, title="StabilityMap"):
    """A linearised rule over its learning rate and its momentum."""

    rate: TypedArray = Field(description="The learning rates, ascending by equal factors.")
    momentum: TypedArray = Field(
        description="The momenta, ascending evenly; a single 0 for a rule without."
    )
    radius: TypedArray = Field(
        description="The spectral radius over all directions: `radius[j, i]` is that at "
        "`(rate[i], momentum[j])`."
    )
    manner: TypedArray = Field(
        description="The worst manner of all directions: 0 approaches, 1 overshoots, 2 spirals, "
        "3 diverges."
    )


class LinearisedPart(ResponsePart, title="Linearised"):
    """A rule linearised at a minimum."""

    at: PointPart = Field(
        description="Where it is linearised: at `minimum`, or at the nearest point of the curve "
        "where minima form one."
    )
    modes: list[ModePart] = Field(
        description="Its behaviour along each direction, the sharpest first. A direction without "
        "curvature, along which minima go on, is left out. Empty if the rule has no linearisation."
    )
    map: StabilityMapPart | None = Field(
        description="The rule over rate and momentum; null where it has no fixed scaling."
    )
    note: str | None = Field(
        description="Why there is no linearisation, or how far the given one reaches."
    )


class StabilityPart(ResponsePart, title="Stability"):
    """One optimizer's stability along its descent."""

    optimizer: str = Field(description="The optimizer's id.")
    limit: RateLimitPart | None = Field(description="The rule's limit; null if none is known.")
    reason: str | None = Field(description="Why there is no limit; null if there is one.")
    step: TypedArray = Field(
        description="The steps of `product`, ascending from 1. Long descents are thinned; the "
        "smallest and the largest values of each piece are kept."
    )
    product: TypedArray = Field(
        description="Sharpness times learning rate where each step saw its gradient, in the "
        "rule's own metric and with its weight decay. Not finite where the Hessian is not; empty "
        "for a rule that steps by signs."
    )
    crossing: CrossingPart | None = Field(
        description="The steps above the limit; null if there are none."
    )
    linearised: LinearisedPart | None = Field(
        description="The rule linearised at `minimum`; null if none was given."
    )


class StabilityResponse(ResponsePart):
    """The stability of several optimizers on their ways from one start."""

    paths: list[StabilityPart] = Field(description="One for each optimizer, in their order.")
