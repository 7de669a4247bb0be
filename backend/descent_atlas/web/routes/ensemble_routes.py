"""Route of ensembles: one optimizer under many seeds of the noise."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response

from descent_atlas.simulation.descent import STATUSES, draws_noise
from descent_atlas.simulation.ensembles import LEVELS, Ensemble, run_ensemble
from descent_atlas.statistics.proportions import wilson_interval
from descent_atlas.web import problems
from descent_atlas.web.dependencies import Computing
from descent_atlas.web.description.ensemble_models import EnsembleRequest, EnsembleResponse
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.routes.json_routes import JSONRoute
from descent_atlas.web.routes.playground_routes import (
    check_work,
    list_minima,
    unpack_noise,
    unpack_objective,
    unpack_optimizer,
    unpack_schedule,
)
from descent_atlas.web.settings import MAX_ENSEMBLE_POINTS, MAX_ENSEMBLE_POSITIONS
from descent_atlas.web.typed_arrays import Pieces, encode, write_mapping, write_object

router = APIRouter(
    prefix=API,
    tags=[Tag.COMPUTATIONS],
    route_class=JSONRoute,
    responses=problems.describe(413, 415, 422),
)


@router.post(
    "/ensembles",
    response_model=EnsembleResponse,
    summary="Run an optimizer under many seeds",
)
async def compute_ensemble(request: EnsembleRequest, http: Request, machine: Computing) -> Response:
    """Run an optimizer from one start under many seeds of the noise: where they all go and end.

    Shares have Wilson 95 % intervals. An optimizer that draws no noise is refused: all seeds would
    give one descent. Closing the connection cancels the computation.
    """
    check_noise(request)
    objective, parameters = unpack_objective(request.objective)
    check_work(objective, parameters, request.seeds * request.optimizer.steps, field="seeds")
    async with machine.turns.take(http.receive) as cancelled:
        content = await machine.compute(compute, request, machine.threads, cancelled)
    return Response(content, media_type="application/json")


def check_noise(request: EnsembleRequest) -> None:
    """Raise InvalidValueError if the optimizer draws no noise."""
    optimizer, _ = unpack_optimizer(request.optimizer)
    if draws_noise(optimizer, unpack_noise(request.noise)):
        return
    sees = f"{optimizer.id} sees the exact gradient, so that all seeds would give one descent"
    error = (
        problems.FieldError(field="optimizer.id", message=f"cannot be {optimizer.id}: {sees}")
        if optimizer.is_exact
        else problems.FieldError(field="noise.all", message=f"should be true: without it {sees}")
    )
    raise problems.InvalidValueError(error)


def compute(
    request: EnsembleRequest, executor: ThreadPoolExecutor, cancelled: threading.Event
) -> bytes:
    """Return the JSON of an `EnsembleResponse`.

    Raises:
        CancelledError: if `cancelled` is set before the end.
    """
    objective, parameters = unpack_objective(request.objective)
    optimizer, hyperparameters = unpack_optimizer(request.optimizer)
    ensemble = run_ensemble(
        objective,
        parameters,
        optimizer,
        hyperparameters,
        start=(request.start.x, request.start.y),
        steps=request.optimizer.steps,
        noise=unpack_noise(request.noise),
        factors=unpack_schedule(request.optimizer, hyperparameters.lr),
        seeds=request.seeds,
        max_points=min(MAX_ENSEMBLE_POINTS, MAX_ENSEMBLE_POSITIONS // request.seeds),
        executor=executor,
        cancelled=cancelled,
    )
    return b"".join(write_ensemble(ensemble, list_minima(objective, parameters)))


def write_ensemble(ensemble: Ensemble, minima: dict[str, Any]) -> Pieces:
    """Return the JSON of an `EnsembleResponse`; `minima` are its members of that kind."""
    seeds = ensemble.statuses.size
    statuses = np.bincount(ensemble.statuses, minlength=len(STATUSES)).tolist()
    counts = dict(zip(STATUSES, statuses, strict=True))
    ended = sum(share.ended for share in ensemble.shares)
    return write_object(
        {
            "optimizer": ensemble.optimizer,
            "first_seed": ensemble.first_seed,
            "seeds": seeds,
            "statuses": counts,
            "shares": [
                {
                    "minimum": share.minimum,
                    "global": share.is_global,
                    "ended": describe_proportion(share.ended, seeds),
                    "arrived": describe_proportion(share.arrived, seeds),
                }
                for share in ensemble.shares
            ],
            "none": describe_proportion(seeds - ended - counts["diverged"], seeds),
            "diverged": describe_proportion(counts["diverged"], seeds),
            **minima,
        },
        step=encode(ensemble.step),
        x=encode(ensemble.x.astype(np.float32)),
        y=encode(ensemble.y.astype(np.float32)),
        ends=write_ends(ensemble),
        losses=write_object(
            {"levels": LEVELS},
            loss=encode(ensemble.loss_quantiles),
            running=encode(ensemble.running),
        ),
    )


def write_ends(ensemble: Ensemble) -> Pieces:
    """Return the JSON of an `EnsembleEnds`."""
    return write_mapping(
        {
            "x": encode(ensemble.last_x),
            "y": encode(ensemble.last_y),
            "steps": encode(ensemble.steps),
            "minimum": encode(ensemble.minima),
            "arrival": encode(ensemble.arrivals),
        }
    )


def describe_proportion(count: int, of: int) -> dict[str, float]:
    """Return the members of a `Proportion`."""
    low, high = wilson_interval(count, of)
    return {"count": count, "share": count / of, "low": low, "high": high}
