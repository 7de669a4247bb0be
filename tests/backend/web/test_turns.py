"""Queue of long computations: limit, timeout, cancellation."""

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable

import pytest
from starlette.types import Message

from descent_atlas.simulation.outcomes import CancelledError
from descent_atlas.web.description.requests import DescentsRequest
from descent_atlas.web.routes.playground_routes import _write_descents
from descent_atlas.web.turns import LOWEST, NICENESS, Gaps, Turns, UnavailableError, open_background

PATIENCE = 0.05


class Client:
    """A client that stays connected until `leave` is called."""

    def __init__(self) -> None:
        self._left = asyncio.Event()

    def leave(self) -> None:
        self._left.set()

    async def receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}


async def wait_for_cancellation(turns: Turns, client: Client, began: asyncio.Event) -> None:
    async with turns.take(client.receive) as cancelled:
        began.set()
        while not cancelled.is_set():
            await asyncio.sleep(0.001)
        raise CancelledError


async def begin(turns: Turns, client: Client) -> Awaitable[None]:
    began = asyncio.Event()
    task = asyncio.create_task(wait_for_cancellation(turns, client, began))
    await began.wait()
    return task


def test_whoever_waits_longer_than_the_patience_is_told_to_come_back() -> None:
    async def compete() -> None:
        turns, first = Turns(1, PATIENCE), Client()
        task = await begin(turns, first)
        with pytest.raises(UnavailableError, match="busy") as refusal:
            async with turns.take(Client().receive):
                pass
        assert refusal.value.status_code == 503
        assert refusal.value.headers is not None and "Retry-After" in refusal.value.headers
        first.leave()
        with pytest.raises(UnavailableError, match="The client has disconnected"):
            await task
        async with turns.take(Client().receive) as cancelled:
            assert not cancelled.is_set()

    asyncio.run(compete())


def test_a_client_that_left_while_it_waited_gets_no_turn() -> None:
    async def leave_early() -> None:
        turns, first, second = Turns(1, 30.0), Client(), Client()
        task = await begin(turns, first)
        waiting = asyncio.create_task(wait_for_cancellation(turns, second, asyncio.Event()))
        await asyncio.sleep(0.01)
        second.leave()
        await asyncio.sleep(0.01)
        first.leave()
        for ended in (task, waiting):
            with pytest.raises(UnavailableError, match="The client has disconnected"):
                await ended

    asyncio.run(leave_early())


def test_a_stop_ends_whoever_computes_and_whoever_waits() -> None:
    async def stop() -> None:
        turns = Turns(1, 30.0)
        task = await begin(turns, Client())
        waiting = asyncio.create_task(wait_for_cancellation(turns, Client(), asyncio.Event()))
        await asyncio.sleep(0.01)
        turns.stop()
        for ended in (task, waiting):
            with pytest.raises(UnavailableError, match="stopping"):
                await ended

    asyncio.run(stop())


def test_descents_that_are_cancelled_are_not_computed() -> None:
    request = DescentsRequest.model_validate(
        {
            "objective": {"id": "rosenbrock"},
            "start": {"x": 1, "y": 1},
            "optimizers": [{"id": "adam"}],
        }
    )
    cancelled = threading.Event()
    assert _write_descents(request, cancelled).startswith(b"{")
    cancelled.set()
    with pytest.raises(CancelledError):
        _write_descents(request, cancelled)


def test_threads_of_long_computations_give_way_to_all_others() -> None:
    def read() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    own = read()
    with open_background(1, "test") as pool:
        is_possible = sys.platform == "linux"  # elsewhere all threads have the process's priority
        assert pool.submit(read).result() == (min(own + NICENESS, LOWEST) if is_possible else own)
    assert read() == own


def test_between_two_large_requests_there_is_a_gap_for_others() -> None:
    async def compete() -> list[str]:
        gaps, order = Gaps(), []

        async def begin_large() -> None:
            await gaps.wait()
            order.append("large")

        async def go_on() -> None:
            while order.count("large") < 5:
                await asyncio.sleep(0)
                order.append("other")

        await asyncio.gather(*(begin_large() for _ in range(5)), go_on())
        return order

    order = " ".join(asyncio.run(compete()))
    assert order.count("large") == 5
    assert "large large" not in order
