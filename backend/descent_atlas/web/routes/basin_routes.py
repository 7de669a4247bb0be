"""Route of basin maps: progress, cost limit, queue, cancellation."""

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from fastapi import APIRouter, Request, Response

from descent_atlas.objectives.typed.typed_objective import TypedObjective
from descent_atlas.simulation.basins import Axis, Basins, basins
from descent_atlas.web import problems
from descent_atlas.web.dependencies import Service
from descent_atlas.web.description import requests
from descent_atlas.web.description import responses as answers
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.routes.json_routes import JSONRoute
from descent_atlas.web.routes.playground_routes import (
    list_minima,
    unpack_noise,
    unpack_objective,
    unpack_optimizer,
    unpack_schedule,
)
from descent_atlas.web.routes.streamed_results import NDJSON, STREAMED, Report, StreamedResult
from descent_atlas.web.typed_arrays import Pieces, encode, write_list, write_object

router = APIRouter(
    prefix=API,
    tags=[Tag.COMPUTATIONS],
    route_class=JSONRoute,
    responses=problems.describe(413, 415, 422),
)

FLOW_COST = 1000
"""Steps for which the flow from the end of a typed function's descent counts: it may be long, where
those of the table's functions are known to be short."""

PROGRESS_INTERVAL = 0.05
"""Minimum of seconds between two rows of progress: a progress bar shows no finer steps."""

ROWS = {
    "type": "string",
    "description": 'Rows of JSON: `{"progress": 0…1, "optimizer": id}`, and last `{"result": …}` '
    'or `{"problem": …}`.',
}
"""OpenAPI schema of a response in rows."""


@router.post(
    "/basins",
    response_model=answers.BasinsResponse,
    summary="Map basins",
    responses={200: {"content": {NDJSON: {"schema": ROWS}}, "headers": STREAMED}},
)
async def compute_basins(
    request: requests.BasinsRequest, http: Request, service: Service
) -> Response:
    """Run optimizers from every start of a grid: the minimum that each reaches, and how soon.

    With `Accept: application/x-ndjson` progress comes in rows, and the result is the last.
    Closing the connection cancels the computation.
    """
    check_cost(request, service.max_evaluations)
    run = partial(compute, request, service.executor)
    return StreamedResult(service.turns, run, streams=NDJSON in http.headers.get("accept", ""))


def check_cost(request: requests.BasinsRequest, limit: int) -> None:
    """Raise InvalidValueError if a request costs more gradients than the limit."""
    starts = request.x.count * request.y.count
    cost = starts * sum(choice.steps for choice in request.optimizers)
    objective, parameters = unpack_objective(request.objective)
    if isinstance(objective, TypedObjective):
        flows = starts * len(request.optimizers) * FLOW_COST
        limit = max(0, int(limit / objective.estimate_cost(parameters)) - flows)
    if cost > limit:
        raise problems.InvalidValueError(
            problems.FieldError(
                field="optimizers",
                message=f"may take {limit:,} steps over all starts of the grid, not {cost:,}",
                limit=limit,
            )
        )


def compute(
    request: requests.BasinsRequest,
    executor: ThreadPoolExecutor,
    cancelled: threading.Event,
    report: Report,
) -> bytes:
    """Return the JSON of `answers.BasinsResponse`.

    Raises:
        CancelledError: if `cancelled` is set before the end.
    """
    objective, parameters = unpack_objective(request.objective)
    noise = unpack_noise(request.noise)
    report_part = _thin_out(report)
    all_steps = sum(choice.steps for choice in request.optimizers)
    steps_before = 0
    results = []
    for choice in request.optimizers:
        optimizer, hyperparameters = unpack_optimizer(choice)
        result = basins(
            objective,
            parameters,
            optimizer,
            hyperparameters,
            x=_unpack_axis(request.x),
            y=_unpack_axis(request.y),
            steps=choice.steps,
            noise=noise,
            factors=unpack_schedule(choice, hyperparameters.lr),
            executor=executor,
            cancelled=cancelled,
            progress=partial(report_part, choice, steps_before, all_steps),
        )
        results.append(_write_basins(result))
        steps_before += choice.steps
    heading = list_minima(objective, parameters)
    return b"".join(write_object(heading, basins=write_list(results)))


def _thin_out(report: Report) -> Callable[[requests.OptimizerChoice, int, int, float], None]:
    """Return a function that reports how far a request is, at most once in `PROGRESS_INTERVAL`.

    It takes an optimizer, the steps of those before it, the steps of all, and the fraction of the
    optimizer's own that is done.
    """
    reported = -math.inf

    def report_part(
        choice: requests.OptimizerChoice, steps_before: int, all_steps: int, fraction: float
    ) -> None:
        nonlocal reported
        now = time.monotonic()
        if now - reported >= PROGRESS_INTERVAL:
            reported = now
            progress = (steps_before + fraction * choice.steps) / all_steps
            report({"progress": progress, "optimizer": choice.id})

    return report_part


def _unpack_axis(axis: requests.BasinAxis) -> Axis:
    return Axis(minimum=axis.min, maximum=axis.max, count=axis.count)


def _write_basins(result: Basins) -> Pieces:
    """Return the JSON of an `answers.BasinMap`."""
    return write_object(
        {
            "optimizer": result.optimizer,
            "shares": [
                {
                    "minimum": share.minimum,
                    "global": share.is_global,
                    "share": share.share,
                    "arrived": share.arrived,
                }
                for share in result.shares
            ],
            "none": result.none,
            "diverged": result.diverged,
        },
        labels=encode(result.labels),
        steps=encode(result.arrivals),
    )
