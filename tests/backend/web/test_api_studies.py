"""The catalog of several folders: studies with titles of their own, and ids that stay apart."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from descent_atlas.cli import main, read_settings
from descent_atlas.storage.array_folder import ARRAYS
from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings
from tests.backend.landscapes.landscape_samples import make_landscape
from tests.backend.landscapes.manifest_edits import change_manifest, read_manifest
from tests.backend.landscapes.study_samples import write_study

BASE = "/api/v1/landscapes"


def serve(*folders: Path) -> TestClient:
    """Return a client of an application without warm-up that serves some folders."""
    app = create_app(Settings(landscapes_folder=folders))
    return TestClient(app, base_url="http://localhost")


def make_foreign(folder: Path, **changes: object) -> None:
    """Give a landscape another data set than the paper's."""
    dataset = {**read_manifest(folder)["dataset"], "fingerprint": "0" * 64}
    change_manifest(folder, dataset=dataset, **changes)


def test_a_study_has_its_own_title_and_text_and_the_paper_is_known_by_its_data(
    tmp_path: Path,
) -> None:
    mine, paper = tmp_path / "mine", tmp_path / "paper"
    write_study(paper)
    about = {"title": "Weight decay on digits", "text": "Three runs of one network."}
    make_foreign(make_landscape("decays", figures=[]).write(mine), study="decay", study_about=about)
    make_foreign(make_landscape("loose", figures=[]).write(mine))
    catalog = serve(mine, paper).get(BASE).json()
    assert catalog["folders"] == ["mine", "paper"]
    assert catalog["studies"][:2] == [
        {"id": "decay", **about, "is_paper": False, "chapter": None, "lead": None},
        {
            "id": "unnamed",
            "title": "mine",
            "text": "",
            "is_paper": False,
            "chapter": None,
            "lead": None,
        },
    ]
    [printed] = catalog["studies"][2:]
    assert printed["id"] == "visual-analysis" and printed["is_paper"]
    assert printed["title"] == "A visual analysis of optimization algorithms"
    assert (printed["chapter"], printed["lead"]) == ("paper", "optimizers")
    assert printed["text"].count(". ") == 2  # three sentences
    belongs = {row["id"]: row["study"] for row in catalog["landscapes"]}
    assert (belongs.pop("decays"), belongs.pop("loose")) == ("decay", "unnamed")
    assert set(belongs.values()) == {"visual-analysis"}


def test_a_study_of_the_papers_name_on_other_images_is_a_strangers(tmp_path: Path) -> None:
    make_foreign(make_landscape().write(tmp_path), study="visual-analysis")
    [study] = serve(tmp_path).get(BASE).json()["studies"]
    assert study == {
        "id": "visual-analysis",
        "title": "visual-analysis",
        "text": "",
        "is_paper": False,
        "chapter": None,
        "lead": None,
    }


def test_landscapes_of_one_name_in_two_folders_are_both_served(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    make_landscape("bowl", title="The first").write(first)
    make_landscape("bowl", title="The second").write(second)
    make_landscape("bowl.2", title="Called so").write(second)
    client = serve(first, second)
    rows = {row["id"]: row for row in client.get(BASE).json()["landscapes"]}
    assert {id: (row["own_id"], row["title"]) for id, row in rows.items()} == {
        "bowl": ("bowl", "The first"),
        "bowl.2": ("bowl.2", "Called so"),
        "bowl.3": ("bowl", "The second"),
    }
    for id, row in rows.items():
        whole = client.get(f"/api/v1/{row['url']}").json()
        assert whole["manifest"]["title"] == row["title"], id
        arrays = client.get(f"/api/v1/{row['files'][ARRAYS]}")
        folder = first if id == "bowl" else second
        assert arrays.content == (folder / row["own_id"] / ARRAYS).read_bytes()


def test_a_landscape_whose_name_is_taken_is_served_under_its_studys(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder, study in ((first, "one"), (second, "two")):
        change_manifest(make_landscape("bowl").write(folder), study=study)
    client = serve(first, second)
    rows = [row["id"] for row in client.get(BASE).json()["landscapes"]]
    assert rows == ["bowl", "two.bowl"]
    assert client.get(f"{BASE}/two.bowl").json()["manifest"]["study"] == "two"


def test_a_damaged_landscape_leaves_its_address_to_no_other(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    (make_landscape("bowl").write(first) / ARRAYS).write_bytes(b"not whole")
    make_landscape("bowl").write(second)
    client = serve(first, second)
    assert [row["id"] for row in client.get(BASE).json()["landscapes"]] == ["bowl.2"]
    assert client.get(f"{BASE}/bowl").status_code == 404
    assert client.get(f"{BASE}/bowl.2").status_code == 200


def test_a_folder_given_twice_counts_once(tmp_path: Path) -> None:
    make_landscape("bowl").write(tmp_path)
    catalog = serve(tmp_path, tmp_path).get(BASE).json()
    assert [row["id"] for row in catalog["landscapes"]] == ["bowl"]


def test_folders_are_given_as_a_list_or_in_a_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    monkeypatch.setenv("DESCENT_ATLAS_LANDSCAPES_FOLDER", f"{first}, {second}")
    assert read_settings().landscapes_folder == (first, second)
    monkeypatch.setenv("DESCENT_ATLAS_LANDSCAPES_FOLDER", f"{first},,")
    with pytest.raises(SystemExit):
        read_settings()
    assert "DESCENT_ATLAS_LANDSCAPES_FOLDER should be a folder, or several" in (
        capsys.readouterr().err
    )
    first.mkdir()
    with pytest.raises(SystemExit):
        main(["serve", "--landscapes", str(first), str(second)])
    assert f"argument --landscapes: there is no folder {second}" in capsys.readouterr().err
