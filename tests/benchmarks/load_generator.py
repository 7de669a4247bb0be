"""A load generator in a process of its own: python -m tests.benchmarks.load_generator.

The first line of standard input is a `Plan` as JSON. Standard output gets the answers as JSON, once
the plan is done or, for a plan without an end, standard input is closed.
"""

import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

LIMIT = 2**24
"""Bytes of an answer's head and of what is buffered of its body."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request; a body is sent as JSON."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def write(self, host: str) -> bytes:
        """Return its bytes."""
        content = b"" if self.body is None else json.dumps(self.body).encode()
        headers = {"Host": host, **self.headers}
        if self.body is not None:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + content


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to send.

    Attributes:
        url: the server.
        requests: what is sent, by turns.
        connections: how many are open at once. Each sends a request when it has the answer to the
            one before.
        seconds: how long; None until standard input is closed.
        once: whether each request is sent once alone, for as long as that takes.
        pace: seconds between two requests of a connection, whether they are answered or not yet; 0
            for no pause. Times then count from when a request was due.
    """

    url: str
    requests: Sequence[Request]
    connections: int = 1
    seconds: float | None = None
    once: bool = False
    pace: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What came back.

    Attributes:
        ends: when each answer was whole (s after the begin).
        times: how long each answer took (s).
        statuses: how many answers had each status.
    """

    ends: list[float]
    times: list[float]
    statuses: dict[int, int]


@contextmanager
def generate(plan: Plan) -> Iterator["subprocess.Popen[str]"]:
    """Run the generator as long as the context lasts; `collect` returns what it found."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.load_generator"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(plan)) + "\n")
        process.stdin.flush()
        yield process
    finally:
        process.kill()
        process.wait()


def collect(process: "subprocess.Popen[str]") -> Answers:
    """Close a generator's standard input, wait for its end and return the answers."""
    output, _ = process.communicate()
    assert process.returncode == 0
    found = json.loads(output)
    found["statuses"] = {int(status): count for status, count in found["statuses"].items()}
    return Answers(**found)


async def send(plan: Plan) -> Answers:
    """Follow a plan."""
    address = urlsplit(plan.url)
    requests = [request.write(address.netloc) for request in plan.requests]
    pending = iter(requests) if plan.once else itertools.cycle(requests)
    ended = asyncio.Event()
    ends: list[float] = []
    times: list[float] = []
    statuses: Counter[int] = Counter()
    began = time.perf_counter()

    async def work() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=LIMIT)
        due = time.perf_counter()
        while not ended.is_set() and (request := next(pending, None)) is not None:
            if plan.pace:
                due += plan.pace
                await asyncio.sleep(due - time.perf_counter())
            else:
                due = time.perf_counter()
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"content-length:")[2].split(b"\r\n")[0]
            await reader.readexactly(int(length))
            now = time.perf_counter()
            ends.append(now - began)
            times.append(now - due)
            statuses[int(head.split()[1])] += 1
        writer.close()
        await writer.wait_closed()

    async def wait_for_the_end() -> None:
        if plan.seconds is not None:
            await asyncio.sleep(plan.seconds)
        elif not plan.once:
            await asyncio.to_thread(sys.stdin.read)
        else:
            return
        ended.set()

    await asyncio.gather(wait_for_the_end(), *(work() for _ in range(plan.connections)))
    return Answers(ends=ends, times=times, statuses=dict(statuses))


def main() -> None:
    """Do what standard input says."""
    given = json.loads(sys.stdin.readline())
    requests = [Request(**request) for request in given.pop("requests")]
    print(json.dumps(asdict(asyncio.run(send(Plan(**given, requests=requests))))))


if __name__ == "__main__":
    main()
