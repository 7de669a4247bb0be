"""Studies to which the served landscapes belong: what a gallery groups them by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from descent_atlas.landscapes.catalog_order import choose_served_id
from descent_atlas.landscapes.chapters import ChapterName, find_chapter
from descent_atlas.landscapes.claims import paper_study
from descent_atlas.landscapes.manifest import Manifest
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
    for id, stored in contents.landscapes.items():
        manifest, number = stored.landscape.manifest, contents.folders[id]
        is_paper = paper_study.is_paper(manifest)
        group = (number, paper_study.PAPER.id if is_paper else manifest.study, is_paper)
        if group not in studies:
            taken = {study.id for study in studies.values()}
            served = choose_served_id(group[1] or UNNAMED, taken, taken)
            chapter = find_chapter(manifest)
            title, text = describe_study(manifest, folders[number])
            studies[group] = ServedStudy(
                served, title, text, is_paper, None if chapter is None else chapter.name
            )
        chapter = find_chapter(manifest)
        if chapter is not None and manifest.id == chapter.lead:
            studies[group] = replace(studies[group], lead=id)
        belongs[id] = studies[group].id
    return list(studies.values()), belongs


def describe_study(manifest: Manifest, folder: str) -> tuple[str, str]:
    """Return the title and the text of a landscape's study.

    Earlier versions did not write them. Without a study the title is the folder's name.
    """
    chapter = find_chapter(manifest)
    if chapter is not None:
        return chapter.title, chapter.text
    about = manifest.study_about
    if about is not None:
        return about.title, about.text
    return manifest.study or folder, ""
