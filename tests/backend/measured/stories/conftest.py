"""Fixtures of the stories' tests."""

import pytest
from fastapi.testclient import TestClient

from descent_atlas.measured.stories import load_stories
from descent_atlas.measured.stories.story import Story
from tests.backend.measured.stories.measurements import Api


@pytest.fixture(scope="module")
def api(client: TestClient) -> Api:
    return Api(client)


@pytest.fixture(scope="module")
def stories() -> dict[str, Story]:
    return {story["id"]: story for story in load_stories()}
