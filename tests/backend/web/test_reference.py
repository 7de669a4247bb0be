"""Reference page of the API."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient


class Reading(HTMLParser):
    """The ids, the links and the elements of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            self.attributes.add(name)
            if name == "id" and value:
                self.ids.append(value)
            if name in ("href", "src") and value:
                self.links.append(value)


@pytest.fixture(scope="module")
def reading(client: TestClient) -> Reading:
    answer = client.get("/api/reference")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Reading(answer.text)


def test_the_reference_has_every_route_and_every_schema(
    client: TestClient, reading: Reading
) -> None:
    description = client.get("/openapi.json").json()
    operations = [one for methods in description["paths"].values() for one in methods.values()]
    expected = {operation["operationId"] for operation in operations}
    assert expected | set(description["components"]["schemas"]) <= set(reading.ids)


def test_every_link_of_the_reference_leads_somewhere_on_this_server(
    client: TestClient, reading: Reading
) -> None:
    assert len(reading.ids) == len(set(reading.ids))
    inner = {link[1:] for link in reading.links if link.startswith("#")}
    assert inner <= set(reading.ids)
    for link in {link for link in reading.links if not link.startswith("#")}:
        assert link.startswith("../"), link  # relative, so valid below a prefix
        assert client.get(urljoin("/api/reference", link)).status_code == 200, link


def test_no_script_and_no_style_stands_in_the_reference_itself(
    client: TestClient, reading: Reading
) -> None:
    assert not {"style", "img", "iframe"} & set(reading.tags)
    assert "style" not in reading.attributes
    scripts = re.findall(r"<script[^>]*>([^<]*)</script>", client.get("/api/reference").text)
    assert scripts == [""] * reading.tags.count("script")
    assert not [name for name in reading.attributes if re.match("on[a-z]", name)]


def test_the_reference_is_revalidated_by_its_hash(client: TestClient) -> None:
    first = client.get("/api/reference")
    again = client.get("/api/reference", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert "/api/reference" not in client.get("/openapi.json").json()["paths"]
