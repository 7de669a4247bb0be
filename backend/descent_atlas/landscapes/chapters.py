"""The chapters of the atlas: what it says of each of its own studies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from descent_atlas.landscapes.claims.networks.network_studies import CHARACTERS, SKIPS
from descent_atlas.landscapes.claims.owned_study import OwnedStudy
from descent_atlas.landscapes.claims.paper_study import PAPER, REPEATS
from descent_atlas.landscapes.manifest import Manifest

ChapterName = Literal["paper", "skips", "transformer", "digits"]

(DIGITS,) = REPEATS


@dataclass(frozen=True)
class Chapter:
    """A chapter: a study of the atlas, three sentences on it, and the landscape that leads it.

    A study is known by its data set and network, so that one of the same id has no chapter.
    """

    name: ChapterName
    study: OwnedStudy
    title: str
    text: str
    lead: str


CHAPTERS: Sequence[Chapter] = (
    Chapter(
        "paper",
        PAPER,
        "A visual analysis of optimization algorithms",
        "Andrea Cerutti’s report (EPFL) drew the paths of GD, SGD and Adam on the loss of a small "
        "network that is trained on CIFAR-10. Its figures and tables are computed anew here, in "
        "its order, with more seeds. Its claims are judged by rules that were fixed before the new "
        "seeds were trained.",
        "optimizers",
    ),
    Chapter(
        "skips",
        SKIPS,
        "With and without skips",
        "Li et al. (2018) drew deep residual networks as bowls, and the same networks without "
        "their skip connections as chaos. Here they are trained at two depths, with and without "
        "batch normalisation, and each is drawn on nine random planes instead of one. How many "
        "cells are convex, and how many minima there are, is compared over all of them.",
        "plain56-pca",
    ),
    Chapter(
        "transformer",
        CHARACTERS,
        "A transformer on source code",
        "A small transformer learns to continue the source code of Python’s standard library, "
        "with SGD and with Adam, each at several rates and with warm-up too. Its loss is also "
        "taken over frequent and over rare characters alone, on the same planes. Along each "
        "training stands the sharpness, and Adam’s in its own metric.",
        "optimizers",
    ),
    Chapter(
        "digits",
        DIGITS,
        "The paper’s design on handwritten digits",
        "The paper’s trainings, planes and tables, on the 1,797 handwritten digits that "
        "scikit-learn ships. They need no download and take minutes, so that anybody can repeat "
        "them. What they say to each of the paper’s claims stands beside its verdict, and decides "
        "none.",
        "optimizers",
    ),
)
"""Every chapter, in the order in which they are read."""


def find_chapter(manifest: Manifest) -> Chapter | None:
    """Return the chapter of a landscape or table, None if its study is not the atlas's own."""
    return next((each for each in CHAPTERS if each.study.owns(manifest)), None)
