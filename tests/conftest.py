"""Fixtures shared by several folders."""

from collections import Counter
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings
from tests.servers import run_server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the file that takes longest, so that in the end no core waits for another.

    Tests are divided by their ids; of two with the same, one would never run.
    """
    items.sort(key=lambda item: item.path.name != "test_image.py")
    counts = Counter(item.nodeid for item in items)
    repeated = [nodeid for nodeid, count in counts.items() if count > 1]
    if repeated:
        raise pytest.UsageError(f"tests of the same id: {', '.join(repeated)}")


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
