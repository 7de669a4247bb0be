"""What a study would fail at is told before its first job."""

from pathlib import Path

import pytest

from descent_atlas.study.measures import StudyDataset
from descent_atlas.study.rehearsal import rehearse
from descent_atlas.study.study_data import load_study_data
from descent_atlas.study.study_files import StudyError, read_study
from descent_atlas.training.images.datasets import DataError, ImageDataset
from tests.precompute.small_studies import CURVED, SMALL, STUDY

OWN = "tests.precompute.study.own_studies"

FACTORY = 'factory = "descent_atlas.training.networks:mlp"\noptions = { sizes = [48, 8, 3] }'

REGRESSION = f"""\
id = "regression"
title = "Regression"
reference = "none"
data = "{OWN}:batches"
loss = "{OWN}:absolute_error"

[network]
factory = "{OWN}:regressor"

[training]
epochs = 2

[planes]
surfaces = ["train", "test", "batch-8"]
grid = 3

[[runs]]
id = "adam"
label = "Adam"
optimizer = "Adam"
hyperparameters = {{ lr = 0.01 }}
batch_size = 16
planes = ["random"]
"""


def rehearse_text(text: str, tmp_path: Path, dataset: StudyDataset | None = None) -> None:
    """Rehearse a study on its own data, or on a data set."""
    (tmp_path / "study.toml").write_text(text)
    study = read_study(tmp_path / "study.toml")
    if dataset is None:
        dataset = load_study_data(study.data, None, tmp_path / "cache")
    rehearse(study, dataset)


@pytest.mark.parametrize("text", [SMALL, STUDY])
def test_a_study_that_can_be_computed_passes(
    tmp_path: Path, dataset: ImageDataset, text: str
) -> None:
    rehearse_text(text, tmp_path, dataset)


def test_a_study_of_ones_own_loss_and_data_passes(tmp_path: Path) -> None:
    rehearse_text(REGRESSION, tmp_path)
    rehearse_text(REGRESSION.replace(f"{OWN}:absolute_error", "regression"), tmp_path)
    rehearse_text(REGRESSION.replace("absolute_error", "WEIGHTED"), tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("48, 8, 3]", "48, 8, 4]", "it gives 4 numbers for each image, and colours has 3 classes"),
        ("48, 8, 3]", "49, 8, 3]", "the loss cannot be computed on the data: .*shapes"),
        ("48, 8, 3]", "48, 8, 1]", "it gives 1 numbers for each image"),
        ('["train"]', '["batch-999"]', "the surface batch-999 is of more samples than the 300"),
        (
            FACTORY,
            f'factory = "{OWN}:segmenter"',
            r"needs logits of the shape \(samples, classes\)",
        ),
        (
            FACTORY,
            f'factory = "{OWN}:normalized"\noptions = {{ running = false }}',
            r"depends on the others of its batch \(the batch normalization 1 keeps no running",
        ),
        (FACTORY, f'factory = "{OWN}:sleepless"', "so the model or the loss is random"),
    ],
)
def test_a_network_that_does_not_suit_the_images_is_told(
    tmp_path: Path, dataset: ImageDataset, old: str, new: str, message: str
) -> None:
    assert old in SMALL
    with pytest.raises(StudyError, match=message):
        rehearse_text(SMALL.replace(old, new), tmp_path, dataset)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("absolute_error", "failing_loss", "RuntimeError: no such luck"),
        ("absolute_error", "constant_loss", "the loss has no gradient"),
        (f"{OWN}:absolute_error", "classification", "classification needs logits of at least 2"),
        ("batch-8", "batch-41", "the surface batch-41 is of more samples than the 40"),
    ],
)
def test_a_loss_that_does_not_suit_the_samples_is_told(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in REGRESSION
    with pytest.raises(StudyError, match=message):
        rehearse_text(REGRESSION.replace(old, new), tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("random_batches", "gives other samples each time it is called: seed its random numbers"),
        ("failing_batches", "failing_batches failed: KeyError: 'samples'"),
        ("single_batches", r"returned a int; it should return a pair \(train batches, test"),
    ],
)
def test_a_function_of_data_that_fails_is_told(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        rehearse_text(REGRESSION.replace(f"{OWN}:batches", f"{OWN}:{name}"), tmp_path)


def test_too_few_images_for_the_curvature_are_told(tmp_path: Path, dataset: ImageDataset) -> None:
    with pytest.raises(StudyError, match="2 subsets of 200 images are more than the 300"):
        rehearse_text(CURVED.replace("images = 20", "images = 200"), tmp_path, dataset)


def test_a_device_that_is_not_there_is_told(tmp_path: Path, dataset: ImageDataset) -> None:
    text = SMALL.replace("[data]", 'device = "cuda:99"\n[data]')
    with pytest.raises(StudyError, match="device: there is no cuda:99 on this machine"):
        rehearse_text(text, tmp_path, dataset)


def test_all_faults_are_told_at_once(tmp_path: Path, dataset: ImageDataset) -> None:
    text = SMALL.replace("48, 8, 3]", "48, 8, 4]").replace('["train"]', '["batch-999"]')
    with pytest.raises(StudyError) as caught:
        rehearse_text(text, tmp_path, dataset)
    assert len(str(caught.value).splitlines()) == 2
