"""The studies whose landscapes ship with the program."""

from pathlib import Path

PAPER = "visual-analysis"
"""The paper's study, on CIFAR-10."""

DIGITS = "digits"
"""The paper's design on the handwritten digits of scikit-learn."""

SKIPS = "skips"
"""Residual networks, with and without their skips."""

CHARACTERS = "characters"
"""A transformer on the source code of Python's standard library."""

CHAPTERS = (PAPER, SKIPS, CHARACTERS, DIGITS)
"""The ids of the studies of this program, in the order in which a gallery shows them."""


def find_folder(study: str) -> Path:
    """Return the folder of a study's landscapes."""
    return Path(__file__).with_name("shipped") / study


STUDIES = tuple(study for study in CHAPTERS if find_folder(study).is_dir())
"""Those of them whose landscapes are there."""
