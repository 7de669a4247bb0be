"""Scripts of several descents: each takes the paths of all of them."""

import ast
import contextlib
import io
import itertools
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.export import Variant, write_descents_script
from descent_atlas.export.torch_optimizers import LINE_LENGTH
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.objectives.typed.typed_objective import make_typed
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.optimizers.rules import asks
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
from descent_atlas.simulation.descent import Descent, descend
from descent_atlas.simulation.noise import Noise
from tests.backend.export.test_typed_scripts import default_dtype

NOISY = Noise(std=0.2, batch_size=2, seed=7, all=True)
START = (-1.4, 0.7)


def make_variant(id: str, steps: int = 40, schedule: str = "constant", **values: float) -> Variant:
    optimizer = OPTIMIZERS[id]
    return Variant(
        optimizer=optimizer,
        hyperparameters=optimizer.pack(values),
        steps=steps,
        schedule=SCHEDULES[schedule],
    )


ONE_GRADIENT = tuple(
    make_variant(id) for id, optimizer in OPTIMIZERS.items() if not asks(optimizer.rule)
)
EVERY_OPTIMIZER = tuple(make_variant(id) for id in OPTIMIZERS)
SCHEDULED = (make_variant("sam", 40, "cosine", lr=0.02), make_variant("asgd", 40, "onecycle"))
TWO_OF_ONE = (
    make_variant("adam", 30, lr=0.1),
    make_variant("adam", 50, lr=0.2, bias_correction=False),
    make_variant("lion", 40, lr=0.05),
    make_variant("lion", 40, lr=0.02),
)
"""Rules that are written out have hyperparameters of the same names."""

EVERY_SCHEDULE = tuple(
    make_variant(id, 30, schedule, lr=0.02)
    for schedule, id in zip(SCHEDULES, itertools.cycle(("adam", "lion", "eve", "momentum")))
)
ONE_DIVERGES = (make_variant("gd", 200, lr=1.5), make_variant("momentum", 30, lr=0.01))


def write(objective: Objective, variants: tuple[Variant, ...], noise: Noise) -> str:
    return write_descents_script(objective, objective.pack({}), variants, start=START, noise=noise)


def run_descents(
    objective: Objective, variants: tuple[Variant, ...], noise: Noise
) -> list[Descent]:
    return [
        descend(
            objective, objective.pack({}), one.optimizer, one.hyperparameters,
            start=START, steps=one.steps, noise=noise,
            factors=one.schedule.find_factors(
                {}, steps=one.optimizer.count_scheduled(one.steps), lr=one.hyperparameters.lr
            ),
        )
        for one in variants
    ]  # fmt: skip


def execute(script: str) -> tuple[dict[str, Any], str]:
    """Run a script; return its paths by name, and what it prints."""
    names: dict[str, Any] = {}
    with default_dtype(), contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(script, "script", "exec"), names)  # our own text, as a reader runs it
    return names["paths"], output.getvalue()


CASES = [
    pytest.param(OBJECTIVES["quadratic"], ONE_GRADIENT, Noise(), id="a gradient a step"),
    pytest.param(OBJECTIVES["quadratic"], ONE_GRADIENT, NOISY, id="a gradient a step, noisy"),
    pytest.param(OBJECTIVES["quadratic"], SCHEDULED, NOISY, id="others with schedules"),
    pytest.param(OBJECTIVES["quadratic"], EVERY_OPTIMIZER, Noise(), id="every optimizer"),
    pytest.param(OBJECTIVES["quadratic"], EVERY_OPTIMIZER, NOISY, id="every optimizer, noisy"),
    pytest.param(OBJECTIVES["himmelblau"], TWO_OF_ONE, NOISY, id="two of one optimizer"),
    pytest.param(OBJECTIVES["quadratic"], EVERY_SCHEDULE, Noise(), id="every schedule"),
    pytest.param(OBJECTIVES["quadratic"], ONE_DIVERGES, Noise(), id="one diverges"),
    pytest.param(make_typed("x^2 + 3*y^2 + sin(x)"), TWO_OF_ONE, Noise(), id="a typed function"),
]


@pytest.mark.parametrize(("objective", "variants", "noise"), CASES)
def test_one_script_takes_the_paths_of_all_descents(
    objective: Objective, variants: tuple[Variant, ...], noise: Noise
) -> None:
    paths, printed = execute(write(objective, variants, noise))
    descents = run_descents(objective, variants, noise)
    assert len(paths) == len(descents)
    for name, path, descent in zip(paths, paths.values(), descents, strict=True):
        expected = np.stack((descent.x, descent.y), axis=1)
        np.testing.assert_allclose(path, expected, rtol=1e-9, atol=1e-9, err_msg=name)
    ends = re.findall(r"^(.+): x = (\S+), y = (\S+), loss = (\S+)$", printed, re.MULTILINE)
    assert [end[0] for end in ends] == list(paths)
    for end, descent in zip(ends, descents, strict=True):
        last = (descent.x[-1], descent.y[-1], descent.loss[-1])
        assert [float(number) for number in end[1:]] == pytest.approx(last, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("objective", "variants", "noise"), CASES)
def test_the_head_says_beforehand_where_each_ends(
    objective: Objective, variants: tuple[Variant, ...], noise: Noise
) -> None:
    head = ast.get_docstring(ast.parse(write(objective, variants, noise)))
    assert head is not None
    found = re.findall(r"^ *(x|y|loss) = (.+)$", head, re.MULTILINE)
    expected = [
        (name, repr(float(values[-1])))
        for descent in run_descents(objective, variants, noise)
        for name, values in (("x", descent.x), ("y", descent.y), ("loss", descent.loss))
    ]
    assert found == expected


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]])
def test_the_scripts_pass_the_default_rules_of_the_linter_and_the_formatter(
    arguments: list[str], tmp_path: Path
) -> None:
    for number, case in enumerate(CASES):
        script = write(*case.values)  # type: ignore[arg-type]
        assert max(map(len, script.splitlines())) <= LINE_LENGTH
        (tmp_path / f"script_{number}.py").write_text(script, encoding="utf-8")
    command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


class Axes:
    """What a script draws."""

    def __init__(self) -> None:
        self.lines: dict[str, Any] = {}

    def plot(self, *data: Any, label: str) -> None:
        self.lines[label] = data

    def set(self, **_texts: str) -> None:
        """Take titles."""

    def legend(self) -> None:
        """Take the wish for a legend."""


def test_a_script_draws_paths_and_losses_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    plane, losses, shown = Axes(), Axes(), []
    pyplot = types.ModuleType("matplotlib.pyplot")
    vars(pyplot).update(
        subplots=lambda *_counts, **_sizes: (None, (plane, losses)), show=lambda: shown.append(True)
    )
    package = types.ModuleType("matplotlib")
    vars(package)["pyplot"] = pyplot
    monkeypatch.setitem(sys.modules, "matplotlib", package)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", pyplot)
    monkeypatch.setattr(sys, "argv", ["script.py", "--plot"])
    paths, _ = execute(write(OBJECTIVES["quadratic"], TWO_OF_ONE, Noise()))
    assert shown == [True]
    assert [*plane.lines] == [*paths, "start"]
    descents = run_descents(OBJECTIVES["quadratic"], TWO_OF_ONE, Noise())
    for (name, path), descent in zip(paths.items(), descents, strict=True):
        assert plane.lines[name] == tuple(zip(*path, strict=True))
        assert losses.lines[name][0] == pytest.approx(list(descent.loss), rel=1e-9, abs=1e-9)


# --- Over HTTP ---

REQUEST: dict[str, Any] = {
    "objective": {"id": "quadratic", "parameters": {}},
    "start": {"x": START[0], "y": START[1]},
    "optimizers": [
        {"id": "adam", "hyperparameters": {"lr": 0.1}, "steps": 30},
        {"id": "adam", "hyperparameters": {"lr": 0.2}, "steps": 30},
    ],
}


def test_the_route_answers_a_request_for_descents_with_their_script(client: TestClient) -> None:
    assert client.post("/api/v1/descents", json=REQUEST).status_code == 200
    answer = client.post("/api/v1/scripts/descents", json=REQUEST)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/x-python; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="descents-on-quadratic.py"'
    )
    variants = (make_variant("adam", 30, lr=0.1), make_variant("adam", 30, lr=0.2))
    assert answer.text == write(OBJECTIVES["quadratic"], variants, Noise(seed=0))


def test_a_bad_value_is_refused_with_its_field(client: TestClient) -> None:
    answer = client.post("/api/v1/scripts/descents", json={**REQUEST, "optimizers": []})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["optimizers"]
