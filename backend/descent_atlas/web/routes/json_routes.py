"""Routes that accept only JSON as a request's body."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

JSON_TYPE = "application/json"


class JSONRoute(APIRoute):
    """Route that responds with 415 unless the content type is JSON.

    This prevents cross-site request forgery: a foreign page can make a browser send forms and plain
    text without a CORS preflight, but not JSON.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, preceded by the check of the content type."""
        handle = super().get_route_handler()

        async def check_and_handle(request: Request) -> Response:
            check_content_type(request)
            return await handle(request)

        return check_and_handle


def check_content_type(request: Request) -> None:
    """Check the headers of a request's body.

    Raises:
        HTTPException: 415 with the accepted value, if the content type is not JSON or the body is
            compressed.
    """
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != JSON_TYPE:
        raise HTTPException(
            415, f"The body must have the content type {JSON_TYPE}.", {"Accept": JSON_TYPE}
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(
            415, "The body must not be compressed.", {"Accept-Encoding": "identity"}
        )
