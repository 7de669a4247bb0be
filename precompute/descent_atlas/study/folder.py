"""Paths of a study's outputs, and the runs that its jobs read.

code.json             the code of the results, see study/code_record.py
dataset/              the cached images or samples
runs/<run>/           see precompute/descent_atlas/training/runs.py
parts/                planes, blocks of surfaces, losses and curvature along paths: the parts of
                      landscapes
landscapes/<id>/      landscapes and tables, in the format of `landscapes.format`
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from descent_atlas.study.entries import CurvatureSettings, TableEntry
from descent_atlas.study.measures import Measures, StudyDataset
from descent_atlas.study.schema import Study
from descent_atlas.study.study_data import read_study_data
from descent_atlas.training.runs import TrainingRun


@dataclass(frozen=True)
class StudyFolder:
    """Paths of a study's outputs in the folder `root`."""

    root: Path

    @property
    def code(self) -> Path:
        """The record of the code with which the results were computed."""
        return self.root / "code.json"

    @property
    def dataset(self) -> Path:
        """The cached images or samples."""
        return self.root / "dataset"

    @property
    def landscapes(self) -> Path:
        """The landscapes and tables."""
        return self.root / "landscapes"

    @property
    def runs(self) -> Path:
        """The runs."""
        return self.root / "runs"

    @property
    def parts(self) -> Path:
        """The parts of landscapes: a folder for each landscape, and one for all paths."""
        return self.root / "parts"

    def run(self, id: str) -> Path:
        """Return the folder of a run."""
        return self.runs / id

    def path(self, run: str) -> Path:
        """Return the folder of the losses along a run's path."""
        return self.parts / "paths" / run

    def curvature(self, run: str) -> Path:
        """Return the folder of the curvature along a run's path."""
        return self.parts / "curvature" / run

    def rescaling(self, table: str) -> Path:
        """Return the folder of the rescaled networks that a table shows."""
        return self.landscape_parts(table) / "rescaling"

    def landscape_parts(self, landscape: str) -> Path:
        """Return the folder of a landscape's plane and of the blocks of its surfaces."""
        return self.parts / landscape

    def plane(self, landscape: str) -> Path:
        """Return the folder of a landscape's plane."""
        return self.landscape_parts(landscape) / "plane"


@lru_cache(maxsize=1)
def open_dataset(folder: Path) -> StudyDataset:
    """Return the cached data set, which each process reads once."""
    return read_study_data(folder)


@dataclass(frozen=True, kw_only=True)
class RunSelection:
    """The runs of a landscape or table.

    `study` is the study's id, `about` its title and what it refers to, `names` maps its id of a run
    to its names with seeds, `labels` to its label. `curvature` says what is measured along each
    run; None is nothing. `measures` are what is evaluated at each point.
    """

    folder: StudyFolder
    study: str
    about: dict[str, str]
    names: dict[str, list[str]]
    labels: dict[str, str]
    curvature: CurvatureSettings | None
    measures: Measures

    @classmethod
    def of_first(cls, folder: StudyFolder, study: Study, runs: Iterable[str]) -> "RunSelection":
        """Select runs of a study by id, each with its first seed."""
        ids = list(dict.fromkeys(runs))
        return cls._of(folder, study, {id: [study.name_first(id)] for id in ids})

    @classmethod
    def of_table(cls, folder: StudyFolder, study: Study, table: TableEntry) -> "RunSelection":
        """Select the runs of a table, with the seeds that it shows."""
        ids = list(dict.fromkeys(cell.run for cell in table.cells))
        return cls._of(folder, study, {id: study.name_all(id, table.seeds) for id in ids})

    @classmethod
    def _of(cls, folder: StudyFolder, study: Study, names: dict[str, list[str]]) -> "RunSelection":
        labels = {id: study.labels[id] for id in names}
        return cls(
            folder=folder,
            study=study.id,
            about={"title": study.title, "text": study.reference},
            names=names,
            labels=labels,
            curvature=study.curvature,
            measures=Measures.of(study),
        )

    @property
    def all_names(self) -> tuple[str, ...]:
        """The names of all runs."""
        return tuple(name for names in self.names.values() for name in names)

    @property
    def curvatures(self) -> dict[str, Path]:
        """The folders of the curvature along each run, by its name; empty if none is measured."""
        names = self.all_names if self.curvature else ()
        return {name: self.folder.curvature(name) for name in names}

    def load(self) -> dict[str, list[TrainingRun]]:
        """Load the runs by the study's id, without verifying the hashes of their files again."""
        return {
            id: [TrainingRun.load(self.folder.run(name), verify=False) for name in names]
            for id, names in self.names.items()
        }

    def load_first(self) -> dict[str, TrainingRun]:
        """Load each run with its first seed, by the study's id."""
        return {id: runs[0] for id, runs in self.load().items()}

    @property
    def dataset(self) -> StudyDataset:
        """The data set."""
        return open_dataset(self.folder.dataset)
