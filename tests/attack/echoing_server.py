"""Server command whose application returns the client's address and scheme as it sees them."""

from typing import Any
from unittest.mock import patch

from fastapi import FastAPI, Request

from descent_atlas import cli
from descent_atlas.web.settings import Settings


def create_app(settings: Settings, on_warm: object) -> FastAPI:
    """Return an application with this one route."""
    app = FastAPI()

    @app.get("/api/health")
    def tell(request: Request) -> dict[str, Any]:
        client = request.client and request.client.host
        return {"status": "ready", "scheme": request.url.scheme, "client": client}

    return app


if __name__ == "__main__":
    with patch("descent_atlas.cli.create_app", create_app):
        cli.main()
