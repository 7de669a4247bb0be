"""The catalog of the served landscapes, as JSON that is joined from rows made before."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from urllib.parse import quote

from pydantic_core import to_json

from descent_atlas.landscapes.served_studies import ServedStudy, group_studies
from descent_atlas.landscapes.store import Contents
from descent_atlas.landscapes.stored import Stored
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST
from descent_atlas.storage.regular_files import printable

COLLECTION = "landscapes"
"""Where landscapes are, relative to the catalog."""

Address = Callable[[str], str]
"""The address of a whole landscape by its served id, relative to the catalog, without version."""

Filters = tuple[str | None, str | None, str | None]
"""A figure, an optimizer and a kind of plane; None is any."""

ALL: Filters = (None, None, None)


def address_landscape(id: str) -> str:
    """Return a landscape's address relative to the catalog, without version."""
    return f"{COLLECTION}/{quote(id)}"


def choose_ids(contents: Contents, wanted: Filters) -> list[str]:
    """Return the ids of the landscapes that match, in the catalog's order."""
    if wanted == ALL:
        return list(contents.landscapes)
    return [id for id, stored in contents.landscapes.items() if stored.row.matches(*wanted)]


def write_catalog(
    contents: Contents,
    folders: tuple[str, ...],
    ids: Sequence[str],
    *,
    count: int,
    address: Address = address_landscape,
    with_unavailable: bool = True,
) -> bytes:
    """Return the catalog as JSON with the members of the API's `LandscapesResponse`.

    `folders` are the folders' names, `ids` those of the landscapes that it lists, `count` how many
    there are on all its pages.
    """
    studies, belongs = group_once(contents, folders)
    damaged = contents.damaged if with_unavailable else ()
    unavailable = [{"id": printable(one.id), "reason": printable(one.reason)} for one in damaged]
    rows = (write_row(id, contents.landscapes[id], belongs[id], address(id)) for id in ids)
    about = {
        "count": count,
        "unavailable": unavailable,
        "studies": studies,
        "folders": list(folders),
    }
    return b"".join((b'{"landscapes":[', join(rows), b"],", to_json(about)[1:]))


@lru_cache(maxsize=1)
def group_once(
    contents: Contents, folders: tuple[str, ...]
) -> tuple[list[ServedStudy], dict[str, str]]:
    """Return what `group_studies` returns, once for a snapshot."""
    return group_studies(contents, folders)


def join(rows: Iterable[bytes]) -> bytes:
    """Return rows as the items of a list."""
    return b",".join(rows)


def write_row(id: str, stored: Stored, study: str, address: str) -> bytes:
    """Return a landscape's row as JSON with the members of the API's `CatalogEntry`.

    `id` is the one under which it is served, `study` that of its study.
    """
    version, files = stored.version, address_landscape(id)
    around = {
        "id": id,
        "study": study,
        "version": version,
        "url": f"{address}?v={version}",
        "files": {name: f"{files}/{name}?v={version}" for name in (MANIFEST, ARRAYS)},
    }
    return b"".join((to_json(around)[:-1], b",", stored.row.members, b"}"))
