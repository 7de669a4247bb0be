"""FastAPI dependencies: the parts of the application that routes use.

The functions are asynchronous although they await nothing: FastAPI runs synchronous ones on a
thread, which takes longer than a short descent. Each dependency costs 10 µs, a tenth of the time of
a landscape's response, so that a route has only one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, NamedTuple, TypeVar, TypeVarTuple, Unpack

import anyio
import anyio.to_thread
from fastapi import Depends, Request, Response

from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.web.claims_cache import ClaimsCache
from descent_atlas.web.rate_service import RateService
from descent_atlas.web.turns import BasinService, Turns
from descent_atlas.web.warm_up import WarmUp

Arguments = TypeVarTuple("Arguments")
Found = TypeVar("Found")


class LandscapeReader(NamedTuple):
    """The landscapes, the claims on them, and the threads that read them."""

    store: LandscapeStore
    claims: ClaimsCache
    threads: anyio.CapacityLimiter

    async def read(
        self, respond: Callable[[Unpack[Arguments]], Response], *arguments: *Arguments
    ) -> Response:
        """Call a function on one of the threads and return its response."""
        return await anyio.to_thread.run_sync(respond, *arguments, limiter=self.threads)


class Machine(NamedTuple):
    """What computes requests.

    Attributes:
        turns: the queue of heavy ones.
        turn_threads: the threads that compute them, one for each turn.
        threads: those for parts of an ensemble.
        long_texts: lets long typed functions be read one after another.
        is_ready: whether everything is compiled.
    """

    turns: Turns
    turn_threads: ThreadPoolExecutor
    threads: ThreadPoolExecutor
    long_texts: anyio.CapacityLimiter
    is_ready: bool

    async def compute(
        self, work: Callable[[Unpack[Arguments]], Found], *arguments: *Arguments
    ) -> Found:
        """Call a function on a thread for a request that holds a turn, and return its result."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.turn_threads, partial(work, *arguments))


async def get_reader(request: Request) -> LandscapeReader:
    """Return the landscapes, the claims and their threads."""
    state = request.app.state
    return LandscapeReader(state.landscapes, state.claims, state.landscape_threads)


async def get_machine(request: Request) -> Machine:
    """Return what computes requests, and whether everything is compiled."""
    state = request.app.state
    return Machine(
        turns=state.turns,
        turn_threads=state.turn_threads,
        threads=state.heavy_threads,
        long_texts=state.long_texts,
        is_ready=state.warm_up.is_ready,
    )


async def get_basin_service(request: Request) -> BasinService:
    """Return the queue and the threads of basin requests."""
    service: BasinService = request.app.state.basin_service
    return service


async def get_rate_service(request: Request) -> RateService:
    """Return the queue and the threads of rate curves, and what is known of them."""
    service: RateService = request.app.state.rate_service
    return service


async def get_warm_up(request: Request) -> WarmUp:
    """Return the warm-up."""
    progress: WarmUp = request.app.state.warm_up
    return progress


Reader = Annotated[LandscapeReader, Depends(get_reader)]
Computing = Annotated[Machine, Depends(get_machine)]
Service = Annotated[BasinService, Depends(get_basin_service)]
Curves = Annotated[RateService, Depends(get_rate_service)]
Progress = Annotated[WarmUp, Depends(get_warm_up)]
