"""Light requests while two hundred expensive ones of all kinds are waiting."""

import itertools
from collections.abc import Sequence
from functools import cache
from statistics import median, quantiles

from tests.attack.load.expensive_requests import LIGHT, PAGES, Expensive, list_expensive
from tests.benchmarks.load_generator import Answers, Plan, Request, collect, generate
from tests.benchmarks.measuring import Goal, Measurement, Result
from tests.servers import run_server

EXPENSIVE = 200
"""Expensive requests at once, each on a connection of its own."""

PACE = 0.02
"""Seconds between two light requests: somebody drags a start."""

ROUNDS = 3

GOAL_SECONDS = 0.1
"""What still feels immediate."""

WAYS = [
    *(Request(method="POST", path=f"/api/v1/{route}", body=body) for route, body in LIGHT.items()),
    *(Request(method="GET", path=page, headers={"accept-encoding": "br"}) for page in PAGES),
]
"""The light requests, by turns."""


def time_slowest() -> Result:
    """The 99th percentile of light requests (every 20 ms) beside 200 expensive ones at once."""
    rounds, note = ask_beside_storms()
    slow = [quantiles(times, n=100, method="inclusive")[98] for times in rounds]
    goal = Goal(relation="≤", bound=GOAL_SECONDS, unit="s")
    return Result(ours=Measurement.of(slow), goal=goal, note=note)


def time_median() -> Result:
    """The median of the same light requests."""
    rounds, note = ask_beside_storms()
    return Result(ours=Measurement.of([median(times) for times in rounds]), goal=None, note=note)


@cache
def ask_beside_storms() -> tuple[Sequence[Sequence[float]], str]:
    """Return the times of light requests in each round, and what a reader must know of them."""
    expensive = list_expensive()
    rounds = []
    served = refused = 0
    with run_server() as url:
        storm_once(url, [*itertools.islice(expensive, EXPENSIVE)])  # loads what is compiled
        for _ in range(ROUNDS):
            light, heavy = storm_once(url, [*itertools.islice(expensive, EXPENSIVE)])
            assert set(light.statuses) == {200}
            assert set(heavy.statuses) <= {200, 503}
            rounds.append(light.times)
            served += heavy.statuses.get(200, 0)
            refused += heavy.statuses.get(503, 0)
    counted = sum(map(len, rounds))
    note = (
        f"{counted:,} light requests of {len(WAYS)} kinds in {ROUNDS} rounds; of the expensive "
        f"ones {served:,} were computed and {refused:,} refused with Retry-After; times count from "
        "when a request was due"
    )
    return rounds, note


def storm_once(url: str, expensive: Sequence[Expensive]) -> tuple[Answers, Answers]:
    """Return the answers to light requests, and to expensive ones that are all sent at once."""
    requests = [
        Request(method="POST", path=f"/api/v1/{one.route}", body=one.body) for one in expensive
    ]
    steady = Plan(url=url, requests=WAYS, pace=PACE)
    storm = Plan(url=url, requests=requests, connections=len(requests), once=True)
    with generate(steady) as light, generate(storm) as heavy:
        found = collect(heavy)
        return collect(light), found
