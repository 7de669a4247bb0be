"""The quadratic model of a surface at its origin, and where it fails.

The model is the second-order Taylor polynomial of the loss in the plane's coordinates. The rule of
failure was written before any surface was looked at: the model fails at a point whose loss differs
from it by more than a tenth of what the parabolas of the plane's two eigenvalues change the loss by
there, their signs aside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent_atlas.analysis.array_types import Floats, Mask
from descent_atlas.analysis.surface_statistics import NOISE

SHARE = 0.1
"""The difference from the model, as a share of what the parabolas change the loss by, at which it
fails."""

RULE = (
    "The model fails at a point of the grid whose loss is not finite, or differs from it by more "
    f"than {SHARE:g} of what the parabolas of the two eigenvalues change the loss by there, their "
    "signs aside, and by more than the rounding of the loss."
)


@dataclass(frozen=True)
class TaylorModel:
    """The polynomial loss + gradient·p + ½ pᵀ hessian p of coordinates p.

    `gradient` float64[2] and `hessian` float64[2, 2] are derivatives along the plane's directions.
    """

    loss: float
    gradient: Floats
    hessian: Floats

    def evaluate(self, x: Floats, y: Floats) -> Floats:
        """Return the model at the points (x[i], y[j]), float64[ny, nx]."""
        (xx, xy), (_, yy) = self.hessian
        a, b = np.meshgrid(x, y)
        slope = self.gradient[0] * a + self.gradient[1] * b
        found: Floats = self.loss + slope + (xx * a**2 + 2 * xy * a * b + yy * b**2) / 2
        return found


def find_failures(model: TaylorModel, loss: Floats, x: Floats, y: Floats, *, rise: float) -> Mask:
    """Return where a model fails on a surface float64[ny, nx], by `RULE`, bool[ny, nx].

    `rise` is what each parabola changes the loss by at the coordinate 1.
    """
    a, b = np.meshgrid(x, y)
    with np.errstate(invalid="ignore"):
        error = np.abs(loss - model.evaluate(x, y))
        allowed = np.maximum(SHARE * rise * (a**2 + b**2), NOISE * np.abs(loss))
        fails: Mask = ~(error <= allowed) | ~np.isfinite(loss)
    return fails


def read_model(
    curvature: Mapping[str, Any], surface: str, loss: Floats, x: Floats, y: Floats
) -> tuple[Floats, Mask] | None:
    """Return a surface's model float64[ny, nx] from a manifest, and where it fails, bool[ny, nx].

    `curvature` is that of the plane. None if it has no model of the surface.
    """
    for entry in curvature["models"]:
        if entry["surface"] == surface:
            gradient, hessian = np.array(entry["gradient"]), np.array(entry["hessian"])
            model = TaylorModel(entry["loss"], gradient, hessian)
            fails = find_failures(model, loss, x, y, rise=curvature["rise"])
            return model.evaluate(x, y), fails
    return None


def describe_model(
    surface: str, model: TaylorModel, loss: Floats, x: Floats, y: Floats, *, rise: float
) -> dict[str, Any]:
    """Return what a manifest says of a surface's model; the arguments are those above."""
    fails = find_failures(model, loss, x, y, rise=rise)
    distances = np.hypot(*np.meshgrid(x, y))[fails]
    return {
        "surface": surface,
        "loss": model.loss,
        "gradient": model.gradient.tolist(),
        "hessian": model.hessian.tolist(),
        "share": SHARE,
        "rule": RULE,
        "failing": int(fails.sum()),
        "nearest_failure": float(distances.min()) if len(distances) else None,
    }
