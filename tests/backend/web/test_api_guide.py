"""Commands of docs/api.md, run against a real server."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.backend.web.arrays import decode
from tests.servers import CLIENT

GUIDE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()

BASE = "http://127.0.0.1:8000"

BLOCKS = re.compile(r"```sh\n(?P<command>.*?)```\n\n```(?P<kind>[^\n]*)\n(?P<answer>.*?)```", re.S)

STEPS = [
    pytest.param(match["command"], match["kind"], match["answer"], id=match["command"][:60].strip())
    for match in BLOCKS.finditer(GUIDE)
]


def run(command: str, server: str) -> httpx2.Response:
    """Send the request of a curl command."""
    program, *words = shlex.split(command)
    assert program == "curl"
    headers: dict[str, str] = {}
    body: str | None = None
    address = ""
    arguments = iter(words)
    for word in arguments:
        if word == "-H":
            name, _, value = next(arguments).partition(":")
            headers[name.lower()] = value.strip()
        elif word == "-d":
            body = next(arguments)
            headers.setdefault("content-type", "application/x-www-form-urlencoded")
        else:
            assert word.startswith(f"{BASE}/"), word
            address = word.replace(BASE, server)
    return CLIENT.request("GET" if body is None else "POST", address, content=body, headers=headers)


def compare(shown: Any, answer: Any, place: str) -> None:
    """Check that a response contains everything that the guide shows; `…` matches anything."""
    if isinstance(shown, dict):
        assert set(shown) <= set(answer), place
        for name, value in shown.items():
            compare(value, answer[name], f"{place}.{name}")
    elif isinstance(shown, list):
        assert len(shown) <= len(answer), place
        for i, (one, other) in enumerate(zip(shown, answer, strict=False)):
            compare(one, other, f"{place}.{i}")
    elif isinstance(shown, str):
        pattern = ".*".join(re.escape(part) for part in shown.split("…"))
        assert re.fullmatch(pattern, answer, re.S), place
    elif isinstance(shown, float | int) and not isinstance(shown, bool):
        assert answer == pytest.approx(shown, abs=1e-6), place
    else:
        assert answer == shown, place


@pytest.mark.parametrize(("command", "kind", "answer"), STEPS)
def test_the_server_answers_what_the_guide_shows(
    server: str, command: str, kind: str, answer: str
) -> None:
    response = run(command, server)
    media_type, _, status = kind.partition(" ")
    assert response.status_code == int(status or 200), response.text
    if media_type == "json":
        compare(json.loads(answer), response.json(), "answer")
    else:
        compare(answer.strip(), response.text, "answer")


def test_every_command_of_the_guide_is_run() -> None:
    assert len(STEPS) == GUIDE.count("```sh") > 10


def test_the_guides_own_python_decodes_an_array() -> None:
    source = re.search(r"```python\n(.*?)```", GUIDE, re.S)
    assert source
    names: dict[str, Any] = {}
    exec(source[1], names)  # trusted: our own guide
    array = {"dtype": "i2", "bdata": "AQACAAMA", "shape": "1, 3"}
    assert (names["decode"](array) == decode(array)).all()
