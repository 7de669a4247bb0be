"""The trace of a symmetric matrix that is known by its products, estimated with its error.

Hutchinson (1989): g·Ag has the mean tr A if the coordinates of g are ±1, independent, with equal
chances. Its variance is twice the sum of the squares beside A's diagonal, which a few large
eigenvalues dominate. As in Hutch++ (Meyer, Musco, Musco and Woodruff 2021), the trace on the span
of some vectors Q is therefore computed exactly, and only the rest is estimated,

    tr A = tr QᵀAQ + tr (I - QQᵀ) A (I - QQᵀ),

where Hutch++ finds Q with a third of its products, and here Q are the eigenvectors that are known
already. The estimate has no bias, whatever Q is.
"""

from dataclasses import dataclass

import numpy as np

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.curvature import Product

FEWEST = 2
"""Random vectors without which the estimate's error is not known."""


@dataclass(frozen=True)
class TraceEstimate:
    """An estimate of a trace and its standard error, the standard deviation of the mean.

    It is over `probes` random vectors. The share `exact` of the value comes from `deflated` vectors
    and has no error.
    """

    value: float
    standard_error: float
    probes: int
    deflated: int
    exact: float


def estimate_trace(
    product: Product, size: int, *, probes: int, seed: int = 0, vectors: Floats | None = None
) -> TraceEstimate:
    """Return an estimate of the trace from `probes` random vectors.

    `vectors` float64[k, P] span what is computed exactly, with one product each. Raises ValueError
    for fewer than two probes.
    """
    if probes < FEWEST:
        raise ValueError(f"a trace from {probes} random vectors: at least {FEWEST} are needed")
    basis = np.empty((size, 0)) if vectors is None else np.linalg.qr(vectors.T)[0]
    exact = sum(float(column @ product(column)) for column in np.ascontiguousarray(basis.T))
    generator = np.random.default_rng(seed)
    samples = np.empty(probes)
    for index in range(probes):
        probe = draw_signs(generator, size)
        probe -= basis @ (basis.T @ probe)
        samples[index] = probe @ product(probe)
    return TraceEstimate(
        value=exact + float(samples.mean()),
        standard_error=float(samples.std(ddof=1) / np.sqrt(probes)),
        probes=probes,
        deflated=basis.shape[1],
        exact=exact,
    )


def draw_signs(generator: np.random.Generator, size: int) -> Floats:
    """Return ±1 with equal chances, float64[P]."""
    signs: Floats = generator.integers(0, 2, size, dtype=np.int8).astype(np.float64)
    signs *= 2
    signs -= 1
    return signs
