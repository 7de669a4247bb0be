"""Packaging, and the truth of the documents."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from descent_atlas.landscapes.shipped_studies import PAPER, find_folder
from descent_atlas.measured.stories.story_measures import MEASURES
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings

PROJECT = Path(__file__).parent.parent
DOCS = PROJECT / "docs"
NAME = re.compile(r"^[\w.-]+")
TRAINERS = {"accelerate", "lightning", "transformers"}
"""Packages that a user has if they need our callback for them; without it, an error names pip."""


def read_pyproject() -> dict[str, Any]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())


def read_requirements() -> Iterator[str]:
    """Yield the name of every package that pyproject.toml requires."""
    pyproject = read_pyproject()
    listed = [
        pyproject["project"]["dependencies"],
        *pyproject["project"]["optional-dependencies"].values(),
        *pyproject["dependency-groups"].values(),
    ]
    for requirement in (entry for group in listed for entry in group if isinstance(entry, str)):
        match = NAME.match(requirement)
        assert match, requirement
        yield normalize(match[0])


def list_imports(folder: str) -> set[str]:
    """Return the modules, by their first names, that the modules of a folder import."""
    names: set[str] = set()
    for path in (PROJECT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names


def normalize(name: str) -> str:
    """Return a package's name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def list_targets(makefile: str) -> set[str]:
    """Return the words that `make` takes."""
    match = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert match
    return set(match[1].split())


def list_documents() -> list[str]:
    """Return the documents for users and contributors."""
    return ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in DOCS.glob("*.md"))]


def list_folders() -> list[str]:
    """Return the folders that the guide's table must name."""
    parents = ("backend/descent_atlas", "precompute/descent_atlas", "frontend")
    return [
        f"{parent}/{folder.name}/"
        for parent in parents
        for folder in sorted((PROJECT / parent).iterdir())
        if folder.is_dir() and folder.name != "__pycache__"
    ]


def test_every_required_package_has_one_exact_version() -> None:
    lines = (PROJECT / "constraints.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    assert all(len(pin) == 2 for pin in pins)
    assert set(read_requirements()) <= {normalize(name) for name, _ in pins}


@pytest.mark.parametrize("folder", ["backend", "precompute"])
def test_every_package_that_a_folder_imports_is_required(folder: str) -> None:
    installed = packages_distributions()
    imported = {normalize(installed[name][0]) for name in list_imports(folder) & set(installed)}
    project = read_pyproject()["project"]
    extras = project["optional-dependencies"]
    own = {"precompute": [*extras["precompute"], *extras["cluster"]]}.get(folder, [])
    requirements = [*project["dependencies"], *own]
    assert imported - {"descent-atlas"} - TRAINERS <= {normalize(name) for name in requirements}


def test_the_npm_packages_are_fixed_by_content_and_come_from_no_named_address() -> None:
    lock = json.loads((PROJECT / "package-lock.json").read_text())
    packages = {path: package for path, package in lock["packages"].items() if path}
    assert packages
    assert all("integrity" in package for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


def test_continuous_integration_runs_what_a_developer_runs() -> None:
    lines = (PROJECT / ".ci" / "run").read_text().splitlines()
    assert lines[-2:] == ["make test", "make test-long"]


@pytest.mark.parametrize("document", list_documents())
def test_everything_that_a_document_names_exists(document: str) -> None:
    text = (PROJECT / document).read_text()
    targets = set(re.findall(r"(?:^|`)make ([\w-]+)", text, re.MULTILINE))
    assert targets <= list_targets((PROJECT / "Makefile").read_text())
    paths = re.findall(r"(?:\]\(|`)((?:backend|frontend|precompute|tests|docs)/[\w./-]*)", text)
    missing = [path for path in paths if not (PROJECT / path).exists()]
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    missing += [link for link in links if not (PROJECT / document).parent.joinpath(link).exists()]
    assert not missing


@pytest.mark.parametrize("folder", list_folders())
def test_the_guide_describes(folder: str) -> None:
    assert f"`{folder}`" in (PROJECT / "CONTRIBUTING.md").read_text()


def test_the_readmes_numbers_are_those_of_the_program() -> None:
    text = " ".join((PROJECT / "README.md").read_text().split())
    shipped = [json.loads(path.read_text()) for path in find_folder(PAPER).glob("*/manifest.json")]
    runs = {(run["id"], run["spec"]["seed"]) for manifest in shipped for run in manifest["runs"]}
    for sentence in (
        f"**{len(OBJECTIVES)} functions, {len(OPTIMIZERS)} optimizers.**",
        f"{len(MEASURES)} well-known statements",
        f"was trained {len(runs)} times",
        f"{sum(m['kind'] == 'landscape' for m in shipped)} landscapes",
        f"{sum(m['kind'] == 'table' for m in shipped)} tables",
    ):
        assert sentence in text


def test_the_readmes_request_is_answered() -> None:
    text = (PROJECT / "README.md").read_text()
    request = re.search(r"http://127.0.0.1:8000(/api/v1/\w+) .*? -d '(.*?)'", text, re.DOTALL)
    assert request
    with TestClient(create_app(Settings()), base_url="http://127.0.0.1:8000") as client:
        answer = client.post(request[1], json=json.loads(request[2]))
    assert answer.status_code == 200


def test_the_changelog_tells_what_is_unreleased() -> None:
    headings = re.findall(r"^## (.*)$", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
