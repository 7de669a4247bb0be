"""The command `descent-atlas` with one more route, the peer of POST /api/descents.

POST /api/constant validates the same request, and returns the same bytes whatever it asks for.
"""

from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from backend import cli
from backend.api.schemas import DescentsRequest
from backend.app import create_app
from backend.settings import Settings

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


def create_app_with_peer(settings: Settings) -> FastAPI:
    """Return the application with the peer route, whose answer is the one to `REQUEST`."""
    app = create_app(settings)
    answer = TestClient(app, base_url="http://localhost").post("/api/descents", json=REQUEST)
    answer.raise_for_status()
    body, media_type = answer.content, answer.headers["content-type"]

    @app.post("/api/constant")
    def answer_constantly(request: DescentsRequest) -> Response:
        return Response(body, media_type=media_type)

    return app


if __name__ == "__main__":
    # The command then serves our application with its own arguments and settings.
    vars(cli)["create_app"] = create_app_with_peer
    cli.main()
