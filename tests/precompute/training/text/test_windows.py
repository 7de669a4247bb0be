"""Windows of text, the division of their tokens, and those of the standard library."""

import platform
from pathlib import Path

import numpy as np
import pytest
import torch

from descent_atlas.study.entries import Data
from descent_atlas.study.study_data import load_study_data, read_study_data
from descent_atlas.training.text.standard_library import (
    list_files,
    read_text,
    read_windows,
    split_files,
)
from descent_atlas.training.text.windows import (
    CHARACTERS,
    VOCABULARY,
    batch_windows,
    cut_windows,
    draw_windows,
    encode,
    find_frequent,
)


def decode(tokens: torch.Tensor) -> str:
    return "".join(CHARACTERS[token] if token < len(CHARACTERS) else "�" for token in tokens)


def test_windows_predict_every_token_but_a_texts_first_once() -> None:
    windows = cut_windows([encode("abcdefgh"), encode("xy")], context=3)
    assert [decode(torch.from_numpy(window)) for window in windows] == ["abcd", "defg"]
    assert cut_windows([], context=3).shape == (0, 4)


def test_too_few_windows_are_told() -> None:
    windows = cut_windows([encode("abcdefgh")], context=3)
    assert len(draw_windows(windows, 1, 0, "text")) == 1
    with pytest.raises(ValueError, match="3 windows of text are wanted, and there are 2"):
        draw_windows(windows, 3, 0, "text")


def test_frequent_tokens_are_the_fewest_that_make_up_half() -> None:
    text = encode("?" + "e" * 5 + " " * 3 + "ab")  # the first is given, not predicted
    windows = cut_windows([text], context=10)
    assert find_frequent(windows).tolist() == encode("e").tolist()
    text = encode("?" + "e" * 4 + " " * 3 + "abc")
    windows = cut_windows([text], context=10)
    assert find_frequent(windows).tolist() == encode("e ").tolist()


def test_batches_say_which_predicted_tokens_are_frequent() -> None:
    windows = np.array([[1, 2, 1], [2, 2, 3], [1, 1, 1]])
    batches = batch_windows(windows, [1], size=2)
    assert [len(batch["tokens"]) for batch in batches] == [2, 1]
    assert batches[0]["frequent"].tolist() == [[False, True], [False, False]]


def test_the_library_is_split_by_files_and_is_the_same_each_time() -> None:
    files = list_files()
    split = split_files(files)
    assert len(split["test"]) == len(files) // 10 and not set(split["train"]) & set(split["test"])
    assert all(path.suffix == ".py" and path.name[0] != "_" for path in files)
    given = read_windows(context=16, train=50, test=20)
    tokens = torch.cat([batch["tokens"] for batch in given["test"]])
    assert tokens.shape == (20, 17) and int(tokens.max()) < VOCABULARY
    library = "".join(read_text(path) for path in split["test"])
    assert all(decode(window) in library for window in tokens if len(CHARACTERS) not in window)
    again = read_windows(context=16, train=50, test=20)
    assert torch.equal(given["train"][0]["tokens"], again["train"][0]["tokens"])
    assert f"Python {platform.python_version()}" in given["origin"]
    assert "SHA-256" in given["origin"] and "space" in given["origin"]


def test_a_study_keeps_the_origin_of_its_samples(tmp_path: Path) -> None:
    data = Data(
        name="source code",
        function="descent_atlas.training.text.standard_library:read_windows",
        options={"context": 8, "train": 30, "test": 10},
    )
    loaded = load_study_data(data, None, tmp_path / "cache")
    kept = read_study_data(tmp_path / "cache")
    assert kept.fingerprint == loaded.fingerprint and kept.train.size == 30
    assert getattr(kept, "origin", "").startswith("The standard library of Python")
