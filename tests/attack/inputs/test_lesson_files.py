"""Hostile folders of lessons: large, deep and binary files, links, pipes, thousands of files."""

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from descent_atlas.lessons import lesson_store
from descent_atlas.lessons.lesson import Lesson, parse_lesson
from descent_atlas.lessons.lesson_store import MAX_BYTES, MAX_FILES, Lessons, LessonStore
from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings
from tests.attack.hostile_landscapes import PATIENCE, answer_in_time, read_strictly
from tests.attack.test_landscape_places import make_sparse
from tests.backend.lessons.test_lessons import LESSON

BASE = "/api/v1/lessons"

LONGEST_REASON = 4_000
"""Characters of what is told of a file, whatever is in it."""

PARTS = 30_000


def join(*parts: str, by: str = ".") -> str:
    """Return a dotted key that has some parts again and again, and a value."""
    count = min(PARTS, (MAX_BYTES - 100) // (len(by.join(parts)) + len(by)) * len(parts))
    return by.join(parts * (count // len(parts))) + " = 1\n"


def look(steps: int, view: str) -> str:
    """Return a lesson of some steps that all have a view."""
    step = LESSON[LESSON.index("[[steps]]") : LESSON.index("view = ")]
    return LESSON[: LESSON.index("[[steps]]")] + f'{step}view = "{view}"\n' * steps


TEXTS: dict[str, tuple[str, str]] = {
    "a number of 5,000 digits": (f"title = {'1' * 5_000}", "is not TOML"),
    "a number of 200,000 hexadecimal digits": (f"title = 0x{'f' * 200_000}", "`title` is wrong"),
    "a key of thousands of parts": (join("a"), "a key has more than 16 parts"),
    "one in quotes": (join('"a"', "'b'"), "more than 16 parts"),
    "one with spaces": (join("a", by=" . "), "more than 16 parts"),
    "one with long parts": (join(*["a"] * 15, f'"{"b" * 500}"'), "more than 16 parts"),
    "one with escaped quotes": (join(*["a"] * 15, r'"\""'), "more than 16 parts"),
    "one in a heading": (f"[{'.'.join('a' * PARTS)}]\n", "more than 16 parts"),
    "one in a table": (f"a = {{ {'.'.join('a' * PARTS)} = 1 }}", "more than 16 parts"),
    "lists in each other": (f"a = {'[' * 100_000}", "nested too deeply"),
    "tables in each other": (f"a = {'{a=' * 50_000}", "nested too deeply"),
    "thousands of unknown keys": (
        LESSON + "".join(f"k{number} = 1\n" for number in range(10_000)),
        "and so on",
    ),
    "an unknown key of 100,000 characters": (f"{'k' * 100_000} = 1", "…"),
    "an unknown key of several lines": ('"a\\nERROR: b" = 1', r"`a\nERROR: b` is no key"),
    "views of thousands of unknown names": (look(40, "x&" * 1_900), "there is no key `x`"),
    "views of thousands of unknown optimizers": (
        look(40, f"optimizers={'o,' * 1_900}"),
        "there is no optimizer `o`",
    ),
    "a view of one long unknown name": (look(1, "x" * 3_900), "there is no key `xxxx"),
    "thousands of steps": (look(2_000, "objective=ackley"), "has more than 40 entries"),
    "thousands of headings": ("[[a]]\n" * 40_000, "is missing"),
    "nothing but quotes": ('"' * 200_000, "is not TOML"),
    "nothing but escaped quotes": (r"\"" * 100_000, "is not TOML"),
    "nothing but letters": ("a" * 200_000, "is not TOML"),
    "nothing but dots": ("a ." * 60_000, "is not TOML"),
    "nothing but spaces after a word": ("a" + " " * 200_000, "is not TOML"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_makes_one_lesson_unavailable_by(tmp_path: Path, name: str) -> None:
    content, said = TEXTS[name]
    assert len(content.encode()) <= MAX_BYTES
    (tmp_path / "good.toml").write_text(LESSON)
    (tmp_path / "hostile.toml").write_text(content)
    check_that_the_good_one_is_served(tmp_path, "hostile", said)


def check_that_the_good_one_is_served(folder: Path, hostile: str, said: str) -> None:
    """Check that one file is told of in few words and one line, and that the other is served."""
    client = connect(folder)
    listed = answer_in_time(lambda: read_strictly(client.get(BASE)))
    assert [one["id"] for one in listed["lessons"]] == ["good"]
    (unavailable,) = listed["unavailable"]
    assert unavailable["id"] == hostile
    assert said in unavailable["reason"]
    assert len(unavailable["reason"]) <= LONGEST_REASON
    assert len(unavailable["reason"].splitlines()) == 1
    assert str(folder) not in unavailable["reason"]
    assert read_strictly(client.get(f"{BASE}/good"))["id"] == "good"
    assert client.get(f"{BASE}/{hostile}").status_code == 404


def connect(folder: Path) -> TestClient:
    """Return a client of an application without warm-up that serves a folder's lessons."""
    app = create_app(Settings(lessons_folder=(folder,)))
    return TestClient(app, base_url="http://localhost")


def link_to(target: str) -> Callable[[Path], object]:
    """Return a function that makes a link to a target."""
    return lambda path: path.symlink_to(target)


PLACES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a pipe": (os.mkfifo, "is not a regular file"),
    "a folder": (Path.mkdir, "is not a regular file"),
    "a device": (link_to("/dev/zero"), "is not a regular file"),
    "a link to itself": (link_to("hostile.toml"), "Too many levels of symbolic links"),
    "a link to nothing": (link_to("nowhere"), "No such file"),
    "a link that leads outside, to what is no lesson": (link_to("/etc/passwd"), "is not TOML"),
    "a sparse file of 8 GB": (
        make_sparse,
        "8,589,934,592 bytes, more than 262,144",
    ),
    "an image": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n"), "is not UTF-8"),
}


@pytest.mark.parametrize("place", PLACES)
def test_what_stands_in_the_place_of_a_lesson_keeps_nobody_waiting(
    tmp_path: Path, place: str
) -> None:
    put, said = PLACES[place]
    (tmp_path / "good.toml").write_text(LESSON)
    put(tmp_path / "hostile.toml")
    check_that_the_good_one_is_served(tmp_path, "hostile", said)


@pytest.mark.parametrize("place", ["a pipe", "a link to itself", "a link to nothing", "an image"])
def test_what_stands_in_the_place_of_the_folder_holds_no_lessons(
    tmp_path: Path, place: str
) -> None:
    put, _ = PLACES[place]
    put(tmp_path / "hostile.toml")
    listed = answer_in_time(lambda: read_strictly(connect(tmp_path / "hostile.toml").get(BASE)))
    assert listed == {"lessons": [], "unavailable": []}


def test_scripts_in_texts_are_served_as_texts(tmp_path: Path) -> None:
    script = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    (tmp_path / "hostile.toml").write_text(LESSON.replace("A *text*.", script))
    answer = connect(tmp_path).get(f"{BASE}/hostile", headers={"accept": "text/html"})
    assert answer.json()["steps"][0]["text"] == script
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_names_of_files_add_no_lines_to_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a\nERROR b.toml").write_text(LESSON)
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff.toml", os.O_CREAT))
    listed = read_strictly(connect(tmp_path).get(BASE))
    assert [one["id"] for one in listed["unavailable"]] == [r"a\nERROR b", r"\udcff"]
    assert all(len(record.getMessage().splitlines()) == 1 for record in caplog.records)
    assert len(caplog.records) == 2


def test_a_faulty_file_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []

    def count(content: bytes) -> Lesson:
        parsed.append(content)
        return parse_lesson(content)

    monkeypatch.setattr(lesson_store, "parse_lesson", count)
    (tmp_path / "good.toml").write_text(LESSON)
    (tmp_path / "2-good.toml").write_text(LESSON)
    faulty = tmp_path / "faulty.toml"
    faulty.write_text("title = 1")
    store = LessonStore(tmp_path)
    assert store.read() == store.read() == store.read()
    assert len(parsed) == 3
    faulty.write_text(LESSON)
    (tmp_path / "good.toml").unlink()
    assert store.read() == Lessons(
        {"good": parse_lesson(LESSON.encode()), "faulty": parse_lesson(LESSON.encode())}, ()
    )
    assert len(parsed) == 4, "the second file of a name was read before"


@pytest.mark.parametrize(
    "count", [1_000, pytest.param(10_000, marks=pytest.mark.long, id="ten thousand")]
)
def test_of_thousands_of_files_some_are_read_and_the_others_told_of(
    tmp_path: Path, count: int
) -> None:
    first = tmp_path / "0.toml"
    first.write_text("title = 1")
    for number in range(1, count):
        os.link(first, tmp_path / f"{number}.toml")
    listed = answer_in_time(lambda: read_strictly(connect(tmp_path).get(BASE)))
    assert len(listed["unavailable"]) == MAX_FILES + 1
    assert listed["unavailable"][-1]["reason"] == (
        f"{tmp_path.name} has {count:,} lesson files, of which the first {MAX_FILES} are read"
    )


def test_lessons_on_a_disk_that_hangs_keep_no_other_route_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang(folder: Path) -> list[str]:
        released.wait(PATIENCE)
        return []

    monkeypatch.setattr(lesson_store, "list_names", hang)
    surface: dict[str, Any] = {
        "objective": {"id": "himmelblau"},
        "x": {"min": -5, "max": 5, "count": 21},
        "y": {"min": -5, "max": 5, "count": 21},
    }

    async def ask() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(create_app(Settings(lessons_folder=(tmp_path,))))
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", timeout=PATIENCE
        ) as client:
            paths = [BASE, f"{BASE}/nothing"]
            waiting = [asyncio.create_task(client.get(paths[n % 2])) for n in range(60)]
            await asyncio.sleep(0.1)
            answers = [
                await client.post("/api/v1/surfaces", json=surface),
                await client.get("/api/v1/objectives"),
                await client.get("/api/v1/landscapes"),
            ]
            assert not released.is_set()
            assert not any(task.done() for task in waiting)
            released.set()
            await asyncio.gather(*waiting)
            return answers

    assert {answer.status_code for answer in asyncio.run(ask())} == {200}
