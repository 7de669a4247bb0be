"""Spectra that were found: numbers with their errors, a picture, a file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from descent_atlas.analysis.array_types import Counts, Floats, Mask
from descent_atlas.analysis.curvature import MatrixKind
from descent_atlas.analysis.eigenpairs import Eigenpairs, pick_dominant
from descent_atlas.analysis.spectra.spectral_density import SpectralDensity
from descent_atlas.analysis.spectra.trace_estimates import TraceEstimate
from descent_atlas.storage.durable import write_whole

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

EndOfSpectrum = Literal["largest", "smallest"]

NAMES = {"hessian": "Hessian", "gauss-newton": "Gauss-Newton matrix"}


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The spectrum of a loss's curvature at a point.

    `largest` and `smallest` are the pairs of the two ends, outermost first, None where they were
    not sought. `trace` and `density` are None likewise. `is_scaled` says whether the matrix was
    preconditioned. `point` and `step` say where it was taken, `evaluation` and `network` how, as in
    a landscape's manifest. `products` counts the products with the matrix.
    """

    matrix: MatrixKind
    is_scaled: bool
    largest: Eigenpairs | None
    smallest: Eigenpairs | None
    tolerance: float
    trace: TraceEstimate | None
    density: SpectralDensity | None
    seed: int
    products: int
    point: str
    step: int | None
    evaluation: Mapping[str, Any]
    network: Mapping[str, Any]

    @property
    def sharpness(self) -> float:
        """The largest eigenvalue λ; NaN unless it has converged.

        It is not the eigenvalue of largest |λ| where negative curvature dominates, see `dominant`.
        """
        if self.largest is None or not self.largest.converged[0]:
            return float("nan")
        return float(self.largest.values[0])

    @property
    def dominant(self) -> float:
        """The eigenvalue of largest magnitude |λ|, with its sign; NaN unless both ends converged.

        Of a Gauss-Newton matrix without its smallest end, it is the largest.
        """
        if self.largest is not None and self.smallest is not None:
            return pick_dominant(self.largest, self.smallest)
        return self.sharpness if self.matrix == "gauss-newton" else float("nan")

    @property
    def matrix_name(self) -> str:
        """The matrix in words."""
        scaled = "preconditioned " if self.is_scaled else ""
        return scaled + NAMES[self.matrix]

    @property
    def title(self) -> str:
        """A title: the matrix, the network and the step."""
        step = f" at step {self.step:,}" if self.step is not None else ""
        return f"Spectrum of the {self.matrix_name} of {self.point}{step}"

    def figure(self) -> "Figure":
        """Return a Plotly figure: the density, the eigenvalues with their residuals, the trace."""
        from descent_atlas.analysis.spectra.spectrum_figures import draw_spectrum

        return draw_spectrum(self)

    def describe(self) -> dict[str, Any]:
        """Return all numbers as JSON has them, those that are not finite as null; no vectors."""
        trace, density = self.trace, self.density
        return {
            "title": self.title,
            "matrix": self.matrix,
            "preconditioned": self.is_scaled,
            "point": self.point,
            "step": self.step,
            "sharpness": as_json(self.sharpness),
            "dominant": as_json(self.dominant),
            "tolerance": self.tolerance,
            "largest": describe_pairs(self.largest),
            "smallest": describe_pairs(self.smallest),
            "trace": trace and {key: as_json(value) for key, value in vars(trace).items()},
            "density": density
            and {
                "grid": as_json(density.grid),
                "values": as_json(density.values),
                "errors": as_json(density.errors),
                "width": density.width,
                "probes": density.probes,
                "steps": density.steps,
            },
            "seed": self.seed,
            "products": self.products,
            "evaluation": dict(self.evaluation),
            "network": dict(self.network),
        }

    def save(self, file: Path | str) -> Path:
        """Write what `describe` returns to a JSON file; return its path."""
        return save_json(Path(file), self.describe())


@dataclass(frozen=True, eq=False)
class SharpnessPath:
    """The sharpness at each of n checkpoints of a training.

    `steps` int64[n]; `values` float64[n] are the largest eigenvalues found, with their `residuals`
    float64[n] and whether they have `converged` bool[n]. The other fields are those of `Spectrum`.
    """

    matrix: MatrixKind
    is_scaled: bool
    names: tuple[str, ...]
    steps: Counts
    values: Floats
    residuals: Floats
    converged: Mask
    tolerance: float
    seed: int
    products: int
    evaluation: Mapping[str, Any]
    network: Mapping[str, Any]

    @property
    def sharpness(self) -> Floats:
        """The largest eigenvalues, float64[n], NaN where they have not converged."""
        found: Floats = np.where(self.converged, self.values, np.nan)
        return found

    @property
    def title(self) -> str:
        """A title: what was measured, and of which network."""
        scaled = "Preconditioned sharpness" if self.is_scaled else "Sharpness"
        return f"{scaled} of {self.network['factory']} along its training"

    def figure(self, limit: float | None = None) -> "Figure":
        """Return a Plotly figure of the sharpness over the steps.

        `limit` is a full-batch stability limit to show, as `find_limit` returns it.
        """
        from descent_atlas.analysis.spectra.spectrum_figures import draw_sharpness

        return draw_sharpness(self, limit)

    def describe(self) -> dict[str, Any]:
        """Return all numbers as JSON has them, those that are not finite as null."""
        return {
            "title": self.title,
            "matrix": self.matrix,
            "preconditioned": self.is_scaled,
            "names": list(self.names),
            "steps": self.steps.tolist(),
            "sharpness": as_json(self.sharpness),
            "residuals": as_json(self.residuals),
            "converged": self.converged.tolist(),
            "tolerance": self.tolerance,
            "seed": self.seed,
            "products": self.products,
            "evaluation": dict(self.evaluation),
            "network": dict(self.network),
        }

    def save(self, file: Path | str) -> Path:
        """Write what `describe` returns to a JSON file; return its path."""
        return save_json(Path(file), self.describe())


def describe_pairs(pairs: Eigenpairs | None) -> dict[str, Any] | None:
    """Return eigenpairs as JSON has them, without their vectors."""
    if pairs is None:
        return None
    return {
        "values": as_json(pairs.values),
        "residuals": as_json(pairs.residuals),
        "converged": pairs.converged.tolist(),
    }


def as_json(numbers: float | NDArray[Any]) -> Any:
    """Return a number, or an array of them, with None for each that is not finite."""
    if isinstance(numbers, np.ndarray):
        return [as_json(number) for number in numbers.tolist()]
    return numbers if np.isfinite(numbers) else None


def save_json(file: Path, document: Mapping[str, Any]) -> Path:
    """Write a document as JSON; return the file."""
    write_whole(file, (json.dumps(document, allow_nan=False, indent=1) + "\n").encode())
    return file
