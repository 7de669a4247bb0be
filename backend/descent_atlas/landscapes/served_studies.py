"""Studies to which the served landscapes belong: what a gallery groups them by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from descent_atlas.landscapes.catalog_order import choose_served_id
from descent_atlas.landscapes.catalog_rows import CatalogRow
from descent_atlas.landscapes.chapters import ChapterName
from descent_atlas.landscapes.claims import paper_study
from descent_atlas.landscapes.store import Contents

UNNAMED = "unnamed"
"""Base of the id of landscapes that belong to no study."""


@dataclass(frozen=True)
class ServedStudy:
    """A study in one folder, or the landscapes there that belong to none.

    `id` is unique among the served studies. `is_paper` tells whether it is the paper's own, by its
    data set and network. `chapter` is the atlas's chapter on it, None if it has none, and `lead`
    the id of the landscape that leads the chapter, None if that is not there.
    """

    id: str
    title: str
    text: str
    is_paper: bool
    chapter: ChapterName | None = None
    lead: str | None = None


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
        chapter = row.chapter
        is_paper = chapter is not None and chapter.study is paper_study.PAPER
        group = (number, paper_study.PAPER.id if is_paper else row.study, is_paper)
        if group not in studies:
            served = choose_served_id(group[1] or UNNAMED, taken, taken)
            taken.add(served)
            title, text = describe_study(row, folders[number])
            studies[group] = ServedStudy(
                served, title, text, is_paper, None if chapter is None else chapter.name
            )
        if chapter is not None and row.own_id == chapter.lead:
            studies[group] = replace(studies[group], lead=id)
        belongs[id] = studies[group].id
    return list(studies.values()), belongs


def describe_study(row: CatalogRow, folder: str) -> tuple[str, str]:
    """Return the title and the text of a landscape's study.

    Earlier versions did not write them. Without a study the title is the folder's name.
    """
    if row.chapter is not None:
        return row.chapter.title, row.chapter.text
    about = row.study_about
    if about is not None:
        return about.title, about.text
    return row.study or folder, ""
