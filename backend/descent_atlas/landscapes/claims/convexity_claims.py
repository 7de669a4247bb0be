"""How convex the surfaces are, and how many minima they have."""

from collections.abc import Mapping, Sequence

import numpy as np

from descent_atlas.landscapes.claims.claim import (
    Answer,
    Check,
    Landscapes,
    MissingEvidenceError,
    Number,
    Question,
)
from descent_atlas.landscapes.claims.evidence import find_surface, read_array, require
from descent_atlas.landscapes.claims.phrases import say_rate, say_small
from descent_atlas.landscapes.claims.rules import RULES
from descent_atlas.landscapes.format import Landscape

PLANES: Mapping[str, Mapping[str, str]] = {
    "random planes": {
        "bowl": "that of Figure 2",
        "gd-random": "GD’s",
        "sgd-random": "SGD’s",
        "adam-random": "Adam’s",
    },
    "PCA planes": {"gd-pca": "GD’s", "sgd-pca": "SGD’s", "adam-pca": "Adam’s"},
    "the plane through the three ends": {"three-minima": "it"},
    "the shared plane": {"optimizers": "it"},
}
"""The landscapes of the paper's Figures 2 and 3, by the kind of their plane, and what a
sentence calls them."""


def read_shares(landscape: Landscape) -> tuple[float, float]:
    """Return the share of convex cells within half of a surface's reach, and within all of it."""
    surface = find_surface(landscape, "train")
    radius, share = (
        read_array(landscape, surface.arrays, f"convexity.{name}") for name in ("radius", "share")
    )
    if not len(radius):
        raise MissingEvidenceError(f"{landscape.manifest.id} has no curve of convex cells")
    half = int(np.searchsorted(radius, radius[-1] / 2 * (1 + 1e-9), side="right")) - 1
    if not np.isfinite(share[[half, -1]]).all():
        raise MissingEvidenceError(f"{landscape.manifest.id} has no cell whose curvature is known")
    return float(share[half]), float(share[-1])


def answer(landscapes: Landscapes) -> Answer:
    """Compare the share of convex cells with what is almost all; count the minima."""
    checks: list[Check] = []
    numbers: list[Number] = []
    sentences = []
    noise = 0.0
    for kind, ids in PLANES.items():
        within_all, single, troubled = [], [], []
        for id, name in ids.items():
            surface = find_surface(landscapes[id], "train")
            half, whole = read_shares(landscapes[id])
            minima = require(surface.minima, f"the number of minima of {id}")
            on_border = require(surface.minima_on_border, f"that of those on the border of {id}")
            noise = max(noise, require(surface.noise, f"the noise of {id}"))
            within_all.append(whole)
            single.append(minima == 1 and on_border == 0)
            if not single[-1]:
                troubled.append(f"{name} has {say_minima(minima, on_border)}")
            numbers += [
                Number(label=f"{id}: convex, within half of the reach", value=half, unit="share"),
                Number(label=f"{id}: convex, whole grid", value=whole, unit="share"),
                Number(label=f"{id}: minima", value=minima, unit="count"),
                Number(label=f"{id}: of these on the border", value=on_border, unit="count"),
            ]
        checks += [
            Check(
                text=f"On {kind} at least {RULES.convexity.almost:.0%} of the cells are convex, "
                "on every surface",
                passed=min(within_all) >= RULES.convexity.almost,
            ),
            Check(
                text=f"On {kind} every surface has one minimum, not on its border",
                passed=all(single),
            ),
        ]
        sentences.append(
            f"On {kind} {say_range(within_all)} of the cells are convex; "
            + (
                "; ".join(troubled)
                if troubled
                else "there is one minimum" + (" on each" if len(ids) > 1 else "")
            )
            + "."
        )
    sentences.append(
        f"Curvatures and depths under {say_rate(noise)} of the loss are rounding and count as "
        "none. A cell that is convex in a plane may lie on a saddle in the directions that the "
        "plane leaves out."
    )
    return Answer(finding=" ".join(sentences), checks=checks, numbers=numbers)


def say_minima(minima: int, on_border: int) -> str:
    """Return how many minima there are and where.

    Example:
        >>> say_minima(1, 1), say_minima(4, 0), say_minima(3, 2)
        ('one minimum, on its border', '4 minima, none on its border', '3 minima, 2 on its border')
    """
    if minima == 1:
        return "one minimum, on its border" if on_border else "one minimum, inside"
    return f"{minima} minima, {on_border or 'none'} on its border"


def say_range(shares: Sequence[float]) -> str:
    """Return shares as the lowest and the highest.

    Example:
        >>> say_range([0.98]), say_range([0.5, 0.98])
        ('98%', '50% to 98%')
    """
    low, high = say_small(min(shares)), say_small(max(shares))
    return low if low == high else f"{low} to {high}"


QUESTIONS = (
    Question(
        id="convexity",
        title="The surface is almost convex, with a single minimum",
        statement=(
            "At the end of training the loss looks like a bowl: almost convex for every "
            "optimizer, with a single minimum."
        ),
        figures=("2", "3"),
        link="landscapes?show=bowl&surface=train",
        needs=tuple(id for ids in PLANES.values() for id in ids),
        rules=("convexity",),
        answer=answer,
    ),
)
