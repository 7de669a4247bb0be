"""Fixtures that several rooms share."""

from collections.abc import Iterator

import pytest

from tests.servers import run_server


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The base URL of a real server, with every setting at its default."""
    with run_server() as url:
        yield url
