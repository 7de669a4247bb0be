"""Planes of eigenvectors for any network, and the quadratic models of its loss on them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.spectra.eigenplanes import NoEigenplaneError, find_eigenplane
from descent_atlas.analysis.spectra.network_curvature import NetworkCurvature
from descent_atlas.analysis.spectra.point_derivatives import differentiate, project_hessian
from descent_atlas.analysis.spectra.quadratic_models import TaylorModel, describe_model
from descent_atlas.drawing.plane_building import BuiltPlane, check_plane
from descent_atlas.drawing.plane_choices import HessianChoice, PlaneError
from descent_atlas.evaluation.evaluation_rules import EvaluationRules


def find_eigenvectors(
    plane: BuiltPlane, choice: HessianChoice, rules: EvaluationRules
) -> BuiltPlane:
    """Return a plane, of which the origin alone is known, with eigenvectors as its directions.

    They are those of the Hessian of the loss over all batches, by the rules of the landscape.
    Raises PlaneError if an eigenpair does not converge, or there is none.
    """
    curvature = NetworkCurvature(rules.evaluator, place_origin(plane, rules))
    rise = abs(rules.origin["loss"].mean) if choice.rise is None else choice.rise
    try:
        found = find_eigenplane(
            curvature.multiply,
            curvature.size,
            second=choice.second,
            rise=rise,
            tolerance=choice.tolerance,
            seed=choice.seed,
        )
    except NoEigenplaneError as error:
        raise PlaneError(str(error)) from error
    directions = torch.from_numpy(found.directions).to(plane.directions.dtype)
    return replace(plane, directions=directions, gram=check_plane(directions), eigenplane=found)


def describe_curvature(
    plane: BuiltPlane,
    rules: EvaluationRules,
    surface: str,
    loss: Floats | None,
    x: Floats,
    y: Floats,
) -> dict[str, Any] | None:
    """Return what a manifest says of the curvature of a plane; None if it is of another kind.

    `loss` float64[len(y), len(x)] is that of the surface. While it is None, there is no model.
    """
    found = plane.eigenplane
    if found is None:
        return None
    described = {
        "images": round(rules.facts.samples),
        "images_seed": None,
        **found.describe(),
        "models": [],
    }
    if loss is None:
        return described
    origin = place_origin(plane, rules)
    slope = differentiate(rules.evaluator, origin)
    directions = plane.directions.double().numpy()
    product = NetworkCurvature(rules.evaluator, origin).multiply
    model = TaylorModel(
        slope.loss, directions @ slope.gradient, project_hessian(product, directions)
    )
    return {**described, "models": [describe_model(surface, model, loss, x, y, rise=found.rise)]}


def place_origin(plane: BuiltPlane, rules: EvaluationRules) -> Mapping[str, Tensor]:
    """Return the varying parameters at the origin, on the device."""
    return rules.space.place(plane.tensors, None, (), rules.evaluator.device)
