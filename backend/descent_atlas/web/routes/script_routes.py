"""The route that writes a descent as a PyTorch script."""

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from descent_atlas.export import name_script, write_script
from descent_atlas.web import problems
from descent_atlas.web.json_routes import JSONRoute
from descent_atlas.web.prefix import API
from descent_atlas.web.requests import AnyObjective, AnyOptimizer, NoiseChoice, Start, Strict
from descent_atlas.web.routes.playground_routes import (
    unpack_noise,
    unpack_objective,
    unpack_optimizer,
)
from descent_atlas.web.turns import Turns

router = APIRouter(prefix=API, route_class=JSONRoute, responses=problems.describe(413, 415, 422))


class ScriptRequest(Strict):
    """One optimizer on an objective from one start."""

    objective: AnyObjective
    start: Start
    optimizer: AnyOptimizer
    noise: NoiseChoice = NoiseChoice()


class ScriptResponse(Response):
    """A program in Python."""

    media_type = "text/x-python"


@router.post(
    "/scripts",
    response_class=ScriptResponse,
    responses={
        200: {
            "headers": {
                "Content-Disposition": {
                    "description": "That the script is a file, and its name.",
                    "schema": {"type": "string"},
                }
            }
        }
    },
)
async def create_script(request: ScriptRequest, http: Request) -> ScriptResponse:
    """A short PyTorch script that reproduces a descent and prints its end."""
    turns: Turns = http.app.state.turns
    async with turns.take(http.receive):
        return await anyio.to_thread.run_sync(respond_with_script, request)


def respond_with_script(request: ScriptRequest) -> ScriptResponse:
    """Return the answer to a request."""
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
    )
    name = name_script(objective, optimizer)
    return ScriptResponse(script, headers={"content-disposition": f'attachment; filename="{name}"'})
