"""HTTP as raw bytes on a socket, for requests that no client library sends."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from descent_atlas.web.middleware.security_headers import SECURITY_HEADERS
from tests.servers import PATIENCE_SECONDS

POINT = json.dumps({"objective": {"id": "two-gaussian-bowl"}, "point": {"x": 1, "y": 1}}).encode()
"""Body of a request to /api/v1/points, the cheapest route."""


@dataclass(frozen=True)
class Answer:
    """A response; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def check_problem(self, status: int) -> dict[str, Any]:
        """Return the problem; check its status, format and security headers."""
        assert self.status == status
        assert self.headers["content-type"] == "application/problem+json"
        for name, value in SECURITY_HEADERS.items():
            assert self.headers[name] == value
        problem: dict[str, Any] = json.loads(self.body)
        assert problem["status"] == status
        return problem


@contextmanager
def connect(url: str) -> Iterator[socket.socket]:
    """Open a connection to a server, until the context ends."""
    address = urlsplit(url)
    with socket.create_connection(
        (address.hostname, address.port), timeout=PATIENCE_SECONDS
    ) as connection:
        yield connection


def ask(url: str, request: bytes) -> Answer:
    """Send bytes over a new connection; return the first response."""
    with connect(url) as connection:
        connection.sendall(request)
        return read_answer(connection)


def read_answer(connection: socket.socket, *, method: str = "GET") -> Answer:
    """Read one response, with the length in its headers; a response to HEAD has no body."""
    with connection.makefile("rb") as received:
        status = int(received.readline().split()[1])
        headers = {}
        while line := received.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        length = 0 if method == "HEAD" else int(headers.get("content-length", "0"))
        return Answer(status, headers, received.read(length))


def read_to_end(connection: socket.socket) -> bytes:
    """Read until the server closes the connection."""
    received = b""
    while piece := connection.recv(65_536):
        received += piece
    return received


def write_request(
    method: str, target: str, *lines: str, version: str = "1.1", host: str = "127.0.0.1"
) -> bytes:
    """Return a request's head."""
    head = [f"{method} {target} HTTP/{version}", f"Host: {host}", *lines, "", ""]
    return "\r\n".join(head).encode()


def write_post(*lines: str, body: bytes = POINT, version: str = "1.1") -> bytes:
    """Return a request to compute a point, with only these headers."""
    return write_request("POST", "/api/v1/points", *lines, version=version) + body
