"""Plotly figures of landscapes, in the page's colours."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from plotly import graph_objects as go
from scipy.interpolate import RegularGridInterpolator

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.figure_style import (
    INK,
    LEGEND,
    PAGE,
    PATHS,
    RULE,
    SOFT,
    axis,
    describe_evaluation,
    frame,
)
from descent_atlas.drawing.figures.figure_parts import (
    Drawn,
    label_of,
    number_format,
    title_of,
    unit_of,
)
from descent_atlas.drawing.figures.figure_subjects import PathSubject, PlaneSubject
from descent_atlas.drawing.figures.height_colors import (
    HEIGHT_SCALE,
    LEVELS,
    HeightLevels,
    choose_levels,
)
from descent_atlas.drawing.figures.model_figures import trace_model

LEVEL_LINE = "rgba(18, 28, 48, 0.42)"

DASHES = ("solid", "dash", "dot", "dashdot")
"""The dash patterns of the first eight trajectories, of the next eight, and so on."""

GAP_OPACITY = 0.5
"""Between its dashes a trajectory keeps its hue: dashes on a pale border would look grey."""

INDEX_INTERVAL = 5
"""Every fifth level line is drawn stronger, as on a topographic map."""

FLATTEST = 0.4
"""The least ratio of a plane's sides at which both axes have one scale."""

WIDEST = 2.0
"""The greatest ratio of the sides of a surface's ground."""

PIECES = 12
"""Parts into which a line between two snapshots is cut, so that it follows the surface."""

EYE = {"x": 1.35, "y": -1.35, "z": 0.95}
"""From where a surface is looked at."""


def draw_plane(landscape: PlaneSubject, kind: str, metric: str) -> go.Figure:
    """Return a contour, or a surface in three dimensions.

    Raises ValueError for an unknown kind or metric.
    """
    if metric not in landscape.values:
        raise ValueError(f"there is no metric {metric!r}; there are {', '.join(landscape.values)}")
    kinds = {"contour": draw_contour, "surface": draw_surface}
    if kind not in kinds:
        raise ValueError(f'kind={kind!r} is neither "contour" nor "surface"')
    return kinds[kind](landscape, metric)


def draw_contour(landscape: PlaneSubject, metric: str) -> go.Figure:
    """Return level lines and colours with trajectories and the networks of the plane.

    On a plane of eigenvectors the loss has the level lines of its quadratic model, dashed.
    """
    values = landscape.values[metric]
    levels = fit_levels(landscape, metric)
    numbers = levels.number(values)
    label, number = label_of(landscape.metrics, metric), number_format(landscape, metric)
    shared = {"x": landscape.x, "y": landscape.y, "z": numbers}
    heat = go.Heatmap(
        **shared,
        customdata=values,
        zmin=0,
        zmax=LEVELS - 1,
        zsmooth="best",
        colorscale=HEIGHT_SCALE,
        colorbar=make_color_bar(landscape, metric, levels),
        hovertemplate=(
            f"α %{{x:.4g}}<br>β %{{y:.4g}}<br>{label} %{{customdata:{number}}}<extra></extra>"
        ),
    )
    lines = [
        go.Contour(
            **shared,
            autocontour=False,
            contours={"start": 0, "end": LEVELS - 1, "size": size, "coloring": "none"},
            line={"color": LEVEL_LINE, "width": width, "smoothing": 1},
            showscale=False,
            showlegend=False,
            hoverinfo="skip",
        )
        for size, width in ((1, 0.5), (INDEX_INTERVAL, 1.1))
    ]
    paths = [
        trace
        for number, trajectory in enumerate(landscape.trajectories)
        for trace in trace_path(trajectory, look_of(number))
    ]
    model = landscape.model if metric == "loss" else None
    modelled = [] if model is None else trace_model(model, landscape.x, landscape.y, levels)
    figure = go.Figure([heat, *lines, *modelled, *paths, mark_ends(landscape)])
    ratio = np.ptp(landscape.y) / np.ptp(landscape.x)
    anchored = {"scaleanchor": "x"} if FLATTEST <= ratio <= 1 / FLATTEST else {}
    figure.update_layout(
        **frame(landscape.title, describe_evaluation(landscape.evaluation)),
        xaxis={**axis("α"), "range": ends_of(landscape.x), "constrain": "domain"},
        yaxis={**axis("β"), "range": ends_of(landscape.y), "constrain": "domain", **anchored},
        legend={**LEGEND, "y": -0.12},
    )
    return figure


def draw_surface(landscape: PlaneSubject, metric: str) -> go.Figure:
    """Return the surface in three dimensions, cut off where its colours end."""
    values = landscape.values[metric]
    levels = fit_levels(landscape, metric)
    label, number = label_of(landscape.metrics, metric), number_format(landscape, metric)
    shown = np.where(np.isfinite(values), np.minimum(values, levels.levels[-1]), np.nan)
    height = np.log10(shown) if levels.is_log else shown
    surface = go.Surface(
        x=landscape.x,
        y=landscape.y,
        z=height,
        surfacecolor=levels.number(values),
        text=[[f"{value:{number}}" for value in row] for row in values],
        cmin=0,
        cmax=LEVELS - 1,
        colorscale=HEIGHT_SCALE,
        colorbar=make_color_bar(landscape, metric, levels),
        lighting={"ambient": 0.75, "diffuse": 0.5, "specular": 0.05, "roughness": 0.9},
        hovertemplate=f"α %{{x:.4g}}<br>β %{{y:.4g}}<br>{label} %{{text}}<extra></extra>",
    )
    traces: list[Any] = [surface]
    if metric == "loss":
        traces += [
            trace_path_in_space(landscape, height, trajectory, look_of(order))
            for order, trajectory in enumerate(landscape.trajectories)
        ]
    if landscape.ends and np.isfinite(height).any():
        traces.append(mark_ends_in_space(landscape, height))
    figure = go.Figure(traces)
    side = np.sqrt(np.clip(np.ptp(landscape.x) / np.ptp(landscape.y), 1 / WIDEST, WIDEST))
    bare = {"showbackground": False, "zeroline": False, "gridcolor": RULE, "color": SOFT}
    ticks = (
        {
            "tickvals": np.log10(levels.levels[::3]),
            "ticktext": say_levels(levels.levels[::3], landscape, metric),
        }
        if levels.is_log
        else {"tickformat": ".0%" if unit_of(landscape, metric) == "share" else ""}
    )
    figure.update_layout(
        **frame(landscape.title, describe_evaluation(landscape.evaluation)),
        scene={
            "xaxis": {**bare, "title": "α", "nticks": 6},
            "yaxis": {**bare, "title": "β", "nticks": 6},
            "zaxis": {**bare, "title": title_of(landscape, metric), **ticks},
            "aspectmode": "manual",
            "aspectratio": {"x": 1.25 * side, "y": 1.25 / side, "z": 0.75},
            "camera": {"eye": EYE},
        },
        legend={**LEGEND, "y": 0},
    )
    return figure


def fit_levels(landscape: PlaneSubject, metric: str) -> HeightLevels:
    """Return the levels of a metric's surface; those of the loss reach over the trajectories."""
    losses = (each.loss_in_plane for each in landscape.trajectories if metric == "loss")
    crossed = [each for each in losses if each is not None]
    return choose_levels(landscape.values[metric], np.concatenate([np.empty(0), *crossed]))


def look_of(order: int) -> dict[str, str]:
    """Return the colour and the dash pattern of a trajectory; those of 32 differ."""
    rounds, color = divmod(order, len(PATHS))
    return {"color": PATHS[color], "dash": DASHES[rounds % len(DASHES)]}


def trace_path(trajectory: PathSubject, look: Mapping[str, str]) -> list[go.Scatter]:
    """Return a trajectory on the plane: a line with a pale border, its start and its end."""
    color = look["color"]
    place = {"x": trajectory.x, "y": trajectory.y}
    told = [
        (f"{trajectory.label}, {trajectory.step_unit} %{{customdata[0]:d}}", trajectory.steps),
        ("<br>loss %{customdata[1]:.5g}", trajectory.loss),
        ("<br>%{customdata[2]:.3g} from the plane", trajectory.distance),
    ]
    unknown = np.full(len(trajectory.x), np.nan)
    columns = [unknown if values is None else values for _, values in told]
    silent: dict[str, Any] = {"mode": "lines", "hoverinfo": "skip", "showlegend": False}
    between = go.Scatter(
        **place, **silent, line={"color": color, "width": 2.5}, opacity=GAP_OPACITY
    )
    return [
        go.Scatter(**place, **silent, line={"color": PAGE, "width": 5}),
        *([] if look["dash"] == "solid" else [between]),
        go.Scatter(
            **place,
            mode="lines+markers",
            name=trajectory.label,
            line={**look, "width": 2.5},
            marker={
                "color": color,
                "size": [4] * (len(trajectory.x) - 1) + [10],
                "line": {"color": PAGE, "width": 1},
            },
            customdata=np.stack(columns, axis=1),
            hovertemplate="".join(text for text, values in told if values is not None)
            + "<extra></extra>",
        ),
    ]


def trace_path_in_space(
    landscape: PlaneSubject, height: Floats, trajectory: PathSubject, look: Mapping[str, str]
) -> go.Scatter3d:
    """Return a trajectory on the drawn surface, float64[ny, nx], along straight lines in the plane.

    It lies a hundredth of the surface's height above it, where the surface does not hide it.
    """
    steps = np.arange(len(trajectory.x))
    fine = np.linspace(0, steps[-1], PIECES * steps[-1] + 1)
    x, y = np.interp(fine, steps, trajectory.x), np.interp(fine, steps, trajectory.y)
    return go.Scatter3d(
        x=x,
        y=y,
        z=lift(landscape, height, x, y),
        mode="lines",
        name=trajectory.label,
        line={**look, "width": 6},
        hoverinfo="skip",
    )


def lift(landscape: PlaneSubject, height: Floats, x: Floats, y: Floats) -> Floats:
    """Return heights just above the drawn surface, float64[ny, nx], at points; NaN outside."""
    on_surface = RegularGridInterpolator(
        (landscape.y, landscape.x), height, bounds_error=False, fill_value=np.nan
    )
    found: Floats = on_surface(np.stack([y, x], axis=1))
    return found + 0.01 * np.ptp(height[np.isfinite(height)])


def mark_ends(landscape: PlaneSubject) -> go.Scatter:
    """Return the networks of the plane with their names and losses."""
    ends = landscape.ends
    own = [
        "" if end.own_loss is None else f"<br>with its own buffers {end.own_loss:.5g}"
        for end in ends
    ]
    return go.Scatter(
        x=[end.x for end in ends],
        y=[end.y for end in ends],
        mode="markers+text",
        text=[end.label for end in ends],
        textposition="top center",
        textfont={"color": INK, "size": 12},
        marker={"symbol": "x-thin", "size": 9, "line": {"color": INK, "width": 2}},
        hovertext=[
            f"{end.label}<br>loss {say_loss(end.loss)}{more}"
            for end, more in zip(ends, own, strict=True)
        ],
        hoverinfo="text",
        showlegend=False,
    )


def mark_ends_in_space(landscape: PlaneSubject, height: Floats) -> go.Scatter3d:
    """Return the networks of the plane with their names, on the drawn surface, float64[ny, nx]."""
    x, y = (np.array([getattr(end, name) for end in landscape.ends]) for name in ("x", "y"))
    return go.Scatter3d(
        x=x,
        y=y,
        z=lift(landscape, height, x, y),
        mode="markers+text",
        text=[end.label for end in landscape.ends],
        textposition="top center",
        textfont={"color": INK, "size": 12},
        marker={"size": 4, "color": INK, "line": {"color": PAGE, "width": 1}},
        hoverinfo="skip",
        showlegend=False,
    )


def say_loss(loss: float | None) -> str:
    """Return a loss in words; None stands for one that is not finite."""
    return "not finite" if loss is None else f"{loss:.5g}"


def make_color_bar(landscape: PlaneSubject, metric: str, levels: HeightLevels) -> dict[str, Any]:
    """Return a colour bar that tells the values of the stronger lines."""
    shown = list(range(0, LEVELS, INDEX_INTERVAL))
    title = title_of(landscape, metric)
    return {
        "title": {"text": title, "side": "right", "font": {"color": SOFT}},
        "tickvals": shown,
        "ticktext": say_levels(levels.levels[shown], landscape, metric),
        "tickfont": {"color": SOFT},
        "outlinewidth": 0,
        "thickness": 14,
    }


def say_levels(levels: Floats, drawn: Drawn, metric: str) -> list[str]:
    """Return levels in words, shares in percent."""
    if unit_of(drawn, metric) == "share":
        return [f"{100 * level:.3g} %" for level in levels]
    return [f"{level:.3g}" for level in levels]


def ends_of(axis: Floats) -> list[float]:
    """Return the first and the last coordinate."""
    return [float(axis[0]), float(axis[-1])]
