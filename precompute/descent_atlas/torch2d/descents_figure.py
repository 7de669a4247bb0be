"""Plotly figures of descents, like the page's."""

from typing import Any

import numpy as np
from plotly import graph_objects as go

from descent_atlas.analysis.figure_style import INK, PAGE, PATHS, SOFT, axis, frame
from descent_atlas.drawing.figures.height_colors import HEIGHT_SCALE
from descent_atlas.drawing.figures.landscape_figures import (
    INDEX_INTERVAL,
    LEVEL_LINE,
    ends_of,
)
from descent_atlas.torch2d.descents import Descents, TorchDescent
from descent_atlas.torch2d.plane_functions import BuiltInFunction, ValueGrid

DASHES = ("solid", "dash")
"""After the last colour they begin anew, with another pattern."""


def draw_descents(descents: Descents) -> go.Figure:
    """Return the level lines and colours of the function with the descents on it.

    Both axes have one scale. Paths that leave the view end at its edge.
    """
    grid = descents.grid
    figure = go.Figure([*trace_levels(grid), *trace_minima(descents)])
    for number, one in enumerate(descents):
        look = {
            "color": PATHS[number % len(PATHS)],
            "dash": DASHES[number // len(PATHS) % len(DASHES)],
        }
        figure.add_traces(trace_descent(one, look))
    figure.update_layout(
        **frame(describe_function(descents), describe_settings(descents)),
        xaxis={**axis("x"), "range": ends_of(grid.x), "constrain": "domain"},
        yaxis={**axis("y"), "range": ends_of(grid.y), "constrain": "domain", "scaleanchor": "x"},
        legend={"x": 0, "y": -0.12, "orientation": "h", "yanchor": "top"},
    )
    return figure


def trace_levels(grid: ValueGrid) -> list[Any]:
    """Return the colours of the heights and the level lines; nothing where all is flat."""
    levels = np.array(grid.levels)
    if len(levels) < 2:
        return []
    last = len(levels) - 1
    numbers = np.interp(grid.values, levels, np.arange(last + 1.0))
    numbers[~np.isfinite(grid.values)] = np.nan
    shared = {"x": grid.x, "y": grid.y, "z": numbers}
    told = list(range(0, last + 1, INDEX_INTERVAL))
    heat = go.Heatmap(
        **shared,
        customdata=grid.values,
        zmin=0,
        zmax=last,
        zsmooth="best",
        colorscale=HEIGHT_SCALE,
        colorbar={
            "title": {"text": "f", "side": "right", "font": {"color": SOFT}},
            "tickvals": told,
            "ticktext": [f"{levels[number]:.3g}" for number in told],
            "tickfont": {"color": SOFT},
            "outlinewidth": 0,
            "thickness": 14,
        },
        hovertemplate="(%{x:.4g}, %{y:.4g})<br>f %{customdata:.5g}<extra></extra>",
    )
    lines = [
        go.Contour(
            **shared,
            autocontour=False,
            contours={"start": 0, "end": last, "size": size, "coloring": "none"},
            line={"color": LEVEL_LINE, "width": width, "smoothing": 1},
            showscale=False,
            showlegend=False,
            hoverinfo="skip",
        )
        for size, width in ((1, 0.5), (INDEX_INTERVAL, 1.1))
    ]
    return [heat, *lines]


def trace_minima(descents: Descents) -> list[go.Scatter]:
    """Return the known minima: stars where they are global, crosses elsewhere."""
    kinds = (
        ("global minimum", True, {"symbol": "star", "size": 14, "color": "#ffd75e"}),
        ("minimum", False, {"symbol": "x", "size": 7, "color": "#ffffff"}),
    )
    traces = []
    for name, is_global, marker in kinds:
        found = [m for m in descents.minima if m.is_global == is_global]
        if found:
            traces.append(
                go.Scatter(
                    x=[m.x for m in found],
                    y=[m.y for m in found],
                    mode="markers",
                    name=name,
                    marker={**marker, "line": {"color": INK, "width": 1}},
                    customdata=[m.value for m in found],
                    hovertemplate=(
                        f"{name} (%{{x:.5g}}, %{{y:.5g}})<br>f %{{customdata:.5g}}<extra></extra>"
                    ),
                )
            )
    return traces


def trace_descent(one: TorchDescent, look: dict[str, str]) -> list[go.Scatter]:
    """Return a path with a pale border, its start as a ring and its last point as a disc."""
    last = len(one.x) - 1
    told = np.stack((one.step, one.loss, one.gradients), axis=1)
    border = go.Scatter(
        x=one.x,
        y=one.y,
        mode="lines",
        line={"color": PAGE, "width": 4.5},
        hoverinfo="skip",
        legendgroup=one.label,
        showlegend=False,
    )
    path = go.Scatter(
        x=one.x,
        y=one.y,
        mode="lines",
        name=one.label,
        legendgroup=one.label,
        line={**look, "width": 2.25},
        customdata=told,
        hovertemplate=(
            f"{one.label}, step %{{customdata[0]:d}}<br>loss %{{customdata[1]:.5g}}"
            "<br>%{customdata[2]:d} gradients<extra></extra>"
        ),
    )
    ends = go.Scatter(
        x=[one.x[0], one.x[last]],
        y=[one.y[0], one.y[last]],
        mode="markers",
        legendgroup=one.label,
        showlegend=False,
        hoverinfo="skip",
        marker={
            "size": [10, 10],
            "color": [PAGE, look["color"]],
            "line": {"color": [look["color"], PAGE], "width": [2, 1.5]},
        },
    )
    return [border, path, ends]


def describe_function(descents: Descents) -> str:
    """Return the title of a figure: the function, with its parameters."""
    function = descents.function
    if not isinstance(function, BuiltInFunction) or not function.objective.parameters:
        return function.name
    values = zip(function.objective.parameters, function.parameters.tolist(), strict=True)
    return f"{function.name}, {', '.join(f'{p.id} = {value:g}' for p, value in values)}"


def describe_settings(descents: Descents) -> str:
    """Return what stands below the title: rate, steps and gradients of each descent."""
    parts = []
    for one in descents:
        rate = one.settings.get("lr")
        said = f"lr {rate:g}, " if isinstance(rate, float) and "lr " not in one.label else ""
        cost = f"{one.gradients[-1]:,} gradients"
        parts.append(f"{one.label}: {said}{one.steps:,} steps, {cost}, {one.status.value}")
    return " · ".join(parts)
