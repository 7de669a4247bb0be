"""The package's layers: what may import what."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent

ROOT = "descent_atlas"

LAYERS = (
    "storage",
    "compilation",
    "objectives",
    "optimizers",
    "simulation",
    "measured",
    "export",
    "landscapes",
    "web",
    "training",
    "analysis",
    "study",
    "output",
    "jobs",
)
"""The subpackages in the guide's order: each imports from those before it alone."""

WITHOUT_TORCH = LAYERS[: LAYERS.index("training")]

CROWDED = 16
"""Modules in one folder: more are hard to take in."""


def list_imports(package: str) -> Iterator[tuple[str, str]]:
    """Yield the modules of a subpackage with the subpackages from which they import."""
    (folder,) = (path for path in PROJECT.glob(f"*/{ROOT}/{package}") if path.is_dir())
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                root, _, rest = node.module.partition(".")
                if root == ROOT:
                    yield str(path.relative_to(PROJECT)), rest.partition(".")[0]


@pytest.mark.parametrize("package", LAYERS)
def test_a_layer_imports_from_those_before_it_alone(package: str) -> None:
    allowed = LAYERS[: LAYERS.index(package) + 1]
    upward = [(module, other) for module, other in list_imports(package) if other not in allowed]
    assert upward == []


def test_every_subpackage_has_its_layer() -> None:
    found = {path.parent.name for path in PROJECT.glob(f"*/{ROOT}/*/__init__.py")}
    assert found == set(LAYERS)


def test_the_offline_job_needs_nothing_of_the_server() -> None:
    job = LAYERS[len(WITHOUT_TORCH) :]
    assert not [pair for package in job for pair in list_imports(package) if pair[1] == "web"]


def test_no_folder_is_crowded() -> None:
    folders = {
        path.parent for top in ("backend", "precompute") for path in (PROJECT / top).rglob("*.py")
    }
    folders |= {
        path.parent for path in (PROJECT / "frontend").rglob("*.js") if "vendor" not in path.parts
    }
    counts = {
        str(folder.relative_to(PROJECT)): len(
            [
                path
                for path in folder.iterdir()
                if path.suffix in (".py", ".js") and path.stem != "__init__"
            ]
        )
        for folder in folders
    }
    assert {folder: count for folder, count in counts.items() if count > CROWDED} == {}


@pytest.mark.parametrize("suffix", [".py", ".js"])
def test_no_two_modules_share_a_name(suffix: str) -> None:
    names: dict[str, list[str]] = {}
    for top in ("backend", "precompute", "frontend"):
        for path in (PROJECT / top).rglob(f"*{suffix}"):
            if "vendor" not in path.parts and path.stem != "__init__":
                names.setdefault(path.name, []).append(str(path.relative_to(PROJECT)))
    assert {name: paths for name, paths in names.items() if len(paths) > 1} == {}
