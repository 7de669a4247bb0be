"""The command `descent-atlas` with two more routes, the peers of two of its own.

POST /api/v1/constant validates the same request as POST /api/v1/descents, and returns the same
bytes whatever it asks for. GET /api/v1/constant returns the bytes and headers of one landscape, if
it is there.
"""

from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from descent_atlas import cli
from descent_atlas.web.app import create_app
from descent_atlas.web.description.requests import DescentsRequest
from descent_atlas.web.landscape_representations import represent
from descent_atlas.web.settings import Settings

REQUEST = {
    "objective": {"id": "two-gaussian-bowl"},
    "start": {"x": 0.6, "y": 1.4},
    "optimizers": [
        {"id": id, "hyperparameters": {"lr": 5e-4}, "steps": 500}
        for id in ("gd", "sgd", "momentum", "rmsprop", "adam")
    ],
    "noise": {"std": 1.0, "seed": 1},
}
"""Five optimizers that all take their 500 steps."""

LANDSCAPE = "measured"
"""The id of the landscape."""

ENCODING = {"accept-encoding": "br"}
"""What a request for it says, as a browser's does."""


def create_app_with_peers(settings: Settings) -> FastAPI:
    """Return the application with the peer routes, whose answers are those of our own."""
    app = create_app(settings)
    answer = TestClient(app, base_url="http://localhost").post("/api/v1/descents", json=REQUEST)
    answer.raise_for_status()
    body, media_type = answer.content, answer.headers["content-type"]

    @app.post("/api/v1/constant")
    def answer_constantly(request: DescentsRequest) -> Response:
        return Response(body, media_type=media_type)

    landscape = app.state.landscapes.read().landscapes.get(LANDSCAPE)
    if landscape is not None:
        whole = represent(landscape).respond(ENCODING)

        @app.get("/api/v1/constant")
        async def answer_with_landscape() -> Response:
            return Response(whole.body, headers=dict(whole.headers))

    return app


if __name__ == "__main__":
    # The command then serves our application with its own arguments and settings.
    vars(cli)["create_app"] = create_app_with_peers
    cli.main()
