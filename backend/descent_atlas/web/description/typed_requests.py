"""Models of typed functions in requests, and the parts that other requests share with them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from descent_atlas.objectives.objective import Domain
from descent_atlas.objectives.typed.expression_parser import (
    MAX_LENGTH,
    MAX_NAME,
    ExpressionError,
    parse,
)
from descent_atlas.objectives.typed.typed_objective import (
    DEFAULT_DOMAIN,
    TypedObjective,
    make_typed,
)
from descent_atlas.web.settings import MAX_COORDINATE, MIN_SIDE


class Strict(BaseModel):
    """A part of a request: unknown fields, NaN, infinity and text for numbers are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Interval(Strict):
    """The ends of a range of coordinates."""

    min: float = Field(ge=-MAX_COORDINATE, le=MAX_COORDINATE, description="The first coordinate.")
    max: float = Field(
        ge=-MAX_COORDINATE,
        le=MAX_COORDINATE,
        description="The last coordinate, greater than `min`.",
    )

    @field_validator("max")
    @classmethod
    def _check_order(cls, maximum: float, info: ValidationInfo) -> float:
        minimum = info.data.get("min")
        if minimum is not None and maximum <= minimum:
            raise PydanticCustomError(
                "ends_in_order",
                f"should be greater than min, which is {minimum:.17g}",
                {"gt": minimum},
            )
        return maximum


class DomainSide(Interval):
    """One side of a domain."""

    @field_validator("max")
    @classmethod
    def _check_length(cls, maximum: float, info: ValidationInfo) -> float:
        minimum = info.data.get("min")
        if minimum is not None and maximum - minimum < MIN_SIDE:
            raise PydanticCustomError(
                "side_too_short",
                f"should be at least {MIN_SIDE:g} above min, which is {minimum:.17g}",
                {"ge": minimum + MIN_SIDE},
            )
        return maximum


class TypedDomain(Strict):
    """The part of the plane in which minima of a typed function are searched."""

    x: DomainSide = Field(description="The range of x.")
    y: DomainSide = Field(description="The range of y.")


DEFAULT_SIDES = TypedDomain(
    x=DomainSide(min=DEFAULT_DOMAIN.x[0], max=DEFAULT_DOMAIN.x[1]),
    y=DomainSide(min=DEFAULT_DOMAIN.y[0], max=DEFAULT_DOMAIN.y[1]),
)

Expression = Annotated[
    str,
    Field(
        max_length=MAX_LENGTH,
        description="f(x, y) with + - * / ^, parentheses, numbers, sin cos tan exp log sqrt abs "
        "tanh min max, pi and e. Other names are parameters, to which settings after a semicolon "
        "give a default and a range: `a*x^2 + y^2; a = 2 in [0, 5]`.",
        examples=["(a - x)^2 + b*(y - x^2)^2; a = 1; b = 100"],
    ),
]


class FunctionText(Strict):
    """What a person typed, and the part of the plane that matters of it."""

    expression: Expression
    domain: TypedDomain = Field(
        default=DEFAULT_SIDES,
        description="Where its minima are searched; from -5 to 5 if absent.",
    )

    def make(self) -> TypedObjective:
        """Return the objective.

        Raises:
            ExpressionError: if the text is not a function.
        """
        x, y = self.domain.x, self.domain.y
        return make_typed(self.expression, Domain(x=(x.min, x.max), y=(y.min, y.max)))


class TypedFunction(FunctionText):
    """A typed function without faults."""

    @field_validator("expression")
    @classmethod
    def _check_expression(cls, text: str) -> str:
        try:
            parse(text)
        except ExpressionError as error:
            limit = {} if error.limit is None else {"le": error.limit}
            raise PydanticCustomError(
                "expression",
                "{fault}",
                {"fault": str(error), "position": error.position, "length": error.length, **limit},
            ) from None
        return text


class TypedObjectiveChoice(TypedFunction):
    """A typed function, and those of its parameters that are not at their defaults."""

    parameters: dict[str, float] = Field(
        default={}, description="The parameters' values by name, within their ranges."
    )

    @field_validator("parameters")
    @classmethod
    def _check_parameters(cls, values: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        text = info.data.get("expression")
        if text is None:
            return values
        known = parse(text).parameters
        for name, value in values.items():
            if name not in known:
                fault = f"has {name[:MAX_NAME]!r}, which is not in the expression"
                raise PydanticCustomError("unknown_parameter", "{fault}", {"fault": fault})
            low, high = known[name].minimum, known[name].maximum
            if not low <= value <= high:
                fault = f"should have {name} from {low:g} to {high:g}, not {value:.17g}"
                raise PydanticCustomError("parameter_out_of_range", "{fault}", {"fault": fault})
        return values
