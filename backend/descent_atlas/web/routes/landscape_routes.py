"""Routes of the landscapes: the catalog, whole landscapes, their files.

The folder may change at any time; each response comes from one snapshot of it. A version in the
address (`?v=`) that is the current one makes the response immutable for caches.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.exceptions import HTTPException

from descent_atlas.landscapes.manifest import Manifest
from descent_atlas.landscapes.parts.plane_parts import PlaneKind
from descent_atlas.landscapes.served_catalog import (
    ALL,
    COLLECTION,
    Filters,
    choose_ids,
    write_catalog,
)
from descent_atlas.landscapes.store import Contents, LandscapeStore, get_public_name
from descent_atlas.landscapes.stored import Stored
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST
from descent_atlas.storage.regular_files import printable
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

PREFIX = f"{API}/{COLLECTION}"

MAX_ROWS = 1_000
"""Limit on the rows that one page of the catalog is asked for: 1 to 4 MB of JSON."""

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
    offset: Annotated[
        int,
        Query(
            ge=0,
            description="How many of those that match are left out at the beginning.",
            examples=[120],
        ),
    ] = 0,
    limit: Annotated[
        int | None,
        Query(
            ge=1,
            le=MAX_ROWS,
            description="The most that are listed; all by default.",
            examples=[120],
        ),
    ] = None,
) -> Response:
    """List the landscapes and tables, all or those that match, and those that are damaged.

    With `offset` and `limit`, a page of them: `count` tells how many match. Damaged landscapes are
    listed on the first page alone.
    """
    wanted = (figure, optimizer.lower() if optimizer is not None else None, plane)
    page = slice(offset, None if limit is None else offset + limit)
    return await reader.read(represent_rows, request, reader.store, wanted, page)


def represent_rows(
    request: Request, store: LandscapeStore, wanted: Filters, page: slice
) -> Response:
    """Return the catalog, or a page of its rows that match."""
    contents = store.read()
    folders = tuple(printable(get_public_name(folder)) for folder in store.folders)
    if wanted == ALL and page == slice(0, None):
        return represent_catalog(contents, folders).respond(request.headers)
    ids = choose_ids(contents, wanted)
    content = write_catalog(
        contents, folders, ids[page], count=len(ids), with_unavailable=page.start == 0
    )
    page_of_it = Representation(content, "application/json", is_lasting=False)
    return page_of_it.respond(request.headers)


@router.get(
    "/{id}",
    response_model=answers.LandscapeResponse,
    summary="Read a landscape",
    responses=problems.describe(404, 503),
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

    def respond(stored: Stored) -> Response:
        return represent(stored).respond(request.headers, choose_caching(stored, known))

    return respond_with(store, id, respond)


@router.get(
    f"/{{id}}/{MANIFEST}",
    response_model=Manifest,
    summary="Download a manifest",
    responses={**problems.describe(404, 503), 200: {"headers": ATTACHED}},
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
        **problems.describe(404, 503),
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

    def respond(stored: Stored) -> Response:
        response = represent_stored_file(stored, name).respond(
            request.headers, choose_caching(stored, known)
        )
        own_name = f"{stored.row.own_id}-{name}"
        response.headers["content-disposition"] = f'attachment; filename="{own_name}"'
        return response

    return respond_with(store, id, respond)


def respond_with(store: LandscapeStore, id: str, respond: Callable[[Stored], Response]) -> Response:
    """Return the response made of a landscape, or a 404 with the reason for a damaged one.

    Raises:
        HTTPException: 404 if no landscape has this id.
        DamagedError: if its files cannot be read now.
    """

    def find(contents: Contents) -> Response:
        stored = contents.landscapes.get(id)
        if stored is not None:
            return respond(stored)
        for damaged in contents.damaged:
            if damaged.id == id:
                return problems.make_problem(
                    404, f"This landscape cannot be served: {printable(damaged.reason)}."
                )
        raise HTTPException(404)

    return store.use(find)


def choose_caching(stored: Stored, known: str | None) -> str:
    """Return the Cache-Control header: immutable if the client asked for the current version."""
    return IMMUTABLE if known == stored.version else REVALIDATE


@lru_cache(maxsize=1)
def represent_catalog(contents: Contents, folders: tuple[str, ...]) -> Representation:
    """Return the whole catalog, cached for one snapshot."""
    ids = list(contents.landscapes)
    content = write_catalog(contents, folders, ids, count=len(ids))
    return Representation(content, "application/json")
