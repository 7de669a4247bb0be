"""The most expensive valid request of each route that computes, and light requests beside them."""

import itertools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from descent_atlas.objectives.typed.expression_parser import parse
from descent_atlas.objectives.typed.tape import assemble, estimate_cost
from descent_atlas.web.settings import (
    MAX_BASIN_COUNT,
    MAX_OPTIMIZERS,
    MAX_SEEDS,
    MAX_STATES_IN_ALL,
    MAX_STEPS,
    MAX_SURFACE_COUNT,
    MAX_WORK,
)


class Expensive(NamedTuple):
    """An expensive request: its kind, its route and its body."""

    kind: str
    route: str
    body: dict[str, Any]


OBJECTIVE = {"id": "rosenbrock"}
START = {"x": -1, "y": 1}
WIDE = {"min": -2, "max": 2, "count": MAX_SURFACE_COUNT}
SLOW_STEPS: dict[str, Any] = {"id": "adam", "hyperparameters": {"lr": 1e-6}, "steps": MAX_STEPS}
"""So small steps that no descent converges."""

GRADIENTS = 100_000_000
"""What a basin map or a rate curve may cost on a server with `SETTINGS`."""

SETTINGS = {"max_basin_evaluations": str(GRADIENTS)}
"""A tenth of the default: whoever comes back after a refusal then waits for seconds."""

MAP_STARTS = MAX_BASIN_COUNT**2
CURVE_DESCENTS = 47 * 512  # at 45 rates, and the best one again from twice as many starts
FLOW_STEPS = 1_000  # for which the flow behind a typed function's descent counts

MOST: dict[str, Any] = {
    "objective": OBJECTIVE,
    "start": START,
    "optimizers": [SLOW_STEPS] * MAX_OPTIMIZERS,
}
"""As many long descents as one request may have."""

STATES = MAX_STATES_IN_ALL // MAX_OPTIMIZERS

BASIN_AXIS = {**WIDE, "count": MAX_BASIN_COUNT}

HEAVY: dict[str, dict[str, Any]] = {
    "descents": MOST,
    "surfaces": {"objective": OBJECTIVE, "x": WIDE, "y": WIDE},
    "scripts": {"objective": OBJECTIVE, "start": START, "optimizer": SLOW_STEPS},
    "scripts/descents": MOST,
    "states": {**MOST, "first": MAX_STEPS - STATES + 1, "count": STATES},
    "stability": {**MOST, "minimum": {"x": 1, "y": 1}},
    "sharpness": {"objective": OBJECTIVE, "x": WIDE, "y": WIDE},
    "ensembles": {
        "objective": OBJECTIVE,
        "start": START,
        "optimizer": {**SLOW_STEPS, "steps": MAX_WORK // MAX_SEEDS},
        "noise": {"std": 0.1, "all": True},
        "seeds": MAX_SEEDS,
    },
    "basins": {
        "objective": OBJECTIVE,
        "x": BASIN_AXIS,
        "y": BASIN_AXIS,
        "optimizers": [{**SLOW_STEPS, "steps": GRADIENTS // MAP_STARTS}],
    },
    "rate-curves": {
        "objective": OBJECTIVE,
        "optimizer": {"id": "adam", "steps": GRADIENTS // CURVE_DESCENTS},
    },
}
"""The most expensive valid request of each route that computes, on a function of the table."""

TERMS = "+".join(f"abs(x+{i})^(y/{i})" for i in range(10, 30))

COSTLY = f"a*x^2+y^2+{TERMS}"
"""A typed function close to the limit on its operations, with as many as can be of the slowest."""

COST = math.ceil(estimate_cost(assemble(parse(COSTLY).tree, {"a": 1.0})))
"""How many times as long as one of the table's an evaluation of it takes."""


def type_function(number: int, a: float = 1.0) -> dict[str, Any]:
    """Return `COSTLY` as an objective, with a parameter for which nothing is known yet."""
    return {"expression": COSTLY, "parameters": {"a": a + number * 1e-6}}


def type_heavy(number: int) -> Iterator[Expensive]:
    """Yield the most expensive valid request of each route that takes typed functions."""
    costly = type_function(number)
    steps = MAX_WORK // COST // MAX_OPTIMIZERS
    most = {
        **MOST,
        "objective": costly,
        "optimizers": [{**SLOW_STEPS, "steps": steps}] * MAX_OPTIMIZERS,
    }
    half = {**most, "optimizers": [{**SLOW_STEPS, "steps": steps // 2}] * MAX_OPTIMIZERS}
    one = {**SLOW_STEPS, "steps": min(MAX_STEPS, MAX_WORK // COST // 2)}
    few = {**BASIN_AXIS, "count": 9}
    mapped = {**SLOW_STEPS, "steps": GRADIENTS // COST // few["count"] ** 2 - FLOW_STEPS}
    crowd = {**SLOW_STEPS, "steps": MAX_WORK // COST // MAX_SEEDS}
    count = min(STATES, steps)
    yield Expensive("typed points", "points", {"objective": costly, "point": START})
    yield Expensive("typed descents", "descents", most)
    yield Expensive("typed surfaces", "surfaces", {**HEAVY["surfaces"], "objective": costly})
    yield Expensive(
        "typed scripts", "scripts", {**HEAVY["scripts"], "objective": costly, "optimizer": one}
    )
    yield Expensive("typed scripts/descents", "scripts/descents", half)
    yield Expensive("typed states", "states", {**most, "first": steps - count + 1, "count": count})
    yield Expensive("typed stability", "stability", {**most, "minimum": {"x": 0, "y": 0}})
    yield Expensive("typed sharpness", "sharpness", {**HEAVY["sharpness"], "objective": costly})
    yield Expensive(
        "typed ensembles",
        "ensembles",
        {**HEAVY["ensembles"], "objective": costly, "optimizer": crowd},
    )
    yield Expensive(
        "typed basins", "basins", {"objective": costly, "x": few, "y": few, "optimizers": [mapped]}
    )
    cheap = {"expression": f"(1-x)^2+{100 + number * 1e-6}*(y-x^2)^2"}
    curve = {"id": "adam", "steps": GRADIENTS // CURVE_DESCENTS - FLOW_STEPS}
    yield Expensive("typed rate-curves", "rate-curves", {"objective": cheap, "optimizer": curve})
    yield Expensive("typed expressions", "expressions", {"expression": f"{COSTLY}+{number}e-6"})
    # Little to compute, but minima to find in functions that nobody has seen yet.
    step = {"start": START, "optimizers": [{"id": "gd", "steps": 1}]}
    yield Expensive("typed step", "descents", {**step, "objective": type_function(number, 2.0)})
    many = {"id": "ackley", "parameters": {"a": 20 + number * 1e-6}}
    yield Expensive("step", "descents", {**step, "objective": many})


LIGHT: dict[str, dict[str, Any]] = {
    "descents": {"objective": OBJECTIVE, "start": START, "optimizers": [{"id": "adam"}]},
    "surfaces": {
        "objective": OBJECTIVE,
        "x": {**WIDE, "count": 51},
        "y": {**WIDE, "count": 51},
    },
    "points": {"objective": OBJECTIVE, "point": {"x": 1, "y": 1}},
    "states": {
        "objective": OBJECTIVE,
        "start": START,
        "optimizers": [{"id": "adam"}],
        "count": 20,
    },
    "sharpness": {
        "objective": OBJECTIVE,
        "x": {**WIDE, "count": 51},
        "y": {**WIDE, "count": 51},
    },
    "stability": {"objective": OBJECTIVE, "start": START, "optimizers": [{"id": "gd"}]},
    "expressions": {"expression": "(1 - x)^2 + 100*(y - x^2)^2"},
}
"""What a page asks for while somebody drags a start."""

PAGES = (
    "/",
    "/api/v1/landscapes?limit=120",
    "/api/v1/landscapes/optimizers",
    "/api/v1/claims",
    "/api/v1/optimizers",
    "/api/v1/lessons",
)
"""Addresses that are read."""


def list_expensive() -> Iterator[Expensive]:
    """Yield expensive requests of all kinds by turns, for ever, with ever new typed functions."""
    for number in itertools.count():
        for route, body in HEAVY.items():
            if route == "rate-curves":  # whose points are kept
                body = {**body, "noise": {"std": 0.1, "all": True, "seed": number}}
            yield Expensive(route, route, body)
        yield from type_heavy(number)
