"""The cache of compiled code: what it takes from Numba, and which sources it heeds."""

import ast
import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest
from numba.core.caching import FunctionCache
from numba.core.ccallback import CFunc
from numba.core.compiler import CompileResult

import descent_atlas.simulation.descent
from descent_atlas.compilation.code_cache import find_sources, list_imports
from descent_atlas.compilation.kernels import compile_function
from descent_atlas.storage.cache import CACHE_VARIABLE

PROJECT = Path(__file__).parents[3]

RULE = """
from typing import NamedTuple
from descent_atlas.optimizers.rules.dispatch import coordinatewise

class Fresh(NamedTuple):
    lr: float = 0.5

@coordinatewise(Fresh, lambda h: 0.0)
def fresh(theta, g, t, state, h):
    return theta - {factor} * h.lr * g, state
"""

TABLE = "from descent_atlas.optimizers.rules import fresh\n"

LOOP = """
from descent_atlas.compilation.kernels import compile_function
from descent_atlas.optimizers.rules.dispatch import init, update
from descent_atlas.table import fresh

@compile_function
def step(h):
    return update(1.0, 1.0, 1.0, 1.0, 0.0, init(h), h)[0]

print(step(fresh.Fresh()))
"""


def test_numba_has_everything_private_that_the_cache_of_compiled_code_uses() -> None:
    def name_parameters(function: object) -> list[str]:
        assert callable(function)
        return list(inspect.signature(function).parameters)

    assert name_parameters(FunctionCache._index_key) == ["self", "sig", "codegen"]
    assert set(inspect.getclosurevars(FunctionCache._index_key).unbound) >= {"_py_func"}
    assert name_parameters(FunctionCache.load_overload) == ["self", "sig", "target_context"]
    assert name_parameters(FunctionCache.save_overload) == ["self", "sig", "data"]
    assert name_parameters(CompileResult._reduce) == ["self"]
    assert name_parameters(CompileResult._rebuild)[0] == "target_context"
    assert name_parameters(CFunc)[:4] == ["pyfunc", "sig", "locals", "options"]
    for loader in (numba.core.dispatcher.Dispatcher.compile, CFunc.compile):
        code = inspect.unwrap(loader).__code__
        assert {"_cache", "load_overload", "save_overload"} <= set(code.co_names), loader


def test_the_sources_of_a_function_are_all_modules_that_python_imports_for_it() -> None:
    code = (
        "import sys, descent_atlas.simulation.descent\n"
        "ours = [m for n, m in sys.modules.items() if n.startswith('descent_atlas.')]\n"
        "print(*(m.__file__ for m in ours))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    sources = find_sources(
        "descent_atlas.simulation.descent", Path(descent_atlas.simulation.descent.__file__)
    )
    imported = {Path(name) for name in run.stdout.split()}
    assert imported
    assert sources >= imported
    # What no loop depends on may change without a loop being compiled anew.
    assert not [source for source in sources if "web" in source.parts]


@pytest.mark.parametrize(
    "statement",
    [
        "import descent_atlas.optimizers.rules.lion",
        "import math, descent_atlas.optimizers.rules.lion as tiger",
        "from descent_atlas.optimizers.rules import lion",
        "from descent_atlas.optimizers.rules.lion import Lion",
        "from descent_atlas.optimizers.rules import (\n    eve,  # (sic)\n    lion as tiger,\n)",
        "def late():\n    from descent_atlas.optimizers.rules import lion",
    ],
)
def test_sources_are_found_however_they_are_imported(tmp_path: Path, statement: str) -> None:
    file = tmp_path / "module.py"
    file.write_text(statement)
    names = {source.name for source in find_sources("module", file)}
    assert {"__init__.py", "lion.py", "dispatch.py"} <= names


def test_no_import_is_missed_that_pythons_parser_finds() -> None:
    for package in ("backend", "precompute", "tests"):
        for file in (PROJECT / package).rglob("*.py"):
            parsed: set[str] = set()
            for node in ast.walk(ast.parse(file.read_bytes())):
                if isinstance(node, ast.Import):
                    parsed.update(alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom):
                    assert not node.level, f"{file} imports by a relative name"
                    parsed.update(f"{node.module}.{alias.name}" for alias in node.names)
            assert parsed <= list_imports(file), file


def test_a_rule_that_changes_in_a_new_file_is_compiled_anew(tmp_path: Path) -> None:
    package = tmp_path / "descent_atlas"
    source = PROJECT / "backend" / "descent_atlas"
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("__pycache__", "shipped"))
    (package / "table.py").write_text(TABLE)
    (package / "loop.py").write_text(LOOP)
    variables = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
        CACHE_VARIABLE: str(tmp_path / "cache"),
    }
    for factor, expected in ((1.0, "0.5"), (2.0, "0.0")):
        (package / "optimizers" / "rules" / "fresh.py").write_text(RULE.format(factor=factor))
        command = [sys.executable, "-m", "descent_atlas.loop"]
        run = subprocess.run(
            command, env=variables, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert run.stdout.strip() == expected


def test_functions_that_differ_only_in_what_they_enclose_are_told_apart() -> None:
    def add(addend: float) -> float:
        @compile_function
        def plus(x: float) -> float:
            return x + addend

        return float(plus(1.0))

    assert [add(1.0), add(2.0), add(1.0)] == [2.0, 3.0, 2.0]
