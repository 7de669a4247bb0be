"""Routes whose requests have a body: JSON, and nothing else."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

JSON_TYPE = "application/json"


class JSONRoute(APIRoute):
    """A route that refuses every body that does not say that it is JSON.

    A page elsewhere can make a browser send forms and plain text here without asking, JSON not.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answer_json(request: Request) -> Response:
            check_content_type(request)
            return await answer(request)

        return answer_json


def check_content_type(request: Request) -> None:
    """Refuse a body that is not said to be JSON, or is compressed.

    Raises:
        HTTPException: 415, naming what is accepted.
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
