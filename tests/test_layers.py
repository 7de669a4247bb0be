"""The package's layers: what may import what."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent

ROOT = "descent_atlas"

LAYERS = (
    "storage",
    "compilation",
    "statistics",
    "objectives",
    "optimizers",
    "simulation",
    "stability",
    "measured",
    "export",
    "landscapes",
    "lessons",
    "web",
    "static_site",
    "training",
    "evaluation",
    "analysis",
    "study",
    "output",
    "drawing",
    "torch2d",
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


def test_no_two_classes_share_a_name() -> None:
    names: dict[str, list[str]] = {}
    for top in ("backend", "precompute"):
        for path in (PROJECT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    names.setdefault(node.name, []).append(str(path.relative_to(PROJECT)))
    assert {name: paths for name, paths in names.items() if len(paths) > 1} == {}


PAGE_LAYERS = (
    "core",
    "widgets",
    "plot",
    "surfaces",
    "playground",
    "landscapes",
    "about",
    "reference",
)
"""The page's folders: each imports from those before it alone, and no page from another."""

PAGES = ("playground", "landscapes", "about", "reference")

PAGE_FOLDERS = {
    "playground": (
        "schedules",
        "model",
        "variants",
        "plot",
        "moves",
        "schedule-controls",
        "teaching",
        "panels",
        "ensemble",
        "video",
        "rates",
        "stability",
        "openers",
    ),
    "landscapes": (
        "model",
        "single",
        "curvature",
        "figures",
        "table",
        "profile",
        "measured",
        "gallery",
        "pair",
    ),
}
"""The folders of a page, in the same order; the modules beside them import from all."""


def list_page_imports() -> Iterator[tuple[Path, Path]]:
    """Yield the page's modules with the modules that they import, relative to the page's root."""
    frontend = PROJECT / "frontend"
    for path in sorted(frontend.rglob("*.js")):
        if "vendor" not in path.parts:
            for address in re.findall(
                r'^(?:import|export|\}).*from "(\..+)";', path.read_text(), re.M
            ):
                other = (path.parent / address).resolve()
                yield path.relative_to(frontend), other.relative_to(frontend)


def test_the_page_imports_downward_alone() -> None:
    upward = []
    for module, other in list_page_imports():
        room, below = module.parts[0], other.parts[0]
        allowed = [*PAGE_LAYERS[: PAGE_LAYERS.index(room)], room]
        if room in PAGES:
            allowed = [name for name in allowed if name == room or name not in PAGES]
        order = PAGE_FOLDERS.get(room, ()) if room == below else ()
        is_above = module.parts[1] not in order or order.index(other.parts[1]) <= order.index(
            module.parts[1]
        )
        if below not in allowed or not is_above:
            upward.append((str(module), str(other)))
    assert upward == []


def test_every_folder_of_a_page_has_its_layer() -> None:
    frontend = PROJECT / "frontend"
    for page, folders in PAGE_FOLDERS.items():
        found = {path.parent.name for path in (frontend / page).glob("*/*.js")}
        assert found == set(folders)
    assert {path.parent.name for path in frontend.glob("*/*.js")} == set(PAGE_LAYERS)
