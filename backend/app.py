"""The application: its routes, what stands around them, and what happens when it starts."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio
import anyio.to_thread
from fastapi import FastAPI, Request

from backend.api import (
    answers,
    basins,
    claims,
    gates,
    landscapes,
    playground,
    problems,
    scripts,
    security,
    tables,
)
from backend.api.files import Files
from backend.landscapes import LandscapeStore
from backend.settings import LANDSCAPE_THREADS, MAX_BODY_BYTES, Settings
from backend.warm_up import warm_up

VERSION = version("descent-atlas")


class Application(FastAPI):
    """FastAPI, with the shape of the errors in its description."""

    def openapi(self) -> dict[str, Any]:
        """Return the description of the API."""
        description = super().openapi()
        description["components"]["schemas"].update(problems.define_schemas())
        return description


def create_app(settings: Settings) -> Application:
    """Return the application; it warms up on a thread of its own once it is started."""
    app = Application(
        title="Descent Atlas",
        version=VERSION,
        summary="See how optimizers move.",
        lifespan=run_lifespan,
        redirect_slashes=False,
        docs_url=None,  # FastAPI's pages load their scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        responses=problems.describe(421),
    )
    app.state.settings = settings
    app.state.ready = threading.Event()
    app.state.landscapes = LandscapeStore(settings.landscapes_folder)
    app.state.claims = claims.ClaimsDesk(app.state.landscapes)
    app.state.landscape_threads = anyio.CapacityLimiter(LANDSCAPE_THREADS)
    app.add_api_route("/api/health", get_health, response_model=answers.Health)
    app.include_router(tables.router)
    app.include_router(playground.router)
    app.include_router(scripts.router)
    app.include_router(basins.router)
    app.include_router(landscapes.router)
    app.include_router(claims.router)
    app.state.files = Files(settings.frontend_folder)
    app.router.default = app.state.files  # whatever no route answers
    problems.install(app)
    app.add_middleware(gates.BodyGate, limit=MAX_BODY_BYTES)
    app.add_middleware(gates.HostGate, allowed=settings.allowed_hosts)
    app.add_middleware(security.SecurityHeaders)  # the last one added is the outermost
    return app


async def get_health(request: Request) -> answers.Health:
    """Whether everything is compiled and in memory; requests are answered before, but slower."""
    is_ready = request.app.state.ready.is_set()
    return answers.Health(status="ready" if is_ready else "warming", version=VERSION)


@asynccontextmanager
async def run_lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Warm up while the server already answers; in the end, stop what still computes."""
    stopped = threading.Event()

    def get_ready() -> None:
        warm_up(app.state.files, stopped)
        app.state.landscapes.read()
        app.state.ready.set()

    thread = threading.Thread(target=get_ready, name="warm-up")
    thread.start()
    app.state.workshop = basins.BasinWorkshop(app.state.settings)
    yield
    stopped.set()
    # On threads, because what is computing still reports its progress through the event loop.
    await anyio.to_thread.run_sync(app.state.workshop.close)
    await anyio.to_thread.run_sync(thread.join)
