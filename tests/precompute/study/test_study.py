"""Studies: the shipped ones, where they are found, and faults named by line and field."""

from pathlib import Path

import pytest

from descent_atlas.study.study_files import (
    StudyError,
    find_study,
    list_shipped_studies,
    read_study,
)
from tests.precompute.small_studies import SMALL


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
    assert sgd.count((2e-3, 64, 0.9)) == sgd.count((2e-3, 256, 0.0)) == 3
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
    assert sorted(list_shipped_studies()) == ["convolutional", "visual-analysis"]
    (tmp_path / "convolutional").mkdir()  # a folder of results, say
    assert read_study(find_study("convolutional")).id == "convolutional"
    (tmp_path / "visual-analysis").write_text(SMALL)
    assert read_study(find_study("visual-analysis")).id == "small"


@pytest.mark.parametrize("study", ["visual", "no/such/study.toml"])
def test_an_unknown_study_is_named_with_those_that_ship(study: str) -> None:
    with pytest.raises(StudyError, match=f'"{study}".* convolutional, visual-analysis$'):
        find_study(study)
