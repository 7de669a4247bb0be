"""The scripts: run by PyTorch alone, they end where the descents do."""

import ast
import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient

from descent_atlas.export import name_script
from descent_atlas.export.torch_objectives import name_function, write_objective
from descent_atlas.export.torch_optimizers import LINE_LENGTH, find_torch_arguments
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
from descent_atlas.simulation.descent import Status
from descent_atlas.web.connections import STATUSES
from tests.backend.export.script_cases import (
    NOISY,
    Case,
    draw_case,
    list_scheduled_cases,
    list_settings,
    make_case,
)

OBJECTIVES_PER_SETTING = 3
"""How many objectives each combination of an optimizer's switches descends on."""

ON_THE_CUSP = "on-the-cusp.py"

RUN_ALL = """
import contextlib, io, json, pathlib, runpy, sys

printed = {}
for path in pathlib.Path(sys.argv[1]).glob("*.py"):
    with contextlib.redirect_stdout(io.StringIO()) as output:
        runpy.run_path(str(path))
    printed[path.name] = output.getvalue()
assert not any(module.partition(".")[0] == "descent_atlas" for module in sys.modules)
json.dump(printed, sys.stdout)
"""
"""Runs every script of a folder in one process, because importing torch takes seconds."""


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    """Descents by the name of their script: random ones, and one for each special place or end."""
    objectives = list(OBJECTIVES.values())
    cases = {}
    for i, (id, switches) in enumerate(list_settings()):
        for j in range(OBJECTIVES_PER_SETTING):
            number = OBJECTIVES_PER_SETTING * i + j
            objective = objectives[number % len(objectives)]
            optimizer = OPTIMIZERS[id]
            name = f"{number}-{name_script(objective, optimizer)}"
            cases[name] = draw_case(optimizer, switches, objective, number)
    return (
        cases
        | list_scheduled_cases()
        | {
            "converged.py": make_case("quadratic", "gd", (1.0, 1.0), 1000, lr=0.05),
            "left-again.py": make_case("two-gaussian-bowl", "nadam", (0.6, 1.4), 100, lr=0.1),
            "arrived-at-a-cusp.py": make_case("ackley", "gd", (0.2, 0.1), 500, lr=0.002),
            "stationary.py": make_case("saddle", "momentum", (0.0, 0.0), 10),
            "exhausted.py": make_case("rosenbrock", "nesterov", (-1.2, 1.0), 50, momentum=0.0),
            "diverged.py": make_case(
                "saddle", "adagrad", (1.0, 0.1), 500, lr=10.0, weight_decay=1.0
            ),
            "overflowed.py": make_case("goldstein-price", "gd", (-1.0, 1.5), 100, lr=0.01),
            "after-yellowfins-slow-start.py": make_case("quadratic", "yellowfin", (-1.8, 0.4), 300),
            "eve-without-a-minimum.py": make_case("saddle", "eve", (1.0, 0.1), 100, lr=0.05),
        }
    )


@pytest.fixture(scope="module")
def folder(cases: dict[str, Case], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All scripts."""
    folder = tmp_path_factory.mktemp("scripts")
    for name, case in {**cases, ON_THE_CUSP: make_case("ackley", "adam", (0.0, 0.0), 10)}.items():
        (folder / name).write_text(case.write(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def printed(folder: Path) -> dict[str, str]:
    """What each script prints where nothing but PyTorch and NumPy is at hand."""
    command = [sys.executable, "-I", "-W", "error", "-c", RUN_ALL, str(folder)]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    printed: dict[str, str] = json.loads(run.stdout)
    return printed


def read_end(text: str) -> dict[str, float]:
    """Return the numbers of the lines `x = …`, `y = …`, `loss = …`."""
    return {name: float(number) for name, number in re.findall(r"^ *(\w+) = (.+)$", text, re.M)}


# --- Where they end ---


@pytest.mark.slow
def test_every_script_ends_where_its_descent_does(
    cases: dict[str, Case], printed: dict[str, str]
) -> None:
    assert {case.optimizer.id for case in cases.values()} == set(OPTIMIZERS)
    assert {case.objective.id for case in cases.values()} == set(OBJECTIVES)
    for name, case in cases.items():
        assert not case.is_chaotic(), name
        descent = case.descend()
        expected = {"x": descent.x[-1], "y": descent.y[-1], "loss": descent.loss[-1]}
        assert read_end(printed[name]) == pytest.approx(expected, rel=1e-9, abs=1e-9), name


@pytest.mark.slow
def test_on_a_cusp_the_gradient_counts_as_0_in_a_script_too(printed: dict[str, str]) -> None:
    end = read_end(printed[ON_THE_CUSP])
    assert (end["x"], end["y"]) == (0.0, 0.0)


def test_every_script_says_beforehand_how_and_where_it_ends(
    cases: dict[str, Case], folder: Path
) -> None:
    ways = set()
    for name, case in cases.items():
        descent = case.descend()
        head = ast.get_docstring(ast.parse((folder / name).read_text("utf-8")))
        assert head is not None
        assert head.startswith(f"{case.optimizer.name} on {case.objective.name}")
        assert read_end(head) == {"x": descent.x[-1], "y": descent.y[-1], "loss": descent.loss[-1]}
        assert "Up to rounding, it ends at" in " ".join(head.split())
        way = next(word for word in WAYS if word in " ".join(head.split()))
        assert WAYS[way] is descent.status
        ways.add(way)
        assert ("not finite" in head) == (descent.step[-1] < descent.steps)
    assert ways == set(WAYS)


WAYS = {
    "converges": Status.CONVERGED,
    "comes to rest": Status.STATIONARY,
    "diverges": Status.DIVERGED,
    "takes all": Status.EXHAUSTED,
}


def test_every_script_tells_when_its_descent_arrives_or_that_it_left_again(
    cases: dict[str, Case], folder: Path
) -> None:
    said = set()
    for name, case in cases.items():
        descent = case.descend()
        head = ast.get_docstring(ast.parse((folder / name).read_text("utf-8")))
        text = " ".join(str(head).split())
        arrival = re.search(r"In step ([\d,]+) it arrives within 0.01 of the minimum", text)
        visit = re.search(r"From step ([\d,]+) to ([\d,]+) it is within 0.01 of", text)
        assert (arrival is not None) == descent.arrived
        assert (visit is not None) == (descent.visit is not None)
        if arrival is not None:
            assert int(arrival[1].replace(",", "")) == descent.arrival
            said.add("arrival")
        if visit is not None and descent.visit is not None:
            steps = tuple(int(step.replace(",", "")) for step in visit.groups())
            assert steps == (descent.visit.first, descent.visit.last)
            said.add("visit")
    assert said == {"arrival", "visit"}


@pytest.mark.parametrize("steps", [30, 1000])
def test_a_script_takes_the_whole_budget(steps: int) -> None:
    case = make_case("quadratic", "gd", (1.0, 1.0), steps, lr=0.05)
    assert f"\nSTEPS = {steps}\n" in case.write()


def test_a_script_of_a_chaotic_descent_says_that_it_may_end_elsewhere() -> None:
    case = make_case("rastrigin", "gd", (-3.3, 2.6), 500, lr=0.02)
    assert case.is_chaotic()
    head = ast.get_docstring(ast.parse(case.write()))
    assert head is not None
    assert "rounding errors, which grow on the way" in " ".join(head.split())
    descent = case.descend()
    assert read_end(head) == {"x": descent.x[-1], "y": descent.y[-1], "loss": descent.loss[-1]}


def test_a_script_steps_its_scheduler_after_each_step_of_its_optimizer(
    cases: dict[str, Case], folder: Path
) -> None:
    said = set()
    for name, case in cases.items():
        script = (folder / name).read_text("utf-8")
        found = re.findall(r"^scheduler = (torch\.optim\.lr_scheduler\.\w+)\(", script, re.M)
        expected = SCHEDULES[case.schedule].torch
        assert found == ([expected] if expected else []), name
        assert bool(
            re.search(r"    optimizer\.step\(.*\)\n    scheduler\.step\(\)\n", script)
        ) == bool(expected)
        said.add(case.schedule)
    assert said == set(SCHEDULES)


# --- How they read ---


def test_scripts_are_short_and_keep_to_the_formatters_line_length(folder: Path) -> None:
    for path in folder.glob("*.py"):
        lines = path.read_text("utf-8").splitlines()
        has_own_rule = any(line.startswith("class ") for line in lines)
        assert 25 <= len(lines) <= (95 if has_own_rule else 60), path.name
        assert max(map(len, lines)) <= LINE_LENGTH, path.name


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]])
def test_scripts_pass_the_default_rules_of_the_linter_and_the_formatter(
    folder: Path, arguments: list[str]
) -> None:
    command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_only_a_script_that_draws_noise_needs_numpy(cases: dict[str, Case], folder: Path) -> None:
    for name, case in cases.items():
        draws = case.noise.std > 0.0 and not case.optimizer.is_exact
        assert ("import numpy" in (folder / name).read_text("utf-8")) == draws, name


@pytest.mark.parametrize(
    ("id", "values", "class_name"),
    [
        ("gd", {}, "SGD"),
        ("sgd", {}, "SGD"),
        ("momentum", {}, "SGD"),
        ("momentum", {"dampening": 0.5}, "SGD"),
        ("momentum", {"dampen_always": True}, "SGD"),
        ("momentum", {"dampening": 0.5, "dampen_always": True}, None),
        ("nesterov", {}, "SGD"),
        ("adagrad", {}, "Adagrad"),
        ("adagrad", {"eps_inside_root": True}, None),
        ("rmsprop", {"centered": True}, "RMSprop"),
        ("rmsprop", {"eps_inside_root": True}, None),
        ("adam", {"amsgrad": True}, "Adam"),
        ("adam", {"bias_correction": False}, None),
        ("adam", {"eps_inside_root": True}, None),
        ("adamw", {"amsgrad": True}, "AdamW"),
        ("adamw", {"bias_correction": False}, None),
        ("nadam", {"decoupled_weight_decay": True}, "NAdam"),
        ("nadam", {"bias_correction": False}, None),
        ("adadelta", {"weight_decay": 0.1}, "Adadelta"),
        ("radam", {"decoupled_weight_decay": True}, "RAdam"),
        ("lion", {}, None),
        ("eve", {}, None),
        ("yellowfin", {}, None),
        ("asgd", {}, "ASGD"),
        ("schedule-free-sgd", {}, None),
        ("schedule-free-adamw", {}, None),
        ("sam", {}, None),
        ("lbfgs", {}, "LBFGS"),
        ("newton", {}, None),
    ],
)
def test_the_rule_is_pytorchs_where_pytorch_has_it_and_written_out_elsewhere(
    id: str, values: dict[str, float], class_name: str | None
) -> None:
    script = make_case("beale", id, (1.0, 1.0), 5, **values).write()
    assert re.findall(r"^optimizer = torch\.optim\.(\w+)\(", script, re.M) == (
        [class_name] if class_name else []
    )
    assert ("\nclass " in script) == (class_name is None)


@pytest.mark.parametrize("id", OPTIMIZERS)
def test_pytorch_accepts_every_value_that_a_request_may_have(id: str) -> None:
    optimizer = OPTIMIZERS[id]
    for end in ("minimum", "maximum"):
        values = {h.id: getattr(h, end) for h in optimizer.hyperparameters if h.scale != "switch"}
        arguments = find_torch_arguments(optimizer, optimizer.pack(values))
        if optimizer.torch is not None:
            assert arguments is not None
            make = getattr(torch.optim, optimizer.torch.rpartition(".")[2])
            make([torch.zeros(2, requires_grad=True)], **arguments)


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=list(OBJECTIVES))
def test_an_objective_in_pytorch_is_the_compiled_one(objective: Objective) -> None:
    rng = np.random.default_rng(3)
    for _ in range(10):
        drawn = {p.id: rng.uniform(p.minimum, p.maximum) for p in objective.parameters}
        parameters = objective.pack(drawn)
        names: dict[str, Any] = {"math": math, "torch": torch}
        exec(write_objective(objective, parameters), names)
        function = names[name_function(objective)]
        for _ in range(10):
            x, y = rng.uniform(*objective.domain.x), rng.uniform(*objective.domain.y)
            position = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
            f = function(*position)
            (gradient,) = torch.autograd.grad(f, position)
            expected = [float(value) for value in objective.evaluate(x, y, parameters)]
            assert f.item() == pytest.approx(expected[0], rel=1e-12, abs=1e-12)
            # A gradient is a difference of terms that are larger than itself.
            assert gradient.tolist() == pytest.approx(
                expected[1:], rel=1e-12, abs=1e-12 * (1.0 + abs(expected[0]))
            )


# --- Over HTTP ---

REQUEST: dict[str, Any] = {
    "objective": {"id": "quadratic", "parameters": {"rotation": 10.0}},
    "start": {"x": 1.0, "y": -0.5},
    "optimizer": {"id": "sgd", "hyperparameters": {"lr": 0.02}, "steps": 30},
    "noise": {"std": 0.5, "batch_size": 3, "seed": 12345, "all": True},
}


def test_the_route_answers_with_the_script_as_a_file(client: TestClient) -> None:
    answer = client.post("/api/v1/scripts", json=REQUEST)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/x-python; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="sgd-on-quadratic.py"'
    case = replace(
        make_case("quadratic", "sgd", (1.0, -0.5), 30, lr=0.02),
        parameters=OBJECTIVES["quadratic"].pack({"rotation": 10.0}),
        noise=NOISY,
    )
    assert answer.text == case.write()


@pytest.mark.parametrize(
    ("part", "value", "field"),
    [
        ("objective", {"id": "cube"}, "objective.id"),
        ("objective", {"id": "rastrigin", "parameters": {"A": 21}}, "objective.parameters.A"),
        ("start", {"x": 1e5, "y": 0}, "start.x"),
        ("optimizer", {"id": "sgd", "steps": 0}, "optimizer.steps"),
        ("optimizer", {"id": "sgd", "hyperparameters": {"lr": 0}}, "optimizer.hyperparameters.lr"),
        ("noise", {"std": -1}, "noise.std"),
        ("optimizers", [], "optimizers"),
    ],
)
def test_a_bad_value_is_refused_with_its_field(
    client: TestClient, part: str, value: Any, field: str
) -> None:
    answer = client.post("/api/v1/scripts", json={**REQUEST, part: value})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_description_says_what_the_route_answers(client: TestClient) -> None:
    route = client.get("/openapi.json").json()["paths"]["/api/v1/scripts"]["post"]
    described = {"200", "413", "415", "421", "422", *map(str, STATUSES)}
    assert set(route["responses"]) == described
    (content,) = route["responses"]["200"]["content"].items()
    assert (content[0], content[1]["schema"]) == ("text/x-python", {"type": "string"})
    assert "Content-Disposition" in route["responses"]["200"]["headers"]
