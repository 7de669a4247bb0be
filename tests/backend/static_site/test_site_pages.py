"""Pages of a site: their links, addresses and policies."""

import json
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path

import pytest

from descent_atlas.static_site.site_pages import ADDRESSES, PageError, make_pages
from descent_atlas.web.middleware.security_headers import CONTENT_SECURITY_POLICY
from descent_atlas.web.settings import find_page

LOCAL = re.compile(r'(?:href|src)="\./([^"?#]*)"')
"""An address of the site's own in a page."""

PAGES = ("index.html", "about.html")


@pytest.fixture(scope="module")
def files() -> Mapping[str, bytes]:
    """The pages, scripts and styles of a site."""
    return dict(make_pages(find_page(), None))


def test_a_site_has_two_pages_and_nothing_of_the_playground(files: Mapping[str, bytes]) -> None:
    assert [name for name in files if name.endswith(".html")] == list(PAGES)
    assert {name.partition("/")[0] for name in files} == {
        *PAGES,
        *("about", "core", "landscapes", "plot", "styles", "surfaces", "vendor", "widgets"),
        "favicon.svg",
    }
    assert not [name for name in files if name.endswith((".ts", ".md"))]


def test_the_scripts_by_others_come_with_their_licence(files: Mapping[str, bytes]) -> None:
    folders = {Path(name).parent for name in files if name.startswith("vendor/")}
    assert folders
    assert {folder for folder in folders if str(folder / "LICENSE") not in files} == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_address_in_a_page_is_that_of_a_file_of_the_site(
    files: Mapping[str, bytes], name: str
) -> None:
    data = {address.removeprefix("./") for address in ADDRESSES.values()}
    named = set(LOCAL.findall(files[name].decode()))
    assert len(named) > 20
    assert named <= {*files, *data}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_leads_to_the_pages_of_the_site_alone(files: Mapping[str, bytes], name: str) -> None:
    page = files[name].decode()
    navigation = page[page.index("<nav") : page.index("</nav>")]
    assert re.findall(r'href="([^"]+)"', navigation) == ["./", "./about.html"]
    assert navigation.count('aria-current="page"') == 1
    assert "Playground" not in page
    assert "api/v1" not in re.sub(r'<meta name="descent-atlas-addresses".*', "", page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_states_the_policies_before_it_loads_anything(
    files: Mapping[str, bytes], name: str
) -> None:
    page = files[name].decode()
    head = page[: page.index("<link")]
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', head)
    lost = set(CONTENT_SECURITY_POLICY.split("; ")) - set(policy.split("; "))
    assert lost == {"frame-ancestors 'none'"}
    assert '<meta name="referrer" content="no-referrer" />' in head
    (stated,) = re.findall(r'name="descent-atlas-addresses" content="([^"]+)"', head)
    assert json.loads(unescape(stated)) == ADDRESSES
    assert page.encode().index(b"charset=") < 1024  # where browsers look for it


def test_the_title_stands_over_the_gallery_as_text() -> None:
    title = 'Sharp <b>& "flat"</b> minima'
    files = dict(make_pages(find_page(), title))
    page = files["index.html"].decode()
    shown = "Sharp &lt;b&gt;&amp; &quot;flat&quot;&lt;/b&gt; minima"
    assert f'<h1 id="gallery-title">{shown}</h1>' in page
    assert f"<title>{shown} – Descent Atlas</title>" in page
    assert b"Sharp" not in files["about.html"]


def test_a_page_that_lacks_what_is_replaced_is_refused(tmp_path: Path) -> None:
    for name in ("landscapes.html", "about.html"):
        (tmp_path / name).write_text("<!doctype html>\n<title>Mine</title>\n")
    with pytest.raises(PageError, match=r"^landscapes\.html should have one line <a href="):
        dict(make_pages(tmp_path, None))
    with pytest.raises(PageError, match=r"^The gallery should have <h1"):
        dict(make_pages(tmp_path, "Ours"))
