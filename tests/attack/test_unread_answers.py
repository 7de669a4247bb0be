"""Clients that ask for large answers and never read them."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.types import Message

from descent_atlas.web.app import Application, create_app
from descent_atlas.web.middleware.gates import PIECE_BYTES
from descent_atlas.web.middleware.unread_answers import UnreadAnswers
from descent_atlas.web.settings import MAX_BASIN_COUNT, MAX_SURFACE_COUNT, Settings
from tests.attack.test_slow_clients import FRONTEND, LARGE

SURFACE_BYTES = MAX_SURFACE_COUNT**2 * 8 * 4 // 3
"""About the length of the largest surface: its values as base64."""

AXIS = {"min": -2, "max": 2, "count": MAX_SURFACE_COUNT}
SURFACE: dict[str, Any] = {"objective": {"id": "rosenbrock"}, "x": AXIS, "y": AXIS}
SMALL = {**SURFACE, "x": {**AXIS, "count": 11}, "y": {**AXIS, "count": 11}}

MAP_AXIS = {**AXIS, "count": MAX_BASIN_COUNT}
MAP: dict[str, Any] = {
    "objective": {"id": "rosenbrock"},
    "x": MAP_AXIS,
    "y": MAP_AXIS,
    "optimizers": [{"id": "gd", "steps": 1}],
}


class Client:
    """A client that reads the first piece of an answer's body, and the rest once it wakes up."""

    def __init__(self, app: Application, path: str, body: Any = None, accept: str = "*/*") -> None:
        self.messages: list[Message] = []
        self._begins = asyncio.Event()
        self._wakes = asyncio.Event()
        self._content = b"" if body is None else json.dumps(body).encode()
        headers = {
            "host": "localhost",
            "accept": accept,
            "content-type": "application/json",
            "content-length": str(len(self._content)),
        }
        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET" if body is None else "POST",
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "state": {},
        }
        self._sent = False
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> Message:
        if self._sent:
            await asyncio.Event().wait()
        self._sent = True
        return {"type": "http.request", "body": self._content, "more_body": False}

    async def _send(self, message: Message) -> None:
        self.messages.append(message)
        if len(message.get("body", b"")) == PIECE_BYTES:
            self._begins.set()
            await self._wakes.wait()

    async def begin_to_read(self) -> None:
        """Wait until the first piece is here."""
        begins = asyncio.create_task(self._begins.wait())
        await asyncio.wait({self.task, begins}, return_when=asyncio.FIRST_COMPLETED)
        assert self._begins.is_set(), self.messages

    async def read(self) -> tuple[int, bytes]:
        """Return the status and the body of the whole answer."""
        self._wakes.set()
        await self.task
        return self.status, b"".join(one.get("body", b"") for one in self.messages[1:])

    @property
    def status(self) -> int:
        status: int = self.messages[0]["status"]
        return status


def test_beyond_the_limit_large_answers_are_refused_until_others_are_read() -> None:
    async def attack() -> None:
        app = create_app(Settings(max_unread_bytes=2 * SURFACE_BYTES + SURFACE_BYTES // 8))
        with stopping(app):
            idle = []
            for _ in range(2):
                idle.append(Client(app, "/api/v1/surfaces", SURFACE))
                await idle[-1].begin_to_read()
            assert app.state.unread.total > 2 * SURFACE_BYTES
            refused = Client(app, "/api/v1/surfaces", SURFACE)
            status, content = await refused.read()
            assert (status, json.loads(content)["status"]) == (503, 503)
            assert int(dict(refused.messages[0]["headers"])[b"retry-after"]) > 0
            assert (await Client(app, "/api/v1/surfaces", SMALL).read())[0] == 200
            status, content = await Client(app, f"/{LARGE.relative_to(FRONTEND)}").read()
            assert (status, content) == (200, LARGE.read_bytes())
            rows = Client(app, "/api/v1/basins", MAP, accept="application/x-ndjson")
            last = (await rows.read())[1].splitlines()[-1]
            assert json.loads(last)["problem"]["status"] == 503
            for client in idle:
                status, content = await client.read()
                assert (status, len(json.loads(content))) == (200, 7)
            assert app.state.unread.total == 0
            assert (await Client(app, "/api/v1/surfaces", SURFACE).read())[0] == 200

    asyncio.run(attack())


@contextmanager
def stopping(app: Application) -> Iterator[None]:
    """End the threads of an application that has no lifespan here."""
    try:
        yield
    finally:
        for pool in (app.state.turn_threads, app.state.basin_service.executor):
            pool.shutdown()


def test_an_answer_that_many_read_takes_room_once() -> None:
    unread = UnreadAnswers(10)
    shared = bytes(8)
    with unread.hold(shared), unread.hold(shared):
        assert unread.total == 8
        assert unread.may_hold(shared)
        assert not unread.may_hold(bytes(9))
    assert unread.total == 0


def test_a_single_answer_may_exceed_the_limit() -> None:
    unread = UnreadAnswers(10)
    assert unread.may_hold(bytes(11))
    with unread.hold(bytes(11)):
        assert not unread.may_hold(bytes(1))
