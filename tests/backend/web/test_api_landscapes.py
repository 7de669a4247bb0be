"""Routes of the landscapes."""

import http.client
import io
import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas import cli
from descent_atlas.landscapes import store as landscapes
from descent_atlas.landscapes.format import ID_LENGTH
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST
from descent_atlas.web import server
from descent_atlas.web.app import create_app
from descent_atlas.web.description import responses
from descent_atlas.web.representations import IMMUTABLE, REVALIDATE
from descent_atlas.web.settings import Settings
from tests.backend.landscapes.landscape_samples import make_landscape, make_table
from tests.backend.landscapes.study_samples import make_study, write_study
from tests.backend.landscapes.test_store import make_numbered, running
from tests.backend.web.arrays import decode
from tests.servers import find_free_port, wait_until

BASE = "/api/v1/landscapes"


def connect(root: Path) -> TestClient:
    """Return a client of an application without warm-up that serves a folder's landscapes."""
    app = create_app(Settings(landscapes_folder=(root,)))
    return TestClient(app, base_url="http://localhost")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A client of an application with samples of every kind."""
    root = tmp_path_factory.mktemp("landscapes")
    write_study(root)
    return connect(root)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scan the folder for every request."""
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)


def list_ids(client: TestClient, **filters: str) -> list[str]:
    """Return the ids of the catalog's rows."""
    return [row["id"] for row in client.get(BASE, params=filters).json()["landscapes"]]


def test_the_catalog_lists_everything_in_the_papers_order(study: TestClient) -> None:
    catalog = study.get(BASE).json()
    responses.LandscapesResponse.model_validate(catalog)
    samples = make_study()
    assert [row["id"] for row in catalog["landscapes"]] == [sample.id for sample in samples]
    for row, sample in zip(catalog["landscapes"], samples, strict=True):
        manifest = sample.manifest
        for name in ("id", "kind", "title", "shows", "figures"):
            assert row[name] == manifest[name]
        assert [one | run for one, run in zip(row["runs"], manifest["runs"], strict=True)] == (
            row["runs"]
        )
        assert row["surfaces"] == [surface["id"] for surface in manifest["surfaces"]]
        assert row["arrows"] == bool(manifest["arrows"])
        if row["kind"] == "landscape":
            assert row["plane"] == manifest["plane"]["kind"]
            assert row["origin"] == manifest["plane"]["origin"]
            assert row["grid"] == [9, 11]
            assert (row["cells"], row["explained"], row["standings"]) == ([], {}, None)
        else:
            assert (row["plane"], row["origin"], row["grid"]) == (None, None, None)
            assert row["cells"] == manifest["results"]["cells"]
            assert row["explained"] == manifest["results"]["explained"]
            ids = [cell["run"] for cell in row["cells"]]
            assert [one["run"] for one in row["standings"]["runs"]] == ids
            assert row["standings"]["highest"] == max(row["cells"], key=lambda c: c["mean"])["run"]
    assert catalog["unavailable"] == []


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"figure": "1"}, ["batches-end"]),
        ({"figure": "9"}, []),
        ({"plane": "minima"}, ["three-minima"]),
        ({"plane": "pca"}, ["adam-pca", "gd-pca", "sgd-pca"]),
        (
            {"optimizer": "adam"},
            ["optimizers", "three-minima", "adam-pca", "adam-random", "table-1"],
        ),
        ({"optimizer": "GD", "figure": "3", "plane": "shared"}, ["optimizers"]),
        ({"optimizer": "lion"}, []),
        ({"plane": "random", "figure": "2"}, ["bowl"]),
    ],
)
def test_the_catalog_is_filtered(
    study: TestClient, filters: dict[str, str], ids: list[str]
) -> None:
    assert list_ids(study, **filters) == ids


def test_sgd_on_the_whole_set_is_gradient_descent(study: TestClient) -> None:
    (row,) = study.get(BASE, params={"plane": "shared", "figure": "3"}).json()["landscapes"]
    assert row["optimizers"] == ["gd", "sgd", "adam"]


def test_a_plane_that_does_not_exist_is_refused_by_name(study: TestClient) -> None:
    answer = study.get(BASE, params={"plane": "aero"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == "plane"


@pytest.mark.parametrize("sample", make_study(), ids=lambda sample: sample.id)
def test_a_landscape_comes_whole_with_nan_and_infinity(study: TestClient, sample: Any) -> None:
    answer = study.get(f"{BASE}/{sample.id}").json()
    responses.LandscapeResponse.model_validate(answer)
    manifest = answer["manifest"]
    assert {name: manifest[name] for name in sample.manifest} == sample.manifest
    assert list(answer["arrays"]) == list(sample.arrays)
    types = {"f": "f8", "i": "i4", "b": "u1"}
    for name, array in sample.arrays.items():
        travelled = answer["arrays"][name]
        assert travelled["dtype"] == types[array.dtype.kind]
        np.testing.assert_array_equal(decode(travelled), array)
        assert decode(travelled).shape == array.shape


def test_a_landscape_is_kept_for_good_under_its_version_alone(study: TestClient) -> None:
    rows = {row["id"]: row for row in study.get(BASE).json()["landscapes"]}
    for reference in (rows["bowl"]["url"], *rows["bowl"]["files"].values()):
        assert not reference.startswith(("/", "http"))  # relative, so valid below a prefix
        address = urljoin(BASE, reference)
        plain, _, version = address.partition("?v=")
        assert version == rows["bowl"]["version"]
        pinned = study.get(address)
        assert pinned.status_code == 200
        assert pinned.headers["cache-control"] == IMMUTABLE
        for other in (plain, f"{plain}?v=", f"{plain}?v={rows['optimizers']['version']}"):
            present = study.get(other)
            assert present.content == pinned.content
            assert present.headers["cache-control"] == REVALIDATE


@pytest.mark.parametrize("path", ["", "/bowl", f"/bowl/{MANIFEST}", f"/bowl/{ARRAYS}"])
def test_what_the_client_has_is_not_sent_again(study: TestClient, path: str) -> None:
    first = study.get(BASE + path)
    current = study.get(BASE + path, headers={"if-none-match": first.headers["etag"]})
    assert (current.status_code, current.content) == (304, b"")
    assert current.headers["etag"] == first.headers["etag"]
    again = study.get(BASE + path, headers={"if-none-match": '"another"'})
    assert again.content == first.content


def test_a_landscape_travels_compressed_and_is_compressed_once(
    study: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepting = {"accept-encoding": "br"}
    first = study.get(f"{BASE}/three-minima", headers=accepting)
    assert first.headers["content-encoding"] == "br"
    monkeypatch.setattr("brotli.compress", None)
    again = study.get(f"{BASE}/three-minima", headers=accepting)
    assert again.json() == first.json()


def test_the_files_are_those_of_the_folder(tmp_path: Path) -> None:
    sample = make_landscape()
    folder = sample.write(tmp_path)
    client = connect(tmp_path)
    for name, media_type in ((MANIFEST, "application/json"), (ARRAYS, "application/zip")):
        answer = client.get(f"{BASE}/optimizers/{name}")
        assert answer.content == (folder / name).read_bytes()
        assert answer.headers["content-type"] == media_type
        disposition = f'attachment; filename="optimizers-{name}"'
        assert answer.headers["content-disposition"] == disposition
    assert "content-encoding" not in answer.headers
    with np.load(io.BytesIO(answer.content)) as arrays:
        assert set(arrays) == set(sample.arrays)


@pytest.mark.parametrize("name", ["", f"/{MANIFEST}", f"/{ARRAYS}"])
@pytest.mark.parametrize(
    "id",
    [
        "nothing",
        "Bowl",
        "BOWL",
        "..",
        "%2e%2e",
        "%2e%2e%2fsecret",
        "..%2fsecret",
        "%2Ftmp",
        ".bowl",
        "bowl%00",
        "bowl%2f",
        "bowl\\",
        "b" * (ID_LENGTH + 1),
        "b" * 5000,
        "%ff",
    ],
)
def test_an_id_that_names_nothing_is_not_found_and_leaves_the_folder_to_none(
    tmp_path: Path, id: str, name: str
) -> None:
    root = tmp_path / "landscapes"
    bowl = make_landscape("bowl").write(root)
    shutil.copytree(bowl, root / ".bowl")
    make_landscape("secret").write(tmp_path)
    answer = connect(root).get(f"{BASE}/{id}{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("There is nothing at ")
    assert list_ids(connect(root)) == ["bowl"]


@pytest.mark.parametrize(
    "path", ["..", "../..", "%2e%2e", "../landscapes/../manifest.json", "..%2f..%2fREADME.md"]
)
def test_no_path_on_the_wire_leaves_the_folder(server: str, path: str) -> None:
    # http.client sends the path unchanged; other clients normalize it.
    with closing(http.client.HTTPConnection(server.removeprefix("http://"))) as connection:
        connection.request("GET", f"{BASE}/{path}")
        assert connection.getresponse().status == 404


def test_a_folder_whose_name_cannot_be_an_id_is_listed_as_unavailable(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = make_landscape("bowl").write(tmp_path)
    for name in (b"Bowl", b"b" * (ID_LENGTH + 1), b"not \xff text"):
        shutil.copytree(folder, tmp_path / name.decode("utf-8", "surrogateescape"))
    catalog = connect(tmp_path).get(BASE).json()
    assert [row["id"] for row in catalog["landscapes"]] == ["bowl"]
    unavailable = {row["id"]: row["reason"] for row in catalog["unavailable"]}
    assert list(unavailable) == ["Bowl", "b" * (ID_LENGTH + 1), "not \\udcff text"]
    assert "not \\udcff text" in caplog.text
    caplog.text.encode()  # can be written to a log file


@pytest.mark.parametrize("name", ["", f"/{MANIFEST}", f"/{ARRAYS}"])
def test_a_damaged_landscape_says_why_and_the_others_are_served(tmp_path: Path, name: str) -> None:
    folder = make_landscape().write(tmp_path)
    make_table().write(tmp_path)
    (folder / ARRAYS).unlink()
    client = connect(tmp_path)
    catalog = client.get(BASE).json()
    responses.LandscapesResponse.model_validate(catalog)
    assert [row["id"] for row in catalog["landscapes"]] == ["table-1"]
    reason = f"optimizers/{ARRAYS} is missing"
    assert catalog["unavailable"] == [{"id": "optimizers", "reason": reason}]
    answer = client.get(f"{BASE}/optimizers{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert reason in answer.json()["detail"]
    assert client.get(f"{BASE}/table-1").status_code == 200


def test_without_landscapes_the_catalog_names_the_folder_but_not_where_it_is(
    tmp_path: Path,
) -> None:
    assert connect(tmp_path / "nothing").get(BASE).json() == {
        "landscapes": [],
        "count": 0,
        "unavailable": [],
        "studies": [],
        "folders": ["nothing"],
    }


def test_changes_on_disk_show_without_a_restart(tmp_path: Path) -> None:
    client = connect(tmp_path)
    assert list_ids(client) == []
    make_landscape("bowl", title="Before").write(tmp_path)
    wait_until(lambda: list_ids(client) == ["bowl"])
    assert client.get(f"{BASE}/bowl").json()["manifest"]["title"] == "Before"
    make_landscape("bowl", title="After").write(tmp_path)
    wait_until(lambda: client.get(f"{BASE}/bowl").json()["manifest"]["title"] == "After")
    shutil.rmtree(tmp_path / "bowl")
    wait_until(lambda: client.get(f"{BASE}/bowl").status_code == 404)
    assert list_ids(client) == []


@pytest.mark.usefixtures("impatient")
def test_while_a_landscape_is_replaced_every_answer_is_of_one_state(tmp_path: Path) -> None:
    client = connect(tmp_path)
    numbers = iter(range(10**9))
    make_numbered(next(numbers)).write(tmp_path)
    seen: dict[str, str] = {}
    with running(lambda: make_numbered(next(numbers)).write(tmp_path)):
        while len(seen) < 15:
            (row,) = client.get(BASE).json()["landscapes"]
            answer = client.get(urljoin(BASE, row["url"]))
            whole = answer.json()
            title = whole["manifest"]["title"]
            assert set(decode(whole["arrays"]["number"])) == {int(title)}
            assert seen.setdefault(whole["version"], title) == title
            assert seen.setdefault(row["version"], row["title"]) == row["title"]
            is_asked = whole["version"] == row["version"]
            assert answer.headers["cache-control"] == (IMMUTABLE if is_asked else REVALIDATE)
            files = {
                name: client.get(urljoin(BASE, reference))
                for name, reference in row["files"].items()
            }
            for name, file in files.items():
                if file.headers["cache-control"] == IMMUTABLE:
                    assert read_number(name, file.content) == row["title"]


def read_number(name: str, content: bytes) -> str:
    """Return the number in a file of a numbered landscape."""
    if name == MANIFEST:
        return str(json.loads(content)["title"])
    with np.load(io.BytesIO(content)) as arrays:
        return str(arrays["number"][0])


def test_the_pages_have_addresses_of_their_own(tmp_path: Path) -> None:
    for name in ("index", "landscapes", "about"):
        (tmp_path / f"{name}.html").write_text(name)
    client = TestClient(create_app(Settings(frontend_folder=tmp_path)), base_url="http://localhost")
    for path, name in (("/", "index"), ("/landscapes", "landscapes"), ("/about", "about")):
        answer = client.get(path)
        assert (answer.status_code, answer.text) == (200, name)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_the_command_serves_ones_own_landscapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Any] = []
    monkeypatch.setattr(server, "run", lambda app, *_, **options: served.append(app))
    monkeypatch.setenv("DESCENT_ATLAS_PORT", str(find_free_port()))
    make_landscape().write(tmp_path)
    cli.main(["serve", "--landscapes", str(tmp_path)])
    client = TestClient(served[0], base_url="http://localhost")
    assert list_ids(client) == ["optimizers"]
    assert client.get(BASE).json()["folders"] == [tmp_path.name]


def test_the_command_refuses_a_folder_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    for path in (tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(SystemExit) as ended:
            cli.main(["serve", "--landscapes", str(path)])
        assert ended.value.code == 2
        assert f"argument --landscapes: there is no folder {path}" in capsys.readouterr().err
