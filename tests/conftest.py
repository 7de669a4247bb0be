"""Fixtures that several rooms share."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from backend.app import create_app
from backend.settings import Settings
from tests.servers import run_server


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The base URL of a real server, with every setting at its default."""
    with run_server() as url:
        yield url


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """The application in this process, with every setting at its default."""
    with TestClient(create_app(Settings()), base_url="http://localhost") as client:
        yield client
