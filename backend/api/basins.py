"""The route that takes its time: basins, with progress, a bound, a turn, and an end on demand."""

import asyncio
import logging
import math
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

import anyio.from_thread
import anyio.to_thread
from fastapi import APIRouter, Request, Response
from pydantic_core import to_json
from starlette.types import Receive, Scope, Send

from backend.api import answers, problems, schemas
from backend.api.playground import (
    describe_minima,
    unpack_noise,
    unpack_objective,
    unpack_optimizer,
)
from backend.api.typed_arrays import Pieces, encode, write_list, write_object
from backend.basins import Axis, Basins, Cancelled, basins
from backend.minima import find_minima
from backend.settings import Settings

router = APIRouter(prefix="/api", responses=problems.describe(413, 422))

logger = logging.getLogger(__name__)

NDJSON = "application/x-ndjson"

PROGRESS_INTERVAL = 0.05
"""Seconds between two rows of progress: more often than a progress bar shows a difference."""

RETRY_AFTER = 2
"""Seconds after which a refused client may try again: a typical computation's length."""

Report = Callable[[float, str], None]
"""Called with the fraction that is done and the optimizer at work, from any thread."""


class BusyError(Exception):
    """No turn came in time."""


class BasinWorkshop:
    """The threads that compute basins, and the turns of the requests that want them."""

    def __init__(self, settings: Settings) -> None:
        self.executor = ThreadPoolExecutor(settings.threads, thread_name_prefix="basins")
        self.max_evaluations = settings.max_basin_evaluations
        self._patience = settings.basin_patience
        self._turns = asyncio.Semaphore(settings.basin_requests)
        self._cancellations: set[threading.Event] = set()

    @asynccontextmanager
    async def take_turn(self, receive: Receive) -> AsyncIterator[threading.Event]:
        """Wait for a turn, and hold it; yield the event that cancels what is done with it.

        The event is set when the client disconnects, which `receive` tells.

        Raises:
            BusyError: if no turn came within the settings' patience.
        """
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError:
            raise BusyError from None
        cancelled = threading.Event()
        self._cancellations.add(cancelled)
        watch = asyncio.create_task(_set_on_disconnect(cancelled, receive))
        try:
            yield cancelled
        finally:
            cancelled.set()  # for a request that is itself cancelled, as in a shutdown
            watch.cancel()
            self._cancellations.remove(cancelled)
            self._turns.release()

    def close(self) -> None:
        """Cancel everything that is being computed, and wait for its end."""
        for cancelled in self._cancellations:
            cancelled.set()
        self.executor.shutdown()


async def _set_on_disconnect(cancelled: threading.Event, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # what is left of the body
    cancelled.set()


ROWS = {
    "type": "string",
    "description": 'Rows of JSON: `{"progress": 0…1, "optimizer": id}`, and last `{"result": …}` '
    'or `{"problem": …}`.',
}
"""What OpenAPI says of an answer in rows."""

UNBUFFERED = (b"x-accel-buffering", b"no")
"""The header by which nginx passes each row on when it comes, not all of them in the end."""

STREAMED = {
    "X-Accel-Buffering": {
        "description": "`no` on an answer in rows: proxies pass each row on at once.",
        "schema": {"type": "string", "enum": ["no"]},
    }
}
"""What OpenAPI says of the headers of an answer in rows."""

BUSY = problems.describe(503)[503] | {
    "headers": {
        "Retry-After": {
            "description": "Seconds after which to try again.",
            "schema": {"type": "integer"},
        }
    }
}
"""What OpenAPI says of a refusal."""


@router.post(
    "/basins",
    response_model=answers.BasinsAnswer,
    responses={200: {"content": {NDJSON: {"schema": ROWS}}, "headers": STREAMED}, 503: BUSY},
)
async def compute_basins(request: schemas.BasinsRequest, http: Request) -> Response:
    """The minima that optimizers reach from every start of a grid, and how soon.

    With `Accept: application/x-ndjson` progress comes in rows, and the result is the last.
    Closing the connection cancels the computation.
    """
    workshop: BasinWorkshop = http.app.state.workshop
    check_cost(request, workshop.max_evaluations)
    return BasinsResponse(request, workshop, streams=NDJSON in http.headers.get("accept", ""))


def check_cost(request: schemas.BasinsRequest, limit: int) -> None:
    """Refuse a request that costs more gradients than the limit.

    Raises:
        InvalidValueError: naming the cost and the limit.
    """
    starts = request.x.count * request.y.count
    cost = starts * sum(choice.steps for choice in request.optimizers)
    if cost > limit:
        raise problems.InvalidValueError(
            problems.FieldError(
                field="optimizers",
                message=f"may take {limit:,} steps over all starts of the grid, not {cost:,}",
                limit=limit,
            )
        )


class BasinsResponse(Response):
    """Computes the basins while it is being sent, and stops when nobody listens any more."""

    def __init__(
        self, request: schemas.BasinsRequest, workshop: BasinWorkshop, *, streams: bool
    ) -> None:
        super().__init__()
        self.request = request
        self.workshop = workshop
        self.streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        respond = self._respond_in_rows if self.streams else self._respond_at_once
        try:
            await respond(scope, receive, send)
        except Cancelled:
            pass  # whoever asked has gone
        except BusyError:
            refusal = problems.make_problem(
                503,
                "Other basins are being computed. Try again in a moment.",
                headers={"Retry-After": str(RETRY_AFTER)},
            )
            await refusal(scope, receive, send)

    async def _respond_at_once(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.workshop.take_turn(receive) as cancelled:
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

        async with self.workshop.take_turn(receive) as cancelled:
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [(b"content-type", NDJSON.encode()), UNBUFFERED],
                }
            )
            try:
                last = b'{"result":%b}' % await self._compute(cancelled, report)
            except Cancelled:
                raise
            except Exception:  # the answer has begun: only its last row can tell of it
                logger.exception("The basins could not be computed")
                problem = problems.make_problem(500, problems.INTERNAL_ERROR)
                last = b'{"problem":%b}' % bytes(problem.body)
        # Outside the turn: a client that reads slowly keeps nobody else waiting.
        await send_row(last)
        await send({"type": "http.response.body", "body": b""})

    async def _compute(self, cancelled: threading.Event, report: Report) -> bytes:
        return await anyio.to_thread.run_sync(
            compute, self.request, self.workshop.executor, cancelled, report
        )


def compute(
    request: schemas.BasinsRequest,
    executor: ThreadPoolExecutor,
    cancelled: threading.Event,
    report: Report,
) -> bytes:
    """Return the answer to a request, as JSON.

    Raises:
        Cancelled: if `cancelled` was set before the answer was complete.
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
            executor=executor,
            cancelled=cancelled,
            progress=partial(_report_part, report, choice, steps_before, all_steps),
        )
        results.append(_write_basins(result))
        steps_before += choice.steps
    minima = describe_minima(find_minima(objective, parameters))
    return b"".join(write_object({"minima": minima}, basins=write_list(results)))


def _report_part(
    report: Report,
    choice: schemas.OptimizerChoice,
    steps_before: int,
    all_steps: int,
    fraction: float,
) -> None:
    """Report the fraction of a whole request, of which one optimizer has done a fraction."""
    report((steps_before + fraction * choice.steps) / all_steps, choice.id)


def _unpack_axis(axis: schemas.BasinAxis) -> Axis:
    return Axis(minimum=axis.min, maximum=axis.max, count=axis.count)


def _write_basins(result: Basins) -> Pieces:
    """Return the JSON of basins, as `answers.BasinAnswer` has it."""
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
