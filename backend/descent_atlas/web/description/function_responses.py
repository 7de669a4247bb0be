"""Models of the responses about typed functions."""

from pydantic import Field

from descent_atlas.web.description.responses import DomainPart, Link, ObjectivePart, ResponsePart


class FunctionFault(ResponsePart):
    """What is wrong with a typed function, and where."""

    message: str = Field(description="What was expected, in a sentence.")
    position: int = Field(description="Where the fault begins, in characters from 0.")
    length: int = Field(description="How many characters are at fault.")


class TypedFunctionResponse(ResponsePart):
    """A typed function as the page shows it, or its fault."""

    objective: ObjectivePart | None = Field(
        description="The function in the form of the table; its id is `own-function`. Null if the "
        "text is not a function."
    )
    fault: FunctionFault | None = Field(description="The first fault; null if there is none.")
    rules: list[str] = Field(
        description="What counts as the derivative where it does not exist, a sentence for each "
        "kind of such places; empty for a smooth function."
    )


class PublishedPoint(ResponsePart):
    """A published minimum."""

    x: str = Field(description="The first coordinate, with the digits of the source.")
    y: str = Field(description="The second coordinate, with the digits of the source.")


class LibraryFunctionPart(ResponsePart, title="LibraryFunction"):
    """A known test function, as one would type it."""

    id: str = Field(description="The function's name in the library.")
    name: str = Field(description="The function's name for people.")
    expression: str = Field(description="The function, to be sent as `expression`.")
    domain: DomainPart = Field(description="The part of the plane that shows its shape.")
    minima: list[PublishedPoint] = Field(description="The published global minima in the domain.")
    value: str = Field(description="The published value there, with the digits of the source.")
    reference: Link = Field(description="Where minima and value are printed.")


class LibraryResponse(ResponsePart):
    """The library of known test functions, and the limits of typed ones."""

    functions: list[LibraryFunctionPart] = Field(description="The functions, by name.")
    max_length: int = Field(description="The most characters of a typed function.")
    domain: DomainPart = Field(description="The domain of a typed function without one.")
