"""What routes need of the application, as parameters that FastAPI fills in.

The functions are asynchronous though nothing in them waits: FastAPI would call others on a
thread, which takes longer than a short descent. A parameter costs 10 µs, a tenth of what a
landscape takes: a route has one.
"""

from collections.abc import Callable
from typing import Annotated, NamedTuple, TypeVarTuple, Unpack

import anyio
import anyio.to_thread
from fastapi import Depends, Request, Response

from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.web.claims_cache import ClaimsCache
from descent_atlas.web.turns import BasinService, Turns
from descent_atlas.web.warm_up import WarmUp

Arguments = TypeVarTuple("Arguments")


class LandscapeReader(NamedTuple):
    """The landscapes, the claims about them, and the threads that read them for requests."""

    store: LandscapeStore
    claims: ClaimsCache
    threads: anyio.CapacityLimiter

    async def read(
        self, respond: Callable[[Unpack[Arguments]], Response], *arguments: *Arguments
    ) -> Response:
        """Return the response that a function gives on one of the threads."""
        return await anyio.to_thread.run_sync(respond, *arguments, limiter=self.threads)


class Machine(NamedTuple):
    """What computes at once: the turns of what takes long, and whether everything is compiled."""

    turns: Turns
    is_ready: bool


async def get_reader(request: Request) -> LandscapeReader:
    """Return the landscapes."""
    state = request.app.state
    return LandscapeReader(state.landscapes, state.claims, state.landscape_threads)


async def get_machine(request: Request) -> Machine:
    """Return what computes at once."""
    state = request.app.state
    return Machine(state.turns, state.warm_up.is_ready)


async def get_basin_service(request: Request) -> BasinService:
    """Return the threads and turns of basins."""
    service: BasinService = request.app.state.basin_service
    return service


async def get_warm_up(request: Request) -> WarmUp:
    """Return the warm-up."""
    progress: WarmUp = request.app.state.warm_up
    return progress


Reader = Annotated[LandscapeReader, Depends(get_reader)]
Computing = Annotated[Machine, Depends(get_machine)]
Service = Annotated[BasinService, Depends(get_basin_service)]
Progress = Annotated[WarmUp, Depends(get_warm_up)]
