"""What one process of the server holds: requests a second, and how long each takes."""

from statistics import quantiles

from descent_atlas.objectives.typed.function_library import LIBRARY
from tests.benchmarks.load_generator import Answers, Plan, Request, collect, generate
from tests.benchmarks.measuring import Measurement, Result, significant
from tests.benchmarks.server import ENCODING, REQUEST
from tests.servers import run_server

CONNECTIONS = (1, 16, 64)

SHOWN = CONNECTIONS.index(16)
"""The number of connections whose requests a second the table has; the note has all."""

WARM_UP_SECONDS, SECONDS = 0.5, 5.0

SLICES = 5
"""Parts of the time, each of which is a sample of the requests a second."""

PAGE = Request(method="GET", path="/", headers=ENCODING)

CATALOG = Request(method="GET", path="/api/v1/landscapes", headers=ENCODING)

LANDSCAPE = Request(method="GET", path="/api/v1/landscapes/optimizers", headers=ENCODING)

DESCENT = Request(
    method="POST",
    path="/api/v1/descents",
    body={**REQUEST, "optimizers": [{"id": "adam", "steps": 1000}]},
)

ENSEMBLE = Request(
    method="POST",
    path="/api/v1/ensembles",
    body={
        **{name: REQUEST[name] for name in ("objective", "start", "noise")},
        "optimizer": {"id": "sgd", "hyperparameters": {"lr": 0.01}, "steps": 1000},
        "seeds": 200,
    },
)

TYPED = Request(
    method="POST",
    path="/api/v1/descents",
    body={
        "objective": {"expression": LIBRARY["branin"].text},
        "start": {"x": 0.5, "y": 0.5},
        "optimizers": [{"id": "adam", "steps": 1000}],
    },
)


def count_pages() -> Result:
    """GET / as Brotli, from 16 connections of another process."""
    return measure(PAGE)


def count_catalogs() -> Result:
    """GET /api/v1/landscapes as Brotli, those that ship, from 16 connections."""
    return measure(CATALOG)


def count_landscapes() -> Result:
    """GET /api/v1/landscapes/optimizers as Brotli, from 16 connections."""
    return measure(LANDSCAPE)


def count_descents() -> Result:
    """POST /api/v1/descents (Adam, 1,000 steps), from 16 connections."""
    return measure(DESCENT)


def count_ensembles() -> Result:
    """POST /api/v1/ensembles (200 seeds × 1,000 steps of SGD), from 16 connections."""
    return measure(ENSEMBLE)


def count_typed() -> Result:
    """POST /api/v1/descents (a typed function, Adam, 1,000 steps), from 16 connections."""
    return measure(TYPED)


def measure(request: Request) -> Result:
    """Load a server with one request on each number of connections."""
    with run_server() as url:
        found = [load(url, request, connections) for connections in CONNECTIONS]
    rates = [count_in_slices(answers) for answers in found]
    parts = zip(CONNECTIONS, rates, found, strict=True)
    note = "; ".join(
        f"{connections}: {significant(Measurement.of(rate).median)}/s, {describe(answers)}"
        for connections, rate, answers in parts
    )
    return Result(
        ours=Measurement.of(rates[SHOWN], "requests/s"), goal=None, note=f"connections {note}"
    )


def load(url: str, request: Request, connections: int) -> Answers:
    """Return the answers from so many connections, each of which asks again once it is answered."""
    plan = Plan(
        url=url,
        requests=[request],
        connections=connections,
        seconds=WARM_UP_SECONDS + SECONDS,
    )
    with generate(plan) as process:
        answers = collect(process)
    counted = [index for index, end in enumerate(answers.ends) if end > WARM_UP_SECONDS]
    return Answers(
        ends=[answers.ends[index] - WARM_UP_SECONDS for index in counted],
        times=[answers.times[index] for index in counted],
        statuses=answers.statuses,
    )


def count_in_slices(answers: Answers) -> list[float]:
    """Return the answers a second in each slice of the time."""
    length = SECONDS / SLICES
    counts = [0] * SLICES
    for end in answers.ends:
        if end < SECONDS:
            counts[int(end / length)] += 1
    return [count / length for count in counts]


def describe(answers: Answers) -> str:
    """Return the median and the 99th percentile, and how many were refused."""
    centiles = quantiles(answers.times, n=100, method="inclusive")
    told = f"p50 {significant(centiles[49] * 1e3)} ms, p99 {significant(centiles[98] * 1e3)} ms"
    refused = sum(count for status, count in answers.statuses.items() if status != 200)
    return told if not refused else f"{told}, {refused} of {sum(answers.statuses.values())} refused"
