"""A study whose code changes: it stops, and goes on as the user says."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from descent_atlas.jobs import run_jobs
from descent_atlas.landscapes.format import read_landscape
from descent_atlas.study.code_record import CodeError, check_unchanged, read_record, reconcile
from descent_atlas.study.folder import StudyFolder, open_dataset
from descent_atlas.study.study_files import read_study
from descent_atlas.training.run_manifest import read_manifest
from tests.attack.studies import run_command
from tests.backend.landscapes.manifest_edits import as_written
from tests.precompute.small_studies import SMALL, write_images

pytestmark = pytest.mark.slow  # trains networks

NETWORK = """\
from torch import nn
from user_layers import hidden

class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        first, last = nn.Linear(48, width), nn.Linear(width, 3)
        self.layers = nn.Sequential(nn.Flatten(), first, hidden(), last)

    def forward(self, x):
        return self.layers(x)

def build(width=8):
    return Net(width)
"""

LAYERS = """\
from torch import nn

def hidden():
    return nn.Tanh()
"""

MODULES = ("user_network", "user_layers")


def forget() -> None:
    """Make the next import read the user's files again, as a new process does."""
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of a user's own network, its images and its results."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "study.toml").write_text(
        SMALL.replace("descent_atlas.training.networks:mlp", "user_network:build").replace(
            "sizes = [48, 8, 3]", "width = 8"
        )
    )
    (folder / "user_network.py").write_text(NETWORK)
    (folder / "user_layers.py").write_text(LAYERS)
    write_images(folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        assert run(folder) == 0
    return folder


@pytest.fixture
def copy(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of that folder, with its modules on the path."""
    folder = shutil.copytree(world, tmp_path / "copy")
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    forget()


def run(folder: Path, *options: str) -> int:
    """Run the command in this process, with the user's modules as they are now."""
    forget()
    arguments = ["run", str(folder / "study.toml"), "--out", str(folder / "out")]
    return run_command([*arguments, "--data", str(folder / "data"), *options])


def read_code(folder: Path) -> str | None:
    """Return the code that a run's manifest names."""
    code: str | None = read_manifest(folder / "out" / "runs" / "sgd-seed0")["spec"].get("code")
    return code


def list_times(folder: Path) -> dict[Path, int]:
    """Return when each run and landscape was written."""
    paths = [*folder.glob("out/runs/*/run.json"), *folder.glob("out/landscapes/*/manifest.json")]
    return {path: path.stat().st_mtime_ns for path in paths}


def change(folder: Path) -> None:
    """Change what the network computes, in the module that the factory's imports."""
    path = folder / "user_layers.py"
    path.write_text(LAYERS.replace("Tanh", "Sigmoid"))


def test_results_name_the_code_and_the_same_code_computes_nothing_again(copy: Path) -> None:
    before = list_times(copy)
    code = read_code(copy)
    assert code is not None
    assert code == getattr(read_record(StudyFolder(copy / "out")), "identity", None)
    assert run(copy) == 0
    assert list_times(copy) == before
    landscape = as_written(read_landscape(copy / "out" / "landscapes" / "sgd-random"))
    assert landscape["runs"][0]["spec"]["code"] == code


def test_code_that_changed_stops_the_command_which_lists_the_files(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = list_times(copy)
    change(copy)
    (copy / "user_network.py").write_text(f"import user_more\n{NETWORK}")
    (copy / "user_more.py").write_text("")
    assert run(copy) == 1
    said = capsys.readouterr().err
    assert f"network: {copy / 'user_layers.py'} differs" in said
    assert f"network: {copy / 'user_network.py'} differs" in said
    assert f"network: {copy / 'user_more.py'} is new" in said
    for option in ("--accept-code", "--restart", "version ="):
        assert option in said
    assert "Traceback" not in said
    assert list_times(copy) == before
    assert run(copy) == 1  # and again, until the user says which


def test_a_change_that_does_not_matter_is_accepted_once(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, code = list_times(copy), read_code(copy)
    (copy / "user_layers.py").write_text(f"# The layers.\n{LAYERS}")
    assert run(copy, "--accept-code") == 0
    assert "Accepted this change of the code" in capsys.readouterr().out
    assert list_times(copy) == before
    shutil.rmtree(copy / "out" / "runs" / "gd-seed4")
    assert run(copy) == 0
    assert read_manifest(copy / "out" / "runs" / "gd-seed4")["spec"]["code"] == code
    assert capsys.readouterr().err == ""


def test_a_change_that_matters_computes_everything_again(copy: Path) -> None:
    before, code = list_times(copy), read_code(copy)
    change(copy)
    assert run(copy, "--restart") == 0
    after = list_times(copy)
    assert after.keys() == before.keys()
    assert all(after[path] > before[path] for path in before)
    assert read_code(copy) not in (None, code)
    assert run(copy) == 0
    assert list_times(copy) == after


def test_a_restart_that_was_interrupted_goes_on(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list_times(copy)
    change(copy)

    def fail(*arguments: object, **options: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(run_jobs, "train", fail)
        assert run(copy, "--restart") == 1
    assert run(copy) == 0
    after = list_times(copy)
    assert all(after[path] > before[path] for path in before)


def test_a_run_of_other_code_that_was_put_there_is_refused(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(copy / "out", copy / "former")
    change(copy)
    shutil.rmtree(copy / "out")
    assert run(copy) == 0
    shutil.rmtree(copy / "out" / "runs" / "sgd-seed0")
    shutil.copytree(copy / "former" / "runs" / "sgd-seed0", copy / "out" / "runs" / "sgd-seed0")
    capsys.readouterr()
    assert run(copy) == 1
    assert "holds another run" in capsys.readouterr().err


def test_a_version_stands_in_place_of_the_files(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, before = copy / "study.toml", list_times(copy)
    text = study.read_text()
    study.write_text(f'version = "1"\n{text}')
    assert run(copy) == 0  # the files are the same: this is what is called 1
    change(copy)
    assert run(copy) == 0
    assert list_times(copy) == before
    study.write_text(f'version = "2"\n{text}')
    capsys.readouterr()
    assert run(copy) == 1
    assert "network: version 1 then, 2 now" in capsys.readouterr().err
    assert run(copy, "--restart") == 0
    assert all(list_times(copy)[path] > before[path] for path in before)


def test_another_version_of_pytorch_is_told_and_nothing_is_trained_again(
    copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list_times(copy)
    monkeypatch.setattr(torch, "__version__", "99.0")
    assert run(copy) == 1
    assert "then, 99.0 now" in capsys.readouterr().err
    assert run(copy, "--accept-code") == 0
    assert list_times(copy) == before


def test_a_network_that_changed_without_a_file_is_told_by_its_outputs(
    copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy / "user_layers.py").write_text(
        LAYERS.replace("import nn", "import nn\nimport os").replace(
            "nn.Tanh()", 'getattr(nn, os.environ.get("LAYER", "Tanh"))()'
        )
    )
    assert run(copy, "--accept-code") == 0
    monkeypatch.setenv("LAYER", "Sigmoid")
    capsys.readouterr()
    assert run(copy) == 1
    assert "its outputs differ by up to" in capsys.readouterr().err


def test_code_is_mended_without_a_question_as_long_as_no_run_has_made_a_step(
    copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(copy / "out" / "runs")
    (copy / "out" / "code.json").unlink()
    (copy / "user_layers.py").write_text(f"{LAYERS}\n# a bug\n")

    def fail(*arguments: object, **options: object) -> None:
        raise OSError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(run_jobs, "train", fail)
        assert run(copy) == 1
    (copy / "user_layers.py").write_text(LAYERS)
    capsys.readouterr()
    assert run(copy) == 0
    assert capsys.readouterr().err == ""


def test_code_that_changes_while_the_command_runs_ends_its_jobs(copy: Path) -> None:
    folder = StudyFolder(copy / "out")
    forget()
    open_dataset.cache_clear()
    reconcile(read_study(copy / "study.toml"), folder)  # as the command does when it begins
    check_unchanged(folder)
    change(copy)
    with pytest.raises(CodeError, match=r"user_layers\.py changed while the command ran"):
        check_unchanged(folder)


def test_results_that_are_older_than_records_stay_with_the_keys_that_they_have(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "study.toml").write_text(SMALL)
    write_images(tmp_path / "data")
    assert run(tmp_path) == 0
    assert read_code(tmp_path) is None  # the network is this program's
    before = list_times(tmp_path)
    (tmp_path / "out" / "code.json").unlink()
    assert run(tmp_path) == 0
    assert list_times(tmp_path) == before
    (tmp_path / "out" / "code.json").unlink()
    capsys.readouterr()
    with monkeypatch.context() as patch:
        patch.setattr(torch, "__version__", "99.0")
        assert run(tmp_path) == 1
        assert "then, 99.0 now" in capsys.readouterr().err
        assert run(tmp_path, "--restart") == 0
    after = list_times(tmp_path)
    assert all(after[path] > before[path] for path in before)


def test_a_damaged_record_is_told_and_written_anew(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, record = list_times(copy), copy / "out" / "code.json"
    known = read_record(StudyFolder(copy / "out"))
    record.write_text(record.read_text().replace("parts", "party", 1))
    assert run_command(["check", str(copy / "out")]) == 1
    assert f"{record} is damaged" in capsys.readouterr().err
    assert run(copy) == 0
    again = read_record(StudyFolder(copy / "out"))
    assert known is not None and again is not None
    assert again.identity == known.identity
    assert list_times(copy) == before


def test_code_that_is_no_longer_used_is_listed(copy: Path) -> None:
    (copy / "user_network.py").write_text(
        NETWORK.replace("from user_layers import hidden", "from torch.nn import Tanh as hidden")
    )
    open_dataset.cache_clear()
    forget()
    with pytest.raises(CodeError, match=r"user_layers\.py is no longer used"):
        reconcile(read_study(copy / "study.toml"), StudyFolder(copy / "out"))
