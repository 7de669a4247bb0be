"""The order of landscapes in the catalog, and the ids under which they are served."""

import itertools
import math
from collections.abc import Collection, Sequence
from typing import Any

from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Run
from descent_atlas.landscapes.parts.plane_parts import Plane

FIGURE_DIGITS = 9
"""Digits of a figure's number; a longer one sorts as a name, because `int` refuses thousands."""


def choose_served_id(
    id: str, taken: Collection[str], names: Collection[str], study: str | None = None
) -> str:
    """Return the id under which a landscape is served: its own, unless an earlier folder has it.

    Then it is qualified by its study, so that a link means the same whatever else is served; by a
    number if there is no study, or that id is in use too.

    Args:
        id: the landscape's own id.
        taken: the ids of earlier folders, damaged ones among them: a link to one of those does not
            come to mean another landscape.
        names: the own ids of all folders.
        study: the id of the landscape's study.

    Example:
        >>> choose_served_id("bowl", set(), {"bowl"}), choose_served_id("bowl", {"bowl"}, {"bowl"})
        ('bowl', 'bowl.2')
        >>> choose_served_id("bowl", {"bowl"}, {"bowl"}, "digits")
        'digits.bowl'
    """
    if id not in taken:
        return id
    qualified = [f"{study}.{id}"] if study else []
    numbered = (f"{id}.{number}" for number in itertools.count(2))
    candidates = itertools.chain(qualified, numbered)
    return next(one for one in candidates if one not in taken and one not in names)


def make_sort_key(landscape: Landscape) -> tuple[Any, ...]:
    """Return the key that sorts landscapes into the paper's order.

    Tables come last. They sort by figure; then planes of several runs before planes
    of one run; then by the origin's step, the last step first; then by id. Tables whose every cell
    has the paper's number come before the others.
    """
    manifest = landscape.manifest
    figures = [(number_figure(name), name) for name in manifest.figures]
    plane = manifest.plane
    own = plane is not None and is_own_plane(plane, manifest.runs, manifest.id)
    return (
        manifest.kind == "table",
        min(figures, default=(math.inf, "")),
        any(cell.paper is None for cell in manifest.results.cells),
        own,
        0 if plane is None or plane.origin is None or own else -plane.origin.step,
        manifest.id,
    )


def number_figure(name: str) -> float:
    """Return the number of a figure, to sort by; infinity for a name that is not a number."""
    return int(name) if name.isdecimal() and len(name) <= FIGURE_DIGITS else math.inf


def is_own_plane(plane: Plane, runs: Sequence[Run], id: str) -> bool:
    """Tell whether a plane is that of a single run, after which the study names the landscape."""
    return len(runs) == 1 and id == f"{runs[0].id}-{plane.kind}"
