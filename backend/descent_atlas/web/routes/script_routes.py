"""Route that writes a descent as a PyTorch script."""

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from descent_atlas.export import name_script, write_script
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
from descent_atlas.web import problems
from descent_atlas.web.dependencies import Computing
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.description.requests import ScriptRequest
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


@router.post(
    "/scripts",
    summary="Write a PyTorch script",
    response_class=ScriptResponse,
    responses={
        200: {
            "description": "The script, as a file",
            "headers": {
                "Content-Disposition": {
                    "description": "Marks a file, and names it.",
                    "schema": {"type": "string"},
                }
            },
        }
    },
)
async def create_script(
    request: ScriptRequest, http: Request, machine: Computing
) -> ScriptResponse:
    """Write a short PyTorch script that repeats a descent and prints its end."""
    check_work(*unpack_objective(request.objective), 2 * request.optimizer.steps)
    async with machine.turns.take(http.receive):
        return await anyio.to_thread.run_sync(respond_with_script, request)


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
    name = name_script(objective, optimizer)
    return ScriptResponse(script, headers={"content-disposition": f'attachment; filename="{name}"'})
