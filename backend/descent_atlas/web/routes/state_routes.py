"""Route of optimizers' states: what they saw and remembered in some steps of their descents."""

import threading
from functools import lru_cache
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from descent_atlas.objectives.minima import are_minima_known
from descent_atlas.optimizers.anatomies import ANATOMIES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.optimizers.quantities import (
    Move,
    Quantity,
    Record,
    ScalarQuantity,
    Vector,
    VectorQuantity,
    find_moves,
)
from descent_atlas.simulation.outcomes import CancelledError
from descent_atlas.simulation.recorded_states import record_states
from descent_atlas.web import problems
from descent_atlas.web.dependencies import Computing
from descent_atlas.web.description import requests
from descent_atlas.web.description import state_responses as answers
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.routes.json_routes import JSONRoute
from descent_atlas.web.routes.playground_routes import (
    MAX_STEPS_AT_ONCE,
    check_work,
    unpack_noise,
    unpack_objective,
    unpack_optimizer,
    unpack_schedule,
)
from descent_atlas.web.routes.table_routes import typeset
from descent_atlas.web.settings import MAX_STATES_IN_ALL
from descent_atlas.web.typed_arrays import Pieces, encode, write_list, write_mapping, write_object

MAX_LIGHT_STATES = 4_096
"""Limit on the states of a request that skips the queue: they take about 10 ms to derive and to
write. The page asks for 256 of each optimizer in the bar."""

router = APIRouter(
    prefix=API,
    tags=[Tag.COMPUTATIONS],
    route_class=JSONRoute,
    responses=problems.describe(413, 415, 422),
)


@router.post("/states", response_model=answers.StatesResponse, summary="Read optimizers' states")
async def compute_states(
    request: requests.StatesRequest, http: Request, machine: Computing
) -> Response:
    """Take the steps of descents anew, and tell what each optimizer saw and remembered in some.

    The states are those of the same request for descents, to the bit.
    """
    objective, parameters = unpack_objective(request.objective)
    last = request.first + request.count - 1
    steps = sum(count_work(choice, last) for choice in request.optimizers)
    work = check_work(objective, parameters, steps)
    states = check_count(request)
    is_heavy = work > MAX_STEPS_AT_ONCE or states > MAX_LIGHT_STATES
    if is_heavy or not are_minima_known(objective, parameters):
        async with machine.turns.take(http.receive) as cancelled:
            content = await machine.compute(_write_states, request, cancelled)
    else:
        content = await anyio.to_thread.run_sync(_write_states, request)
    return Response(content, media_type="application/json")


def check_count(request: requests.StatesRequest) -> int:
    """Return how many states a request asks for. Raises InvalidValueError if they are too many."""
    optimizers = len(request.optimizers)
    if optimizers * request.count > MAX_STATES_IN_ALL:
        limit = MAX_STATES_IN_ALL // optimizers
        raise problems.InvalidValueError(
            problems.FieldError(
                field="count",
                message=f"may be {limit:,} at the most for {optimizers} optimizers, "
                f"not {request.count:,}",
                limit=limit,
            )
        )
    return optimizers * request.count


def count_work(choice: requests.OptimizerChoice, last: int) -> int:
    """Return how many gradients the states up to a step may cost."""
    if OPTIMIZERS[choice.id].evaluations == 1:
        return min(choice.steps, last)
    return choice.steps


def _write_states(
    request: requests.StatesRequest, cancelled: threading.Event | None = None
) -> bytes:
    """Return the JSON of `answers.StatesResponse`.

    Raises:
        CancelledError: if `cancelled` is set before the last descent begins.
    """
    objective, parameters = unpack_objective(request.objective)
    noise = unpack_noise(request.noise)
    states = []
    for choice in request.optimizers:
        if cancelled is not None and cancelled.is_set():
            raise CancelledError
        optimizer, hyperparameters = unpack_optimizer(choice)
        record = record_states(
            objective,
            parameters,
            optimizer,
            hyperparameters,
            start=(request.start.x, request.start.y),
            steps=choice.steps,
            noise=noise,
            factors=unpack_schedule(choice, hyperparameters.lr),
            first=request.first,
            count=request.count,
        )
        anatomy = ANATOMIES[optimizer.id]
        moves = find_moves(anatomy, record, hyperparameters)
        quantities = anatomy.used(hyperparameters)
        states.append(_write_state(optimizer.id, record, hyperparameters, quantities, moves))
    return b"".join(write_object({"first": request.first}, states=write_list(states)))


def _write_state(
    optimizer: str,
    record: Record,
    hyperparameters: Any,
    quantities: list[ScalarQuantity | VectorQuantity],
    moves: list[Move],
) -> Pieces:
    """Return the JSON of an `answers.StatePart`."""
    scalars = []
    vectors = []
    for quantity in quantities:
        if isinstance(quantity, ScalarQuantity):
            numbers = quantity.read(record, hyperparameters)
            scalars.append(write_object(_name(quantity), numbers=encode(numbers)))
        else:
            x, y = quantity.read(record, hyperparameters)
            vectors.append(write_object(_name(quantity), x=encode(x), y=encode(y)))
    return write_object(
        {"optimizer": optimizer},
        step=encode(record.step),
        seen_at=_write_pair(record.seen_at),
        scalars=write_list(scalars),
        vectors=write_list(vectors),
        moves=write_list(
            write_object(
                {"kind": move.kind, "text": move.text},
                at=[b"null"] if move.at is record.seen_at else _write_pair(move.at),
                x=encode(move.by.x),
                y=encode(move.by.y),
            )
            for move in moves
        ),
    )


def _write_pair(pair: Vector) -> Pieces:
    """Return the JSON of an `answers.PlaneArrays`."""
    return write_mapping({"x": encode(pair.x), "y": encode(pair.y)})


@lru_cache(maxsize=256)
def _name(quantity: Quantity) -> dict[str, Any]:
    """Return the members of an `answers.NamedQuantity`, which are shared: read-only."""
    return {
        "id": quantity.id,
        "text": quantity.text,
        "symbol": typeset(quantity.latex).model_dump(),
        "description": quantity.description,
    }
