"""Checks that a server with a hostile landscape responds in time and serves the others."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from fastapi.testclient import TestClient

from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings

BASE = "/api/v1/landscapes"

PATIENCE = 60.0
"""Timeout in seconds: a function that takes longer is considered hung, even on a busy machine."""


def answer_in_time(work: Callable[[], Any]) -> Any:
    """Call a function and return its result; fail if it hangs."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert found, "it hangs, or failed"
    return found[0]


def read_strictly(answer: httpx2.Response) -> Any:
    """Parse the JSON of a response as strictly as a browser."""
    assert answer.status_code == 200

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(answer.text, parse_constant=refuse)


def connect(root: Path) -> TestClient:
    """Return a client of an application without warm-up that serves a folder's landscapes."""
    app = create_app(Settings(landscapes_folder=(root,)))
    return TestClient(app, base_url="http://localhost")


def check_that_others_are_served(root: Path, hostile: str, reason: str) -> None:
    """Check that one landscape is unavailable for a reason, and that the others are served."""
    client = connect(root)
    catalog = answer_in_time(lambda: read_strictly(client.get(BASE)))
    assert [row["id"] for row in catalog["landscapes"]] == ["bowl", "table-1"]
    (unavailable,) = catalog["unavailable"]
    assert unavailable["id"] == hostile
    assert reason in unavailable["reason"]
    assert str(root) not in json.dumps(catalog)
    refused = client.get(f"{BASE}/{hostile}")
    assert refused.status_code == 404
    assert reason in refused.json()["detail"]
    for path in (f"{BASE}/bowl", f"{BASE}/table-1", "/api/v1/claims"):
        read_strictly(client.get(path))
