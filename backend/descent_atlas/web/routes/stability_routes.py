"""Routes of curvature and stability: sharpness on a grid, along descents, rules linearised."""

import math
import threading
from dataclasses import asdict
from typing import Any

import anyio.to_thread
import numpy as np
from fastapi import APIRouter, Request, Response
from numpy.typing import NDArray

from descent_atlas.objectives.minima import are_minima_known
from descent_atlas.objectives.objective import Objective, evaluate_each
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.outcomes import CancelledError
from descent_atlas.stability.descent_sharpness import (
    FIXED,
    Crossing,
    follow_sharpness,
    keep_extremes,
    measure_sharpness,
)
from descent_atlas.stability.linearisation import (
    Mode,
    drop_flat,
    find_curvatures,
    list_modes,
    map_stability,
)
from descent_atlas.web import problems
from descent_atlas.web.dependencies import Computing
from descent_atlas.web.description.computed import stability_models as models
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.representations import respond_once
from descent_atlas.web.routes.json_routes import JSONRoute
from descent_atlas.web.routes.playground_routes import (
    MAX_LIGHT_POINTS,
    MAX_STEPS_AT_ONCE,
    check_work,
    unpack_noise,
    unpack_objective,
    unpack_optimizer,
    unpack_schedule,
)
from descent_atlas.web.settings import MAX_POINTS
from descent_atlas.web.typed_arrays import Pieces, encode, write_list, write_mapping, write_object

MAP_RATES = 121
"""Rates of a map, and a column of pixels or two for each where it stands beside its sliders."""

MAP_MOMENTA = 61

BELOW, ABOVE = 1e-3, 10.0
"""The rates of a map, relative to the limit of gradient descent, 2/λ: all that fails is above."""

HIGHEST_MOMENTUM = 0.99

router = APIRouter(
    prefix=API,
    tags=[Tag.COMPUTATIONS],
    route_class=JSONRoute,
    responses=problems.describe(413, 415, 422),
)


@router.post(
    "/sharpness", response_model=models.SharpnessResponse, summary="Evaluate sharpness on a grid"
)
async def compute_sharpness(
    request: models.SharpnessRequest, http: Request, machine: Computing
) -> Response:
    """Compute the largest eigenvalue of an objective's exact Hessian on a grid."""
    objective, parameters = unpack_objective(request.objective)
    cost = objective.estimate_cost(parameters)
    if request.x.count * request.y.count * cost <= MAX_LIGHT_POINTS:
        return await anyio.to_thread.run_sync(_respond_with_sharpness, request, http)
    async with machine.turns.take(http.receive):
        return await machine.compute(_respond_with_sharpness, request, http)


def _respond_with_sharpness(request: models.SharpnessRequest, http: Request) -> Response:
    """Return the JSON of `models.SharpnessResponse`."""
    objective, parameters = unpack_objective(request.objective)
    x, y = (np.linspace(axis.min, axis.max, axis.count) for axis in (request.x, request.y))
    grid_x, grid_y = (grid.ravel() for grid in np.meshgrid(x, y))
    sharpness = measure_sharpness(objective, parameters, grid_x, grid_y)
    with np.errstate(over="ignore"):  # single precision overflows sooner
        single = sharpness.astype(np.float32).reshape(y.size, x.size)
    content = write_mapping({"x": encode(x), "y": encode(y), "sharpness": encode(single)})
    return respond_once(b"".join(content), "application/json", http.headers)


@router.post(
    "/stability", response_model=models.StabilityResponse, summary="Follow optimizers' stability"
)
async def compute_stability(
    request: models.StabilityRequest, http: Request, machine: Computing
) -> Response:
    """Compare sharpness times rate with each rule's limit, step by step, and linearise the rules.

    The descents are those of the same request for descents, to the bit. Limits are those of the
    exact gradient; noise of gradients changes them.
    """
    objective, parameters = unpack_objective(request.objective)
    work = check_work(objective, parameters, sum(choice.steps for choice in request.optimizers))
    if work > MAX_STEPS_AT_ONCE or not are_minima_known(objective, parameters):
        async with machine.turns.take(http.receive) as cancelled:
            content = await machine.compute(_write_stability, request, cancelled)
    else:
        content = await anyio.to_thread.run_sync(_write_stability, request)
    return Response(content, media_type="application/json")


def _write_stability(
    request: models.StabilityRequest, cancelled: threading.Event | None = None
) -> bytes:
    """Return the JSON of `models.StabilityResponse`.

    Raises:
        CancelledError: if `cancelled` is set before the last descent begins.
    """
    objective, parameters = unpack_objective(request.objective)
    noise = unpack_noise(request.noise)
    at = None
    if request.minimum is not None:
        at = _find_place(objective, parameters, request.minimum.x, request.minimum.y)
    curvatures = None if at is None else find_curvatures(objective, parameters, *at)
    parts = []
    for choice in request.optimizers:
        if cancelled is not None and cancelled.is_set():
            raise CancelledError
        optimizer, h = unpack_optimizer(choice)
        path = follow_sharpness(
            objective,
            parameters,
            optimizer,
            h,
            start=(request.start.x, request.start.y),
            steps=choice.steps,
            noise=noise,
            factors=unpack_schedule(choice, h.lr),
        )
        kept = keep_extremes(path.product, MAX_POINTS)
        parts.append(
            write_object(
                {
                    "optimizer": optimizer.id,
                    "limit": None if path.limit is None else asdict(path.limit),
                    "reason": path.reason,
                    "crossing": _describe_crossing(path.crossing),
                },
                step=encode(path.step[kept]),
                product=encode(path.product[kept]),
                linearised=_write_linearised(optimizer.id, h, at, curvatures),
            )
        )
    return b"".join(write_mapping({"paths": write_list(parts)}))


def _describe_crossing(crossing: Crossing | None) -> dict[str, Any] | None:
    if crossing is None:
        return None
    members = asdict(crossing)
    for name in ("value", "highest"):
        members[name] = members[name] if math.isfinite(members[name]) else None
    return members


def _find_place(
    objective: Objective, parameters: NDArray[np.float64], x: float, y: float
) -> tuple[float, float]:
    """Return a point, or where minima form a curve the point of it that is nearest."""
    if objective.valley is None:
        return x, y
    address = np.uintp(objective.valley_address)
    _, nx, ny = evaluate_each(address, np.array([x]), np.array([y]), parameters)[:, 0].tolist()
    return (nx, ny) if math.isfinite(nx) else (x, y)


def _write_linearised(
    optimizer: str,
    h: Any,
    at: tuple[float, float] | None,
    curvatures: tuple[float, float] | None,
) -> Pieces:
    """Return the JSON of a `models.LinearisedPart`, or null."""
    if at is None or curvatures is None:
        return [b"null"]
    modes: list[Mode] = []
    note: str | None
    if not all(map(math.isfinite, curvatures)):
        note = "The Hessian is not finite there."
    elif not (kept := drop_flat(curvatures)) or min(kept) < 0.0:
        note = "There is no minimum with curvature there."
    else:
        modes = list_modes(optimizer, h, kept)
        note = _explain(optimizer, bool(modes))
    has_map = bool(modes) and optimizer in FIXED
    return write_object(
        {
            "at": {"x": at[0], "y": at[1]},
            "modes": [{**asdict(mode), "manner": mode.manner.name.lower()} for mode in modes],
            "note": note,
        },
        map=_write_map(optimizer, h, [mode.curvature for mode in modes]) if has_map else [b"null"],
    )


def _explain(optimizer: str, is_linearised: bool) -> str | None:
    name = OPTIMIZERS[optimizer].name
    if not is_linearised:
        return f"{name} has no linearisation at a minimum: its scaling belongs to the path."
    if optimizer in FIXED:
        return None
    return (
        f"{name} is linear only where gradients are far smaller than ε: there it is momentum at "
        "the rate η/ε. As ε → 0 it has no linearisation; elsewhere its scaling belongs to the path."
    )


def _write_map(optimizer: str, h: Any, curvatures: list[float]) -> Pieces:
    """Return the JSON of a `models.StabilityMapPart`."""
    centre = 2.0 / max(curvatures)
    rates = np.geomspace(BELOW * centre, ABOVE * centre, MAP_RATES)
    has_momentum = hasattr(h, "momentum")
    momenta = np.linspace(0.0, HIGHEST_MOMENTUM, MAP_MOMENTA) if has_momentum else np.zeros(1)
    radius, manner = map_stability(optimizer, h, curvatures, rates, momenta)
    return write_mapping(
        {
            "rate": encode(rates),
            "momentum": encode(momenta),
            "radius": encode(radius.astype(np.float32)),
            "manner": encode(manner),
        }
    )
