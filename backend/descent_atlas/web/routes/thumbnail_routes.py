"""Route of the objectives' thumbnails. They never change, and are computed and encoded once."""

from functools import cache

import numpy as np
from fastapi import APIRouter, Request, Response
from numpy.typing import NDArray

from descent_atlas.objectives.objective import Domain, Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.web.description import responses as answers
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.representations import CURRENT, Representation
from descent_atlas.web.typed_arrays import Pieces, encode, write_list, write_mapping, write_object

COUNT = 51
"""Points along each axis; the browser smooths them to the size of the picture."""

HIGHEST = np.iinfo(np.uint8).max

router = APIRouter(prefix=API, tags=[Tag.TABLES], responses=CURRENT)


@router.get(
    "/thumbnails", response_model=answers.ThumbnailsResponse, summary="List objectives as pictures"
)
def get_thumbnails(request: Request) -> Response:
    """List a small picture of every objective at its default parameters."""
    return represent_thumbnails().respond(request.headers)


@cache
def represent_thumbnails() -> Representation:
    """Return the thumbnails."""
    content = write_mapping({"thumbnails": write_list(map(_write_thumbnail, OBJECTIVES.values()))})
    return Representation(b"".join(content), "application/json")


def _write_thumbnail(objective: Objective) -> Pieces:
    """Return the JSON of an `answers.ThumbnailPart`."""
    x, y = list_square(objective.domain)
    z, _, _ = objective.evaluate(x, y[:, np.newaxis], objective.pack({}))
    levels = objective.contour_levels(z)
    return write_object(
        {"objective": objective.id, "levels": len(levels)},
        numbers=encode(quantize(number_levels(z, levels), len(levels))),
    )


def list_square(domain: Domain) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the coordinates of `COUNT` points along each axis of the smallest square around it."""
    reach = max(domain.x[1] - domain.x[0], domain.y[1] - domain.y[0]) / 2
    x, y = (
        np.linspace((low + high) / 2 - reach, (low + high) / 2 + reach, COUNT)
        for low, high in (domain.x, domain.y)
    )
    return x, y


def number_levels(z: NDArray[np.float64], levels: list[float]) -> NDArray[np.float64]:
    """Return where values stand among levels: i at level i and linear between levels.

    Below the first level and above the last it goes on with the slope of the nearest interval.
    """
    edges = np.array(levels)
    i = np.clip(np.searchsorted(edges, z, side="right") - 1, 0, edges.size - 2)
    numbers: NDArray[np.float64] = i + (z - edges[i]) / (edges[i + 1] - edges[i])
    return numbers


def quantize(numbers: NDArray[np.float64], levels: int) -> NDArray[np.uint8]:
    """Return numbers of levels as bytes, from one level below the first to one above the last."""
    shares = (np.clip(numbers, -1, levels) + 1) / (levels + 1)
    return np.round(shares * HIGHEST).astype(np.uint8)
