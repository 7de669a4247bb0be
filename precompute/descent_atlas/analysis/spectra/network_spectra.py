"""`spectrum`: eigenvalues, trace and spectral density of any network's curvature.

SciPy's ARPACK finds the eigenpairs (`analysis.eigenpairs`), and PyTorch's double backward gives the
products. Libraries that do both were compared first, on the top eigenvalue of the paper's MLP on
5,000 images, in slices of 512, with one core that other work shared. curvlinops 3.0.1 with
`eigsh(k=1, tol=5e-3, ncv=10)` took 5.7 s for 11 products, these modules 3.3 s for 12, because they
keep graphs between products. curvlinops takes inputs, targets and a loss of PyTorch's apart, its
estimates have neither a seed nor an error, and it brings seven packages. hessian-eigenthings
1.0.0a5 is an alpha, weights all batches alike, and keeps each vector of its Lanczos basis: at 10
million parameters and 80 steps, 3.2 GB.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from descent_atlas.analysis.curvature import MatrixKind
from descent_atlas.analysis.eigenpairs import Eigenpairs, find_eigenpairs
from descent_atlas.analysis.spectra.curvature_points import (
    CountReport,
    CurvaturePoints,
    Scaling,
    ignore_count,
)
from descent_atlas.analysis.spectra.found_spectra import EndOfSpectrum, Spectrum
from descent_atlas.analysis.spectra.spectral_density import SpectralDensity, find_density
from descent_atlas.analysis.spectra.trace_estimates import TraceEstimate, estimate_trace
from descent_atlas.evaluation.evaluation_rules import Buffers, describe_network, open_space
from descent_atlas.evaluation.losses import Function, Loss, Weight
from descent_atlas.evaluation.parameters import ModelError, Pattern
from descent_atlas.evaluation.states import Checkpoint, Source, read_state

TOLERANCE = 1e-3
"""The residual of a converged pair, relative to its eigenvalue."""

TRACE_PROBES = 16
"""Random vectors of the trace: its error is then known to a fifth of itself."""

DENSITY_PROBES = 4
LANCZOS_STEPS = 64
"""Products of the density for each random vector; published densities use 80 to 128 (Ghorbani et
al. 2019, Papyan 2020)."""


def spectrum(
    model: nn.Module,
    loss: Loss | Function,
    batches: Any,
    *,
    at: Source | None = None,
    matrix: MatrixKind = "hessian",
    ends: Sequence[EndOfSpectrum] | None = None,
    count: int = 1,
    tolerance: float = TOLERANCE,
    trace_probes: int = TRACE_PROBES,
    density_probes: int = DENSITY_PROBES,
    lanczos_steps: int = LANCZOS_STEPS,
    width: float | None = None,
    scaling: Scaling = None,
    seed: int = 0,
    weight: Weight | None = None,
    parameters: Pattern = None,
    buffers: Buffers = None,
    device: torch.device | str = "cpu",
    precision: torch.dtype | str | None = None,
    report: CountReport = ignore_count,
) -> Spectrum:
    """Return eigenvalues, trace and density of a loss's curvature. The model does not change.

    The point is the model's own, or the checkpoint `at`. `matrix` is the "hessian" of any loss that
    PyTorch differentiates twice, or the "gauss-newton" matrix of a loss with `parts`, such as
    `classification`, `regression` and `output_loss`. The loss is the mean over the batches as
    given. `weight`, `parameters`, `buffers`, `device` and `precision`, and what is raised for them,
    are those of `draw`.

    `count` eigenpairs are sought at each of the `ends`, "largest" and "smallest"; None means both,
    of a Gauss-Newton matrix the largest alone, as the others are 0. A pair has converged if its
    residual is at most `tolerance`·|λ|. `trace_probes` random vectors estimate the trace,
    `density_probes` times `lanczos_steps` products the density, whose Gaussians have the `width`;
    with 0 probes there is none. `seed` draws all of them.

    With a `scaling` P, the matrix is P^(-½) A P^(-½), whose largest eigenvalue is the
    preconditioned sharpness; `read_optimizer_scaling` gives that of an optimizer. `report` is
    called with the number of products made so far, before each.

    Raises:
        LossError: if the loss has no known meaning, no gradient, or no Gauss-Newton matrix.
        ModelError: if PyTorch cannot differentiate the loss twice, or there is no such matrix.
        ValueError: if a number is out of range.
    """
    space = open_space(model, parameters, precision)
    source = space.model if at is None else at
    state = read_state(source, space.model)
    point = Checkpoint(state.name, source, state.step)
    points = CurvaturePoints(
        space,
        loss,
        batches,
        [point],
        matrix=matrix,
        weight=weight,
        buffers=buffers,
        device=device,
        report=report,
    )
    if not 1 <= count < points.size:
        raise ModelError(f"count={count}: it should be 1 to {points.size - 1}")
    usual: Sequence[EndOfSpectrum]
    usual = ("largest", "smallest") if matrix == "hessian" else ("largest",)
    product = points.multiply_at(point, scaling)
    pairs: dict[str, Eigenpairs] = {
        end: find_eigenpairs(
            product, points.size, end=end, count=count, tolerance=tolerance, seed=seed
        )
        for end in (usual if ends is None else ends)
    }
    trace: TraceEstimate | None = None
    density: SpectralDensity | None = None
    try:
        if trace_probes:
            rows = [row for each in pairs.values() for row in each.vectors]
            known = [row for row in rows if np.isfinite(row).all()]
            trace = estimate_trace(
                product,
                points.size,
                probes=trace_probes,
                seed=seed,
                vectors=np.array(known) if known else None,
            )
        if density_probes:
            density = find_density(
                product,
                points.size,
                probes=density_probes,
                steps=lanczos_steps,
                seed=seed,
                width=width,
            )
    except FloatingPointError as error:
        raise ModelError(
            "the matrix has products that are not finite, and so no trace and no density"
        ) from error
    return Spectrum(
        matrix=matrix,
        is_scaled=scaling is not None,
        largest=pairs.get("largest"),
        smallest=pairs.get("smallest"),
        tolerance=tolerance,
        trace=trace,
        density=density,
        seed=seed,
        products=points.products,
        point=point.name,
        step=point.step,
        evaluation=points.rules.describe(),
        network=describe_network(points.space),
    )
