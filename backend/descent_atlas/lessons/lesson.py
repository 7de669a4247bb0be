"""Lessons: what a lesson file says, checked."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from descent_atlas.lessons.lesson_view import read_view
from descent_atlas.storage.regular_files import printable
from descent_atlas.storage.toml_documents import TomlError, parse_toml

MAX_STEPS = 40
"""Steps of a lesson: one of more is two lessons."""

MAX_LINE = 120
"""Characters of a title or an author: more do not fit into a line of the page."""

MAX_TEXT = 4_000
"""Characters of a step's text: two screens of a projector."""

MAX_VIEW = 4_000
"""Characters of a view: browsers and servers take as long a link."""

MAX_FAULTS = 10
"""Faults of a file that are told: who mends them finds the others."""

MAX_FAULT = 300
"""Characters of a fault that are told; what it quotes may be as long as the file."""


def check_line(text: str) -> str:
    """Return a text of one line.

    Raises:
        ValueError: if it has several, or characters that cannot be seen.
    """
    if not text.isprintable():
        raise ValueError("should be one line of printable characters")
    return text


Line = Annotated[str, Field(min_length=1, max_length=MAX_LINE), AfterValidator(check_line)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


class LessonTable(BaseModel):
    """A table of a lesson file, which has these keys and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, strict=True)


class LessonStep(LessonTable):
    """A step of a lesson.

    Attributes:
        title: what the step is about.
        text: paragraphs, parted by empty lines; `*emphasis*` and `` `code` `` are marked.
        view: what the playground shows beside the text: the query of a link.
    """

    title: Line
    text: Text
    view: Annotated[str, Field(max_length=MAX_VIEW), AfterValidator(read_view)]


class Lesson(LessonTable):
    """A lesson, as its file has it.

    Attributes:
        title: what the lesson is about.
        description: what one learns from it, in a sentence or two.
        author: who wrote it.
        language: the language of its texts (BCP 47), in which screen readers read them.
        steps: the steps, in their order.
    """

    title: Line
    description: Annotated[str, Field(min_length=1, max_length=400)]
    author: Line
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] = "en"
    steps: Annotated[
        tuple[LessonStep, ...], Field(min_length=1, max_length=MAX_STEPS, strict=False)
    ]


class LessonError(ValueError):
    """What is wrong with a lesson's file. It completes a sentence that begins with the file."""


def parse_lesson(content: bytes) -> Lesson:
    """Return the lesson of a TOML file.

    Raises:
        LessonError: if it is no lesson; the message names each field and its fault.
    """
    try:
        document = parse_toml(content.decode())
    except UnicodeDecodeError:
        raise LessonError("is not UTF-8") from None
    except TomlError as error:
        raise LessonError(shorten(str(error))) from None
    try:
        return Lesson.model_validate(document)
    except ValidationError as error:
        faults = [*map(shorten, islice(describe_faults(error), MAX_FAULTS))]
        if error.error_count() > len(faults) == MAX_FAULTS:
            faults.append("and so on")
        raise LessonError("; ".join(faults)) from None


def shorten(fault: str) -> str:
    """Return a fault that is told: in one line, and no longer than `MAX_FAULT`."""
    told = printable(fault[: MAX_FAULT + 1])
    return told if len(told) <= MAX_FAULT else f"{told[:MAX_FAULT]}…"


def describe_faults(error: ValidationError) -> Iterator[str]:
    """Yield a sentence without its end for each fault: the field, and what is wrong with it."""
    for fault in error.errors(include_url=False):
        if fault["type"] == "too_short" and fault["input"]:
            continue  # Pydantic does not count faulty steps, and says so
        yield f"{name_field(fault['loc'])} {describe_fault(fault)}"


def name_field(path: tuple[int | str, ...]) -> str:
    """Return the name of a field as people count.

    Example:
        >>> name_field(("steps", 1, "view")), name_field(("title",))
        ('`view` of step 2', '`title`')
    """
    match path:
        case ("steps", int(index), *rest):
            field = f"`{'.'.join(map(str, rest))}` of " if rest else ""
            return f"{field}step {index + 1}"
        case _:
            return f"`{'.'.join(map(str, path))}`"


def describe_fault(fault: Mapping[str, Any]) -> str:
    """Return what is wrong with a field, to stand behind its name."""
    match fault["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is no key of a lesson"
        case "string_too_short":
            return "is empty"
        case "too_short":
            return "has no entry"
        case "string_too_long":
            return f"has more than {fault['ctx']['max_length']:,} characters"
        case "too_long":
            return f"has more than {fault['ctx']['max_length']:,} entries"
        case "string_pattern_mismatch":
            return "should be a language, such as en or pt-BR"
        case "value_error":
            return f"is wrong: {fault['ctx']['error']}"
        case _:
            return f"is wrong: {fault['msg'][0].lower()}{fault['msg'][1:]}"
