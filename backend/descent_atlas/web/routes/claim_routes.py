"""The route of the paper's claims, which are told anew when a landscape changes."""

import threading

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from pydantic_core import to_json

from descent_atlas.landscapes.claims import tell_claims
from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.web import responses as answers
from descent_atlas.web.prefix import API
from descent_atlas.web.representations import CURRENT, Representation

router = APIRouter(prefix=API, responses=CURRENT)


class ClaimsDesk:
    """Tells the claims of a folder of landscapes, once for each of its versions.

    It may be used from several threads at once.
    """

    def __init__(self, store: LandscapeStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._told: tuple[str, Representation] | None = None

    def read(self) -> Representation:
        """Return the claims as the landscapes are now, as JSON."""
        contents = self._store.read()
        with self._lock:
            if self._told is None or self._told[0] != contents.version:
                stored = contents.landscapes.items()
                claims = tell_claims({id: entry.landscape for id, entry in stored})
                body = to_json({"claims": claims}, inf_nan_mode="null")
                self._told = contents.version, Representation(body, "application/json")
            return self._told[1]


@router.get("/claims", response_model=answers.ClaimsAnswer)
async def get_claims(request: Request) -> Response:
    """The paper's claims, each with what the landscapes here say to it, and the verdict."""
    return await anyio.to_thread.run_sync(
        represent_claims, request, limiter=request.app.state.landscape_threads
    )


def represent_claims(request: Request) -> Response:
    """Return the answer that is all claims, after a look at the folder of landscapes."""
    desk: ClaimsDesk = request.app.state.claims
    return desk.read().respond(request.headers)
