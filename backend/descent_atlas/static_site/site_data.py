"""Data of an exported site: a file for each response of the API that its pages ask for.

A static host finds files by path alone. The catalog therefore names a path of its own for each
landscape; the versions in its addresses (`?v=`) keep caches from mixing two exports.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic_core import to_json

from descent_atlas.landscapes.claims.curvature.curvature_rules import read_curvature_rules
from descent_atlas.landscapes.claims.networks.network_rules import read_network_rules
from descent_atlas.landscapes.claims.rules import read_text
from descent_atlas.landscapes.store import Contents, Stored
from descent_atlas.static_site.site_pages import (
    CATALOG,
    CLAIMS,
    CURVATURE_RULES_PATH,
    NETWORK_RULES_PATH,
    RULES,
)
from descent_atlas.web.claims_cache import encode_claims
from descent_atlas.web.landscape_representations import encode_landscape
from descent_atlas.web.routes.landscape_routes import COLLECTION, describe_catalog

WHOLE: Final = "landscape.json"
"""Name of the file that holds a landscape as the API returns it, beside the landscape's own."""


def make_data(contents: Contents, folders: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the data of a site as pairs of a path and its content.

    `folders` are the names of the folders that hold the landscapes.
    """
    yield CATALOG, to_json(describe_site(contents, tuple(folders)))
    yield CLAIMS, encode_claims(contents)
    yield RULES, read_text().encode()
    yield CURVATURE_RULES_PATH, read_curvature_rules().encode()
    yield NETWORK_RULES_PATH, read_network_rules().encode()
    for id, stored in contents.landscapes.items():
        for name, content in list_files(stored):
            yield f"data/{COLLECTION}/{id}/{name}", content


def list_files(stored: Stored) -> Iterator[tuple[str, bytes]]:
    """Yield a landscape as the API returns it, and its two own files."""
    yield WHOLE, encode_landscape(stored)
    yield from stored.files.items()


def describe_site(contents: Contents, folders: tuple[str, ...]) -> dict[str, Any]:
    """Return the catalog of a site, relative to `CATALOG`.

    It differs from the API's in the addresses of whole landscapes, and lists no damaged ones: they
    concern whoever exports, not who reads.
    """
    catalog = describe_catalog(contents, folders)
    for row in catalog["landscapes"]:
        row["url"] = f"{COLLECTION}/{row['id']}/{WHOLE}?v={row['version']}"
    return {**catalog, "unavailable": []}
