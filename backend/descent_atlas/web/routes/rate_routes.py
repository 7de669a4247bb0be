"""Route of curves over the learning rate: points from coarse to fine, cost limit, cancellation."""

import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic_core import to_json

from descent_atlas.measured import rate_curves as curves
from descent_atlas.measured.sweep_design import CONFIDENCE, SCRAMBLE
from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.typed.typed_objective import TypedObjective
from descent_atlas.optimizers.hyperparameters import Hyperparameter
from descent_atlas.optimizers.optimizer_table import Optimizer
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
from descent_atlas.simulation.descent import noise_scale
from descent_atlas.simulation.noise import Noise
from descent_atlas.simulation.outcomes import CancelledError
from descent_atlas.web import problems
from descent_atlas.web.dependencies import Curves
from descent_atlas.web.description import rate_models as models
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.rate_service import RateService
from descent_atlas.web.routes.basin_routes import FLOW_COST
from descent_atlas.web.routes.json_routes import JSONRoute
from descent_atlas.web.routes.playground_routes import (
    unpack_noise,
    unpack_objective,
    unpack_optimizer,
)
from descent_atlas.web.routes.streamed_results import NDJSON, STREAMED, Report, StreamedResult

router = APIRouter(
    prefix=API,
    tags=[Tag.COMPUTATIONS],
    route_class=JSONRoute,
    responses=problems.describe(413, 415, 422),
)

ROWS = {
    "type": "string",
    "description": 'Rows of JSON: `{"progress": 0…1, "optimizer": id, "point": RatePoint}` for '
    'each rate as it is known, from coarse to fine; last `{"result": …}` or `{"problem": …}`.',
}
"""OpenAPI schema of a response in rows."""


@router.post(
    "/rate-curves",
    response_model=models.RateCurveResponse,
    summary="Measure a curve over the learning rate",
    responses={200: {"content": {NDJSON: {"schema": ROWS}}, "headers": STREAMED}},
)
async def compute_rate_curve(
    request: models.RateCurveRequest, http: Request, service: Curves
) -> Response:
    """Run a variant at every learning rate of the sweep: the starts that arrive, and how soon.

    With a second hyperparameter in `across`, at each pair of a rate and one of its values. The rate
    among the optimizer's hyperparameters has no effect.

    With `Accept: application/x-ndjson` points come in rows, from coarse to fine, and the result is
    the last. Closing the connection cancels the computation.
    """
    check_across(request)
    check_cost(request, service.max_evaluations)
    run = partial(compute, request, service)
    return StreamedResult(service.turns, run, streams=NDJSON in http.headers.get("accept", ""))


def check_across(request: models.RateCurveRequest) -> None:
    """Raise InvalidValueError unless the optimizer has the second hyperparameter and its values."""
    if request.across is None:
        return
    optimizer, _ = unpack_optimizer(request.optimizer)
    numbers = {one.id: one for one in list_numbers(optimizer)}
    if request.across.id not in numbers:
        message = f"should be one of {', '.join(numbers)}" if numbers else "cannot be chosen"
        raise problems.InvalidValueError(
            problems.FieldError(field="across.id", message=message, limit=list(numbers))
        )
    limits = numbers[request.across.id]
    for index, value in enumerate(request.across.values):
        if not limits.minimum <= value <= limits.maximum:
            is_low = value < limits.minimum
            raise problems.InvalidValueError(
                problems.FieldError(
                    field=f"across.values.{index}",
                    message=f"should be from {limits.minimum:g} to {limits.maximum:g}",
                    limit=limits.minimum if is_low else limits.maximum,
                )
            )


def list_numbers(optimizer: Optimizer) -> Iterator[Hyperparameter]:
    """Yield the hyperparameters that a map can have besides the learning rate."""
    for hyperparameter in optimizer.hyperparameters:
        if hyperparameter.id != curves.LEARNING_RATE and hyperparameter.scale != "switch":
            yield hyperparameter


def check_cost(request: models.RateCurveRequest, limit: int) -> None:
    """Raise InvalidValueError if a request costs more gradients than the limit."""
    optimizer, _ = unpack_optimizer(request.optimizer)
    rates = len(curves.list_rates(optimizer))
    if request.across is None:
        descents = (
            rates + 2
        ) * 2**curves.CURVE_EXPONENT  # the best rate is scored from twice as many
    else:
        descents = rates * len(request.across.values) * 2**curves.MAP_EXPONENT
    objective, parameters = unpack_objective(request.objective)
    if isinstance(objective, TypedObjective):
        flows = descents * FLOW_COST
        limit = max(0, int(limit / objective.estimate_cost(parameters)) - flows)
    if descents * request.optimizer.steps > limit:
        most = limit // descents
        raise problems.InvalidValueError(
            problems.FieldError(
                field="optimizer.steps",
                message=f"may be {most:,} at the most for {descents:,} descents of this function, "
                f"not {request.optimizer.steps:,}",
                limit=most,
            )
        )


def compute(
    request: models.RateCurveRequest,
    service: RateService,
    cancelled: threading.Event,
    report: Report,
) -> bytes:
    """Return the JSON of `models.RateCurveResponse`.

    Raises:
        CancelledError: if `cancelled` is set before the end.
    """
    variant = unpack_variant(request)
    across = request.across
    values: list[float | None] = [None] if across is None else [*sorted(set(across.values))]
    exponent = curves.CURVE_EXPONENT if across is None else curves.MAP_EXPONENT
    rates = curves.list_rates(variant.optimizer)
    if not find_minima(variant.objective, variant.parameters):
        rates = ()
    points: dict[tuple[float | None, float], curves.RatePoint] = {}
    for lr in curves.order_coarsely(rates):
        for value in values:
            if cancelled.is_set():
                raise CancelledError
            changed = variant
            if across is not None and value is not None:
                changed = variant.change(**{across.id: value})
            point = replace(
                find_point(service, changed, lr, exponent, cancelled=cancelled), value=value
            )
            points[value, lr] = point
            report(
                {
                    "progress": len(points) / (len(rates) * len(values)),
                    "optimizer": variant.optimizer.id,
                    "point": asdict(point),
                }
            )
    ordered = [points[value, lr] for value in values for lr in rates]
    best = None
    if across is None and ordered:
        best = curves.find_best(ordered, partial(find_score, service, variant, cancelled=cancelled))
    return to_json(
        {
            "optimizer": variant.optimizer.id,
            "across": None if across is None else across.id,
            "starts": 2**exponent,
            "scramble": SCRAMBLE,
            "confidence": CONFIDENCE,
            "points": [asdict(point) for point in ordered],
            "best": None if best is None else asdict(best),
            "sharpness": curves.measure_sharpness(variant.objective, variant.parameters),
        }
    )


def unpack_variant(request: models.RateCurveRequest) -> curves.RateSubject:
    """Return the variant of a request; without noise if it meets none, so that equal ones agree."""
    objective, parameters = unpack_objective(request.objective)
    optimizer, hyperparameters = unpack_optimizer(request.optimizer)
    noise = unpack_noise(request.noise)
    return curves.RateSubject(
        objective=objective,
        parameters=parameters,
        optimizer=optimizer,
        hyperparameters=hyperparameters,
        steps=request.optimizer.steps,
        noise=noise if noise_scale(optimizer, noise) > 0.0 else Noise(),
        schedule=SCHEDULES[request.optimizer.schedule.id],
        schedule_values=tuple(request.optimizer.schedule.list_values().items()),
    )


def find_point(
    service: RateService,
    variant: curves.RateSubject,
    lr: float,
    exponent: int,
    *,
    cancelled: threading.Event,
) -> curves.RatePoint:
    """Return the point of a curve or a map, computed unless it is known."""
    return service.known.find(
        (identify(variant, lr), exponent),
        lambda: curves.measure_rate(
            variant, lr, exponent=exponent, executor=service.executor, cancelled=cancelled
        ),
    )


def find_score(
    service: RateService, variant: curves.RateSubject, lr: float, *, cancelled: threading.Event
) -> curves.RatePoint:
    """Return the score of a curve's best rate, computed unless it is known."""
    return service.known.find(
        (identify(variant, lr), "score"),
        lambda: curves.score_rate(variant, lr, executor=service.executor, cancelled=cancelled),
    )


def identify(variant: curves.RateSubject, lr: float) -> tuple[Any, ...]:
    """Return what a variant's descents at a rate depend on."""
    changed = variant.change(lr=lr)
    return (
        variant.objective,
        variant.parameters.tobytes(),
        variant.optimizer.id,
        changed.hyperparameters,
        variant.steps,
        variant.noise,
        variant.schedule.id,
        variant.schedule_values,
    )
