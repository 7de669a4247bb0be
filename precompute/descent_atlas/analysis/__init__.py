"""Planes in parameter space, surfaces and trajectories on them, their statistics, curvature.

The names in `__all__` are what a program needs to measure the curvature of any network: `spectrum`
and `sharpness_along`, the losses and rules that they take, stability limits.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from descent_atlas.analysis.eigenpairs import Eigenpairs, find_eigenpairs
    from descent_atlas.analysis.spectra.found_spectra import SharpnessPath, Spectrum
    from descent_atlas.analysis.spectra.network_curvature import NetworkCurvature
    from descent_atlas.analysis.spectra.network_spectra import spectrum
    from descent_atlas.analysis.spectra.relu_rescaling import (
        find_equivalent_scaling,
        rescale_relu_stack,
    )
    from descent_atlas.analysis.spectra.sharpness_paths import sharpness_along
    from descent_atlas.analysis.stability_limits import (
        StabilityLimit,
        find_limit,
        read_optimizer_scaling,
    )
    from descent_atlas.evaluation.batches import BatchesError, count_samples
    from descent_atlas.evaluation.buffers import Recalibrated
    from descent_atlas.evaluation.losses import (
        Loss,
        LossError,
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
    "Eigenpairs",
    "Loss",
    "LossError",
    "ModelError",
    "NetworkCurvature",
    "NotRepeatableError",
    "Recalibrated",
    "SharpnessPath",
    "Spectrum",
    "StabilityLimit",
    "StateError",
    "causal_tokens",
    "classification",
    "count_samples",
    "find_eigenpairs",
    "find_equivalent_scaling",
    "find_limit",
    "output_loss",
    "read_optimizer_scaling",
    "regression",
    "rescale_relu_stack",
    "sharpness_along",
    "spectrum",
]

_MODULES = {
    **dict.fromkeys(("Eigenpairs", "find_eigenpairs"), "analysis.eigenpairs"),
    **dict.fromkeys(("SharpnessPath", "Spectrum"), "analysis.spectra.found_spectra"),
    "NetworkCurvature": "analysis.spectra.network_curvature",
    "spectrum": "analysis.spectra.network_spectra",
    **dict.fromkeys(
        ("find_equivalent_scaling", "rescale_relu_stack"), "analysis.spectra.relu_rescaling"
    ),
    "sharpness_along": "analysis.spectra.sharpness_paths",
    **dict.fromkeys(
        ("StabilityLimit", "find_limit", "read_optimizer_scaling"), "analysis.stability_limits"
    ),
    **dict.fromkeys(("BatchesError", "count_samples"), "evaluation.batches"),
    "Recalibrated": "evaluation.buffers",
    **dict.fromkeys(
        ("Loss", "LossError", "causal_tokens", "classification", "output_loss", "regression"),
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
