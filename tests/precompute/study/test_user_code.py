"""Which files are the user's code, and what is not."""

import sys
from pathlib import Path

import pytest

from descent_atlas.study.user_code import find_sources


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path of modules."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def write(folder: Path, **modules: str) -> None:
    """Write modules, whose names have `__` in place of dots."""
    for name, text in modules.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_everything_that_a_module_imports_counts_wherever_it_does(project: Path) -> None:
    write(
        project,
        nets_one="import json, torch\nimport layers_one as own\nfrom blocks_one import block\n",
        layers_one="def make():\n    from deep_one import inner  # only when it is called\n",
        blocks_one="import nets_one  # in a circle\nimport no_such_module_at_all\n",
        deep_one="x = 1\n",
        other_one="not imported",
    )
    found = find_sources("nets_one:build")
    assert found == {
        name: project / f"{name}.py"
        for name in ("nets_one", "layers_one", "blocks_one", "deep_one")
    }
    assert not {"nets_one", "layers_one"} & sys.modules.keys()  # nothing was imported


def test_packages_count_with_what_they_import_relatively(project: Path) -> None:
    write(
        project,
        pack__sub__net="from . import near\nfrom .. import far\nfrom ..wide import thing\n",
        pack__sub__near="",
        pack__far="from .sub import near",
        pack__wide="thing = 1",
        pack__unused="",
    )
    for folder in ("pack", "pack/sub"):
        (project / folder / "__init__.py").write_text("")
    assert sorted(find_sources("pack.sub.net:build")) == [
        "pack",
        "pack.far",
        "pack.sub",
        "pack.sub.near",
        "pack.sub.net",
        "pack.wide",
    ]


@pytest.mark.parametrize(
    "reference",
    [
        "descent_atlas.training.networks:mlp",
        "torchvision.models:resnet18",
        "json:loads",
        "math:sqrt",
        "no_such_module_at_all:f",
    ],
)
def test_what_is_installed_or_ours_is_not_the_users(reference: str) -> None:
    assert find_sources(reference) == {}


def test_an_environment_within_the_project_is_not_the_users(project: Path) -> None:
    folder = project / ".venv" / "lib" / "site-packages"
    write(folder, installed_one="")
    write(project, using_one="import installed_one")
    sys.path.append(str(folder))
    try:
        assert list(find_sources("using_one:f")) == ["using_one"]
    finally:
        sys.path.remove(str(folder))


def test_a_file_that_does_not_parse_counts_alone(project: Path) -> None:
    write(project, broken_one="def (:\n")
    assert list(find_sources("broken_one:f")) == ["broken_one"]
