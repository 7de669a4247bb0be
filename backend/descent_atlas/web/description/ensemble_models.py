"""Models of ensembles: the request and its response."""

from typing import Annotated

from pydantic import Field

from descent_atlas.simulation.noise import DEFAULT_NOISE, MAX_SEED, MAX_STD
from descent_atlas.web.description.requests import (
    WHOLE,
    AnyObjective,
    AnyOptimizer,
    From,
    GradientNoise,
)
from descent_atlas.web.description.responses import IsGlobal, MinimumPart, ResponsePart
from descent_atlas.web.description.typed_requests import Strict
from descent_atlas.web.settings import MAX_SEEDS, MIN_SEEDS
from descent_atlas.web.typed_arrays import TypedArray


class EnsembleNoise(GradientNoise):
    """The noise in the gradients of an ensemble."""

    std: Annotated[
        float,
        Field(
            gt=0,
            le=MAX_STD,
            description="The standard deviation of one coordinate of a one-sample gradient. "
            "Without noise all seeds would give one descent.",
        ),
    ] = DEFAULT_NOISE.std
    seed: Annotated[
        int,
        Field(
            ge=0,
            le=MAX_SEED - MAX_SEEDS + 1,
            description="The seed of the first descent; each has the next.",
        ),
        WHOLE,
    ] = DEFAULT_NOISE.seed


class EnsembleRequest(Strict):
    """One optimizer to run on an objective from one start, under many seeds of the noise."""

    objective: AnyObjective
    start: From
    optimizer: AnyOptimizer
    noise: Annotated[EnsembleNoise, Field(description="The noise in the gradients.")] = (
        EnsembleNoise()
    )
    seeds: Annotated[
        int,
        Field(
            ge=MIN_SEEDS,
            le=MAX_SEEDS,
            description="How many descents to run: their seeds are `noise.seed` and those after.",
        ),
        WHOLE,
    ]


class Proportion(ResponsePart):
    """A part of the descents, and what it says of the share among all seeds."""

    count: int = Field(description="How many descents.")
    share: float = Field(description="Their share of the ensemble's, 0 to 1.")
    low: float = Field(description="The lower limit of the share's Wilson 95 % interval.")
    high: float = Field(description="The upper limit of the share's Wilson 95 % interval.")


class EnsembleShare(ResponsePart):
    """The descents that end in the basin of one minimum."""

    minimum: int = Field(description="The minimum, as an index into `minima`.")
    is_global: IsGlobal
    ended: Proportion = Field(description="Those whose last point lies in its basin.")
    arrived: Proportion = Field(description="Those of them that also arrive there and stay.")


class StatusCounts(ResponsePart):
    """How many descents ended in which way, see `DescentStatus`."""

    converged: int = Field(description="Arrived at a smooth minimum and came to rest.")
    stationary: int = Field(description="Came to rest elsewhere.")
    exhausted: int = Field(description="Took all of their steps, whether they arrived or not.")
    diverged: int = Field(description="Not finite, or beyond every bound.")


class EnsembleEnds(ResponsePart):
    """How each descent ended; descent i has the seed `first_seed` + i."""

    x: TypedArray = Field(
        description="The first coordinate of each last point, float64; NaN if it diverged."
    )
    y: TypedArray = Field(
        description="The second coordinate of each last point, float64; NaN if it diverged."
    )
    steps: TypedArray = Field(
        description="The steps taken: all that were asked for, or, if it diverged, the step in "
        "which it left."
    )
    minimum: TypedArray = Field(
        description="The minimum in whose basin each ended, as an index into `minima`; -1 for none."
    )
    arrival: TypedArray = Field(
        description="The step of arrival there, -1 where it did not arrive: the same as `arrival` "
        "of a descent."
    )


class LossQuantiles(ResponsePart):
    """Quantiles of the losses at each step kept."""

    levels: list[float] = Field(description="The levels of the quantiles, ascending, 0 to 1.")
    loss: TypedArray = Field(
        description="`loss[i, k]` is the quantile at `levels[i]` of the losses at `step[k]` of the "
        "descents that have not diverged by then; NaN where none is left. Those that have are "
        "left out, not counted as high."
    )
    running: TypedArray = Field(description="How many descents have not diverged at each step.")


class EnsembleResponse(ResponsePart):
    """The descents of one optimizer from one start under many seeds."""

    optimizer: str = Field(description="The optimizer's id.")
    first_seed: int = Field(
        description="The seed of the first descent; each has the next. A descent with one of these "
        "seeds in `noise.seed` is the same to the bit."
    )
    seeds: int = Field(description="How many descents there are.")
    step: TypedArray = Field(
        description="The steps at which positions are kept, the same for all: ascending from 0 to "
        "the last, evenly spaced in the step's square root where not all are kept."
    )
    x: TypedArray = Field(
        description="`x[i, k]` is the first coordinate of descent i at `step[k]`, rounded to "
        "float32; NaN from the step on at which it diverged."
    )
    y: TypedArray = Field(description="The second coordinates, in the same form.")
    ends: EnsembleEnds = Field(description="How each descent ended.")
    statuses: StatusCounts = Field(description="How many ended in which way.")
    shares: list[EnsembleShare] = Field(
        description="One entry for each minimum in whose basin a descent ended, the commonest "
        "first."
    )
    none: Proportion = Field(
        description="The descents that ended in no minimum's basin and did not diverge."
    )
    diverged: Proportion = Field(description="The descents that diverged.")
    losses: LossQuantiles = Field(description="The losses, as a distribution.")
    minima: list[MinimumPart] = Field(description="The objective's minima.")
    too_many_minima: bool = Field(
        description="Whether no minimum is listed because there are too many, or none is isolated."
    )
