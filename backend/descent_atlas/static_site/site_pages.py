"""Pages and scripts of an exported site: the server's own, with the addresses of files."""

import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final

from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.middleware.security_headers import CONTENT_SECURITY_POLICY
from descent_atlas.web.page_files import MEDIA_TYPES, PATH, VENDOR

PAGES: Final = {"landscapes.html": "index.html", "about.html": "about.html"}
"""The pages of a site: their files in the page's folder, and in the site. The playground and the
reference of the API need a server."""

SERVER_FOLDERS: Final = ("playground", "reference")
"""Folders of the page that only pages with a server load."""

ENCODERS: Final = (f"{VENDOR}/mediabunny-", f"{VENDOR}/gifenc-")
"""How the paths of scripts by others begin that only the playground loads."""

CATALOG: Final = "data/landscapes.json"
CLAIMS: Final = "data/claims.json"
RULES: Final = "data/claims-rules.txt"
CURVATURE_RULES_PATH: Final = "data/curvature-rules.txt"
NETWORK_RULES_PATH: Final = "data/network-rules.txt"

ADDRESSES: Final = {
    "landscapes": "./",
    "about": "./about.html",
    f"{API[1:]}/landscapes": f"./{CATALOG}",
    f"{API[1:]}/claims": f"./{CLAIMS}",
    f"{API[1:]}/claims/rules": f"./{RULES}",
    f"{API[1:]}/claims/curvature-rules": f"./{CURVATURE_RULES_PATH}",
    f"{API[1:]}/claims/network-rules": f"./{NETWORK_RULES_PATH}",
}
"""Where a site has what a server has at an address; both are relative to the site."""

HEADER_ONLY: Final = ("frame-ancestors", "report-uri", "sandbox")
"""Directives that browsers accept in a header alone (CSP Level 3, 3.3)."""

META_POLICY: Final = "; ".join(
    directive
    for directive in CONTENT_SECURITY_POLICY.split("; ")
    if directive.split()[0] not in HEADER_ONLY
)
"""The server's Content-Security-Policy, without `HEADER_ONLY`."""

CHARSET: Final = '<meta charset="utf-8" />'
PLAYGROUND: Final = '<a href="./">Playground</a>'
GALLERY_TITLE: Final = '<h1 id="gallery-title">Landscapes</h1>'
DOCUMENT_TITLE: Final = "<title>Landscapes –"
"""What the export looks for in the pages."""

LINK = re.compile(r'href="\./([^"?#]+)"')
"""A link to a page or a file of the site."""

LICENCE: Final = "LICENSE"
"""File that goes with the scripts by others."""


class PageError(ValueError):
    """Pages that cannot be exported; the message is a sentence."""


def make_pages(folder: Path, title: str | None) -> Iterator[tuple[str, bytes]]:
    """Yield the pages, scripts and styles of a site as pairs of a path and its content.

    Args:
        folder: the page's folder.
        title: the gallery's title; None for its own.

    Raises:
        PageError: if a page lacks what the export replaces.
        OSError: if a file cannot be read.
    """
    for source, target in PAGES.items():
        html = (folder / source).read_text(encoding="utf-8")
        if title is not None and target == "index.html":
            html = set_title(html, title)
        yield target, adapt_page(html, source).encode()
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder)
        if is_needed(path) and file.is_file():
            yield path.as_posix(), file.read_bytes()


def is_needed(path: Path) -> bool:
    """Tell whether a site needs a file of the page besides its HTML.

    Example:
        >>> is_needed(Path("core/api.js")), is_needed(Path("playground/playground-main.js"))
        (True, False)
        >>> is_needed(Path("vendor/gifenc-1.0.3/gifenc.js"))
        False
    """
    if path.as_posix().startswith(ENCODERS):
        return False
    if path.parts[0] in SERVER_FOLDERS or not PATH.fullmatch(f"/{path.as_posix()}"):
        return False
    return path.name == LICENCE or (path.suffix in MEDIA_TYPES and path.suffix != ".html")


def adapt_page(html: str, name: str) -> str:
    """Return a page of the server as a page of a site.

    Its links lead to files, none to the playground, and `<meta>` elements state the addresses for
    the scripts and, because static hosts set no headers, the policies.

    Raises:
        PageError: if the page, of this name, lacks what is replaced.
    """
    html = LINK.sub(lambda link: f'href="{ADDRESSES.get(link[1], f"./{link[1]}")}"', html)
    lines = html.splitlines(keepends=True)
    html = "".join(line for line in lines if line.strip() != PLAYGROUND)
    if len(html.splitlines()) != len(lines) - 1:
        raise PageError(f"{name} should have one line {PLAYGROUND}.")
    metas = (
        f'<meta http-equiv="Content-Security-Policy" content="{META_POLICY}" />',
        '<meta name="referrer" content="no-referrer" />',
        f'<meta name="descent-atlas-addresses" content="{escape(json.dumps(ADDRESSES))}" />',
    )
    return replace_once(html, CHARSET, "\n    ".join((CHARSET, *metas)), name)


def set_title(html: str, title: str) -> str:
    """Return the gallery under another title. Raises PageError if the page has no title."""
    text = escape(title)
    html = replace_once(html, GALLERY_TITLE, f'<h1 id="gallery-title">{text}</h1>', "The gallery")
    return replace_once(html, DOCUMENT_TITLE, f"<title>{text} –", "The gallery")


def replace_once(html: str, old: str, new: str, name: str) -> str:
    """Return a page with a part replaced. Raises PageError unless it has the part once."""
    if html.count(old) != 1:
        raise PageError(f"{name} should have {old} once.")
    return html.replace(old, new)
