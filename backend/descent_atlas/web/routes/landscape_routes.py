"""Routes of the landscapes: the catalog, whole landscapes, their files.

The folder may change at any time; each response comes from one snapshot of it. A version in the
address (`?v=`) that is the current one makes the response immutable for caches.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from descent_atlas.landscapes.claims.table_standings import judge_table
from descent_atlas.landscapes.manifest import Manifest, list_metrics
from descent_atlas.landscapes.parts.plane_parts import PlaneKind
from descent_atlas.landscapes.served_studies import group_studies
from descent_atlas.landscapes.store import (
    Contents,
    LandscapeStore,
    Stored,
    get_public_name,
    printable,
)
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST
from descent_atlas.web import problems
from descent_atlas.web.dependencies import Reader
from descent_atlas.web.description import responses as answers
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.landscape_representations import (
    get_cached_representation,
    represent,
    represent_stored_file,
)
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.representations import CURRENT, IMMUTABLE, REVALIDATE, Representation

COLLECTION = "landscapes"

PREFIX = f"{API}/{COLLECTION}"

router = APIRouter(prefix=PREFIX, tags=[Tag.LANDSCAPES], responses=CURRENT | problems.describe(422))

LandscapeId = Annotated[
    str, Path(description="The landscape's id, as the catalog has it.", examples=["bowl"])
]

Version = Annotated[
    str | None,
    Query(
        alias="v",
        description="The version that the client knows of. If it is the present one, the client "
        "may keep the response for good.",
        examples=["f0207502f631d714"],
    ),
]

ATTACHED = {
    "Content-Disposition": {
        "description": "Marks a file, and names it.",
        "schema": {"type": "string"},
    }
}
"""OpenAPI description of the headers of a file."""


@router.get("", response_model=answers.LandscapesResponse, summary="List landscapes")
async def get_landscapes(
    request: Request,
    reader: Reader,
    figure: Annotated[
        str | None,
        Query(description="A figure or table of the paper.", examples=["3"]),
    ] = None,
    optimizer: Annotated[
        str | None, Query(description="An optimizer of one of the runs.", examples=["adam"])
    ] = None,
    plane: Annotated[
        PlaneKind | None, Query(description="How the plane was made.", examples=["pca"])
    ] = None,
) -> Response:
    """List the landscapes and tables, all or those that match, and those that are damaged."""
    wanted = (figure, optimizer.lower() if optimizer is not None else None, plane)
    return await reader.read(represent_rows, request, reader.store, wanted)


def represent_rows(
    request: Request,
    store: LandscapeStore,
    wanted: tuple[str | None, str | None, PlaneKind | None],
) -> Response:
    """Return the catalog, or its rows that match."""
    contents = store.read()
    folders = tuple(printable(get_public_name(folder)) for folder in store.folders)
    if wanted == (None, None, None):
        return represent_catalog(contents, folders).respond(request.headers)
    catalog = describe_catalog(contents, folders)
    catalog["landscapes"] = [row for row in catalog["landscapes"] if matches(row, *wanted)]
    return Representation(to_json(catalog), "application/json").respond(request.headers)


@router.get(
    "/{id}",
    response_model=answers.LandscapeResponse,
    summary="Read a landscape",
    responses=problems.describe(404),
)
async def get_landscape(
    request: Request,
    id: LandscapeId,
    reader: Reader,
    known: Version = None,
) -> Response:
    """Return one landscape whole: its manifest and its arrays."""
    contents = reader.store.fresh
    stored = contents.landscapes.get(id) if contents is not None else None
    if stored is not None:
        whole = get_cached_representation(stored)
        if whole is not None and whole.is_ready(request.headers):  # the common case: no thread
            return whole.respond(request.headers, choose_caching(stored, known))
    return await reader.read(represent_landscape, request, reader.store, id, known)


def represent_landscape(
    request: Request, store: LandscapeStore, id: str, known: str | None
) -> Response:
    """Return one landscape of the current snapshot."""
    stored = find(store, id)
    if isinstance(stored, Response):
        return stored
    return represent(stored).respond(request.headers, choose_caching(stored, known))


@router.get(
    f"/{{id}}/{MANIFEST}",
    response_model=Manifest,
    summary="Download a manifest",
    responses={**problems.describe(404), 200: {"headers": ATTACHED}},
)
async def get_manifest(
    request: Request,
    id: LandscapeId,
    reader: Reader,
    known: Version = None,
) -> Response:
    """Return a landscape's manifest as a file."""
    return await reader.read(represent_file, request, reader.store, id, MANIFEST, known)


@router.get(
    f"/{{id}}/{ARRAYS}",
    response_class=Response,
    summary="Download arrays",
    responses={
        **problems.describe(404),
        200: {
            "description": "The arrays, as a file",
            "headers": ATTACHED,
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        },
    },
)
async def get_arrays(
    request: Request,
    id: LandscapeId,
    reader: Reader,
    known: Version = None,
) -> Response:
    """Return a landscape's arrays as a file that `numpy.load` reads."""
    return await reader.read(represent_file, request, reader.store, id, ARRAYS, known)


def represent_file(
    request: Request, store: LandscapeStore, id: str, name: str, known: str | None
) -> Response:
    """Return one of the files of a landscape of the current snapshot."""
    stored = find(store, id)
    if isinstance(stored, Response):
        return stored
    response = represent_stored_file(stored, name).respond(
        request.headers, choose_caching(stored, known)
    )
    own_name = f"{stored.landscape.manifest.id}-{name}"
    response.headers["content-disposition"] = f'attachment; filename="{own_name}"'
    return response


def find(store: LandscapeStore, id: str) -> Stored | Response:
    """Return a landscape of the current snapshot, or a 404 with the reason for a damaged one.

    Raises:
        HTTPException: 404 if no landscape has this id.
    """
    contents = store.read()
    stored: Stored | None = contents.landscapes.get(id)
    if stored is not None:
        return stored
    for damaged in contents.damaged:
        if damaged.id == id:
            return problems.make_problem(
                404, f"This landscape cannot be served: {printable(damaged.reason)}."
            )
    raise HTTPException(404)


def choose_caching(stored: Stored, known: str | None) -> str:
    """Return the Cache-Control header: immutable if the client asked for the current version."""
    return IMMUTABLE if known == stored.version else REVALIDATE


@lru_cache(maxsize=1)
def represent_catalog(contents: Contents, folders: tuple[str, ...]) -> Representation:
    """Return the whole catalog, cached for one snapshot."""
    return Representation(to_json(describe_catalog(contents, folders)), "application/json")


def describe_catalog(contents: Contents, folders: tuple[str, ...]) -> dict[str, Any]:
    """Return the catalog as the members of `answers.LandscapesResponse`."""
    studies, belongs = group_studies(contents, folders)
    return {
        "landscapes": [
            describe_landscape(id, stored, belongs[id])
            for id, stored in contents.landscapes.items()
        ],
        "studies": studies,
        "unavailable": [
            {"id": printable(damaged.id), "reason": printable(damaged.reason)}
            for damaged in contents.damaged
        ],
        "folders": list(folders),
    }


def describe_landscape(id: str, stored: Stored, study: str) -> dict[str, Any]:
    """Return a landscape's row of the catalog as the members of `answers.CatalogEntry`.

    `id` is the one under which it is served, `study` that of its study.
    """
    manifest, version = stored.landscape.manifest, stored.version
    plane, grid, results = manifest.plane, manifest.grid, manifest.results
    url = f"{COLLECTION}/{quote(id)}"
    return {
        "id": id,
        "own_id": manifest.id,
        "study": study,
        "kind": manifest.kind,
        "title": manifest.title,
        "shows": manifest.shows,
        "figures": manifest.figures,
        "plane": plane.kind if plane is not None else None,
        "origin": plane.origin if plane is not None else None,
        "runs": manifest.runs,
        "optimizers": list(dict.fromkeys(list_optimizers(stored))),
        "surfaces": [surface.id for surface in manifest.surfaces],
        "metrics": [metric.id for metric in list_metrics(manifest)]
        if manifest.kind != "table"
        else [],
        "grid": grid.shape if grid is not None else None,
        "complete": manifest.complete,
        "arrows": bool(manifest.arrows),
        "cells": results.cells,
        "explained": results.explained,
        "standings": judge_table(manifest) if manifest.kind == "table" else None,
        "version": version,
        "url": f"{url}?v={version}",
        "files": {name: f"{url}/{name}?v={version}" for name in (MANIFEST, ARRAYS)},
    }


def list_optimizers(stored: Stored) -> Iterator[str]:
    """Yield each run's optimizer as the playground names it: SGD on full batches is `gd`."""
    manifest = stored.landscape.manifest
    for run in manifest.runs:
        name = str(run.spec.get("optimizer", "")).lower()
        size, whole = run.batch_size, manifest.dataset.train
        is_whole = size is not None and whole is not None and size >= whole
        if name:
            yield "gd" if name == "sgd" and is_whole else name


def matches(
    row: Mapping[str, Any], figure: str | None, optimizer: str | None, plane: str | None
) -> bool:
    """Tell whether a row of the catalog matches a figure, optimizer and plane; None matches any."""
    return (
        (figure is None or figure in row["figures"])
        and (optimizer is None or optimizer in row["optimizers"])
        and (plane is None or plane == row["plane"])
    )
