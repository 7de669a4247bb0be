"""The studies whose landscapes ship with the program."""

from pathlib import Path

PAPER = "visual-analysis"
"""The paper's study, on CIFAR-10."""

DIGITS = "digits"
"""The paper's design on the handwritten digits of scikit-learn."""

STUDIES = (PAPER, DIGITS)
"""The ids of the studies, in the order in which a gallery shows them."""


def find_folder(study: str) -> Path:
    """Return the folder of a study's landscapes."""
    return Path(__file__).with_name("shipped") / study
