"""Fixtures shared by several folders, and which tests a fast run leaves out."""

import os
from collections import Counter
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.doctest import DoctestModule

from tests.servers import run_server

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

LONGEST_FIRST = ("test_image.py", "test_wheel.py", "test_docs.py")
"""The files that take longest, so that in the end no core waits for another."""

BEGAN = pytest.StashKey[float]()
"""The CPU time of this process and of those that it waited for when a test began."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of a fast run."""
    parser.addoption(
        "--fast",
        type=float,
        metavar="SECONDS",
        help="leave out what opens a browser or is marked slow; fail any other test that takes "
        "more CPU time",
    )


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Look for no examples in the tests' own modules, of which some import slow packages."""
    collectors = yield
    return [one for one in collectors if not isinstance(one, DoctestModule)]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests in order, leave out the slow ones of a fast run, and let no two share an id.

    Tests are divided by their ids; of two with the same, one would never run.
    """
    items.sort(key=lambda item: [item.path.name != name for name in LONGEST_FIRST])
    counts = Counter(item.nodeid for item in items)
    repeated = [nodeid for nodeid, count in counts.items() if count > 1]
    if repeated:
        raise pytest.UsageError(f"tests of the same id: {', '.join(repeated)}")
    if config.getoption("fast") is not None:
        slow = [item for item in items if is_slow(item)]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not is_slow(item)]


def is_slow(item: pytest.Item) -> bool:
    """Tell whether a test is marked slow, or opens a browser."""
    return item.get_closest_marker("slow") is not None or "chromium" in getattr(
        item, "fixturenames", ()
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Note the CPU time at which a test begins."""
    item.stash[BEGAN] = count_cpu_seconds()
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[Any]:
    """Fail a test that is too slow for a fast run and does not say so."""
    result = yield
    limit = item.config.getoption("fast")
    spent = count_cpu_seconds() - item.stash[BEGAN]
    if limit is not None and spent > limit:
        pytest.fail(
            f"it took {spent:.1f} s of CPU time, more than {limit:g}: shrink it or mark it slow",
            pytrace=False,
        )
    return result


def count_cpu_seconds() -> float:
    """Return the CPU time of this process and of those that it waited for (seconds)."""
    return sum(os.times()[:4])


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The base URL of a real server, with every setting at its default."""
    with run_server() as url:
        yield url


@pytest.fixture(scope="session")
def client() -> Iterator["TestClient"]:
    """The application in this process, with every setting at its default."""
    # Where a test only starts pytest with these hooks, importing it would take longest.
    from fastapi.testclient import TestClient

    from descent_atlas.web.app import create_app
    from descent_atlas.web.settings import Settings

    with TestClient(create_app(Settings()), base_url="http://localhost") as client:
        yield client
