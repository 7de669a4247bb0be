"""Lesson files: what they may say, how faults are told, and the store of their folders."""

import os
import re
from pathlib import Path

import pytest

from descent_atlas.lessons.lesson import (
    MAX_STEPS,
    MAX_TEXT,
    Lesson,
    LessonError,
    LessonStep,
    parse_lesson,
)
from descent_atlas.lessons.lesson_store import MAX_BYTES, SHIPPED, LessonStore
from descent_atlas.lessons.lesson_view import read_view
from tests.backend.lessons.view_descents import open_view

GUIDE = Path(__file__).parents[3] / "docs" / "teaching.md"

LESSON = """
title = "Rates"
description = "What a rate does."
author = "A teacher"

[[steps]]
title = "One"
text = "A *text*."
view = "?objective=rosenbrock&optimizers=gd,-adam~2&adam~2.lr=0.1&adam~2.steps=50&n.std=2&p.b=50"
"""


def fault(content: str) -> str:
    """Return what is said of a faulty file."""
    with pytest.raises(LessonError) as caught:
        parse_lesson(content.encode())
    return str(caught.value)


def test_a_lesson_is_read_as_it_is_written() -> None:
    lesson = parse_lesson(LESSON.encode())
    assert (lesson.title, lesson.author, lesson.language) == ("Rates", "A teacher", "en")
    (step,) = lesson.steps
    assert step.view == (
        "objective=rosenbrock&optimizers=gd,-adam~2&adam~2.lr=0.1&adam~2.steps=50&n.std=2&p.b=50"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "Rates"\n', "", "`title` is missing"),
        ('"Rates"', '""', "`title` is empty"),
        ('"Rates"', "7", "`title` is wrong: input should be a valid string"),
        ('"Rates"', '"One\\ntwo"', "`title` is wrong: should be one line of printable characters"),
        (
            'author = "A teacher"',
            'autor = "A"',
            "`author` is missing; `autor` is no key of a lesson",
        ),
        ("[[steps]]", 'language = "German!"\n[[steps]]', "`language` should be a language"),
        ('title = "One"\n', "", "`title` of step 1 is missing"),
        ('"A *text*."', f'"{"a" * (MAX_TEXT + 1)}"', "`text` of step 1 has more than 4,000 char"),
        ("?objective=rosenbrock", "?objektive=rosenbrock", "there is no key `objektive`; did you"),
        ("=rosenbrock", "=rosenbrok", "there is no objective `rosenbrok`; did you mean `rosenbr"),
        ("p.b=50", "p.c=50", "there is no parameter of rosenbrock `c`"),
        ("-adam~2&", "-adan~2&", "there is no optimizer `adan`; did you mean `adam`?"),
        ("adam~2.lr", "adam~2.momentum", "there is no hyperparameter of adam `momentum`"),
        ("n.std", "n.sdt", "there is no key n `sdt`; did you mean `std`?"),
        ("n.std=2", "story=nothing", "there is no story `nothing`"),
        ("n.std=2", "basins=nothing", "there is no optimizer `nothing`"),
        ("n.std=2", "ensemble=sgdd,50", "there is no optimizer `sgdd`"),
        ("n.std=2", "adam.schedule=cosin", "there is no schedule `cosin`; did you mean `cosine`"),
        (
            "n.std=2",
            "adam.schedule=cosine&adam.schedule.gamma=1",
            "there is no parameter of the schedule cosine `gamma`",
        ),
        ("n.std=2", "p.b=50", "`p.b` stands in it twice"),
        ("[[steps]]", "[[step]]", "`steps` is missing; `step` is no key of a lesson"),
    ],
)
def test_a_fault_is_told_with_its_field(old: str, new: str, said: str) -> None:
    assert said in fault(LESSON.replace(old, new))


def test_every_fault_of_a_lesson_is_told_at_once() -> None:
    wrong = LESSON.replace("rosenbrock", "hill").replace('"A teacher"', '""')
    assert fault(wrong) == (
        "`author` is empty; `view` of step 1 is wrong: there is no objective `hill`"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"title = Rates", "is not TOML: Invalid value (at line 1, column 9)"),
        (b"\xff", "is not UTF-8"),
        (b"steps = []", "`steps` has no entry"),
        pytest.param(b"a = " + b"[" * 5000, "is nested too deeply", id="nested"),
    ],
)
def test_a_file_that_is_no_lesson_is_told(content: bytes, said: str) -> None:
    with pytest.raises(LessonError) as caught:
        parse_lesson(content)
    assert said in str(caught.value)


def test_a_lesson_has_an_end() -> None:
    step = LESSON[LESSON.index("[[steps]]") :]
    assert fault(LESSON + step * MAX_STEPS).startswith("`steps` has more than 40 entries")


@pytest.mark.parametrize(
    ("link", "view"),
    [
        ("", ""),
        ("?", ""),
        ("objective=ackley", "objective=ackley"),
        ("https://example.com/atlas/?objective=ackley#matrix", "objective=ackley"),
        ("?objective=ackley&lesson=x&lesson-step=3&present=true&hide=bar", "objective=ackley"),
        ("?f=a*x^2%2By^2&p.a=3&start=1,1", "f=a%2Ax%5E2%2By%5E2&p.a=3&start=1,1"),
        ("?adam.lr=1e-3&speed=2&window=-1,1,-1,1", "adam.lr=1e-3&speed=2&window=-1,1,-1,1"),
    ],
)
def test_a_view_may_be_copied_from_the_address_bar(link: str, view: str) -> None:
    assert read_view(link) == view


def test_a_store_reads_its_folders_in_the_order_of_their_files(tmp_path: Path) -> None:
    for name in ("10-last.toml", "02-first.toml", "notes.txt"):
        (tmp_path / name).write_text(LESSON)
    store = LessonStore(tmp_path, tmp_path / "nothing", SHIPPED)
    found = store.read()
    assert list(found.lessons)[:2] == ["first", "last"]
    assert len(found.lessons) == 5
    assert found.damaged == ()


def test_a_damaged_file_is_reported_and_the_others_are_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "good.toml").write_text(LESSON)
    (tmp_path / "wrong.toml").write_text(LESSON.replace("rosenbrock", "hill"))
    (tmp_path / "2-good.toml").write_text(LESSON)
    (tmp_path / "Not a name.toml").write_text(LESSON)
    (tmp_path / "large.toml").write_text("#" * (MAX_BYTES + 1))
    os.mkfifo(tmp_path / "pipe.toml")
    store = LessonStore(tmp_path)
    found = store.read()
    assert list(found.lessons) == ["good"]
    reasons = {damaged.id: damaged.reason for damaged in found.damaged}
    assert reasons == {
        "good": "good.toml has the id `good`, as a lesson before it",
        "wrong": "wrong.toml `view` of step 1 is wrong: there is no objective `hill`",
        "Not a name": "Not a name.toml should have a name of lower-case letters, digits, - and _",
        "large": "large.toml has 262,145 bytes, more than 262,144",
        "pipe": "pipe.toml is not a regular file",
    }
    assert len(caplog.records) == len(reasons)
    store.read()
    assert len(caplog.records) == len(reasons), "each fault is logged once"


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "rates.toml"
    file.write_text(LESSON)
    store = LessonStore(tmp_path)
    before = store.read().lessons["rates"]
    assert store.read().lessons["rates"] is before
    file.write_text(LESSON.replace("Rates", "Other rates"))
    assert store.read().lessons["rates"].title == "Other rates"
    file.unlink()
    assert store.read().lessons == {}


def test_the_guides_lesson_is_one_and_says_what_is_so() -> None:
    (content,) = re.findall(r"^```toml\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
    slow, fast = (open_view(step.view) for step in parse_lesson(content.encode()).steps)
    path = slow.descents["gd"]
    assert path.x[1:] / path.x[:-1] == pytest.approx(0.9)
    assert fast.descents["gd"].arrival == 1


def test_the_guide_explains_every_key_of_a_lesson() -> None:
    section = GUIDE.read_text().partition("### Write one")[2].partition("### Why")[0]
    keys = re.findall(r"^\| `(\w+)` \|", section, re.M)
    assert set(keys) == {*Lesson.model_fields, *LessonStep.model_fields}
