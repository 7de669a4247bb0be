"""Studies to which the served landscapes belong: what a gallery groups them by."""

from collections.abc import Sequence
from dataclasses import dataclass

from descent_atlas.landscapes.catalog_order import choose_served_id
from descent_atlas.landscapes.catalog_rows import CatalogRow
from descent_atlas.landscapes.claims import paper_study
from descent_atlas.landscapes.store import Contents

UNNAMED = "unnamed"
"""Base of the id of landscapes that belong to no study."""


@dataclass(frozen=True)
class ServedStudy:
    """A study in one folder, or the landscapes there that belong to none.

    `id` is unique among the served studies. `is_paper` tells whether it is the paper's own, by its
    data set and network.
    """

    id: str
    title: str
    text: str
    is_paper: bool


def group_studies(
    contents: Contents, folders: Sequence[str]
) -> tuple[list[ServedStudy], dict[str, str]]:
    """Return the studies of some landscapes, and the id of each landscape's study by its own.

    `folders` are the folders' names. Studies stand in the order of their first landscapes.
    """
    studies: dict[tuple[int, str | None, bool], ServedStudy] = {}
    belongs: dict[str, str] = {}
    taken: set[str] = set()
    for id, stored in contents.landscapes.items():
        row, number = stored.row, contents.folders[id]
        is_paper = row.design == paper_study.PAPER.id
        group = (number, row.design if is_paper else row.study, is_paper)
        if group not in studies:
            served = choose_served_id(group[1] or UNNAMED, taken, taken)
            taken.add(served)
            studies[group] = ServedStudy(
                served, *describe_study(row, folders[number], is_paper=is_paper), is_paper
            )
        belongs[id] = studies[group].id
    return list(studies.values()), belongs


def describe_study(row: CatalogRow, folder: str, *, is_paper: bool) -> tuple[str, str]:
    """Return the title and the text of a landscape's study.

    Earlier versions did not write them. Without a study the title is the folder's name.
    """
    if is_paper:
        return paper_study.TITLE, paper_study.TEXT
    about = row.study_about
    if about is not None:
        return about.title, about.text
    return row.study or folder, ""
