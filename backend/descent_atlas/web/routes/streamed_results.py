"""Responses that compute while they are sent: at once, or in rows with progress."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import anyio.from_thread
import anyio.to_thread
from fastapi import Response
from pydantic_core import to_json
from starlette.types import Receive, Scope, Send

from descent_atlas.simulation.outcomes import CancelledError
from descent_atlas.web import problems
from descent_atlas.web.middleware.gates import FULL, PIECE_BYTES
from descent_atlas.web.turns import Turns

logger = logging.getLogger(__name__)

NDJSON = "application/x-ndjson"

Report = Callable[[Mapping[str, Any]], None]
"""Callback that sends a row of progress, called from any thread."""

Compute = Callable[[threading.Event, Report], bytes]
"""Computation that returns the JSON of its result, or raises CancelledError if the event is set."""

RESULT = b'{"result":%b}\n'
"""The last row. It may have megabytes, so that nothing copies it."""

UNBUFFERED = (b"x-accel-buffering", b"no")
"""Header that makes nginx forward each row at once instead of buffering the response."""

STREAMED = {
    "X-Accel-Buffering": {
        "description": "`no` on a response in rows: proxies should not buffer it.",
        "schema": {"type": "string", "enum": ["no"]},
    }
}
"""OpenAPI description of the headers of a response in rows."""


class StreamedResult(Response):
    """Response that is computed while it is sent, and stops when the client disconnects."""

    def __init__(self, turns: Turns, compute: Compute, *, streams: bool) -> None:
        super().__init__()
        self.turns = turns
        self.compute = compute
        self.streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compute and send the response."""
        respond = self._respond_in_rows if self.streams else self._respond_at_once
        await respond(scope, receive, send)

    async def _respond_at_once(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.turns.take(receive) as cancelled:
            result = await anyio.to_thread.run_sync(self.compute, cancelled, lambda row: None)
        await Response(result, media_type="application/json")(scope, receive, send)

    async def _respond_in_rows(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_row(row: bytes) -> None:
            await send({"type": "http.response.body", "body": row, "more_body": True})

        def report(row: Mapping[str, Any]) -> None:
            anyio.from_thread.run(send_row, to_json(row) + b"\n")

        async with self.turns.take(receive) as cancelled:
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [(b"content-type", NDJSON.encode()), UNBUFFERED],
                }
            )
            # The status is sent already, so an error can only be the last row.
            try:
                last = RESULT % await anyio.to_thread.run_sync(self.compute, cancelled, report)
            except CancelledError:
                error = self.turns.make_cancellation_error()
                last = write_problem(error.status_code, error.detail)
            except Exception:  # too late for the exception handlers
                logger.exception("The result could not be computed")
                last = write_problem(500, problems.INTERNAL_ERROR)
            # `gates.ResponseGate` would refuse it, if its length had been known before.
            if len(last) > PIECE_BYTES and not scope["app"].state.unread.has_room(len(last)):
                last = write_problem(503, FULL)
        # The turn has ended, so a client that reads slowly does not block the queue.
        await send_row(last)
        await send({"type": "http.response.body", "body": b""})


def write_problem(status: int, detail: str) -> bytes:
    """Return the last row of a response without a result."""
    return b'{"problem":%b}\n' % bytes(problems.make_problem(status, detail).body)
