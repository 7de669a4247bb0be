"""What routes need of the application, as parameters that FastAPI fills in.

The functions are asynchronous though nothing in them waits: FastAPI would call others on a
thread, which takes longer than a short descent.
"""

from typing import Annotated

import anyio
from fastapi import Depends, Request

from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.web.claims_desk import ClaimsDesk
from descent_atlas.web.turns import BasinWorkshop, Turns
from descent_atlas.web.warm_up import WarmUp


async def get_store(request: Request) -> LandscapeStore:
    """Return the landscapes."""
    store: LandscapeStore = request.app.state.landscapes
    return store


async def get_claims_desk(request: Request) -> ClaimsDesk:
    """Return what evaluates the claims."""
    desk: ClaimsDesk = request.app.state.claims
    return desk


async def get_landscape_threads(request: Request) -> anyio.CapacityLimiter:
    """Return the threads that read landscapes."""
    threads: anyio.CapacityLimiter = request.app.state.landscape_threads
    return threads


async def get_turns(request: Request) -> Turns:
    """Return the turns of what takes long."""
    turns: Turns = request.app.state.turns
    return turns


async def get_workshop(request: Request) -> BasinWorkshop:
    """Return the threads and turns of basins."""
    workshop: BasinWorkshop = request.app.state.workshop
    return workshop


async def get_warm_up(request: Request) -> WarmUp:
    """Return the warm-up."""
    progress: WarmUp = request.app.state.warm_up
    return progress


Store = Annotated[LandscapeStore, Depends(get_store)]
Claims = Annotated[ClaimsDesk, Depends(get_claims_desk)]
LandscapeThreads = Annotated[anyio.CapacityLimiter, Depends(get_landscape_threads)]
HeavyTurns = Annotated[Turns, Depends(get_turns)]
Workshop = Annotated[BasinWorkshop, Depends(get_workshop)]
Progress = Annotated[WarmUp, Depends(get_warm_up)]
