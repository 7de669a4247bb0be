"""The runs of the small trainings."""

from dataclasses import replace

import pytest

from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.loop import train
from descent_atlas.training.runs import TrainingRun
from tests.precompute.output.small_trainings import TRAININGS


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, dataset: ImageDataset) -> dict[str, TrainingRun]:
    root = tmp_path_factory.mktemp("runs")
    for id, training in TRAININGS.items():
        train(root / id, replace(training, id=f"{id}-seed1"), dataset)
    return {id: TrainingRun.load(root / id) for id in TRAININGS}
