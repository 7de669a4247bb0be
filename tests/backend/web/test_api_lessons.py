"""Routes of the lessons."""

from pathlib import Path

from fastapi.testclient import TestClient

from descent_atlas.lessons.lesson_store import SHIPPED
from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings


def connect(*folders: Path) -> TestClient:
    """Return a client of an application with these lessons, which has not been started."""
    settings = Settings(lessons_folder=folders) if folders else Settings()
    return TestClient(create_app(settings), base_url="http://localhost")


def test_the_lessons_that_ship_are_listed_in_their_order_and_each_can_be_read() -> None:
    client = connect()
    listed = client.get("/api/v1/lessons").json()
    assert listed["unavailable"] == []
    assert [one["id"] for one in listed["lessons"]] == [
        "momentum-and-damping",
        "adams-first-steps",
        "noise-and-batch-size",
    ]
    for one in listed["lessons"]:
        lesson = client.get(f"/api/v1/lessons/{one['id']}").json()
        assert len(lesson.pop("steps")) == one.pop("steps")
        assert lesson == one


def test_lessons_are_revalidated() -> None:
    client = connect()
    for path in ("/api/v1/lessons", "/api/v1/lessons/adams-first-steps"):
        etag = client.get(path).headers["etag"]
        assert client.get(path, headers={"if-none-match": etag}).status_code == 304


def test_a_folder_of_lessons_replaces_those_that_ship(tmp_path: Path) -> None:
    content = (SHIPPED / "02-adams-first-steps.toml").read_text()
    (tmp_path / "mine.toml").write_text(content)
    (tmp_path / "wrong.toml").write_text(content.replace("adam.lr", "adam.rate"))
    client = connect(tmp_path)
    listed = client.get("/api/v1/lessons").json()
    assert [one["id"] for one in listed["lessons"]] == ["mine"]
    (unavailable,) = listed["unavailable"]
    assert unavailable["id"] == "wrong"
    fault = "`view` of step 2 is wrong: there is no hyperparameter of adam `rate`"
    assert unavailable["reason"].startswith(f"wrong.toml {fault}")
    answer = client.get("/api/v1/lessons/wrong")
    assert answer.status_code == 404
    assert answer.json()["detail"] == f"This lesson cannot be read: {unavailable['reason']}."


def test_there_is_no_other_lesson() -> None:
    assert connect().get("/api/v1/lessons/nothing").status_code == 404
