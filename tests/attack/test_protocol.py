"""HTTP on the wire: invalid, ambiguous and rare requests."""

import json

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from descent_atlas.web.connections import MAX_DISCARDED_BYTES
from descent_atlas.web.settings import MAX_BODY_BYTES
from tests.attack.wire import (
    POINT,
    ask,
    connect,
    read_answer,
    read_to_end,
    write_post,
    write_request,
)
from tests.servers import CLIENT

JSON = "Content-Type: application/json"
LENGTH = f"Content-Length: {len(POINT)}"
CHUNKED = "Transfer-Encoding: chunked"
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(POINT), POINT)
HEALTH = write_request("GET", "/api/health")

READ_ROUTES = (
    "/api/health",
    "/api/v1/objectives",
    "/api/v1/optimizers",
    "/api/v1/sweep",
    "/api/v1/stories",
    "/api/v1/landscapes",
    "/api/v1/claims",
    "/openapi.json",
    "/",
    "/styles/base.css",
)


def test_uvicorn_still_has_what_the_server_changes_in_it() -> None:
    for name in ("handle_events", "send_400_response", "shutdown", "_unset_keepalive_if_required"):
        assert callable(getattr(H11Protocol, name))
    names = {*RequestResponseCycle.__init__.__code__.co_names}
    assert {"disconnected", "message_event", "response_complete"} <= names
    assert {"conn", "cycle", "flow", "transport"} <= {*H11Protocol.__init__.__code__.co_names}


@pytest.mark.parametrize("path", READ_ROUTES)
def test_head_answers_as_get_without_the_body(server: str, path: str) -> None:
    whole = ask(server, write_request("GET", path))
    with connect(server) as connection:
        connection.sendall(write_request("HEAD", path))
        head = read_answer(connection, method="HEAD")
        connection.sendall(HEALTH)  # a body would be parsed as this response
        assert read_answer(connection).status == 200
    assert (head.status, whole.status) == (200, 200)
    assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}
    assert head.headers["content-length"] == str(len(whole.body))


def test_head_of_a_landscape_and_of_its_files_answers_as_get(server: str) -> None:
    catalog = CLIENT.get(f"{server}/api/v1/landscapes")
    first, *_ = catalog.json()["landscapes"]
    for path in (first["url"], *first["files"].values()):
        url = catalog.url.join(path)
        whole = CLIENT.get(url, headers={"accept-encoding": "identity"})
        head = CLIENT.head(url, headers={"accept-encoding": "identity"})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(whole.content))
        assert head.headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("OPTIONS", "/api/health", "GET, HEAD"),
        ("OPTIONS", "/api/v1/points", "POST"),
        ("OPTIONS", "/", "GET, HEAD"),
        ("HEAD", "/api/v1/points", "POST"),
        ("get", "/api/health", "GET, HEAD"),
        ("BREW", "/api/health", "GET, HEAD"),
        ("TRACE", "/api/health", "GET, HEAD"),
        ("DELETE", "/index.html", "GET, HEAD"),
    ],
)
def test_another_method_is_told_what_is_allowed(
    server: str, method: str, path: str, allowed: str
) -> None:
    with connect(server) as connection:
        connection.sendall(write_request(method, path))
        answer = read_answer(connection, method=method)
    assert answer.status == 405
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        ("http://127.0.0.1/api/health", "127.0.0.1", 200),
        ("HTTP://LOCALHOST:8000/api/health", "evil.example", 200),
        ("https://[::1]/api/health", "127.0.0.1", 200),
        ("http://127.0.0.1", "127.0.0.1", 200),
        ("http://evil.example/api/health", "127.0.0.1", 421),
        ("http://evil.example", "127.0.0.1", 421),
        ("http://me@127.0.0.1/api/health", "127.0.0.1", 400),
        ("http:///api/health", "127.0.0.1", 400),
        ("ftp://127.0.0.1/api/health", "127.0.0.1", 400),
        ("api/health", "127.0.0.1", 400),
        ("127.0.0.1:80", "127.0.0.1", 400),
    ],
)
def test_the_host_in_an_absolute_target_is_the_one_that_counts(
    server: str, target: str, host: str, status: int
) -> None:
    answer = ask(server, write_request("GET", target, host=host))
    assert answer.status == status
    if status >= 400:
        answer.check_problem(status)


def test_an_absolute_target_keeps_its_query(server: str) -> None:
    answer = ask(server, write_request("GET", "http://127.0.0.1/api/v1/landscapes?plane=nonsense"))
    assert answer.check_problem(422)["errors"][0]["field"] == "plane"


@pytest.mark.parametrize(("method", "target"), [("OPTIONS", "*"), ("CONNECT", "127.0.0.1:443")])
def test_the_server_is_no_proxy(server: str, method: str, target: str) -> None:
    ask(server, write_request(method, target)).check_problem(501)


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Type: text/plain",),
        ("Content-Type: application/x-www-form-urlencoded",),
        ("Content-Type: multipart/form-data; boundary=x",),
        ("Content-Type: application/vnd.api+json",),
        ("Content-Type: application/jsonp",),
        ("Content-Type: ",),
        (),
        (JSON, "Content-Encoding: gzip"),
    ],
    ids=lambda lines: "; ".join(lines) or "none",
)
@pytest.mark.parametrize("route", ["points", "surfaces", "descents", "basins", "scripts"])
def test_what_is_not_said_to_be_json_is_refused_with_what_is_accepted(
    server: str, route: str, lines: tuple[str, ...]
) -> None:
    answer = ask(server, write_request("POST", f"/api/v1/{route}", LENGTH, *lines) + POINT)
    detail = answer.check_problem(415)["detail"]
    if JSON in lines:
        assert answer.headers["accept-encoding"] == "identity"
    else:
        assert answer.headers["accept"] == "application/json"
        assert "application/json" in detail


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", "application/json ;"]
)
def test_json_may_have_parameters(server: str, content_type: str) -> None:
    assert ask(server, write_post(LENGTH, f"Content-Type: {content_type}")).status == 200


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(write_post(JSON, LENGTH, CHUNKED, body=CHUNKS), 400, id="length and chunks"),
        pytest.param(
            write_post(JSON, CHUNKED, body=CHUNKS, version="1.0"), 400, id="chunks in HTTP/1.0"
        ),
        pytest.param(write_post(JSON, LENGTH, "Content-Length: 3"), 400, id="two lengths"),
        pytest.param(write_post(JSON, "Content-Length: +5"), 400, id="length +5"),
        pytest.param(write_post(JSON, "Content-Length: -1"), 400, id="length -1"),
        pytest.param(write_post(JSON, "Content-Length: 0x5"), 400, id="length 0x5"),
        pytest.param(write_post(JSON, f"Content-Length: {'9' * 5000}"), 400, id="endless length"),
        pytest.param(write_post(JSON, "Transfer-Encoding: gzip"), 501, id="gzip as coding"),
        pytest.param(write_post(JSON, CHUNKED, CHUNKED), 501, id="chunked twice"),
        pytest.param(write_post(JSON, CHUNKED, body=b"zz\r\n"), 400, id="no chunk"),
        pytest.param(write_post(JSON, CHUNKED, body=b"-1\r\n"), 400, id="negative chunk"),
        pytest.param(write_post(JSON, CHUNKED, body=b"1;" + b"x" * 70_000), 400, id="long chunk"),
        pytest.param(write_request("GET", "/", "A: b\0c"), 400, id="NUL in a header"),
        pytest.param(write_request("GET", "/", "A: b\rc"), 400, id="CR in a header"),
        pytest.param(write_request("GET", "/", "A : b"), 400, id="space after a name"),
        pytest.param(write_request("GET", "/", " A: b").replace(b"Host", b" Host"), 400, id="fold"),
        pytest.param(write_request("GET", "/", f"A: {'x' * 100_000}"), 431, id="100 KB of headers"),
        pytest.param(write_request("GET", "/", *["A: b"] * 20_000), 431, id="20,000 headers"),
        pytest.param(write_request("GET", "/" + "x" * 100_000), 431, id="100 KB of target"),
        pytest.param(b"G" * 100_000, 431, id="a line without an end"),
        pytest.param(b"GET /api/health\r\n\r\n", 400, id="HTTP/0.9"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, id="HTTP/2"),
        pytest.param(write_request("GET", "/", version="2.0"), 505, id="HTTP/2.0"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no host"),
        pytest.param(write_request("GET", "/", "Host: 127.0.0.1"), 400, id="two hosts"),
        pytest.param(write_request("GET", "/", host="a b/c"), 400, id="host with a space"),
        pytest.param(write_request("GET", "/", host="127.0.0.1/@x"), 400, id="host with a path"),
        pytest.param(write_request("GET", "/", host="127.0.0.1:abc"), 400, id="port of letters"),
        pytest.param(write_request("GET", "/", host="[::1"), 400, id="half an address"),
        pytest.param(b"\x16\x03\x01\x00\xc6\x01\x00\x00\xc2\x03\x03", 400, id="TLS"),
        pytest.param(b"\r\n\r\n" + HEALTH, 400, id="empty lines"),
        pytest.param("GÉT / HTTP/1.1\r\n\r\n".encode(), 400, id="not ASCII"),
    ],
)
def test_what_is_not_http_is_refused_with_a_problem_and_the_end_of_the_connection(
    server: str, request_bytes: bytes, status: int
) -> None:
    with connect(server) as connection:
        connection.sendall(request_bytes)
        answer = read_answer(connection)
        assert connection.recv(1) == b""
    answer.check_problem(status)
    assert answer.headers["connection"] == "close"


def test_what_follows_an_ambiguous_request_is_not_taken_for_another(server: str) -> None:
    smuggled = write_post(JSON, LENGTH, CHUNKED, body=CHUNKS) + HEALTH
    with connect(server) as connection:
        connection.sendall(smuggled)
        assert read_to_end(connection).count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(write_post(JSON, LENGTH, LENGTH), id="the same length twice"),
        pytest.param(write_post(JSON, CHUNKED, body=CHUNKS), id="chunks"),
        pytest.param(write_request("GET", "/api/health", "A: b", " c"), id="folded header"),
        pytest.param(HEALTH.replace(b"\r\n", b"\n"), id="bare LF"),
        pytest.param(write_request("GET", "/api/health", version="1.2"), id="HTTP/1.2"),
        pytest.param(
            write_request("GET", "/api/health", "Connection: upgrade", "Upgrade: h2c"), id="upgrade"
        ),
    ],
)
def test_what_is_rare_is_answered_and_the_connection_stays(
    server: str, request_bytes: bytes
) -> None:
    with connect(server) as connection:
        for request in (request_bytes, HEALTH):
            connection.sendall(request)
            assert read_answer(connection).status == 200


def test_http_1_0_needs_a_name_of_the_server_as_well(server: str) -> None:
    assert ask(server, write_request("GET", "/api/health", version="1.0")).status == 200
    ask(server, b"GET /api/health HTTP/1.0\r\n\r\n").check_problem(421)


def test_requests_in_a_row_are_answered_in_their_order(server: str) -> None:
    last = write_request("HEAD", "/api/health", "Connection: close")
    with connect(server) as connection:
        connection.sendall(HEALTH + write_post(JSON, LENGTH) + last)
        text = read_to_end(connection)
    assert text.count(b"HTTP/1.1 200 OK") == 3
    assert text.index(b'"status"') < text.index(b'"gradient"')


def test_garbage_after_an_answered_request_ends_the_connection_alone(server: str) -> None:
    with connect(server) as connection:
        connection.sendall(write_request("GET", "/api/health", CHUNKED))
        assert read_answer(connection).status == 200
        connection.sendall(b"zz\r\n")
        assert read_to_end(connection) == b""
    assert ask(server, HEALTH).status == 200


def test_a_body_in_chunks_has_the_same_limit(server: str) -> None:
    body = b"%x\r\n%b\r\n1\r\n \r\n0\r\n\r\n" % (MAX_BODY_BYTES, b" " * MAX_BODY_BYTES)
    with connect(server) as connection:
        connection.sendall(write_post(JSON, CHUNKED, body=body))
        read_answer(connection).check_problem(413)
        connection.sendall(HEALTH)  # the server discarded the rest of the body
        assert read_answer(connection).status == 200


def test_a_body_without_end_is_not_read_for_ever(server: str) -> None:
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    with connect(server) as connection:
        connection.sendall(write_post(JSON, CHUNKED, body=chunk * 2))
        read_answer(connection).check_problem(413)
        with pytest.raises(OSError, match=r"reset|pipe"):
            connection.sendall(chunk * (100 * MAX_DISCARDED_BYTES // len(chunk)))


@pytest.mark.parametrize(
    ("route", "length", "status"),
    [("points", MAX_BODY_BYTES + 1, 413), ("points", 10**18, 413), ("nothing", 10, 404)],
)
def test_a_body_that_would_be_refused_is_not_asked_for(
    server: str, route: str, length: int, status: int
) -> None:
    lines = (JSON, f"Content-Length: {length}", "Expect: 100-continue")
    ask(server, write_request("POST", f"/api/v1/{route}", *lines)).check_problem(status)


def test_a_body_that_is_welcome_is_asked_for(server: str) -> None:
    with connect(server) as connection:
        connection.sendall(write_post(JSON, LENGTH, "Expect: 100-continue", body=b""))
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(POINT)
        answer = read_answer(connection)
    assert answer.status == 200
    assert set(json.loads(answer.body)) == {"value", "gradient"}
