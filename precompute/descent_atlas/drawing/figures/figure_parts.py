"""What the figures of landscapes and of profiles share: colours, titles, axes, the frame."""

from collections.abc import Mapping, Sequence
from typing import Any

from descent_atlas.drawing.figures.figure_subjects import CurveSubject, PlaneSubject

Drawn = PlaneSubject | CurveSubject


def title_of(drawn: Drawn, metric: str) -> str:
    """Return the title of a metric's axis: the loss has its unit where that is known."""
    label = label_of(drawn.metrics, metric)
    unit = drawn.evaluation["unit"] if drawn.evaluation is not None else None
    return f"{label} ({unit})" if metric == "loss" and unit else label


def label_of(metrics: Sequence[Mapping[str, Any]], id: str) -> str:
    """Return what a picture calls a metric."""
    return next(str(metric["label"]) for metric in metrics if metric["id"] == id)


def unit_of(drawn: Drawn, metric: str) -> str:
    """Return "share" or "number"."""
    return next(str(each["unit"]) for each in drawn.metrics if each["id"] == metric)


def number_format(drawn: Drawn, metric: str) -> str:
    """Return how a metric's values are written, which Python and Plotly understand."""
    return ".2%" if unit_of(drawn, metric) == "share" else ".5g"
