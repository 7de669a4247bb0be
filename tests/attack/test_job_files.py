"""Damaged files of the offline job: `check` reports, `status` survives and `run` repairs them."""

import contextlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from descent_atlas import precompute_cli
from descent_atlas.storage.sealed import seal, unseal
from descent_atlas.study.study_files import StudyError, read_study
from descent_atlas.training.run_manifest import SECONDS, RunError
from descent_atlas.training.runs import TrainingRun
from tests.attack.studies import (
    OUT,
    hash_outcomes,
    hash_results,
    list_arguments,
    make_study,
    run_command,
)
from tests.precompute.small_studies import SMALL

LONG_FLIPS = 400


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with all its results."""
    folder = tmp_path_factory.mktemp("world")
    make_study(folder, epochs=2)
    assert run_command(list_arguments(folder, "run")) == 0
    return folder


@pytest.fixture
def copy(world: Path, tmp_path: Path) -> Path:
    """A copy of that folder for tests that damage it."""
    return shutil.copytree(world, tmp_path / "copy")


def list_files(folder: Path) -> list[Path]:
    """Return the result files, those with the runs' wall times last."""
    return [folder / OUT / name for name in hash_results(folder / OUT)] + sorted(
        (folder / OUT).glob(f"runs/*/{SECONDS}")
    )


def flip(path: Path, chance: random.Random) -> None:
    """Flip a bit of a file; give an empty one, which has none, a byte."""
    data = bytearray(path.read_bytes())
    if not data:
        path.write_bytes(b"\0")
        return
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def test_check_finds_a_flipped_bit_in_every_file(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(3)
    for path in list_files(copy):
        content = path.read_bytes()
        flip(path, chance)
        assert run_command(list_arguments(copy, "check")) == 1, path
        assert str(path) in capsys.readouterr().err
        path.write_bytes(content)
    assert run_command(list_arguments(copy, "check")) == 0


@pytest.mark.long
def test_check_finds_hundreds_of_flipped_bits_and_run_heals_each(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = hash_outcomes(world / OUT)
    chance = random.Random(4)
    for number in range(LONG_FLIPS):
        copy = shutil.copytree(world, tmp_path / str(number), copy_function=os.link)
        path = chance.choice(list_files(copy))
        content = path.read_bytes()
        path.unlink()  # the file may have another hard link
        path.write_bytes(content)
        flip(path, chance)
        assert run_command(list_arguments(copy, "check")) == 1, path
        assert str(path) in capsys.readouterr().err
        assert run_command(list_arguments(copy, "run")) == 0
        assert hash_outcomes(copy / OUT) == expected
        shutil.rmtree(copy)


def remove_file(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def flip_one(path: Path) -> None:
    flip(path, random.Random(5))


def make_folder(path: Path) -> None:
    path.unlink()
    (path / "inner").mkdir(parents=True)


def make_noise(path: Path) -> None:
    path.write_bytes(random.Random(6).randbytes(1000))


DAMAGES = (remove_file, empty, truncate, lengthen, flip_one, make_folder, make_noise)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_every_file_damaged_at_once_is_made_anew_with_the_same_bits(
    copy: Path, damage: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    expected = hash_outcomes(copy / OUT)
    files = list_files(copy)
    # Landscapes hold the wall times of runs, which differ between trainings. Undamaged landscapes
    # are kept. The runs are therefore damaged last.
    for chosen in (
        [path for path in files if "runs" not in path.parts],
        [path for path in files if "landscapes" not in path.parts],
    ):
        for path in chosen:
            damage(path)
        assert run_command(list_arguments(copy, "check")) == 1
        said = capsys.readouterr().err
        assert all(str(path.parent) in said for path in chosen)
        assert run_command(list_arguments(copy, "status")) == 0
        assert run_command(list_arguments(copy, "run")) == 0
        assert run_command(list_arguments(copy, "check")) == 0
        assert hash_outcomes(copy / OUT) == expected


@pytest.mark.parametrize("name", ["dataset/train_images.npy", "runs/sgd-seed0/run.json"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(copy: Path, name: str) -> None:
    path = copy / OUT / name
    path.unlink()
    os.mkfifo(path)
    assert run_command(list_arguments(copy, "check")) == 1
    assert run_command(list_arguments(copy, "status")) == 0
    assert run_command(list_arguments(copy, "run")) == 0
    assert path.is_file()


OTHERS: tuple[Any, ...] = (None, True, -1, 10**30, 1.5, "text", [], [[]], {}, {"a": []})


@pytest.mark.parametrize("name", ["runs/sgd-seed0/run.json", f"runs/gd-seed3/{SECONDS}"])
def test_a_field_of_another_type_never_ends_a_command_in_a_traceback(
    copy: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy / OUT / name
    document = unseal(path.read_bytes(), sealed_since=1)
    for field in document:
        for other in OTHERS:
            path.write_bytes(seal({**document, field: other}))
            with contextlib.suppress(RunError):
                TrainingRun.load(path.parent)
            assert run_command(list_arguments(copy, "status")) == 0
    for content in (b"[]", b"null", b'{"schema": []}', b"[" * 100_000, b"\xff", b"1" * 5000):
        path.write_bytes(content)
        assert run_command(list_arguments(copy, "check")) == 1
        assert str(path) in capsys.readouterr().err
        assert run_command(list_arguments(copy, "status")) == 0
    assert run_command(list_arguments(copy, "run")) == 0
    assert run_command(list_arguments(copy, "check")) == 0


@pytest.mark.parametrize("name", ["dataset.json", "train_images.npy", "test_labels.npy"])
def test_a_damaged_data_set_without_its_images_says_what_to_do(
    copy: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy / OUT / "dataset" / name
    path.write_bytes(b"")
    shutil.rmtree(copy / "data")
    assert run_command(list_arguments(copy, "run")) == 1
    said = capsys.readouterr().err
    assert f"{path} is damaged" in said
    assert "give --data DIR" in said


def test_a_data_set_that_was_written_before_there_were_seals_is_read(copy: Path) -> None:
    path = copy / OUT / "dataset" / "dataset.json"
    document = unseal(path.read_bytes(), sealed_since=1)
    del document["schema"], document["sha256"]
    path.write_text(json.dumps(document, indent=1))
    shutil.rmtree(copy / "data")
    assert run_command(list_arguments(copy, "check")) == 0
    assert run_command(list_arguments(copy, "run")) == 0
    labels = copy / OUT / "dataset" / "train_labels.npy"
    flip(labels, random.Random(8))
    assert run_command(list_arguments(copy, "check")) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "cannot be read"),
        (b"a" * 2**21, "has more than"),
        (b"a = " + b"[" * 100_000, "is not TOML"),
        (b"a = " + b"1" * 5000, "is not TOML"),
        (b"", "Field required"),
        (SMALL.replace("[48, 8, 3]", "[48, -8, 3]").encode(), "failed"),
        (SMALL.replace("[48, 8, 3]", "[48, 100_000_000_000_000, 3]").encode(), "failed"),
        (
            SMALL.replace("lr = 0.1 }", "lr = 0.1, fused = true, foreach = true }").encode(),
            "refuse",
        ),
        (SMALL.replace("epochs = 2", "epochs = 1_000_000").encode(), "less than or equal"),
    ],
    ids=["binary", "huge", "deep", "digits", "empty", "negative", "giant", "fused", "epochs"],
)
def test_a_file_that_is_no_study_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(content)
    with pytest.raises(StudyError, match=said) as caught:
        read_study(path)
    assert str(path) in str(caught.value)


def test_a_folder_in_the_place_of_a_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot be read"):
        read_study(tmp_path)


def test_a_run_without_epochs_has_a_status(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy / OUT / "runs" / "sgd-seed0" / "run.json"
    document = unseal(path.read_bytes(), sealed_since=1)
    document["metrics"] = {"epoch": [], "train_loss": [], "test_accuracy": []}
    path.write_bytes(seal(document))
    assert run_command(list_arguments(copy, "status")) == 0
    assert "sgd-seed0: completed after 30 steps (all 2 epochs were made)\n" in (
        capsys.readouterr().out
    )


def test_what_locks_hold_is_no_result(world: Path) -> None:
    assert {path.name for path in (world / OUT).iterdir() if path.is_file()} == {
        "code.json",
        precompute_cli.LOCK,
        precompute_cli.WRITERS,
    }
