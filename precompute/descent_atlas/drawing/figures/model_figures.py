"""Traces of a surface's quadratic model: its level lines, and the border of where it fails."""

import numpy as np
from plotly import graph_objects as go

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.figure_style import INK, PATHS
from descent_atlas.drawing.figures.figure_subjects import SurfaceModel
from descent_atlas.drawing.figures.height_colors import LEVELS, HeightLevels

INTERVAL = 5
"""Every fifth level of the surface has a line of the model, as its own stronger lines."""


def trace_model(
    model: SurfaceModel, x: Floats, y: Floats, levels: HeightLevels
) -> list[go.Contour]:
    """Return the model's level lines, at levels of the surface, and where it fails."""
    lines = go.Contour(
        x=x,
        y=y,
        z=levels.number(model.values),
        autocontour=False,
        contours={"start": 0, "end": LEVELS - 1, "size": INTERVAL, "coloring": "none"},
        line={"color": INK, "width": 1.4, "dash": "dash"},
        name="quadratic model",
        showscale=False,
        showlegend=True,
        hoverinfo="skip",
    )
    border = go.Contour(
        x=x,
        y=y,
        z=model.fails.astype(np.float64),
        autocontour=False,
        contours={"start": 0.5, "end": 0.5, "size": 1, "coloring": "none"},
        line={"color": PATHS[0], "width": 2, "smoothing": 0},
        name="where it fails",
        showscale=False,
        showlegend=True,
        hoverinfo="skip",
    )
    return [lines, border] if model.fails.any() else [lines]
