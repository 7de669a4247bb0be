"""Landscapes and profiles of any network, in a few lines.

The names in `__all__` are all that a program needs. Planes: `random`, `ends`, `pca`, `hessian`,
`given`. Losses and metrics: any function of a model and a batch, or `classification`, `regression`,
`output_loss`, `accuracy`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from descent_atlas.drawing.draw_landscape import Drawing, draw
    from descent_atlas.drawing.draw_profile import profile
    from descent_atlas.drawing.drawn_landscape import DrawnLandscape
    from descent_atlas.drawing.drawn_profile import DrawnProfile
    from descent_atlas.drawing.exchange.loss_landscape_import import import_landscape
    from descent_atlas.drawing.exchange.opened_landscape import OpenedLandscape, open_landscape
    from descent_atlas.drawing.plane_choices import ends, given, hessian, pca, random
    from descent_atlas.evaluation.batches import BatchesError, count_samples
    from descent_atlas.evaluation.buffers import Recalibrated
    from descent_atlas.evaluation.losses import (
        Loss,
        LossError,
        Metric,
        accuracy,
        causal_tokens,
        classification,
        output_loss,
        regression,
    )
    from descent_atlas.evaluation.parameters import ModelError
    from descent_atlas.evaluation.points import NotRepeatableError
    from descent_atlas.evaluation.states import StateError

__all__ = [
    "BatchesError",
    "Drawing",
    "DrawnLandscape",
    "DrawnProfile",
    "Loss",
    "LossError",
    "Metric",
    "ModelError",
    "NotRepeatableError",
    "OpenedLandscape",
    "Recalibrated",
    "StateError",
    "accuracy",
    "causal_tokens",
    "classification",
    "count_samples",
    "draw",
    "ends",
    "given",
    "hessian",
    "import_landscape",
    "open_landscape",
    "output_loss",
    "pca",
    "profile",
    "random",
    "regression",
]

_MODULES = {
    **dict.fromkeys(("Drawing", "draw"), "drawing.draw_landscape"),
    "profile": "drawing.draw_profile",
    "DrawnLandscape": "drawing.drawn_landscape",
    "DrawnProfile": "drawing.drawn_profile",
    "import_landscape": "drawing.exchange.loss_landscape_import",
    **dict.fromkeys(("OpenedLandscape", "open_landscape"), "drawing.exchange.opened_landscape"),
    **dict.fromkeys(("ends", "given", "hessian", "pca", "random"), "drawing.plane_choices"),
    **dict.fromkeys(("BatchesError", "count_samples"), "evaluation.batches"),
    "Recalibrated": "evaluation.buffers",
    **dict.fromkeys(
        (
            "Loss",
            "LossError",
            "Metric",
            "accuracy",
            "causal_tokens",
            "classification",
            "output_loss",
            "regression",
        ),
        "evaluation.losses",
    ),
    "ModelError": "evaluation.parameters",
    "NotRepeatableError": "evaluation.points",
    "StateError": "evaluation.states",
}
"""Where each name is defined. It is imported on first use, as importing one module of this package
must not import them all."""

if not TYPE_CHECKING:  # mypy would accept any name from a module that has this function

    def __getattr__(name: str) -> object:
        """Import a name of `__all__` from its module."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"descent_atlas.{_MODULES[name]}"), name)
