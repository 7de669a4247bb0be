"""Plotly figures of spectra and of the sharpness along a training."""

import numpy as np
from plotly import graph_objects as go

from descent_atlas.analysis.eigenpairs import Eigenpairs
from descent_atlas.analysis.figure_style import (
    INK,
    LEGEND,
    PATHS,
    RULE,
    SOFT,
    axis,
    describe_evaluation,
    frame,
)
from descent_atlas.analysis.spectra.found_spectra import SharpnessPath, Spectrum

MARGIN = 124
"""Pixels above a spectrum, where its numbers take three lines."""

DECADES_BELOW = 1
"""How far the axis of densities reaches below the peak of a single eigenvalue."""


def draw_spectrum(spectrum: Spectrum) -> go.Figure:
    """Return the density of the eigenvalues, and those at the ends with their residuals."""
    figure = go.Figure()
    density = spectrum.density
    base, top = 0.0, 1.0
    if density is not None:
        size = spectrum.evaluation["parameters"]["varying"]
        peak = 1 / (size * density.width * np.sqrt(2 * np.pi))
        base, top = peak / 10**DECADES_BELOW, float(density.values.max())
        figure.add_scatter(
            x=density.grid,
            y=np.where(density.values >= base, density.values, np.nan),
            mode="lines",
            name="density of the eigenvalues",
            line={"color": PATHS[1], "width": 2},
            hovertemplate="λ %{x:.4g}<br>density %{y:.3g}<extra></extra>",
        )
    for end, pairs, color in (
        ("largest", spectrum.largest, PATHS[0]),
        ("smallest", spectrum.smallest, PATHS[3]),
    ):
        if pairs is not None:
            mark_pairs(figure, end, pairs, color, base)
    figure.update_layout(
        **frame(spectrum.title, say_numbers(spectrum)),
        xaxis={**axis("eigenvalue λ"), "zeroline": True, "zerolinecolor": RULE},
        yaxis={**axis("density of eigenvalues (1/λ)"), "showgrid": True, "gridcolor": RULE},
        legend={**LEGEND, "y": -0.14},
    )
    if density is None:
        figure.update_yaxes(visible=False)
    else:
        limits = [float(np.log10(base)) - 0.1, float(np.log10(top)) + 0.2]
        figure.update_yaxes(type="log", range=limits, dtick=1, exponentformat="power")
    figure.update_layout(margin={"t": MARGIN})
    return figure


def mark_pairs(figure: go.Figure, end: str, pairs: Eigenpairs, color: str, base: float) -> None:
    """Add the eigenvalues of an end, each with its residual as an error; open if not converged."""
    known = np.isfinite(pairs.values)
    figure.add_scatter(
        x=pairs.values[known],
        y=np.full(known.sum(), base),
        error_x={"type": "data", "array": pairs.residuals[known], "color": color},
        mode="markers",
        name=f"{end} eigenvalues",
        marker={
            "color": color,
            "size": 10,
            "symbol": ["diamond" if c else "diamond-open" for c in pairs.converged[known]],
        },
        customdata=pairs.residuals[known],
        hovertemplate="λ %{x:.6g}<br>residual %{customdata:.2g}<extra></extra>",
    )


def say_numbers(spectrum: Spectrum) -> str:
    """Return what stands below the title: the numbers, and how the loss was evaluated."""
    parts = []
    for end, pairs in (("largest", spectrum.largest), ("smallest", spectrum.smallest)):
        if pairs is not None:
            parts.append(f"{end} λ {say_pair(pairs, 0)}")
    if spectrum.trace is not None:
        trace = spectrum.trace
        parts.append(f"trace {trace.value:.4g} ± {trace.standard_error:.2g} (standard error)")
    if spectrum.density is not None:
        density = spectrum.density
        parts.append(f"{density.probes} × {density.steps} Lanczos steps, width {density.width:.3g}")
    return " · ".join([*parts, describe_evaluation(spectrum.evaluation)])


def say_pair(pairs: Eigenpairs, index: int) -> str:
    """Return an eigenvalue with its residual in words."""
    if not np.isfinite(pairs.values[index]):
        return "not found"
    told = f"{pairs.values[index]:.6g} (residual {pairs.residuals[index]:.2g})"
    return told if pairs.converged[index] else f"{told}, not converged"


def draw_sharpness(path: SharpnessPath, limit: float | None) -> go.Figure:
    """Return the sharpness over the steps, with a full-batch stability limit if one is given."""
    known = path.converged
    figure = go.Figure(
        [
            go.Scatter(
                x=path.steps[known],
                y=path.values[known],
                error_y={"type": "data", "array": path.residuals[known], "color": PATHS[0]},
                mode="lines+markers",
                name="preconditioned sharpness" if path.is_scaled else "sharpness",
                line={"color": PATHS[0], "width": 2.5},
                hovertemplate="step %{x:,}<br>λ %{y:.5g}<extra></extra>",
            )
        ]
    )
    if limit is not None:
        figure.add_scatter(
            x=path.steps[[0, -1]],
            y=[limit, limit],
            mode="lines",
            name=f"full-batch limit {limit:.5g}",
            line={"color": INK, "width": 1.5, "dash": "dash"},
            hoverinfo="skip",
        )
    missing = int((~known).sum())
    note = f"{missing} of {len(known)} have not converged · " if missing else ""
    figure.update_layout(
        **frame(path.title, note + describe_evaluation(path.evaluation)),
        xaxis=axis("step"),
        yaxis={**axis("largest eigenvalue λ"), "showgrid": True, "gridcolor": RULE},
        legend={**LEGEND, "y": -0.14},
    )
    figure.update_layout(font={"color": SOFT}, showlegend=True)
    return figure
