"""Routes of the playground's short computations: surfaces, points and descents.

They write JSON themselves, without Pydantic, so that a request costs little more than its descents.
Surfaces, points and long descents are computed on a thread; large surfaces, long descents and what
needs the minima of a function for the first time wait in a queue. Short descents are computed on
the event loop: they take less time than the thread, which has to acquire the GIL after each.
"""

import threading
from collections.abc import Iterable
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import anyio.to_thread
import numpy as np
from fastapi import APIRouter, Request, Response
from numpy.typing import NDArray

from descent_atlas.objectives.minima import (
    Minimum,
    are_minima_known,
    find_minima,
    has_too_many_minima,
)
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.objectives.typed.typed_objective import TypedObjective
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
from descent_atlas.simulation.descent import DEFAULT_STEPS, Descent, Status, descend
from descent_atlas.simulation.noise import Noise
from descent_atlas.simulation.outcomes import CancelledError
from descent_atlas.web import problems
from descent_atlas.web.dependencies import Computing
from descent_atlas.web.description import requests
from descent_atlas.web.description import responses as answers
from descent_atlas.web.description.computed.point_models import PointResponse
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.description.typed_requests import TypedObjectiveChoice
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.representations import respond_once
from descent_atlas.web.routes.json_routes import JSONRoute
from descent_atlas.web.settings import MAX_POINTS, MAX_WORK
from descent_atlas.web.typed_arrays import Pieces, encode, write_list, write_mapping, write_object

MAX_STEPS_AT_ONCE = len(OPTIMIZERS) * DEFAULT_STEPS
"""Limit on the steps that a request computes on the event loop, which they block: every optimizer
with its default budget takes 1 to 3 ms."""

MAX_LIGHT_POINTS = 30_000
"""Limit on the grid points of a surface that skips the queue. The page's own surface has 25,921,
which take a few milliseconds; the largest takes a tenth of a second."""

router = APIRouter(
    prefix=API,
    tags=[Tag.COMPUTATIONS],
    route_class=JSONRoute,
    responses=problems.describe(413, 415, 422),
)


@router.post(
    "/surfaces", response_model=answers.SurfaceResponse, summary="Evaluate an objective on a grid"
)
async def compute_surface(
    request: requests.SurfaceRequest, http: Request, machine: Computing
) -> Response:
    """Compute an objective's values on a grid, contour levels that show its shape, its minima."""
    objective, parameters = unpack_objective(request.objective)
    points = request.x.count * request.y.count * objective.estimate_cost(parameters)
    if points <= MAX_LIGHT_POINTS and are_minima_known(objective, parameters):
        return await anyio.to_thread.run_sync(respond_with_surface, request, http)
    async with machine.turns.take(http.receive):
        return await machine.compute(respond_with_surface, request, http)


def respond_with_surface(request: requests.SurfaceRequest, http: Request) -> Response:
    """Return the JSON of `answers.SurfaceResponse`."""
    objective, parameters = unpack_objective(request.objective)
    x, y = (np.linspace(axis.min, axis.max, axis.count) for axis in (request.x, request.y))
    z, _, _ = objective.evaluate(x, y[:, np.newaxis], parameters)
    content = write_object(
        {
            **list_minima(objective, parameters),
            "levels": objective.contour_levels(z),
            "scale": "log" if objective.logarithmic else "linear",
        },
        x=encode(x),
        y=encode(y),
        z=encode(z.astype(request.dtype)),
    )
    return respond_once(b"".join(content), "application/json", http.headers)


@router.post("/points", response_model=PointResponse, summary="Evaluate an objective at a point")
def compute_point(request: requests.PointRequest) -> Response:
    """Compute an objective's value and exact gradient at one point."""
    objective, parameters = unpack_objective(request.objective)
    value, fx, fy = objective.evaluate(request.point.x, request.point.y, parameters)
    content = write_object({"value": float(value), "gradient": {"x": float(fx), "y": float(fy)}})
    return Response(b"".join(content), media_type="application/json")


@router.post("/descents", response_model=answers.DescentsResponse, summary="Run optimizers")
async def compute_descents(
    request: requests.DescentsRequest, http: Request, machine: Computing
) -> Response:
    """Run optimizers from one start: their paths, how they end, and the objective's minima."""
    objective, parameters = unpack_objective(request.objective)
    work = check_work(objective, parameters, sum(choice.steps for choice in request.optimizers))
    if work > MAX_STEPS_AT_ONCE or not are_minima_known(objective, parameters):
        async with machine.turns.take(http.receive) as cancelled:
            content = await machine.compute(_write_descents, request, cancelled)
    elif machine.is_ready and not isinstance(objective, TypedObjective):
        content = _write_descents(request)
    else:
        content = await anyio.to_thread.run_sync(_write_descents, request)
    return Response(content, media_type="application/json")


def _write_descents(
    request: requests.DescentsRequest, cancelled: threading.Event | None = None
) -> bytes:
    """Return the JSON of `answers.DescentsResponse`.

    Raises:
        CancelledError: if `cancelled` is set before the last descent begins.
    """
    objective, parameters = unpack_objective(request.objective)
    noise = unpack_noise(request.noise)
    descents = []
    for choice in request.optimizers:
        if cancelled is not None and cancelled.is_set():
            raise CancelledError
        optimizer, hyperparameters = unpack_optimizer(choice)
        factors = unpack_schedule(choice, hyperparameters.lr)
        descent = descend(
            objective,
            parameters,
            optimizer,
            hyperparameters,
            start=(request.start.x, request.start.y),
            steps=choice.steps,
            noise=noise,
            factors=factors,
            max_points=MAX_POINTS,
        )
        kink = None
        if descent.status is not Status.DIVERGED:
            kink = objective.describe_kink(descent.x[-1], descent.y[-1], parameters)
        descents.append(_write_descent(descent, kink, hyperparameters.lr * factors))
    heading = list_minima(objective, parameters)
    return b"".join(write_object(heading, descents=write_list(descents)))


def check_work(
    objective: Objective,
    parameters: NDArray[np.float64],
    steps: int,
    *,
    field: str = "optimizers",
) -> float:
    """Return how many steps of a cheap function cost as much as these.

    `field` is what the error names as too much.

    Raises:
        InvalidValueError: if they cost more than a request may.
    """
    cost = objective.estimate_cost(parameters)
    if steps * cost > MAX_WORK:
        limit = int(MAX_WORK / cost)
        raise problems.InvalidValueError(
            problems.FieldError(
                field=field,
                message=f"may take {limit:,} steps of this function in all, not {steps:,}",
                limit=limit,
            )
        )
    return steps * cost


def _write_descent(descent: Descent, kink: str | None, rates: NDArray[np.float64]) -> Pieces:
    """Return the JSON of an `answers.DescentPart`. There are no rates where they are constant."""
    return write_object(
        {
            "optimizer": descent.optimizer,
            "status": descent.status,
            "steps": descent.steps,
            "evaluations": descent.evaluations,
            "minimum": descent.minimum,
            "arrived": descent.arrived,
            "arrival": descent.arrival,
            "visit": None if descent.visit is None else asdict(descent.visit),
            "kink": kink,
        },
        rates=_write_rates(rates) if rates.size else [b"null"],
        step=encode(descent.step),
        spent=[b"null"] if descent.spent is descent.step else encode(descent.spent),
        x=encode(descent.x),
        y=encode(descent.y),
        loss=encode(descent.loss),
    )


def _write_rates(rates: NDArray[np.float64]) -> Pieces:
    """Return the JSON of an `answers.RatesPart`."""
    steps = rates.size
    step = np.linspace(1, steps, min(steps, MAX_POINTS)).round().astype(np.int32)
    return write_mapping({"step": encode(step), "rate": encode(rates[step - 1])})


def unpack_objective(
    choice: requests.ObjectiveChoice | TypedObjectiveChoice,
) -> tuple[Objective, NDArray[np.float64]]:
    """Return the objective of a request and its packed parameters, which are shared: read-only."""
    if isinstance(choice, TypedObjectiveChoice):
        return _pack_typed(choice.make(), tuple(choice.parameters.items()))
    return _pack_objective(choice.id, tuple(choice.parameters))


def unpack_optimizer(choice: requests.OptimizerChoice) -> tuple[Optimizer, Any]:
    """Return the optimizer of a request and its packed hyperparameters."""
    return _pack_optimizer(choice.id, tuple(choice.hyperparameters))


def unpack_schedule(choice: requests.OptimizerChoice, lr: float) -> NDArray[np.float64]:
    """Return what a request multiplies the learning rate `lr` by: float64[steps], or float64[0]."""
    schedule = SCHEDULES[choice.schedule.id]
    steps = OPTIMIZERS[choice.id].count_scheduled(choice.steps)
    return schedule.find_factors(choice.schedule.list_values(), steps=steps, lr=lr)


def unpack_noise(choice: requests.GradientNoise) -> Noise:
    """Return the gradient noise of a request."""
    return Noise(**dict(choice))


# Packing validates every value again. While a start is dragged, the values stay the same.


@lru_cache(maxsize=256)
def _pack_objective(
    id: str, values: tuple[tuple[str, float], ...]
) -> tuple[Objective, NDArray[np.float64]]:
    objective = OBJECTIVES[id]
    return objective, objective.pack(dict(values))


@lru_cache(maxsize=256)
def _pack_typed(
    objective: TypedObjective, values: tuple[tuple[str, float], ...]
) -> tuple[Objective, NDArray[np.float64]]:
    return objective, objective.pack(dict(values))


@lru_cache(maxsize=256)
def _pack_optimizer(id: str, values: tuple[tuple[str, float | bool], ...]) -> tuple[Optimizer, Any]:
    optimizer = OPTIMIZERS[id]
    return optimizer, optimizer.pack(dict(values))


def list_minima(objective: Objective, parameters: NDArray[np.float64]) -> dict[str, Any]:
    """Return the minima as members of a response."""
    return {
        "minima": describe_minima(find_minima(objective, parameters)),
        "too_many_minima": has_too_many_minima(objective, parameters),
    }


def describe_minima(minima: Iterable[Minimum]) -> list[dict[str, Any]]:
    """Return minima as the members of `answers.MinimumPart`."""
    return [
        {"x": minimum.x, "y": minimum.y, "value": minimum.value, "global": minimum.is_global}
        for minimum in minima
    ]
