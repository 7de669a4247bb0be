"""Models of the response with optimizers' states."""

from typing import Literal

from pydantic import Field

from descent_atlas.web.description.responses import Formula, ResponsePart
from descent_atlas.web.typed_arrays import TypedArray


class PlaneArrays(ResponsePart):
    """Pairs of coordinates, one for each step."""

    x: TypedArray = Field(description="The first coordinates.")
    y: TypedArray = Field(description="The second coordinates.")


class NamedQuantity(ResponsePart):
    """A quantity of an update rule."""

    id: str = Field(description="The quantity's name, unique within the optimizer.")
    text: str = Field(description="The quantity's symbol in plain text.")
    symbol: Formula = Field(description="The quantity's symbol, as in the optimizer's formula.")
    description: str = Field(description="What the quantity is.")


class ScalarPart(NamedQuantity, title="Scalar"):
    """A quantity that is one number in each step."""

    numbers: TypedArray = Field(
        description="The number in each step; NaN where the rule has none, not finite where the "
        "step overflowed."
    )


class VectorPart(NamedQuantity, title="Vector"):
    """A quantity that is one number for each coordinate in each step."""

    x: TypedArray = Field(description="Those of the first coordinate.")
    y: TypedArray = Field(description="Those of the second coordinate.")


class MovePart(ResponsePart, title="Move"):
    """A displacement that explains the steps."""

    kind: Literal["gradient", "velocity", "step"] = Field(
        description="`gradient`: what gradient descent would step with that gradient and the same "
        "learning rate; `velocity`: the same with the rule's velocity; `step`: the step itself."
    )
    text: str = Field(description="The displacement's formula in plain text.")
    at: PlaneArrays | None = Field(
        description="Where it begins; null: where the step's gradient was seen."
    )
    x: TypedArray = Field(description="How far it goes along x, in the plane's units.")
    y: TypedArray = Field(description="How far it goes along y, in the plane's units.")


class StatePart(ResponsePart, title="States"):
    """One optimizer's states in successive steps."""

    optimizer: str = Field(description="The optimizer's id.")
    step: TypedArray = Field(
        description="The steps' numbers, ascending by one. They end with the range that was asked "
        "for, the budget or the step of divergence."
    )
    seen_at: PlaneArrays = Field(
        description="Where each step's gradient was seen: the positions before the steps, unless "
        "the rule takes it elsewhere."
    )
    scalars: list[ScalarPart] = Field(description="The quantities without coordinates.")
    vectors: list[VectorPart] = Field(
        description="The quantities with coordinates, in the order of the formula: first `g`, the "
        "gradient that was seen with its noise, last `theta`, the position after the step."
    )
    moves: list[MovePart] = Field(
        description="The displacements: gradient, velocity if the rule has one, step."
    )


class StatesResponse(ResponsePart):
    """The states of several optimizers on their ways from one start."""

    first: int = Field(description="The first step that was asked for.")
    states: list[StatePart] = Field(description="The states, in the request's order.")
