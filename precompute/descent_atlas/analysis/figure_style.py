"""What figures share: colours, titles, axes, the frame, and what was evaluated in words."""

from collections.abc import Mapping
from typing import Any

INK, SOFT, RULE, PAGE = "#1b2027", "#565d68", "#d9dbd8", "#fbfbf9"
"""The colours of text, of ticks, of grid lines and of the page."""

PATHS = ("#cf3f00", "#0a66b7", "#007d53", "#9c2a92", "#b86e00", "#00798a", "#5b46c8", "#b3123f")
"""The colours of trajectories and curves."""

AREA = 560
"""Height of a figure in pixels."""

LEGEND = {"x": 0, "orientation": "h", "yanchor": "top"}
"""Below the picture, where it covers nothing."""


def describe_evaluation(evaluation: Mapping[str, Any] | None) -> str:
    """Return what stands beside a picture: how the loss was evaluated; nothing if not known."""
    if evaluation is None:
        return ""
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
        scaled = {"filter": "filters", "layer": "layers", "none": "directions as a whole"}
        parts.append(f"{scaled[evaluation['normalization']]} normalized")
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
