"""ASGI application: routes, middleware, start-up and shutdown."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property, partial
from importlib.metadata import version
from typing import Any

import anyio
import anyio.to_thread
from fastapi import FastAPI, Request, Response

from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.lessons.lesson_store import LessonStore
from descent_atlas.web import problems, turns
from descent_atlas.web.claims_cache import ClaimsCache
from descent_atlas.web.connections import STATUSES
from descent_atlas.web.dependencies import Progress
from descent_atlas.web.description import openapi, reference
from descent_atlas.web.description import responses as answers
from descent_atlas.web.middleware import gates, prefix
from descent_atlas.web.middleware import security_headers as security
from descent_atlas.web.middleware.unread_answers import UnreadAnswers
from descent_atlas.web.page_files import Files
from descent_atlas.web.rate_service import RateService
from descent_atlas.web.representations import Representation
from descent_atlas.web.routes import basin_routes as basins
from descent_atlas.web.routes import claim_routes as claims
from descent_atlas.web.routes import ensemble_routes as ensembles
from descent_atlas.web.routes import function_routes as functions
from descent_atlas.web.routes import landscape_routes as landscapes
from descent_atlas.web.routes import lesson_routes as lessons
from descent_atlas.web.routes import playground_routes as playground
from descent_atlas.web.routes import rate_routes as rates
from descent_atlas.web.routes import script_routes as scripts
from descent_atlas.web.routes import stability_routes as stability
from descent_atlas.web.routes import state_routes as states
from descent_atlas.web.routes import table_routes as tables
from descent_atlas.web.routes import thumbnail_routes as thumbnails
from descent_atlas.web.settings import LANDSCAPE_THREADS, LESSON_THREADS, MAX_BODY_BYTES, Settings
from descent_atlas.web.warm_up import WarmUp, warm_up

VERSION = version("descent-atlas")


NOT_READY: dict[str, Any] = {
    "model": answers.HealthResponse,
    "description": "Not ready yet",
    "content": {"application/json": {"example": {"status": "warming", "version": VERSION}}},
}
"""OpenAPI description of the response of a server that is not ready."""


class Application(FastAPI):
    """FastAPI application with an OpenAPI description and a reference page."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description of the API."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi.complete(super().openapi())
        return self.openapi_schema

    @cached_property
    def reference(self) -> Representation:
        """The description as an HTML page."""
        page = reference.render(self.openapi())
        return Representation(page.encode(), "text/html; charset=utf-8")


def create_app(settings: Settings, on_warm: Callable[[], object] = lambda: None) -> Application:
    """Return the application. Its warm-up runs on a thread of its own after the start.

    `on_warm` is called there once it has succeeded.
    """
    app = Application(
        title="Descent Atlas",
        version=VERSION,
        summary=openapi.SUMMARY,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        lifespan=run_lifespan,
        redirect_slashes=False,
        docs_url=None,  # FastAPI's pages load scripts from other hosts
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        responses=problems.describe(421, *STATUSES),
        servers=[{"url": settings.root_path}] if settings.root_path else None,
    )
    app.state.settings = settings
    app.state.landscapes = LandscapeStore(*settings.landscapes_folder)
    app.state.claims = ClaimsCache(app.state.landscapes)
    app.state.lessons = LessonStore(*settings.lessons_folder)
    start_computing(app)  # `run_lifespan` does this again at each start
    app.state.landscape_threads = anyio.CapacityLimiter(LANDSCAPE_THREADS)
    app.state.lesson_threads = anyio.CapacityLimiter(LESSON_THREADS)
    app.state.long_texts = anyio.CapacityLimiter(1)
    app.state.unread = UnreadAnswers(settings.max_unread_bytes)
    # The most used routes come first: each route that does not match costs a microsecond.
    app.include_router(playground.router)
    app.include_router(ensembles.router)
    app.include_router(landscapes.router)
    app.include_router(tables.router)
    app.include_router(thumbnails.router)
    app.include_router(functions.router)
    app.include_router(functions.library_router)
    app.include_router(states.router)
    app.include_router(stability.router)
    app.include_router(scripts.router)
    app.include_router(basins.router)
    app.include_router(rates.router)
    app.include_router(claims.router)
    app.include_router(lessons.router)
    for path in (f"{prefix.API}/health", "/api/health"):
        app.add_api_route(
            path,
            get_health,
            response_model=answers.HealthResponse,
            response_model_exclude_none=True,
            responses={503: NOT_READY},
            tags=[openapi.Tag.SERVER],
            summary="Ask whether the server is ready",
            include_in_schema=path.startswith(prefix.API),
        )
    app.add_api_route("/api/reference", get_reference, include_in_schema=False)
    app.state.files = Files(settings.frontend_folder)
    app.state.warm_up = WarmUp(partial(get_ready, app), on_warm)
    app.router.default = app.state.files  # requests that match no route
    problems.install(app)
    app.add_middleware(gates.BodyGate, limit=MAX_BODY_BYTES)
    app.add_middleware(prefix.DeprecatedPrefix)
    if settings.root_path:
        app.add_middleware(prefix.Prefix, prefix=settings.root_path)
    app.add_middleware(gates.HostGate, allowed=settings.allowed_hosts)
    app.add_middleware(gates.ResponseGate, unread=app.state.unread)
    app.add_middleware(  # the last one added is the outermost
        security.SecurityHeaders, frame_ancestors=settings.frame_ancestors
    )
    return app


async def get_health(response: Response, progress: Progress) -> answers.HealthResponse:
    """Tell whether everything is compiled and in memory.

    Requests are answered before that, but slower. Until then the status is 503, so that a client
    need not read the response.
    """
    if progress.is_ready:
        return answers.HealthResponse(status="ready", version=VERSION)
    response.status_code = 503
    if progress.failure is not None:
        return answers.HealthResponse(status="failed", version=VERSION, reason=progress.failure)
    return answers.HealthResponse(status="warming", version=VERSION)


def get_reference(request: Request) -> Response:
    """Return the reference page. FastAPI runs this on a thread; the first call renders the page."""
    app: Application = request.app
    return app.reference.respond(request.headers)


def get_ready(app: FastAPI, stopped: threading.Event) -> None:
    """Compile everything, read landscapes and lessons; stop early once `stopped` is set."""
    warm_up(app.state.files, stopped)
    app.state.landscapes.read()
    app.state.lessons.read()


@asynccontextmanager
async def run_lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Start the warm-up; on shutdown, cancel computations and join their threads."""
    app.state.warm_up.start()
    start_computing(app)
    yield
    app.state.warm_up.stop()
    stop_computing(app)
    # On threads: computations still report their progress through the event loop.
    await anyio.to_thread.run_sync(app.state.basin_service.executor.shutdown)
    await anyio.to_thread.run_sync(app.state.turn_threads.shutdown)
    await anyio.to_thread.run_sync(app.state.heavy_threads.shutdown)
    await anyio.to_thread.run_sync(app.state.warm_up.join)


def start_computing(app: FastAPI) -> None:
    """Create the queues and threads of heavy requests, of basins and of rate curves."""
    settings: Settings = app.state.settings
    # Apart from those of basins: the blocks of a map would keep an ensemble waiting.
    app.state.heavy_threads = turns.open_background(settings.threads, "heavy")
    app.state.turns = turns.Turns(settings.heavy_requests, settings.heavy_patience)
    # All long computations have one priority: one that holds the GIL and gets no core, because
    # others of a higher priority have them, would keep the event loop waiting.
    app.state.turn_threads = turns.open_background(settings.heavy_requests, "turn")
    app.state.gaps = turns.Gaps()
    app.state.basin_service = turns.BasinService(settings)
    app.state.rate_service = RateService(settings, app.state.basin_service.executor)


def stop_computing(app: FastAPI) -> None:
    """Cancel all computations; their clients get a 503 that says that the server is stopping."""
    app.state.turns.stop()
    app.state.basin_service.turns.stop()
    app.state.rate_service.turns.stop()
