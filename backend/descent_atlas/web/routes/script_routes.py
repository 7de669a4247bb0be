"""Routes that write descents as PyTorch scripts."""

from typing import Any

from fastapi import APIRouter, Request, Response

from descent_atlas.export import (
    Variant,
    name_descents_script,
    name_script,
    write_descents_script,
    write_script,
)
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
from descent_atlas.web import problems
from descent_atlas.web.dependencies import Computing
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.description.requests import DescentsRequest, ScriptRequest
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.routes.json_routes import JSONRoute
from descent_atlas.web.routes.playground_routes import (
    check_work,
    unpack_noise,
    unpack_objective,
    unpack_optimizer,
)

router = APIRouter(
    prefix=API,
    tags=[Tag.COMPUTATIONS],
    route_class=JSONRoute,
    responses=problems.describe(413, 415, 422),
)


class ScriptResponse(Response):
    """Response with a Python script."""

    media_type = "text/x-python"


AS_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The script, as a file",
        "headers": {
            "Content-Disposition": {
                "description": "Marks a file, and names it.",
                "schema": {"type": "string"},
            }
        },
    }
}
"""The response of every route here, as OpenAPI describes it."""


@router.post(
    "/scripts",
    summary="Write a PyTorch script",
    response_class=ScriptResponse,
    responses=AS_FILE,
)
async def create_script(
    request: ScriptRequest, http: Request, machine: Computing
) -> ScriptResponse:
    """Write a short PyTorch script that repeats a descent and prints its end."""
    check_work(*unpack_objective(request.objective), 2 * request.optimizer.steps)
    async with machine.turns.take(http.receive):
        return await machine.compute(respond_with_script, request)


def respond_with_script(request: ScriptRequest) -> ScriptResponse:
    """Return the script of a request as a file."""
    objective, parameters = unpack_objective(request.objective)
    optimizer, hyperparameters = unpack_optimizer(request.optimizer)
    script = write_script(
        objective,
        parameters,
        optimizer,
        hyperparameters,
        start=(request.start.x, request.start.y),
        steps=request.optimizer.steps,
        noise=unpack_noise(request.noise),
        schedule=SCHEDULES[request.optimizer.schedule.id],
        schedule_values=request.optimizer.schedule.list_values(),
    )
    return respond_with_file(script, name_script(objective, optimizer))


@router.post(
    "/scripts/descents",
    summary="Write one PyTorch script of several descents",
    response_class=ScriptResponse,
    responses=AS_FILE,
)
async def create_descents_script(
    request: DescentsRequest, http: Request, machine: Computing
) -> ScriptResponse:
    """Write one PyTorch script that repeats all descents of a request, and prints their ends."""
    steps = sum(choice.steps for choice in request.optimizers)
    check_work(*unpack_objective(request.objective), 2 * steps)
    async with machine.turns.take(http.receive):
        return await machine.compute(respond_with_descents_script, request)


def respond_with_descents_script(request: DescentsRequest) -> ScriptResponse:
    """Return the script of a request as a file."""
    objective, parameters = unpack_objective(request.objective)
    variants = []
    for choice in request.optimizers:
        optimizer, hyperparameters = unpack_optimizer(choice)
        variants.append(
            Variant(
                optimizer=optimizer,
                hyperparameters=hyperparameters,
                steps=choice.steps,
                schedule=SCHEDULES[choice.schedule.id],
                schedule_values=choice.schedule.list_values(),
            )
        )
    script = write_descents_script(
        objective,
        parameters,
        variants,
        start=(request.start.x, request.start.y),
        noise=unpack_noise(request.noise),
    )
    return respond_with_file(script, name_descents_script(objective))


def respond_with_file(script: str, name: str) -> ScriptResponse:
    """Return a script as a file of a name."""
    return ScriptResponse(script, headers={"content-disposition": f'attachment; filename="{name}"'})
