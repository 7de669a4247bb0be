"""Models of the response about an objective at one point."""

from pydantic import Field

from descent_atlas.web.description.responses import ResponsePart


class GradientPart(ResponsePart, title="Gradient"):
    """A gradient."""

    x: float | None = Field(description="The derivative by x; null if it is not finite.")
    y: float | None = Field(description="The derivative by y; null if it is not finite.")


class PointResponse(ResponsePart):
    """An objective's value and gradient at one point."""

    value: float | None = Field(description="The value; null if it is not finite.")
    gradient: GradientPart = Field(description="The gradient.")
