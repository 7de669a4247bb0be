"""Jobs of a run: training, the losses along its path, and the curvature."""

import logging
from dataclasses import dataclass

from descent_atlas.jobs.scheduler import Reporter
from descent_atlas.output.curvature_paths import key_curvature, measure_curvature
from descent_atlas.output.landscape_parts import is_complete, key_path, measure_path
from descent_atlas.storage.durable import remove
from descent_atlas.study.code_record import check_unchanged
from descent_atlas.study.entries import CurvatureSettings
from descent_atlas.study.folder import StudyFolder, open_dataset
from descent_atlas.study.measures import Measures, StudyDataset
from descent_atlas.training.loop import train
from descent_atlas.training.loops.training_plan import Training
from descent_atlas.training.run_manifest import MANIFEST, NewerRunError, RunError
from descent_atlas.training.runs import TrainingRun

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TrainingJob:
    """Trains one run.

    `replaced` are identities of code whose runs are trained again, see `study.code_record`.
    """

    folder: StudyFolder
    training: Training
    measures: Measures
    cost: float
    replaced: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The run's name."""
        return self.training.id

    def is_done(self) -> bool:
        """Verify the run's files, and that it was trained with these settings."""
        try:
            run = TrainingRun.load(self.folder.run(self.id))
        except RunError:
            return False
        same = run.spec == self.training.spec(open_dataset(self.folder.dataset))
        network = (run.factory, run.options) == (self.training.factory, self.training.options)
        return run.status != "running" and same and network

    def run(self, report: Reporter) -> None:
        """Train from the last checkpoint.

        A run that is damaged, or whose code was replaced, begins anew. Do nothing if another
        process has finished the run in the meantime.
        """
        check_unchanged(self.folder)
        if self.is_done():
            return
        folder = self.folder.run(self.id)
        try:
            if self._has_replaced_code(TrainingRun.load(folder)):
                remove(folder)
        except NewerRunError:
            raise
        except RunError as error:
            if (folder / MANIFEST).exists():
                logger.warning("%s; the run restarts", error)
            remove(folder)
        dataset = open_dataset(self.folder.dataset)
        scoring = self.measures.score(dataset)
        train(folder, self.training, dataset, scoring=scoring, report=report)

    def _has_replaced_code(self, run: TrainingRun) -> bool:
        """Return whether a run has these settings but code that was replaced."""
        then, now = dict(run.spec), self.training.spec(open_dataset(self.folder.dataset))
        former, present = then.pop("code", ""), now.pop("code", "")
        return former != present and former in self.replaced and then == now


@dataclass(frozen=True, kw_only=True)
class PathJob:
    """Computes the loss on the whole training set at every snapshot of a run."""

    folder: StudyFolder
    run_id: str
    measures: Measures
    cost: float

    @property
    def id(self) -> str:
        """The run's name and `path`."""
        return f"{self.run_id}/path"

    @property
    def needs(self) -> tuple[str, ...]:
        """The run."""
        return (self.run_id,)

    def is_done(self) -> bool:
        """Verify the losses."""
        key = key_path(*load_run(self.folder, self.run_id), self.measures)
        return is_complete(self.folder.path(self.run_id), key=key)

    def run(self, report: Reporter) -> None:
        """Compute the losses."""
        report(0.0)
        check_unchanged(self.folder)
        run, dataset = load_run(self.folder, self.run_id)
        output = self.folder.path(self.run_id)
        measure_path(
            output,
            key=key_path(run, dataset, self.measures),
            run=run,
            dataset=dataset,
            measures=self.measures,
            report=report,
        )


def load_run(folder: StudyFolder, run_id: str) -> tuple[TrainingRun, StudyDataset]:
    """Return a finished run and the data set, neither verified again."""
    run = TrainingRun.load(folder.run(run_id), verify=False)
    return run, open_dataset(folder.dataset)


def name_curvature(run_id: str) -> str:
    """Return the id of the job that measures the curvature along a run's path."""
    return f"{run_id}/curvature"


@dataclass(frozen=True, kw_only=True)
class CurvatureJob:
    """Measures the sharpness along a run's path."""

    folder: StudyFolder
    run_id: str
    settings: CurvatureSettings
    measures: Measures
    cost: float

    @property
    def id(self) -> str:
        """The run's name and `curvature`."""
        return name_curvature(self.run_id)

    @property
    def needs(self) -> tuple[str, ...]:
        """The run."""
        return (self.run_id,)

    def is_done(self) -> bool:
        """Verify what was measured."""
        key = key_curvature(*load_run(self.folder, self.run_id), self.settings, self.measures)
        return is_complete(self.folder.curvature(self.run_id), key=key)

    def run(self, report: Reporter) -> None:
        """Measure the sharpness."""
        report(0.0)
        check_unchanged(self.folder)
        run, dataset = load_run(self.folder, self.run_id)
        measure_curvature(
            self.folder.curvature(self.run_id),
            key=key_curvature(run, dataset, self.settings, self.measures),
            run=run,
            dataset=dataset,
            settings=self.settings,
            measures=self.measures,
            report=report,
        )
