"""The source code of the running Python's standard library, as windows of characters.

It is on every machine that runs Python, so that nothing is downloaded. The files are the public
modules that lie directly in the library's folder (`argparse.py`, and so on): no packages, whose
number differs more between installations, and no name with an underscore at its start, which may
belong to one machine. They differ between versions of Python: the origin names the version, and the
SHA-256 of all files, and a run's key has that of the windows.
"""

import hashlib
import platform
import sysconfig
import tokenize
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from descent_atlas.training.text.windows import (
    VOCABULARY,
    Tokens,
    batch_windows,
    cut_windows,
    draw_windows,
    encode,
    find_frequent,
    name_token,
)

TEST_EVERY = 10
"""Of so many files in the order of their names, the last is for the test."""

BATCH = 100
"""Windows that are evaluated at once."""


def read_windows(
    context: int = 64, train: int = 2000, test: int = 400, seed: int = 0
) -> dict[str, Any]:
    """Return windows of the standard library as batches, see `study.study_data`.

    Each has `context` tokens to predict, after one that is given. `train` and `test` are the
    numbers of windows, drawn with `seed` from those of each split: every tenth file, in the order
    of the names, is for the test. `evaluation.token_losses` has the losses of such batches. Raises
    ValueError if there are too few windows.
    """
    files = list_files()
    split = split_files(files)
    drawn = {
        name: draw_windows(
            cut_windows([encode(read_text(path)) for path in paths], context), wanted, seed, name
        )
        for (name, paths), wanted in zip(split.items(), (train, test), strict=True)
    }
    frequent = find_frequent(drawn["train"])
    return {
        "train": batch_windows(drawn["train"], frequent, BATCH),
        "test": batch_windows(drawn["test"], frequent, BATCH),
        "origin": describe_origin(files, frequent),
    }


def list_files() -> list[Path]:
    """Return the files of the public modules, sorted by name."""
    folder = Path(sysconfig.get_path("stdlib"))
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))


def split_files(files: Sequence[Path]) -> dict[str, list[Path]]:
    """Return the files for training and for the test."""
    test = list(files[TEST_EVERY - 1 :: TEST_EVERY])
    return {"train": [path for path in files if path not in test], "test": test}


def read_text(path: Path) -> str:
    """Return the text of a file."""
    with tokenize.open(path) as file:  # in the encoding that it declares
        return file.read()


def describe_origin(files: Sequence[Path], frequent: Tokens) -> str:
    """Return where the windows come from, in a sentence or two."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    names = " ".join(name_token(int(token)) for token in frequent)
    return (
        f"The standard library of Python {platform.python_version()}: {len(files)} public modules, "
        f"SHA-256 {digest.hexdigest()}. Frequent are {len(frequent)} of {VOCABULARY} tokens: "
        f"{names}."
    )
