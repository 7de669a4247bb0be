"""Route of basin maps: progress, cost limit, queue, cancellation."""

import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import anyio.from_thread
import anyio.to_thread
from fastapi import APIRouter, Request, Response
from pydantic_core import to_json
from starlette.types import Receive, Scope, Send

from descent_atlas.objectives.typed.typed_objective import TypedObjective
from descent_atlas.simulation.basins import Axis, Basins, basins
from descent_atlas.simulation.outcomes import CancelledError
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
from descent_atlas.web.turns import BasinService
from descent_atlas.web.typed_arrays import Pieces, encode, write_list, write_object

router = APIRouter(
    prefix=API,
    tags=[Tag.COMPUTATIONS],
    route_class=JSONRoute,
    responses=problems.describe(413, 415, 422),
)

logger = logging.getLogger(__name__)

NDJSON = "application/x-ndjson"

FLOW_COST = 1000
"""Steps for which the flow from the end of a typed function's descent counts: it may be long, where
those of the table's functions are known to be short."""

PROGRESS_INTERVAL = 0.05
"""Minimum of seconds between two rows of progress: a progress bar shows no finer steps."""

Report = Callable[[float, str], None]
"""Callback for progress, called from any thread with the fraction done and the optimizer's id."""


ROWS = {
    "type": "string",
    "description": 'Rows of JSON: `{"progress": 0…1, "optimizer": id}`, and last `{"result": …}` '
    'or `{"problem": …}`.',
}
"""OpenAPI schema of a response in rows."""

UNBUFFERED = (b"x-accel-buffering", b"no")
"""Header that makes nginx forward each row at once instead of buffering the response."""

STREAMED = {
    "X-Accel-Buffering": {
        "description": "`no` on a response in rows: proxies should not buffer it.",
        "schema": {"type": "string", "enum": ["no"]},
    }
}
"""OpenAPI description of the headers of a response in rows."""


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
    return StreamedBasins(request, service, streams=NDJSON in http.headers.get("accept", ""))


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


class StreamedBasins(Response):
    """Response that computes basins while it is sent, and stops when the client disconnects."""

    def __init__(
        self, request: requests.BasinsRequest, service: BasinService, *, streams: bool
    ) -> None:
        super().__init__()
        self.request = request
        self.service = service
        self.streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compute and send the response."""
        respond = self._respond_in_rows if self.streams else self._respond_at_once
        await respond(scope, receive, send)

    async def _respond_at_once(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.service.turns.take(receive) as cancelled:
            result = await self._compute(cancelled, lambda fraction, optimizer: None)
        await Response(result, media_type="application/json")(scope, receive, send)

    async def _respond_in_rows(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_row(row: bytes) -> None:
            await send({"type": "http.response.body", "body": row + b"\n", "more_body": True})

        reported = -math.inf

        def report(fraction: float, optimizer: str) -> None:
            nonlocal reported
            now = time.monotonic()
            if now - reported >= PROGRESS_INTERVAL:
                reported = now
                row = to_json({"progress": fraction, "optimizer": optimizer})
                anyio.from_thread.run(send_row, row)

        async with self.service.turns.take(receive) as cancelled:
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [(b"content-type", NDJSON.encode()), UNBUFFERED],
                }
            )
            # The status is sent already, so an error can only be the last row.
            try:
                last = b'{"result":%b}' % await self._compute(cancelled, report)
            except CancelledError:
                error = self.service.turns.make_cancellation_error()
                problem = problems.make_problem(error.status_code, error.detail)
                last = b'{"problem":%b}' % bytes(problem.body)
            except Exception:  # too late for the exception handlers
                logger.exception("The basins could not be computed")
                problem = problems.make_problem(500, problems.INTERNAL_ERROR)
                last = b'{"problem":%b}' % bytes(problem.body)
        # The turn has ended, so a client that reads slowly does not block the queue.
        await send_row(last)
        await send({"type": "http.response.body", "body": b""})

    async def _compute(self, cancelled: threading.Event, report: Report) -> bytes:
        return await anyio.to_thread.run_sync(
            compute, self.request, self.service.executor, cancelled, report
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
            progress=partial(_report_part, report, choice, steps_before, all_steps),
        )
        results.append(_write_basins(result))
        steps_before += choice.steps
    heading = list_minima(objective, parameters)
    return b"".join(write_object(heading, basins=write_list(results)))


def _report_part(
    report: Report,
    choice: requests.OptimizerChoice,
    steps_before: int,
    all_steps: int,
    fraction: float,
) -> None:
    """Convert the fraction of one optimizer's steps into that of the whole request; report it."""
    report((steps_before + fraction * choice.steps) / all_steps, choice.id)


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
