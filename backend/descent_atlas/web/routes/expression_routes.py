"""Routes of typed functions: reading one, and known ones to begin from."""

from functools import cache

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from descent_atlas.expressions.known_functions import KNOWN_FUNCTIONS, KnownFunction
from descent_atlas.expressions.mathematics import print_formula
from descent_atlas.expressions.parser import parse
from descent_atlas.web import problems
from descent_atlas.web.dependencies import Computing
from descent_atlas.web.description import responses as answers
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.description.requests import ExpressionRequest
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.representations import CURRENT, Representation
from descent_atlas.web.routes.json_routes import JSONRoute
from descent_atlas.web.routes.playground_routes import unpack_typed
from descent_atlas.web.routes.table_routes import (
    describe_domain,
    describe_objective,
    describe_point,
    typeset,
)

router = APIRouter(prefix=API)

reading = APIRouter(
    tags=[Tag.COMPUTATIONS], route_class=JSONRoute, responses=problems.describe(413, 415, 422)
)


@reading.post("/expressions", response_model=answers.ObjectivePart, summary="Read a typed function")
async def read_expression(
    request: ExpressionRequest, http: Request, machine: Computing
) -> Response:
    """Read a typed function: its formula as mathematics, its parameters, or the fault in it.

    A fault is a 422 whose error has the `position` of the first character that is wrong.
    """
    async with machine.turns.take(http.receive):
        return await anyio.to_thread.run_sync(respond_with_objective, request)


def respond_with_objective(request: ExpressionRequest) -> Response:
    """Return the JSON of the `answers.ObjectivePart` of a typed function."""
    part = describe_objective(unpack_typed(request.objective))
    return Response(part.model_dump_json(by_alias=True), media_type="application/json")


@router.get(
    "/known-functions",
    tags=[Tag.TABLES],
    responses=CURRENT,
    response_model=answers.KnownFunctionsResponse,
    summary="List known functions",
)
def get_known_functions(request: Request) -> Response:
    """List known test functions as expressions to type, with their published minima."""
    return represent_known_functions().respond(request.headers)


@cache
def represent_known_functions() -> Representation:
    """Return the table of known functions."""
    answer = answers.KnownFunctionsResponse(
        functions=[_describe(function) for function in KNOWN_FUNCTIONS.values()]
    )
    return Representation(answer.model_dump_json(by_alias=True).encode(), "application/json")


def _describe(function: KnownFunction) -> answers.KnownFunctionPart:
    return answers.KnownFunctionPart(
        id=function.id,
        name=function.name,
        expression=function.formula,
        formula=typeset(print_formula(parse(function.formula))),
        domain=describe_domain(function.domain),
        minima=[describe_point(point) for point in function.minima],
        value=function.value,
        reference=answers.Link(text=function.reference.text, url=function.reference.url),
    )


router.include_router(reading)
