"""Studies whose runs differ in their networks, on some of the images."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.func import jacrev

from descent_atlas.jobs.announcement import announce
from descent_atlas.jobs.costs import Costs, measure_study_costs
from descent_atlas.jobs.study_jobs import list_jobs
from descent_atlas.landscapes.format import read_checked
from descent_atlas.output.curvature_paths import key_curvature, measure_curvature
from descent_atlas.output.landscape_parts import key_path, read_path
from descent_atlas.output.point_measures import PointMeasures
from descent_atlas.storage.array_folder import read_folder
from descent_atlas.study.entries import CurvatureSettings, MetricEntry
from descent_atlas.study.folder import StudyFolder
from descent_atlas.study.measures import Measures
from descent_atlas.study.rehearsal import rehearse
from descent_atlas.study.study_data import load_study_data
from descent_atlas.study.study_files import StudyError, read_study
from descent_atlas.training.images.dataset_cache import write_cache
from descent_atlas.training.images.dataset_loading import choose_subset, load_dataset
from descent_atlas.training.images.datasets import DataError, ImageDataset, Subset
from descent_atlas.training.loop import train
from descent_atlas.training.runs import TrainingRun
from tests.attack.studies import run_command
from tests.precompute.small_studies import write_images
from tests.precompute.study.test_rehearsal import OWN, REGRESSION

TWO = f"""\
id = "two"
title = "Two networks"
reference = "none"
recalibration_batches = 1

[data]
name = "mine"
source = "class-folders"
train = 40
test = 12

[network]
factory = "{OWN}:normalized"

[training]
epochs = 2
snapshots = 3

[planes]
surfaces = ["batch-8"]
grid = 3

[[runs]]
id = "narrow"
label = "Narrow"
optimizer = "SGD"
hyperparameters = {{ lr = 0.1 }}
batch_size = 8
planes = ["random"]

[[runs]]
id = "wide"
label = "Wide"
optimizer = "SGD"
hyperparameters = {{ lr = 0.1 }}
batch_size = 8
network = {{ channels = 6 }}
planes = ["random"]

[[lotteries]]
id = "wide-lottery"
title = "Wide"
shows = "Planes."
figures = []
origin = "wide"
seeds = 2
grid = 5
surface = "batch-8"
images = 16
batches = [8]

[[tables]]
id = "accuracies"
title = "Accuracies"
shows = "Both."
cells = [
  {{ run = "narrow", row = "a", column = "b" }},
  {{ run = "wide", row = "a", column = "c" }},
]
"""


@pytest.mark.slow  # trains networks in a worker process
def test_a_study_of_two_networks_is_computed_whole(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(TWO)
    write_images(tmp_path / "data")
    out = tmp_path / "out"
    arguments = ["run", str(tmp_path / "study.toml"), "--data", str(tmp_path / "data")]
    assert run_command([*arguments, "--out", str(out), "--workers", "1"]) == 0
    sizes = {}
    for id in ("narrow", "wide"):
        manifest = read_checked(out / "landscapes" / f"{id}-random").manifest
        assert (manifest.dataset.train, manifest.dataset.test) == (40, 12)
        assert manifest.evaluation is not None
        assert manifest.evaluation.buffers.batches == 1
        sizes[id] = manifest.network["options"].get("channels", 4)
    assert sizes == {"narrow": 4, "wide": 6}
    lottery = read_checked(out / "landscapes" / "wide-lottery").manifest
    assert lottery.network["options"] == {"channels": 6}
    assert len(read_checked(out / "landscapes" / "accuracies").manifest.results.cells) == 2


def test_jobs_cost_what_their_own_network_does(tmp_path: Path, dataset: ImageDataset) -> None:
    (tmp_path / "study.toml").write_text(TWO)
    study, folder = read_study(tmp_path / "study.toml"), StudyFolder(tmp_path)
    write_cache(folder.dataset, dataset, None)
    rehearse(study, dataset)
    assert [network.options for network in study.list_networks()] == [{}, {"channels": 6}]
    options = {training.id: training.options for training in study.expand_runs()}
    assert options == {"narrow-seed0": {}, "wide-seed0": {"channels": 6}}
    jobs = list_jobs(study, folder)
    assert {"narrow-seed0", "wide-random", "wide-lottery"} <= {job.id for job in jobs}
    said = announce(study, folder, jobs, workers=2)
    assert "each snapshot of 171 to 255 parameters" in said


def test_networks_of_other_parameters_share_no_plane(tmp_path: Path) -> None:
    shared = """
[[landscapes]]
id = "both"
title = "Both"
shows = "Two runs."
figures = []
plane = "shared"
origin = "narrow"
runs = ["narrow", "wide"]
surfaces = ["batch-8"]
grid = 3
"""
    (tmp_path / "study.toml").write_text(TWO + shared)
    with pytest.raises(StudyError, match="both: its runs train different networks"):
        read_study(tmp_path / "study.toml")
    (tmp_path / "study.toml").write_text(TWO.replace("channels = 6", "channel = 6"))
    with pytest.raises(StudyError, match=r"run wide: the network factory .* failed"):
        read_study(tmp_path / "study.toml")


def test_running_statistics_count_for_the_costs_of_a_point(dataset: ImageDataset) -> None:
    costs = Costs(snapshot=1e-3, point=1e-3, first=0, together=1, statistics=2.0)
    assert costs.evaluate(10, 1000) == pytest.approx(30)
    assert costs.visit(10, 1000) == pytest.approx(30)
    assert costs.divide(20, 1000) == [(0, 10), (10, 20)]
    measures = Measures(recalibration_batches=1)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 2, 1),
        torch.nn.BatchNorm2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(32, 3),
    )
    measured = measure_study_costs(measures, network, dataset)
    assert measured.statistics == pytest.approx(300 * measured.snapshot)
    frozen = measure_study_costs(replace(measures, buffers="frozen"), network, dataset)
    assert frozen.statistics == 0


def test_a_number_of_batches_of_its_own_is_in_the_keys(dataset: ImageDataset) -> None:
    assert Measures().key == []
    assert Measures(recalibration_batches=2).key == [{"recalibration_batches": 2}]


def test_some_images_are_drawn_once_for_all_and_keep_their_order(dataset: ImageDataset) -> None:
    some = choose_subset(dataset, Subset(train=40))
    assert (some.train.size, some.test.size) == (40, dataset.test.size)
    again = choose_subset(dataset, Subset(train=40))
    assert some.fingerprint == again.fingerprint != dataset.fingerprint
    order = np.sort(np.random.default_rng(0).permutation(300)[:40])
    assert torch.equal(some.train.images, dataset.train.images[torch.from_numpy(order)])
    with pytest.raises(DataError, match=r"400 training images are asked for .* there are 300"):
        choose_subset(dataset, Subset(train=400))


def test_another_number_of_images_reads_them_again(tmp_path: Path) -> None:
    write_images(tmp_path / "data")

    def load(subset: Subset) -> int:
        found = load_dataset(
            tmp_path / "data",
            tmp_path / "cache",
            name="mine",
            source="class-folders",
            subset=subset,
        )
        return found.train.size

    assert [load(Subset(20)), load(Subset(20)), load(Subset()), load(Subset(30))] == [
        20,
        20,
        60,
        30,
    ]


SETTINGS = CurvatureSettings(images=20, snapshots=2, subsets=2, spread=1)


def test_the_curvature_of_a_loss_of_ones_own_is_that_of_its_dense_hessian(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(REGRESSION)
    study = read_study(tmp_path / "study.toml")
    dataset = load_study_data(study.data, None, tmp_path / "cache")
    measures = replace(
        Measures.of(study),
        metrics=(MetricEntry(id="large", function=f"{OWN}:LARGE"),),
    )
    (training,) = study.expand_runs()
    train(tmp_path / "run", training, dataset, scoring=measures.score(dataset))
    run = TrainingRun.load(tmp_path / "run")
    measure_curvature(
        tmp_path / "out", key="k", run=run, dataset=dataset, settings=SETTINGS, measures=measures
    )
    _, found = read_folder(tmp_path / "out")
    assert {"train.loss", "train.large", "test.loss", "test.large"} <= set(found)
    path, network = read_path(run), run.build_network()
    order = np.random.default_rng(SETTINGS.seed).permutation(40)[:20]
    inputs, targets = dataset.train.take(torch.from_numpy(order))

    def lose(theta: torch.Tensor) -> torch.Tensor:
        outputs = torch.func.functional_call(network, run.layout.split(theta), (inputs,))
        mean: torch.Tensor = (outputs - targets).abs().mean()
        return mean

    end = path.read(len(path.steps) - 1)
    exact = torch.linalg.eigvalsh(jacrev(jacrev(lose))(end))[-1]
    assert found["sharpness"][-1] == pytest.approx(float(exact), rel=0.02)
    points = PointMeasures(run, dataset, measures)
    alone = points.along([end], dataset.train)
    assert found["train.loss"][-1] == alone["loss"][0]
    assert np.isfinite(found["preconditioned"][1:]).all()


def test_the_keys_of_usual_studies_are_those_of_before(
    tmp_path: Path, dataset: ImageDataset
) -> None:
    """Whatever a study says of metrics stands in the manifests of its runs."""
    (tmp_path / "study.toml").write_text(REGRESSION)
    study = read_study(tmp_path / "study.toml")
    samples = load_study_data(study.data, None, tmp_path / "cache")
    (training,) = study.expand_runs()
    train(tmp_path / "run", training, samples, scoring=Measures.of(study).score(samples))
    run = TrainingRun.load(tmp_path / "run")
    assert key_path(run, samples, Measures.of(study)) == key_path(run, samples)
    usual = key_curvature(run, samples, SETTINGS)
    assert key_curvature(run, samples, SETTINGS, Measures.of(study)) == usual
