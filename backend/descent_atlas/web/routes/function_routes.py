"""Routes of typed functions: what the page needs to show one, and a library to begin from."""

from functools import cache

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from descent_atlas.objectives.typed.expression_parser import MAX_LENGTH, ExpressionError
from descent_atlas.objectives.typed.function_library import LIBRARY
from descent_atlas.objectives.typed.typed_objective import DEFAULT_DOMAIN
from descent_atlas.web import problems
from descent_atlas.web.dependencies import Computing
from descent_atlas.web.description import function_responses as answers
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.description.responses import Link
from descent_atlas.web.description.typed_requests import FunctionText
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.representations import CURRENT, Representation
from descent_atlas.web.routes.json_routes import JSONRoute
from descent_atlas.web.routes.table_routes import describe_domain, describe_objective, represent

SHORT_TEXT = 128
"""Longest text, in characters, that is read beside others. The longest take 20 ms, all of it in
Python: many at once would keep the event loop waiting for the GIL."""

router = APIRouter(
    prefix=API,
    tags=[Tag.COMPUTATIONS],
    route_class=JSONRoute,
    responses=problems.describe(413, 415, 422),
)

library_router = APIRouter(prefix=API, tags=[Tag.TABLES], responses=CURRENT)


@router.post(
    "/expressions",
    response_model=answers.TypedFunctionResponse,
    summary="Read a typed function",
)
async def read_function(request: FunctionText, machine: Computing) -> Response:
    """Read a typed function: its formula and parameters, or its first fault while it is typed."""
    limiter = machine.long_texts if len(request.expression) > SHORT_TEXT else None
    return await anyio.to_thread.run_sync(respond_with_function, request, limiter=limiter)


def respond_with_function(request: FunctionText) -> Response:
    """Return the JSON of `answers.TypedFunctionResponse`."""
    try:
        objective = request.make()
    except ExpressionError as error:
        fault = answers.FunctionFault(
            message=str(error), position=error.position, length=error.length
        )
        answer = answers.TypedFunctionResponse(objective=None, fault=fault, rules=[])
    else:
        answer = answers.TypedFunctionResponse(
            objective=describe_objective(objective), fault=None, rules=objective.list_rules()
        )
    return Response(answer.model_dump_json(by_alias=True), media_type="application/json")


@library_router.get(
    "/functions", response_model=answers.LibraryResponse, summary="List known functions"
)
def get_functions(request: Request) -> Response:
    """List known test functions as one would type them, with their published minima."""
    return represent_library().respond(request.headers)


@cache
def represent_library() -> Representation:
    """Return the library."""
    return represent(
        answers.LibraryResponse(
            functions=[
                answers.LibraryFunctionPart(
                    id=function.id,
                    name=function.name,
                    expression=function.text,
                    domain=describe_domain(function.domain),
                    minima=[answers.PublishedPoint(x=x, y=y) for x, y in function.minima],
                    value=function.value,
                    reference=Link(text=function.reference.text, url=function.reference.url),
                )
                for function in LIBRARY.values()
            ],
            max_length=MAX_LENGTH,
            domain=describe_domain(DEFAULT_DOMAIN),
        )
    )
