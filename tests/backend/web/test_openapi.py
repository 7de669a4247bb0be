"""OpenAPI description, and property tests that the server conforms to it."""

import copy
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from schemathesis import BaseSchema, Case
from typing_extensions import TypeIs

from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.measured import rate_curves
from descent_atlas.objectives.typed.expression_parser import MAX_LENGTH
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.simulation.descent import DEFAULT_STEPS
from descent_atlas.storage.array_folder import ARRAYS
from descent_atlas.web.app import Application, create_app
from descent_atlas.web.claims_cache import ClaimsCache
from descent_atlas.web.routes.rate_routes import list_numbers
from descent_atlas.web.settings import (
    MAX_BASIN_COUNT,
    MAX_COORDINATE,
    MAX_OPTIMIZERS,
    MAX_STATES,
    MAX_STATES_IN_ALL,
    MAX_STEPS,
    MIN_SIDE,
    Settings,
)
from tests.backend.landscapes.landscape_samples import make_landscape
from tests.backend.landscapes.study_samples import write_study

EXAMPLES = 15
"""Generated requests for each route: all take well under a minute."""

MANY_EXAMPLES = 150
"""Generated requests for each route in the long test: thousands in a few minutes."""

CASES = 10_000
"""Generated requests for all routes together in `make attack`."""

DETERMINED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
"""Of the tests that are no search: the same requests each time. The others draw new ones."""

SHARE = 620
"""Those of each route that takes any input; for each other one, the first says all."""

ENDS = ("min", "max")

DAMAGED = "damaged"
"""The id of a damaged landscape."""


COSTLY = tuple(
    f"/api/v1/{name}" for name in ("basins", "ensembles", "rate-curves", "stability", "sharpness")
)
"""Routes whose generated requests would take long."""

SCHEDULED = "AdamOptimizerChoice"
"""The model of an optimizer whose requests have schedules."""

CHOICE = "OptimizerChoice"
"""What the name of an optimizer's model ends with."""

FEW = (SCHEDULED, "MomentumOptimizerChoice")
"""The models of the optimizers of routes that take them as another one does; they have numbers."""

ALIKE = "^/api/v1/(basins|ensembles|rate-curves|scripts|sharpness|stability|states)"
"""Those routes: `/descents` is asked for every optimizer with every limit."""


def describe(app: Application, few: bool = False) -> BaseSchema:
    """Return the description of an application, which the first request starts.

    All optimizers take the same schedules. One keeps them: with all, drawing requests takes three
    times as long. With `few`, there are few optimizers.
    """
    description = copy.deepcopy(app.openapi())
    if few:
        leave_few(description)
    for name, model in description["components"]["schemas"].items():
        if name.endswith(CHOICE) and name != SCHEDULED:
            del model["properties"]["schedule"]
    schema = schemathesis.openapi.from_dict(description)
    schema.app = app
    return schema


def leave_few(part: Any) -> None:
    """Remove most optimizers from all choices between them."""
    if isinstance(part, dict):
        if any(is_other(choice) for choice in part.get("oneOf", ())):
            part["oneOf"] = [choice for choice in part["oneOf"] if not is_other(choice)]
            part.pop("discriminator", None)
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            leave_few(inner)


def is_other(choice: dict[str, Any]) -> bool:
    """Tell whether a choice refers to an optimizer that is not one of the few."""
    name = choice.get("$ref", "").rpartition("/")[2]
    return name.endswith(CHOICE) and name not in FEW


app = create_app(Settings(allowed_hosts=("*",)))
schema = describe(app).exclude(path_regex=ALIKE)

alike = describe(app, few=True).include(path_regex=ALIKE)

at_random = describe(app)
"""The same for requests at random alone: those for every limit take seconds to list."""

at_random.config.phases.coverage.enabled = False

without_landscapes = describe(
    create_app(
        Settings(allowed_hosts=("*",), landscapes_folder=(Path(__file__).parent / "nothing",))
    )
).include(path_regex="^/api/v1/(landscapes|claims)")


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_compiled_meanwhile() -> Iterator[None]:
    """Start the applications without their warm-up, and with short rate curves.

    Numba parses in its thread while pytest parses what schemathesis imports late, and where two
    threads do, Python 3.11 may raise SystemError ("recursion depth mismatch").
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("descent_atlas.web.app.warm_up", lambda *_: None)
        for name, few in (("RATES", (0.01,)), ("CURVE_EXPONENT", 1), ("MAP_EXPONENT", 1)):
            patch.setattr(rate_curves, name, few)
        yield


@pytest.fixture(scope="module", autouse=True)
def ids(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve landscapes, one of them damaged; return a cycle of their ids."""
    root = tmp_path_factory.mktemp("landscapes")
    samples = write_study(root)
    (make_landscape(DAMAGED).write(root) / ARRAYS).write_bytes(b"")
    app.state.landscapes = LandscapeStore(root)
    app.state.claims = ClaimsCache(app.state.landscapes)
    return cycle([DAMAGED, *(sample.id for sample in samples)])


@schema.parametrize()
@DETERMINED
def test_no_request_makes_the_server_break_its_description(
    case: Case[Any], ids: Iterator[str]
) -> None:
    send(case, ids)


@pytest.mark.long
@alike.parametrize()
@DETERMINED
def test_no_request_for_one_of_few_optimizers_makes_it_break_its_description(
    case: Case[Any], ids: Iterator[str]
) -> None:
    send(case, ids)


@pytest.mark.long
@at_random.parametrize()
@settings(max_examples=MANY_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_of_thousands_makes_the_server_break_its_description(
    case: Case[Any], ids: Iterator[str]
) -> None:
    send(case, ids)


sent: Counter[str] = Counter()
"""How many of the ten thousand requests each route got."""


@pytest.mark.huge
@at_random.parametrize()
@settings(max_examples=SHARE, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_of_ten_thousand_makes_the_server_break_its_description(
    case: Case[Any], ids: Iterator[str]
) -> None:
    sent[case.operation.label] += 1
    send(case, ids)


@pytest.mark.huge
def test_each_route_had_its_part_of_the_ten_thousand(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\nGenerated requests:")
        print("\n".join(f"{count:>7,} {route}" for route, count in sorted(sent.items())))
        print(f"{sent.total():>7,} in all")
    assert sent.total() >= CASES
    paths = app.openapi()["paths"]
    assert set(sent) == {f"{way.upper()} {path}" for path in paths for way in paths[path]}


def send(case: Case[Any], ids: Iterator[str]) -> None:
    """Send a generated request and validate the response against the description."""
    if isinstance(case.body, dict):
        put_ends_in_order(case.body)
        put_domain_in_order(case.body)
        type_what_can_be_read(case.body.get("objective"))
        if case.path in COSTLY:
            make_cheap(case.body)
        for choice in (case.body.get("optimizer"), *list_choices(case.body)):
            lengthen_phases(choice)
        if case.path == "/api/v1/states":
            ask_for_few(case.body)
        if case.path == "/api/v1/ensembles":
            make_noisy(case.body)
        if case.path == "/api/v1/rate-curves":
            name_what_is_there(case.body)
    case.call_and_validate()
    if "id" in case.path_parameters:  # a generated id hardly ever exists
        case.path_parameters["id"] = next(ids)
        case.call_and_validate()


@without_landscapes.parametrize()
@DETERMINED
def test_without_landscapes_the_server_keeps_to_its_description_too(case: Case[Any]) -> None:
    case.call_and_validate()


def test_the_description_allows_what_is_there_and_what_is_damaged(ids: Iterator[str]) -> None:
    client = TestClient(app, base_url="http://localhost")
    catalog = client.get("/api/v1/landscapes").json()
    assert DAMAGED in [row["id"] for row in catalog["unavailable"]]
    assert len(catalog["landscapes"]) > 10


def test_the_description_holds_every_shape_that_it_refers_to(client: TestClient) -> None:
    description = client.get("/openapi.json").json()

    def list_references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if "$ref" in part:
                yield part["$ref"]
            part = list(part.values())
        if isinstance(part, list):
            for inner in part:
                yield from list_references(inner)

    references = set(list_references(description))
    schemas = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert "#/components/schemas/Problem" in references
    assert references <= schemas


def put_ends_in_order(body: dict[str, Any]) -> None:
    """Sort the limits of each axis, which JSON Schema cannot require."""
    for axis in (body.get("x"), body.get("y")):
        if isinstance(axis, dict) and is_number(axis.get("min")) and is_number(axis.get("max")):
            low, high = sorted((axis["min"], axis["max"]))
            if low == high:  # what is out of range stays so, and nothing else becomes so
                low, high = (low, high + 1) if low < 0 else (low - 1, high)
            axis["min"], axis["max"] = low, high


def put_domain_in_order(body: dict[str, Any]) -> None:
    """Sort the limits of the domain of a typed function, and part those that are too near."""
    for holder in (body, body.get("objective")):
        if isinstance(holder, dict) and isinstance(holder.get("domain"), dict):
            put_ends_in_order(holder["domain"])
            for axis in holder["domain"].values():
                low, high = (axis.get(end) if isinstance(axis, dict) else None for end in ENDS)
                if (
                    is_number(low)
                    and is_number(high)
                    and low >= -MAX_COORDINATE
                    and high <= MAX_COORDINATE
                    and high - low < MIN_SIDE
                ):
                    axis["min"], axis["max"] = -1, 1


def type_what_can_be_read(objective: Any) -> None:
    """Replace a text by one without faults, which JSON Schema cannot require of it.

    `/expressions` answers any text, and the tests of the parser read thousands.
    """
    text = objective.get("expression") if isinstance(objective, dict) else None
    if isinstance(text, str) and len(text) <= MAX_LENGTH:
        objective["expression"] = "(a - x)^2 + abs(y) / b; a = 1; b = 2"
        parameters = objective.get("parameters")
        if isinstance(parameters, dict) and all(map(is_number, parameters.values())):
            objective["parameters"] = {"a": 0.5} if parameters else {}


def make_cheap(body: dict[str, Any]) -> None:
    """Reduce the cost of what is `COSTLY`; keep values that are out of range."""
    for axis in (body.get("x"), body.get("y")):
        if not isinstance(axis, dict):
            continue
        count = axis.get("count")
        if is_number(count) and 2 <= count <= MAX_BASIN_COUNT:
            axis["count"] = 2 + int(count) % 5
    for choice in (body.get("optimizer"), *list_choices(body)):
        if isinstance(choice, dict):
            steps = choice.get("steps", MAX_STEPS)
            if is_number(steps) and 1 <= steps <= MAX_STEPS:
                choice["steps"] = 1 + int(steps) % 100


def ask_for_few(body: dict[str, Any]) -> None:
    """Reduce the states of each optimizer, of which JSON Schema cannot limit the number in all."""
    count = body.get("count")
    if is_number(count) and 1 <= count <= MAX_STATES and float(count).is_integer():
        body["count"] = 1 + int(count) % (MAX_STATES_IN_ALL // MAX_OPTIMIZERS)


def list_choices(body: dict[str, Any]) -> list[Any]:
    choices = body.get("optimizers")
    return choices if isinstance(choices, list) else []


def lengthen_phases(choice: Any) -> None:
    """Give every phase of one cycle a length, which JSON Schema cannot require."""
    schedule = choice.get("schedule") if isinstance(choice, dict) else None
    if isinstance(schedule, dict) and schedule.get("id") == "onecycle":
        part, steps = schedule.get("pct_start", 0.3), choice.get("steps", DEFAULT_STEPS)
        if (
            is_number(part)
            and is_number(steps)
            and 0 < part < 1
            and part * steps in (1, (steps + 1) / 2)
        ):
            schedule["pct_start"] = 0.3


def make_noisy(body: dict[str, Any]) -> None:
    """Let the optimizer of an ensemble draw noise, which JSON Schema cannot require."""
    optimizer, noise = body.get("optimizer"), body.setdefault("noise", {})
    id = optimizer.get("id") if isinstance(optimizer, dict) else None
    if isinstance(optimizer, dict) and isinstance(id, str) and id in OPTIMIZERS:
        own = OPTIMIZERS[id]
        if own.is_exact:
            optimizer["id"] = "sgd"
            drop_valid(optimizer.get("hyperparameters"), own)
    if isinstance(noise, dict) and noise.get("all", False) is False:
        noise["all"] = True


def drop_valid(values: object, optimizer: Optimizer) -> None:
    """Drop hyperparameters that SGD has not; what is invalid stays, and remains so."""
    if not isinstance(values, dict):
        return
    for h in optimizer.hyperparameters[1:]:
        value = values.get(h.id)
        if is_number(value) and h.minimum <= value <= h.maximum:
            del values[h.id]


def name_what_is_there(body: dict[str, Any]) -> None:
    """Replace a second hyperparameter by one that the optimizer has, if it has any."""
    across, choice = body.get("across"), body.get("optimizer")
    id = choice.get("id") if isinstance(choice, dict) else None
    if not isinstance(across, dict) or not isinstance(across.get("id"), str):
        return
    if not isinstance(id, str) or id not in OPTIMIZERS:
        return
    numbers = [*list_numbers(OPTIMIZERS[id])]
    values = across.get("values")
    if not numbers:
        body["across"] = None
    elif isinstance(values, list) and all(map(is_number, values)):
        across["id"] = numbers[0].id
        across["values"] = [numbers[0].maximum for _ in values]


def is_number(value: object) -> TypeIs[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
