"""Rows of the catalog: what lists, filters and claims need of a landscape without its files.

A folder may hold ten thousand landscapes, whose manifests would take gigabytes of memory. A row is
made once, when its landscape is verified, and takes some kilobytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from descent_atlas.landscapes.catalog_order import make_sort_key
from descent_atlas.landscapes.chapters import Chapter, find_chapter
from descent_atlas.landscapes.claims.table_standings import judge_table
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Manifest, StudyAbout, list_metrics


@dataclass(frozen=True, eq=False, slots=True)
class CatalogRow:
    """What is known of a landscape without its files.

    `chapter` is that of the atlas's own study to which it belongs, None if it is another's. `order`
    sorts rows into the paper's order. `members` is the JSON of the row's members that do not depend
    on what else is served, without the braces around them.
    """

    own_id: str
    study: str | None
    study_about: StudyAbout | None
    chapter: Chapter | None
    figures: tuple[str, ...]
    optimizers: tuple[str, ...]
    plane: str | None
    complete: bool
    order: tuple[Any, ...]
    members: bytes

    def matches(self, figure: str | None, optimizer: str | None, plane: str | None) -> bool:
        """Tell whether a row is of a figure, an optimizer and a plane; None matches any."""
        return (
            (figure is None or figure in self.figures)
            and (optimizer is None or optimizer in self.optimizers)
            and (plane is None or plane == self.plane)
        )


def make_row(landscape: Landscape) -> CatalogRow:
    """Return the row of a landscape."""
    manifest = landscape.manifest
    plane = manifest.plane
    optimizers = tuple(dict.fromkeys(list_optimizers(manifest)))
    return CatalogRow(
        own_id=manifest.id,
        study=manifest.study,
        study_about=manifest.study_about,
        chapter=find_chapter(manifest),
        figures=tuple(manifest.figures),
        optimizers=optimizers,
        plane=plane.kind if plane is not None else None,
        complete=manifest.complete,
        order=make_sort_key(landscape),
        members=to_json(describe_members(manifest, optimizers))[1:-1],
    )


def describe_members(manifest: Manifest, optimizers: tuple[str, ...]) -> dict[str, Any]:
    """Return the members of a row that the manifest alone determines."""
    plane, grid, results = manifest.plane, manifest.grid, manifest.results
    is_table = manifest.kind == "table"
    return {
        "own_id": manifest.id,
        "kind": manifest.kind,
        "title": manifest.title,
        "shows": manifest.shows,
        "figures": manifest.figures,
        "plane": plane.kind if plane is not None else None,
        "origin": plane.origin if plane is not None else None,
        "runs": manifest.runs,
        "optimizers": optimizers,
        "surfaces": [surface.id for surface in manifest.surfaces],
        "metrics": [] if is_table else [metric.id for metric in list_metrics(manifest)],
        "grid": grid.shape if grid is not None else None,
        "complete": manifest.complete,
        "arrows": bool(manifest.arrows),
        "cells": results.cells,
        "explained": results.explained,
        "standings": judge_table(manifest) if is_table else None,
    }


def list_optimizers(manifest: Manifest) -> Iterator[str]:
    """Yield each run's optimizer as the playground names it: SGD on full batches is `gd`."""
    for run in manifest.runs:
        name = str(run.spec.get("optimizer", "")).lower()
        size, whole = run.batch_size, manifest.dataset.train
        is_whole = size is not None and whole is not None and size >= whole
        if name:
            yield "gd" if name == "sgd" and is_whole else name
