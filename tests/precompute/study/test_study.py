"""Studies: the shipped ones, where they are found, and faults named by line and field."""

from pathlib import Path

import pytest

from descent_atlas.jobs.study_jobs import list_jobs
from descent_atlas.landscapes.claims.path_measures import TABLE
from descent_atlas.landscapes.claims.rules import RULES
from descent_atlas.landscapes.claims.smoothness_claims import BATCHES, MOMENTUM
from descent_atlas.study.folder import StudyFolder
from descent_atlas.study.study_files import (
    StudyError,
    find_study,
    list_shipped_studies,
    read_study,
)
from descent_atlas.training.images.dataset_cache import write_cache
from descent_atlas.training.images.datasets import ImageDataset
from tests.precompute.small_studies import SMALL, STUDY


def read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "study.toml"
    path.write_text(text)
    read_study(path)


def test_the_papers_study_holds_its_tables_and_figures() -> None:
    study = read_study(find_study("visual-analysis"))
    trainings = list(study.expand_runs())
    sgd = [
        (t.hyperparameters["lr"], t.batch_size, t.hyperparameters.get("momentum", 0))
        for t in trainings
        if t.optimizer == "SGD" and "dampening" not in t.hyperparameters
    ]
    table_2 = {(lr, b, m) for lr in (2, 2e-3, 1e-5) for b in (1, 64, 256) for m in (0, 0.9)}
    assert set(sgd) == table_2 | {(0.1, None, 0), (0.02, 64, 0)} | {
        (0.02, batch, 0.9) for batch in (1, 64, 256)
    }
    assert sgd.count((2e-3, 64, 0.9)) == 6
    assert sgd.count((2e-3, 256, 0.0)) == 3
    gd, adam = (next(t for t in trainings if t.id == id) for id in ("gd-seed0", "adam-seed2"))
    assert (gd.epochs, gd.patience, adam.epochs, adam.patience) == (1000, None, 20, 4)
    assert (adam.optimizer, adam.hyperparameters, adam.batch_size) == ("Adam", {"lr": 5e-4}, 64)
    landscapes = list(study.expand_landscapes())
    assert {figure for entry in landscapes for figure in entry.figures} == set("123456")
    assert all(entry.grid >= 51 for entry in landscapes)
    printed = [[cell.paper for cell in table.cells] for table in study.tables]
    assert printed[0] == [38.33, 48.16, 47.65]
    assert len(printed[1]) == 18
    assert sum(value for value in printed[1] if value) == pytest.approx(312.44)


def test_the_papers_study_has_the_seeds_that_the_claims_are_judged_on() -> None:
    study = read_study(find_study("visual-analysis"))
    tables = {table.id: table for table in study.tables}
    for cell in tables["table-1"].cells:
        assert len(study.name_all(cell.run)) >= 5
    few = {"b1-lr0.00001-m0", "b1-lr0.00001-m0.9"}
    for cell in tables["table-2"].cells:
        assert (len(study.name_all(cell.run)) >= RULES.accuracy.least_seeds) == (
            cell.run not in few
        )
    smoothness = tables[TABLE]
    assert (smoothness.seeds, smoothness.paths) == (RULES.seeds.new, True)
    judged = {cell.run for cell in smoothness.cells}
    assert judged >= {id for runs in (*BATCHES.values(), *MOMENTUM.values()) for id in runs}
    figures = {entry.id: entry.runs for entry in study.expand_landscapes()}
    assert judged >= set(figures["learning-rates"]) | set(figures["momentum"])
    for entry in study.expand_landscapes():  # additional seeds have no landscapes of their own
        assert {study.name_first(run) for run in entry.runs} == {f"{id}-seed0" for id in entry.runs}
        assert not entry.batches or entry.batches >= RULES.batches.least_batches


def test_the_papers_study_has_adaptive_controls_without_the_noise_of_batches() -> None:
    study = read_study(find_study("visual-analysis"))
    full = {t.optimizer: t for t in study.expand_runs() if t.batch_size is None}
    assert set(full) == {"SGD", "Adam", "RMSprop"}
    assert full["Adam"].epochs == full["RMSprop"].epochs == 500


def test_a_table_with_paths_needs_those_of_its_seeds_alone(
    tmp_path: Path, dataset: ImageDataset
) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    study, folder = read_study(tmp_path / "study.toml"), StudyFolder(tmp_path)
    write_cache(folder.dataset, dataset, None)
    jobs = {job.id: job for job in list_jobs(study, folder)}
    assert jobs["paths"].needs == ("gd-seed4", "gd-seed4/path")
    assert jobs["table"].needs == ("sgd-seed0", "gd-seed3", "gd-seed4")
    # "both" draws the first seed of each run.
    paths = {id for id in jobs if id.endswith("/path")}
    assert paths == {"sgd-seed0/path", "gd-seed3/path", "gd-seed4/path"}


def test_a_run_stands_for_each_of_its_seeds(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(SMALL)
    study = read_study(tmp_path / "study.toml")
    assert [training.id for training in study.expand_runs()] == [
        "sgd-seed0",
        "gd-seed3",
        "gd-seed4",
    ]
    (landscape,) = study.expand_landscapes()
    assert (landscape.id, landscape.origin, landscape.runs) == ("sgd-random", "sgd", ["sgd"])
    assert study.name_first("gd") == "gd-seed3"


def test_the_code_that_a_study_names_is_found_wherever_it_stands(tmp_path: Path) -> None:
    text = SMALL.replace("{ sizes = [48, 8, 3] }", "{ sizes = [48, 8, 3] }\n# own:function")
    (tmp_path / "study.toml").write_text(text.replace('"Accuracies."', '"my.module:function"'))
    study = read_study(tmp_path / "study.toml")
    assert study.list_code() == {
        "network": ["descent_atlas.training.networks:mlp"],
        "tables": ["my.module:function"],
    }


def test_the_convolutional_study_needs_nothing_changed_in_the_code() -> None:
    study = read_study(find_study("convolutional"))
    assert {run.optimizer for run in study.runs} == {"RMSprop", "NAdam"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('optimizer = "SGD"', 'optimizer = "SDG"', r':23: runs\[0\]\.optimizer: .*no "SDG" in'),
        ("{ lr = 0.1 }", "{ rate = 0.1 }", r":20: runs\[0\]: .*refuses them: .*'rate'"),
        ("{ lr = 0.1 }", "{ lr = -1.0 }", r":20: runs\[0\]: .*Invalid learning rate"),
        ("batch_size = 4", 'batch_size = "4"', r":25: runs\[0\]\.batch_size"),
        ("batch_size = 4", "batchsize = 4", r":25: runs\[0\]\.batchsize: Extra inputs"),
        ('label = "SGD"\n', "", r":20: runs\[0\]\.label: Field required"),
        ("seeds = [3, 4]", "seeds = [3, -4]", r":34: runs\[1\]\.seeds\[1\]: .*greater"),
        ("epochs = 2", 'epochs = "two"', r":14: training\.epochs: .*valid integer"),
        ("paper = 1.5", 'paper = "1.5"', r":41: tables\[0\]\.cells\[0\]\.paper: .*number"),
        ('run = "gd"', 'run = "dg"', r'table table: there is no run "dg"'),
        ('id = "gd"', 'id = "sgd"', r"two of the runs have the id sgd"),
        ('id = "table"', 'id = "sgd-random"', r"have the id sgd-random"),
        ("networks:mlp", "networks:nothing", r":9: network: .*has no attribute 'nothing'"),
        ('["random"]', '["radnom"]', r":26: runs\[0\]\.planes\[0\]"),
        ('["train"]', '["batch-0"]', r":17: planes\.surfaces\[0\]"),
        ('shows = "Accuracies."', "shows = ''\nseeds = [3]", r"table: the run sgd has no seed 3"),
        (
            'shows = "Accuracies."',
            "shows = ''\nrescaling = { run = 'gd', layer = 1, factors = [2.0] }",
            r"table table: layer=1: it should be 0 to 0",
        ),
        ("[data]", "[data", r"is not TOML: .*line 5"),
        ('title = "Small"', "", r":1: title: Field required"),
    ],
)
def test_a_fault_is_named_by_line_and_field(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in SMALL
    with pytest.raises(StudyError, match=message):
        read(tmp_path, SMALL.replace(old, new, 1))


def test_batches_are_compared_with_the_whole_set(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match='compared with the surface "train", which is missing'):
        read(tmp_path, STUDY.replace("arrows = true", "arrows = true\nbatches = 5"))


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    text = SMALL.replace("batch_size = 4", "batch_size = 0").replace("epochs = 2", "epochs = 0")
    with pytest.raises(StudyError) as caught:
        read(tmp_path, text)
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["14", "25", "25"]


def test_a_study_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"nothing\.toml cannot be read"):
        read_study(tmp_path / "nothing.toml")


def test_a_study_by_the_former_name_of_a_module_is_the_same(tmp_path: Path) -> None:
    path, former = tmp_path / "study.toml", tmp_path / "former.toml"
    path.write_text(SMALL)
    former.write_text(SMALL.replace("descent_atlas.training.networks:", "precompute.networks:"))
    assert former.read_text() != SMALL
    assert read_study(former) == read_study(path)


def test_a_study_that_ships_is_found_by_its_name_and_a_file_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sorted(list_shipped_studies()) == [
        "characters",
        "convolutional",
        "digits",
        "skips",
        "skips-gpu",
        "visual-analysis",
    ]
    (tmp_path / "convolutional").mkdir()  # a folder of results, say
    assert read_study(find_study("convolutional")).id == "convolutional"
    (tmp_path / "visual-analysis").write_text(SMALL)
    assert read_study(find_study("visual-analysis")).id == "small"


@pytest.mark.parametrize("study", ["visual", "no/such/study.toml"])
def test_an_unknown_study_is_named_with_those_that_ship(study: str) -> None:
    with pytest.raises(StudyError, match=f'"{study}".* skips-gpu, skips, visual-analysis$'):
        find_study(study)
