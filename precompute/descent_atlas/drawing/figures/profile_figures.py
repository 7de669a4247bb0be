"""The Plotly figure of a profile, in the page's colours."""

import numpy as np
from plotly import graph_objects as go

from descent_atlas.analysis.figure_style import (
    INK,
    LEGEND,
    PATHS,
    RULE,
    SOFT,
    axis,
    describe_evaluation,
    frame,
    wrap,
)
from descent_atlas.drawing.figures.figure_parts import number_format, title_of
from descent_atlas.drawing.figures.figure_subjects import CurveSubject


def draw_curve(profile: CurveSubject) -> go.Figure:
    """Return the loss and the metrics along a segment, with the barrier and its height."""
    first, second = profile.ends
    label = title_of(profile, "loss")
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
            hovertemplate=(
                f"t %{{x:.3f}}<br>{metric['label']} "
                f"%{{y:{number_format(profile, metric['id'])}}}<extra></extra>"
            ),
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
            "automargin": True,  # the names of the networks may be long
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "ticktext": [f"0<br>{first.label}", "0.25", "0.5", "0.75", f"1<br>{second.label}"],
        },
        yaxis={**axis(label), "showgrid": True, "gridcolor": RULE},
        yaxis2={
            **axis(", ".join(metric["label"] for metric in profile.metrics[1:])),
            "overlaying": "y",
            "side": "right",
            "showgrid": False,
            "tickmode": "auto",  # not at the loss's grid lines, where no number is round
            "tickformat": ".0%" if are_shares else "",
        },
        legend={**LEGEND, "y": -0.2},
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
