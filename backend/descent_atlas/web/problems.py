"""Error responses: problem details (RFC 9457) with the field, the fault and the limit."""

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.web.middleware.security_headers import SECURITY_HEADERS
from descent_atlas.web.settings import MAX_BODY_BYTES, MAX_STEPS

PROBLEM_TYPE = "application/problem+json"

MAX_ERRORS = 10
"""Limit on the errors that one response lists: a request may have thousands."""

MAX_NAME = 100
"""Limit on the characters of a request's name or path that a response repeats."""

RETRY_AFTER = 2
"""Value of `Retry-After`, in seconds: how long a typical computation takes."""

TYPED_TAG = "typed function"
"""What selects the model of a typed function among those of objectives; it is no key of a body."""

INTERNAL_ERROR = "The server has an internal error. Its log has the details."

SCHEMA_PATH = "#/components/schemas/{model}"
"""JSON pointer to a schema in an OpenAPI description."""

_SUBJECT = re.compile("^Input ")
"""Start of Pydantic's messages, removed because the field's name precedes them."""

_QUOTED = re.compile("'([^']*)'")
"""One of the allowed values that Pydantic lists in a message, such as 'f8' or 'f4'."""

MESSAGES = {
    "model_type": "should be an object",
    "model_attributes_type": "should be an object",
    "dict_type": "should be an object",
    "list_type": "should be a list",
    "string_type": "should be text",
    "string_unicode": "is not Unicode",
    "bool_type": "should be true or false",
    "float_type": "should be a number",
    "int_type": "should be a whole number",
    "int_from_float": "should be a whole number",
    "int_parsing_size": "should be a number with fewer digits",
    "missing": "is required",
    "extra_forbidden": "is not known",
}
"""Messages by type of Pydantic's errors. Pydantic's own messages name Python's types."""


class FieldError(BaseModel):
    """An error in one value of a request."""

    field: str = Field(
        description="Path of the value, for example `optimizers.0.hyperparameters.lr`; "
        "`body` for the request as a whole."
    )
    message: str = Field(description="What is wrong with the value.")
    limit: int | float | str | list[str] | None = Field(
        default=None, description="The violated bound, or the allowed values."
    )
    position: int | None = Field(
        default=None, description="Where the fault begins in a text, in characters from 0."
    )
    length: int | None = Field(
        default=None, description="How many characters of the text are at fault."
    )


class Problem(BaseModel):
    """Problem details of a failed request (RFC 9457)."""

    type: str = Field(
        default="about:blank", description="Always `about:blank`: the status says the kind."
    )
    title: str = Field(description="The phrase of the status.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="The reason, for people to read.")
    errors: list[FieldError] = Field(
        default=[], description=f"Errors in values, {MAX_ERRORS} at most; absent if none."
    )


class InvalidValueError(Exception):
    """A value of a request has a valid type but cannot be used."""

    def __init__(self, error: FieldError) -> None:
        super().__init__(error.message)
        self.error = error


EXAMPLES = {
    status: {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    for status, detail in {
        400: "The request is not valid HTTP/1.1.",
        404: "There is nothing at /api/v1/landscapes/none.",
        408: "The request did not arrive in time.",
        413: f"The body may have {MAX_BODY_BYTES:,} bytes at most.",
        415: "The body must have the content type application/json.",
        421: "This server does not serve that host name.",
        422: f"optimizers.0.steps should be less than or equal to {MAX_STEPS}.",
        431: "The request's target and headers may have 16,384 bytes at most.",
        501: "The only transfer coding supported is chunked.",
        503: "The server is busy with other computations. Try again in a moment.",
        505: "The only version supported is HTTP/1.1.",
    }.items()
}
"""Examples of problems by status, for the OpenAPI description."""

EXAMPLES[422]["errors"] = [
    {
        "field": "optimizers.0.steps",
        "message": f"should be less than or equal to {MAX_STEPS}",
        "limit": MAX_STEPS,
    }
]


def describe(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI descriptions of error responses with these statuses."""
    reference = {"$ref": SCHEMA_PATH.format(model=Problem.__name__)}
    descriptions: dict[int | str, dict[str, Any]] = {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM_TYPE: {"schema": reference, "example": EXAMPLES[status]}},
        }
        for status in statuses
    }
    if HTTPStatus.SERVICE_UNAVAILABLE in descriptions:
        descriptions[HTTPStatus.SERVICE_UNAVAILABLE]["headers"] = {
            "Retry-After": {
                "description": "Seconds after which to try again.",
                "schema": {"type": "integer"},
            }
        }
    return descriptions


def define_schemas() -> dict[str, Any]:
    """Return the schemas to which `describe` refers; FastAPI adds only those of other responses."""
    schema = Problem.model_json_schema(ref_template=SCHEMA_PATH)
    return {**schema.pop("$defs"), Problem.__name__: schema}


def make_problem(
    status: int,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the response that reports a problem."""
    problem = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors)
    )
    return Response(to_json(problem, exclude_none=True), status, headers, media_type=PROBLEM_TYPE)


def install(app: FastAPI) -> None:
    """Install the exception handlers that respond with problems."""
    app.add_exception_handler(RequestValidationError, _report_invalid_request)
    app.add_exception_handler(InvalidValueError, _report_invalid_value)
    app.add_exception_handler(DamagedError, _report_unreadable_files)
    app.add_exception_handler(HTTPException, _report_http_exception)
    app.add_exception_handler(Exception, _report_internal_error)


async def _report_invalid_request(request: Request, exception: Exception) -> Response:
    assert isinstance(exception, RequestValidationError)
    return _invalid(list(_list_errors(exception)))


async def _report_invalid_value(request: Request, exception: Exception) -> Response:
    assert isinstance(exception, InvalidValueError)
    return _invalid([exception.error])


async def _report_unreadable_files(request: Request, exception: Exception) -> Response:
    detail = "The files of a landscape cannot be read now. Try again in a moment."
    return make_problem(503, detail, headers={"retry-after": str(RETRY_AFTER)})


async def _report_http_exception(request: Request, exception: Exception) -> Response:
    assert isinstance(exception, HTTPException)
    if exception.status_code == HTTPStatus.BAD_REQUEST:
        # FastAPI raises this where Python's JSON parser fails without a position: the body is not
        # UTF-8, is nested too deeply, or has an integer with too many digits.
        return _invalid([FieldError(field="body", message="cannot be read as JSON")])
    path = _shorten(request.url.path)
    detail = {
        HTTPStatus.NOT_FOUND: f"There is nothing at {path}.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{path} does not support {request.method}.",
    }.get(HTTPStatus(exception.status_code), exception.detail)
    headers = dict(exception.headers or {})
    if headers.get("Allow") == "GET":
        headers["Allow"] = "GET, HEAD"  # `gates.ResponseGate` answers HEAD
    return make_problem(exception.status_code, detail, headers=headers)


async def _report_internal_error(request: Request, exception: Exception) -> Response:
    # Starlette sends this response outside all middleware, then logs the exception.
    return make_problem(500, INTERNAL_ERROR, headers=SECURITY_HEADERS)


def _invalid(errors: list[FieldError]) -> Response:
    detail = "; ".join(f"{error.field} {error.message}" for error in errors[:3])
    if len(errors) > 3:
        detail += f"; and {len(errors) - 3} more"
    return make_problem(422, detail + ".", errors[:MAX_ERRORS])


def _list_errors(exception: RequestValidationError) -> Iterator[FieldError]:
    """Yield Pydantic's errors as errors of fields, with messages for clients."""
    for error in exception.errors():
        context = error.get("ctx", {})
        path = _find_path(error["loc"], exception.body)
        match error["type"]:
            case "union_tag_not_found":
                yield FieldError(field=_join([*path, "id"]), message="is required")
            case "union_tag_invalid":
                allowed = _QUOTED.findall(context["expected_tags"])
                allowed = [tag for tag in allowed if tag != TYPED_TAG]
                yield FieldError(field=_join([*path, "id"]), message="is not known", limit=allowed)
            case "literal_error" | "enum":
                allowed = _QUOTED.findall(context["expected"])
                message = f"should be one of {', '.join(allowed)}"
                yield FieldError(field=_join(path), message=message, limit=allowed)
            case "too_short" | "too_long":
                limit = context.get("min_length", context.get("max_length"))
                bound = "least" if "min_length" in context else "most"
                items = "item" if limit == 1 else "items"
                message = f"should have at {bound} {limit} {items}, not {context['actual_length']}"
                yield FieldError(field=_join(path), message=message, limit=limit)
            case "json_invalid":
                yield FieldError(field="body", message=f"is not JSON: {context['error']}")
            case "string_too_long":
                limit = context["max_length"]
                message = f"should have at most {limit:,} characters"
                yield FieldError(field=_join(path), message=message, limit=limit)
            case "expression":
                place = f"at character {context['position'] + 1}: {context['fault']}"
                yield FieldError(
                    field=_join(path),
                    message=place.rstrip("."),
                    limit=_find_limit(context),
                    position=context["position"],
                    length=context["length"],
                )
            case kind:
                message = MESSAGES.get(kind) or _SUBJECT.sub("", error["msg"])
                yield FieldError(field=_join(path), message=message, limit=_find_limit(context))


def _find_path(location: Sequence[int | str], body: Any) -> list[int | str]:
    """Return the path of a value in the body, given Pydantic's location.

    Pydantic's location contains the id of an objective or optimizer, which selects the model of a
    union and is not a key in the body.
    """
    path: list[int | str] = []
    value = body
    for step in location[1:]:
        is_key = isinstance(value, dict) and step in value
        if not is_key and (
            step == TYPED_TAG or (isinstance(value, dict) and step == value.get("id"))
        ):
            continue
        path.append(step)
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            value = None
    return path


def _join(path: Sequence[int | str]) -> str:
    return ".".join(_shorten(str(step)) for step in path) or "body"


def _shorten(name: str) -> str:
    """Return a name from a request, cut to `MAX_NAME` characters of valid Unicode."""
    return name[:MAX_NAME].encode("utf-8", "backslashreplace").decode()


def _find_limit(context: Mapping[str, Any]) -> int | float | None:
    for name in ("ge", "le", "gt", "lt"):
        if name in context:
            limit: int | float = context[name]
            return limit
    return None
