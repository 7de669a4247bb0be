"""Data of an exported site: a file for each response of the API that its pages ask for.

A static host finds files by path alone. The catalog therefore names a path of its own for each
landscape; the versions in its addresses (`?v=`) keep caches from mixing two exports.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from descent_atlas.landscapes.claims.curvature.curvature_rules import read_curvature_rules
from descent_atlas.landscapes.claims.networks.network_rules import read_network_rules
from descent_atlas.landscapes.claims.rules import read_text
from descent_atlas.landscapes.served_catalog import COLLECTION, write_catalog
from descent_atlas.landscapes.store import Contents
from descent_atlas.landscapes.stored import Stored
from descent_atlas.static_site.site_pages import (
    CATALOG,
    CLAIMS,
    CURVATURE_RULES_PATH,
    NETWORK_RULES_PATH,
    RULES,
)
from descent_atlas.web.claims_cache import encode_claims
from descent_atlas.web.landscape_representations import encode_content

WHOLE: Final = "landscape.json"
"""Name of the file that holds a landscape as the API returns it, beside the landscape's own."""


def choose_complete(contents: Contents) -> tuple[Contents, list[str]]:
    """Return the landscapes that are complete, and the ids of the others.

    A site does not change: what is incomplete would stay so there.
    """
    chosen = {id: one for id, one in contents.landscapes.items() if one.row.complete}
    left_out = [id for id in contents.landscapes if id not in chosen]
    return replace(contents, landscapes=chosen), left_out


def make_data(contents: Contents, folders: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the data of a site as pairs of a path and its content.

    `folders` are the names of the folders that hold the landscapes. Raises DamagedError if a
    landscape is replaced meanwhile.
    """
    yield CATALOG, encode_site_catalog(contents, folders)
    yield CLAIMS, encode_claims(contents)
    yield RULES, read_text().encode()
    yield CURVATURE_RULES_PATH, read_curvature_rules().encode()
    yield NETWORK_RULES_PATH, read_network_rules().encode()
    for id, stored in contents.landscapes.items():
        for name, content in list_files(stored):
            yield f"data/{COLLECTION}/{id}/{name}", content


def list_files(stored: Stored) -> Iterator[tuple[str, bytes]]:
    """Yield a landscape as the API returns it, and its two own files."""
    content = stored.content
    yield WHOLE, encode_content(content, stored.version)
    yield from content.files.items()


def encode_site_catalog(contents: Contents, folders: Sequence[str]) -> bytes:
    """Return the catalog of a site, relative to `CATALOG`.

    It differs from the API's in the addresses of whole landscapes, and lists no damaged ones: they
    concern whoever exports, not who reads.
    """
    return write_catalog(
        contents,
        tuple(folders),
        list(contents.landscapes),
        count=len(contents.landscapes),
        address=lambda id: f"{COLLECTION}/{id}/{WHOLE}",
        with_unavailable=False,
    )
