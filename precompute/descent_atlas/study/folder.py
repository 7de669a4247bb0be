"""Where a study's results lie, and what its jobs read of them.

All lie in one folder:

dataset/              the images, cached
runs/<run>/           see precompute/descent_atlas/training/runs.py
parts/                planes, rows of surfaces, losses along paths: what landscapes are made from
landscapes/<id>/      the landscapes and tables, in the format of `landscapes.format`
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from descent_atlas.study.schema import Study
from descent_atlas.training.datasets import Dataset, read_cache
from descent_atlas.training.runs import Run


@dataclass(frozen=True)
class Place:
    """Where a study's results lie."""

    folder: Path

    @property
    def dataset(self) -> Path:
        """The cached images."""
        return self.folder / "dataset"

    @property
    def landscapes(self) -> Path:
        """The landscapes and tables."""
        return self.folder / "landscapes"

    @property
    def runs(self) -> Path:
        """The runs."""
        return self.folder / "runs"

    @property
    def parts(self) -> Path:
        """What landscapes are made from, in a folder for each landscape and one for all paths."""
        return self.folder / "parts"

    def run(self, id: str) -> Path:
        """The folder of a run."""
        return self.runs / id

    def path(self, run: str) -> Path:
        """The losses along a run's path."""
        return self.parts / "paths" / run

    def plane(self, landscape: str) -> Path:
        """A landscape's plane."""
        return self.parts / landscape / "plane"

    def rows(self, landscape: str, surface: str, start: int) -> Path:
        """Some rows of a landscape's surface."""
        return self.parts / landscape / f"{surface}-{start}"


@lru_cache(maxsize=1)
def open_dataset(folder: Path) -> Dataset:
    """Return the cached data set, which a process reads once."""
    return read_cache(folder)


@dataclass(frozen=True, kw_only=True)
class Source:
    """The runs of a landscape or table: by the study's id, the names with their seeds."""

    place: Place
    names: dict[str, list[str]]
    labels: dict[str, str]

    @classmethod
    def of(cls, place: Place, study: Study, runs: Iterable[str], seeds: int | None) -> "Source":
        """Return the source of some of a study's runs, with so many of their seeds."""
        ids = list(dict.fromkeys(runs))
        names = {id: study.name_all(id)[:seeds] for id in ids}
        return cls(place=place, names=names, labels={id: study.labels[id] for id in ids})

    @property
    def all_names(self) -> tuple[str, ...]:
        """The names of all runs."""
        return tuple(name for names in self.names.values() for name in names)

    def load(self) -> dict[str, list[Run]]:
        """Return the runs, which were verified before, by the study's id."""
        return {
            id: [Run.load(self.place.run(name), verify=False) for name in names]
            for id, names in self.names.items()
        }

    def load_first(self) -> dict[str, Run]:
        """Return the runs with the first of their seeds, by the study's id."""
        return {id: runs[0] for id, runs in self.load().items()}

    @property
    def dataset(self) -> Dataset:
        """The images."""
        return open_dataset(self.place.dataset)
