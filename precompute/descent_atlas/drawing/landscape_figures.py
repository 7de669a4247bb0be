"""Plotly figures of landscapes and profiles, in the page's colours."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from plotly import graph_objects as go
from scipy.interpolate import RegularGridInterpolator

from descent_atlas.analysis.array_types import Floats
from descent_atlas.drawing.drawn_landscape import DrawnLandscape, DrawnTrajectory
from descent_atlas.drawing.drawn_profile import DrawnProfile
from descent_atlas.drawing.height_colors import (
    HEIGHT_SCALE,
    LEVELS,
    HeightLevels,
    choose_levels,
)

INK, SOFT, RULE, PAGE = "#1b2027", "#565d68", "#d9dbd8", "#fbfbf9"
"""The colours of text, of ticks, of grid lines and of the page."""

LEVEL_LINE = "rgba(18, 28, 48, 0.42)"

PATHS = ("#cf3f00", "#0a66b7", "#007d53", "#9c2a92", "#b86e00", "#00798a", "#5b46c8", "#b3123f")
"""The colours of trajectories and curves."""

INDEX_INTERVAL = 5
"""Every fifth level line is drawn stronger, as on a topographic map."""

AREA = 560
"""Height of a figure in pixels."""

FLATTEST = 0.4
"""The least ratio of a plane's sides at which both axes have one scale."""

WIDEST = 2.0
"""The greatest ratio of the sides of a surface's ground."""

PIECES = 12
"""Parts into which a line between two snapshots is cut, so that it follows the surface."""

EYE = {"x": 1.35, "y": -1.35, "z": 0.95}
"""From where a surface is looked at."""


def draw_contour(landscape: DrawnLandscape, metric: str) -> go.Figure:
    """Return level lines and colours with trajectories and the networks of the plane."""
    values = landscape.values[metric]
    levels = fit_levels(landscape, metric)
    numbers = levels.number(values)
    label = label_of(landscape.metrics, metric)
    shared = {"x": landscape.x, "y": landscape.y, "z": numbers}
    heat = go.Heatmap(
        **shared,
        customdata=values,
        zmin=0,
        zmax=LEVELS - 1,
        zsmooth="best",
        colorscale=HEIGHT_SCALE,
        colorbar=make_color_bar(levels, label),
        hovertemplate=f"α %{{x:.4g}}<br>β %{{y:.4g}}<br>{label} %{{customdata:.5g}}<extra></extra>",
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
        for trace in trace_path(trajectory, PATHS[number % len(PATHS)])
    ]
    figure = go.Figure([heat, *lines, *paths, mark_ends(landscape)])
    ratio = np.ptp(landscape.y) / np.ptp(landscape.x)
    anchored = {"scaleanchor": "x"} if FLATTEST <= ratio <= 1 / FLATTEST else {}
    figure.update_layout(
        **frame(landscape.title, describe_evaluation(landscape.evaluation)),
        xaxis={**axis("α"), "range": ends_of(landscape.x), "constrain": "domain"},
        yaxis={**axis("β"), "range": ends_of(landscape.y), "constrain": "domain", **anchored},
        legend={"x": 0, "y": -0.12, "orientation": "h", "yanchor": "top"},
    )
    return figure


def draw_surface(landscape: DrawnLandscape, metric: str) -> go.Figure:
    """Return the surface in three dimensions, cut off where its colours end."""
    values = landscape.values[metric]
    levels = fit_levels(landscape, metric)
    label = label_of(landscape.metrics, metric)
    shown = np.where(np.isfinite(values), np.minimum(values, levels.levels[-1]), np.nan)
    height = np.log10(shown) if levels.is_log else shown
    surface = go.Surface(
        x=landscape.x,
        y=landscape.y,
        z=height,
        surfacecolor=levels.number(values),
        text=[[f"{value:.5g}" for value in row] for row in values],
        cmin=0,
        cmax=LEVELS - 1,
        colorscale=HEIGHT_SCALE,
        colorbar=make_color_bar(levels, label),
        lighting={"ambient": 0.75, "diffuse": 0.5, "specular": 0.05, "roughness": 0.9},
        hovertemplate=f"α %{{x:.4g}}<br>β %{{y:.4g}}<br>{label} %{{text}}<extra></extra>",
    )
    traces: list[Any] = [surface]
    if metric == "loss":
        traces += [
            trace_path_in_space(landscape, height, trajectory, PATHS[number % len(PATHS)])
            for number, trajectory in enumerate(landscape.trajectories)
        ]
    figure = go.Figure(traces)
    side = np.sqrt(np.clip(np.ptp(landscape.x) / np.ptp(landscape.y), 1 / WIDEST, WIDEST))
    bare = {"showbackground": False, "zeroline": False, "gridcolor": RULE, "color": SOFT}
    ticks = (
        {"tickvals": np.log10(levels.levels[::3]), "ticktext": say_levels(levels.levels[::3])}
        if levels.is_log
        else {}
    )
    figure.update_layout(
        **frame(landscape.title, describe_evaluation(landscape.evaluation)),
        scene={
            "xaxis": {**bare, "title": "α", "nticks": 6},
            "yaxis": {**bare, "title": "β", "nticks": 6},
            "zaxis": {**bare, "title": label, **ticks},
            "aspectmode": "manual",
            "aspectratio": {"x": 1.25 * side, "y": 1.25 / side, "z": 0.75},
            "camera": {"eye": EYE},
        },
    )
    return figure


def draw_curve(profile: DrawnProfile) -> go.Figure:
    """Return the loss and the metrics along a segment, with the barrier and its height."""
    first, second = profile.ends
    label = label_of(profile.metrics, "loss")
    figure = go.Figure(
        [
            go.Scatter(
                x=profile.t,
                y=profile.line,
                mode="lines",
                name="straight line between the ends",
                line={"color": SOFT, "width": 1, "dash": "dot"},
                hoverinfo="skip",
            ),
            go.Scatter(
                x=profile.t,
                y=profile.loss,
                mode="lines",
                name=label,
                line={"color": PATHS[0], "width": 2.5},
                hovertemplate=f"t %{{x:.3f}}<br>{label} %{{y:.5g}}<extra></extra>",
            ),
        ]
    )
    for number, metric in enumerate(profile.metrics[1:], 1):
        figure.add_scatter(
            x=profile.t,
            y=profile.values[metric["id"]],
            mode="lines",
            name=metric["label"],
            yaxis="y2",
            line={"color": PATHS[number % len(PATHS)], "width": 1.5, "dash": "dash"},
            hovertemplate=f"t %{{x:.3f}}<br>{metric['label']} %{{y:.5g}}<extra></extra>",
        )
    are_shares = {metric["unit"] for metric in profile.metrics[1:]} == {"share"}
    height, at = profile.barrier
    if height > 0:
        bottom = float(np.interp(at, profile.t, profile.line))
        figure.add_scatter(
            x=[at, at],
            y=[bottom, bottom + height],
            mode="lines+markers",
            name=f"barrier {height:.4g}",
            line={"color": INK, "width": 1.5},
            marker={"symbol": "line-ew-open", "size": 9, "color": INK},
            hoverinfo="skip",
        )
    figure.update_layout(
        **frame(profile.title, describe_evaluation(profile.evaluation)),
        xaxis={
            **axis("t"),
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "ticktext": [f"0<br>{first.label}", "0.25", "0.5", "0.75", f"1<br>{second.label}"],
        },
        yaxis={**axis(label), "showgrid": True, "gridcolor": RULE},
        yaxis2={
            **axis(""),
            "overlaying": "y",
            "side": "right",
            "showgrid": False,
            "tickmode": "auto",  # not at the loss's grid lines, where no number is round
            "tickformat": ".0%" if are_shares else "",
        },
        legend={"x": 0, "y": -0.2, "orientation": "h", "yanchor": "top"},
    )
    figure.add_annotation(
        text=wrap(profile.note),
        x=0,
        y=-0.36,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="top",
        align="left",
        showarrow=False,
        font={"size": 11, "color": SOFT},
    )
    figure.update_layout(margin={"b": 190})
    return figure


def fit_levels(landscape: DrawnLandscape, metric: str) -> HeightLevels:
    """Return the levels of a metric's surface; those of the loss reach over the trajectories."""
    crossed = [each.loss_in_plane for each in landscape.trajectories] if metric == "loss" else []
    return choose_levels(landscape.values[metric], np.concatenate([np.empty(0), *crossed]))


def trace_path(trajectory: DrawnTrajectory, color: str) -> list[go.Scatter]:
    """Return a trajectory on the plane: a line with a pale border, its start and its end."""
    place = {"x": trajectory.x, "y": trajectory.y}
    steps = np.stack([trajectory.steps, trajectory.loss, trajectory.distance], axis=1)
    return [
        go.Scatter(
            **place,
            mode="lines",
            line={"color": PAGE, "width": 5},
            hoverinfo="skip",
            showlegend=False,
        ),
        go.Scatter(
            **place,
            mode="lines+markers",
            name=trajectory.label,
            line={"color": color, "width": 2.5},
            marker={
                "color": color,
                "size": [4] * (len(trajectory.x) - 1) + [10],
                "line": {"color": PAGE, "width": 1},
            },
            customdata=steps,
            hovertemplate=(
                f"{trajectory.label}, step %{{customdata[0]:d}}<br>loss %{{customdata[1]:.5g}}"
                "<br>%{customdata[2]:.3g} from the plane<extra></extra>"
            ),
        ),
    ]


def trace_path_in_space(
    landscape: DrawnLandscape, height: Floats, trajectory: DrawnTrajectory, color: str
) -> go.Scatter3d:
    """Return a trajectory on the drawn surface, float64[ny, nx], along straight lines in the plane.

    It lies a hundredth of the surface's height above it, where the surface does not hide it.
    """
    steps = np.arange(len(trajectory.x))
    fine = np.linspace(0, steps[-1], PIECES * steps[-1] + 1)
    x, y = np.interp(fine, steps, trajectory.x), np.interp(fine, steps, trajectory.y)
    on_surface = RegularGridInterpolator(
        (landscape.y, landscape.x), height, bounds_error=False, fill_value=np.nan
    )
    return go.Scatter3d(
        x=x,
        y=y,
        z=on_surface(np.stack([y, x], axis=1)) + 0.01 * np.ptp(height[np.isfinite(height)]),
        mode="lines",
        name=trajectory.label,
        line={"color": color, "width": 6},
        hoverinfo="skip",
    )


def mark_ends(landscape: DrawnLandscape) -> go.Scatter:
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
            f"{end.label}<br>loss {end.loss:.5g}{more}" for end, more in zip(ends, own, strict=True)
        ],
        hoverinfo="text",
        showlegend=False,
    )


def make_color_bar(levels: HeightLevels, label: str) -> dict[str, Any]:
    """Return a colour bar that tells the values of the stronger lines."""
    shown = list(range(0, LEVELS, INDEX_INTERVAL))
    return {
        "title": {"text": label, "side": "right", "font": {"color": SOFT}},
        "tickvals": shown,
        "ticktext": say_levels(levels.levels[shown]),
        "tickfont": {"color": SOFT},
        "outlinewidth": 0,
        "thickness": 14,
    }


def say_levels(levels: Floats) -> list[str]:
    """Return levels in words."""
    return [f"{level:.3g}" for level in levels]


def label_of(metrics: Sequence[Mapping[str, Any]], id: str) -> str:
    """Return what a picture calls a metric."""
    return next(str(metric["label"]) for metric in metrics if metric["id"] == id)


def describe_evaluation(evaluation: Mapping[str, Any]) -> str:
    """Return what stands beside a picture: how the loss was evaluated."""
    buffers, parameters = evaluation["buffers"], evaluation["parameters"]
    parts = [
        f"{evaluation['loss']} over {evaluation['samples']:,.10g} "
        + ("samples" if evaluation["weight"] == "samples" else f"({evaluation['weight']})"),
        evaluation["precision"],
    ]
    if evaluation["composition"] == "as given":
        parts.append("the loss depends on how batches are composed")
    if buffers["policy"] == "recalibrated":
        parts.append(f"running statistics recalibrated from {buffers['batches']} batches")
    elif buffers["policy"] == "frozen":
        parts.append("buffers frozen")
    if parameters["varying"] < parameters["total"]:
        parts.append(f"{parameters['varying']:,} of {parameters['total']:,} parameters vary")
    if evaluation["normalization"] is not None:
        scaled = {"filter": "filters normalized", "layer": "layers normalized"}
        parts.append(scaled.get(evaluation["normalization"], "not normalized"))
    return " · ".join(parts)


def wrap(text: str, width: int = 100) -> str:
    """Return a text in lines of at most so many characters."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)


def frame(title: str, below: str) -> dict[str, Any]:
    """Return the layout that all figures share."""
    return {
        "title": {
            "text": f"{title}<br><sup>{wrap(below)}</sup>",
            "font": {"color": INK, "size": 17},
            "x": 0.02,
            "xanchor": "left",
        },
        "height": AREA,
        "margin": {"l": 64, "r": 24, "t": 84, "b": 64},
        "paper_bgcolor": PAGE,
        "plot_bgcolor": PAGE,
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": SOFT},
    }


def axis(title: str) -> dict[str, Any]:
    """Return an axis without lines of its own."""
    return {
        "title": {"text": title},
        "showgrid": False,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": RULE,
    }


def ends_of(axis: Floats) -> list[float]:
    """Return the first and the last coordinate."""
    return [float(axis[0]), float(axis[-1])]
