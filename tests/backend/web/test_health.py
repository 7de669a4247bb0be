"""Docker's health check."""

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.servers import find_free_port, run_server


def ask(port: int, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "descent_atlas.web.health"],
        env={**os.environ, "DESCENT_ATLAS_PORT": str(port), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def answer_with(status: int, body: bytes) -> Iterator[int]:
    """Run a server that gives every request the same response; yield its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name too
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", ""])
def test_a_server_that_is_ready_is_well_on_whatever_port_and_past_any_proxy(host: str) -> None:
    proxy = f"http://127.0.0.1:{find_free_port()}"
    with answer_with(200, b"{}") as port:
        run = ask(port, DESCENT_ATLAS_HOST=host, http_proxy=proxy)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_a_server_that_answers_to_a_public_name_alone_is_well() -> None:
    with run_server(allowed_hosts="atlas.example.com") as url:
        run = ask(int(url.rpartition(":")[2]))
    assert (run.returncode, run.stderr) == (0, "")


def test_a_server_that_is_not_ready_is_not_well_and_says_why() -> None:
    with answer_with(503, b'{"status":"failed","reason":"No space left"}') as port:
        run = ask(port)
    assert run.returncode == 1
    assert "No space left" in run.stderr


def test_a_server_that_is_not_there_is_not_well() -> None:
    run = ask(find_free_port())
    assert run.returncode == 1
    assert run.stderr.startswith("The server does not respond: ")


def test_asking_imports_nothing_that_takes_long() -> None:
    heavy = {"fastapi", "numpy", "pydantic"}
    code = f"import sys, descent_atlas.web.health; print(*{heavy} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
