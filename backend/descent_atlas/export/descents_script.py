"""One script of several descents: their optimizers side by side, and a loop that runs them all."""

import math
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.export.script import (
    TWIN_DISTANCE,
    describe_difference,
    describe_end,
    write_closure,
    write_imports,
    write_noise,
)
from descent_atlas.export.torch_objectives import name_function, write_objective
from descent_atlas.export.torch_optimizers import LINE_LENGTH, OptimizerCode, write_optimizer
from descent_atlas.export.torch_schedulers import write_scheduler
from descent_atlas.objectives.minima import Minimum, find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.typed.typed_objective import TypedObjective
from descent_atlas.optimizers.optimizer_table import Optimizer
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES, Schedule
from descent_atlas.simulation.descent import Descent, descend, noise_scale
from descent_atlas.simulation.noise import Noise

INDENT = "    "


@dataclass(frozen=True, kw_only=True)
class Variant:
    """An optimizer with certain settings.

    Attributes:
        optimizer: the optimizer.
        hyperparameters: what it packs.
        steps: its budget.
        schedule: that of its learning rate.
        schedule_values: the schedule's parameters that are not at their defaults.
    """

    optimizer: Optimizer
    hyperparameters: Any
    steps: int
    schedule: Schedule = SCHEDULES["constant"]
    schedule_values: Mapping[str, Any] = field(default_factory=dict)


def name_descents_script(objective: Objective) -> str:
    """Return the name of the file with the script of several descents.

    Example:
        >>> from descent_atlas.objectives.objective_table import OBJECTIVES
        >>> name_descents_script(OBJECTIVES["beale"])
        'descents-on-beale.py'
    """
    return f"descents-on-{objective.id}.py"


def write_descents_script(
    objective: Objective,
    parameters: NDArray[np.float64],
    variants: Sequence[Variant],
    *,
    start: tuple[float, float],
    noise: Noise,
) -> str:
    """Return a PyTorch script that repeats the descents of variants from one start.

    It prints where each ends, and draws their paths and losses if it is called with `--plot`. What
    `write_script` says of a single descent holds for each of these: all its steps are taken, and
    its end is told beforehand. The paths stay in `paths`, lists of [x, y] by name.
    """
    x, y = map(float, start)
    minima = find_minima(objective, parameters)
    lowest = minima[0].value if minima else None
    names = name_variants([variant.optimizer for variant in variants])
    ends, rows, draws = [], [], [0]
    for (label, identifier), variant in zip(names, variants, strict=True):
        descent, twin = _run_with_twin(objective, parameters, variant, (x, y), noise)
        ends.append(_describe(label, objective, parameters, descent, twin, minima))
        is_noisy = noise_scale(variant.optimizer, noise) > 0.0
        draws += [int(descent.spent[-1])] if is_noisy else []
        rows.append((f'"{label}"', identifier, str(descent.step[-1]), str(is_noisy)))
    has_noise = any(row[-1] == "True" for row in rows)
    codes = [_write_code(variant, lowest) for variant in variants]
    asks = any(code.takes_closure or code.drawn != "position" for code in codes)
    functions = [
        _write_function(identifier, variant, code, asks)
        for (_, identifier), variant, code in zip(names, variants, codes, strict=True)
    ]
    function = write_objective(objective, parameters)
    called = name_function(objective)
    table = _write_table(rows, has_noise, counts_steps=not asks)
    if has_noise:
        table += f"\n\n{write_noise(noise, str(max(draws)) if asks else 'STEPS')}"
    takes_hessian = any(code.takes_hessian for code in codes)
    parts = [
        _write_head(objective, ends, write_imports(function, has_noise, "sys"), (x, y)),
        function,
        *functions,
        table,
        _write_asking_walk(called, has_noise, takes_hessian)
        if asks
        else _write_walk(called, has_noise),
        _write_ends(called, has_noise),
    ]
    return "\n\n\n".join(parts) + "\n"


def name_variants(optimizers: Sequence[Optimizer]) -> list[tuple[str, str]]:
    """Return a label and an identifier of each; a number tells those of one optimizer apart.

    Example:
        >>> from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
        >>> name_variants([OPTIMIZERS["adam"], OPTIMIZERS["adam"]])
        [('Adam', 'adam'), ('Adam 2', 'adam_2')]
    """
    seen: Counter[str] = Counter()
    names = []
    for optimizer in optimizers:
        seen[optimizer.id] += 1
        number = seen[optimizer.id]
        label, identifier = optimizer.name, optimizer.id.replace("-", "_")
        if number > 1:
            label, identifier = f"{label} {number}", f"{identifier}_{number}"
        names.append((label, identifier))
    return names


def _run_with_twin(
    objective: Objective,
    parameters: NDArray[np.float64],
    variant: Variant,
    start: tuple[float, float],
    noise: Noise,
) -> tuple[Descent, Descent]:
    """Return a variant's descent, and one from beside its start."""
    x, y = start
    apart = TWIN_DISTANCE * max(1.0, math.hypot(x, y))
    lr, steps = variant.hyperparameters.lr, variant.steps
    factors = variant.schedule.find_factors(
        variant.schedule_values, steps=variant.optimizer.count_scheduled(steps), lr=lr
    )
    descent, twin = (
        descend(
            objective, parameters, variant.optimizer, variant.hyperparameters,
            start=place, steps=steps, noise=noise, factors=factors,
        )
        for place in ((x, y), (x + apart, y - apart))
    )  # fmt: skip
    return descent, twin


def _describe(
    label: str,
    objective: Objective,
    parameters: NDArray[np.float64],
    descent: Descent,
    twin: Descent,
    minima: tuple[Minimum, ...],
) -> str:
    """Return what the head says of a descent."""
    text = describe_end(descent, twin, minima)
    return f"{label}\n\n{text}{describe_difference(objective, parameters, descent)}"


def _write_head(
    objective: Objective, ends: Sequence[str], imports: str, start: tuple[float, float]
) -> str:
    """Return the docstring, the imports and the start."""
    subject = "a typed function" if isinstance(objective, TypedObjective) else objective.name
    count = f"{len(ends)} descents" if len(ends) > 1 else "One descent"
    usage = (
        "Prints where each ends; with --plot it also draws their paths and losses, for which it "
        "needs matplotlib."
    )
    body = "\n\n".join([textwrap.fill(usage, LINE_LENGTH, break_on_hyphens=False), *ends])
    return f'''\
"""{count} on {subject}, of Descent Atlas.

{body}
"""

{imports}

torch.set_default_dtype(torch.float64)
START = {start!r}'''


def _write_code(variant: Variant, lowest: float | None) -> OptimizerCode:
    """Return a variant's optimizer, to be written in a function."""
    return write_optimizer(
        variant.optimizer,
        variant.hyperparameters,
        lowest,
        has_schedule=variant.schedule.torch is not None,
        columns=LINE_LENGTH - len(INDENT),
    )


def _write_function(identifier: str, variant: Variant, code: OptimizerCode, asks: bool) -> str:
    """Return the function that makes an optimizer, and returns what takes its steps.

    Its hyperparameters are local: those of another variant have the same names. With `asks` a step
    takes the functions that compute a gradient and second derivatives, and returns the drawn point.
    """
    scheduler = write_scheduler(
        variant.schedule,
        variant.schedule_values,
        steps=variant.optimizer.count_scheduled(variant.steps),
        lr=variant.hyperparameters.lr,
        columns=LINE_LENGTH - len(INDENT),
    )
    making = f"optimizer = {code.construction}\n"
    if asks:
        making += f"scheduler = {scheduler}\n" if scheduler is not None else ""
        lines = [code.step]
        if not code.takes_closure:
            lines.insert(0, "loss = closure()" if "loss" in code.step else "closure()")
        lines += ["scheduler.step()"] if scheduler is not None else []
        lines.append(f"return {code.drawn}")
        body = "\n".join(f"{INDENT}{line}" for line in lines)
        making += f"\ndef step(closure, hessian):\n{body}\n\nreturn step"
    elif scheduler is not None:
        making += f"""\
scheduler = {scheduler}

def step(loss):
    {code.step}
    scheduler.step()

return step"""
    else:
        making += f"return lambda loss: {code.step}"
    definition = code.definition.replace("\n\n\n", "\n\n")
    body = "\n\n".join(part for part in (definition, making) if part)
    return f"def {identifier}(position):\n{textwrap.indent(body, INDENT)}"


def _write_table(
    rows: Sequence[tuple[str, str, str, str]], has_noise: bool, counts_steps: bool
) -> str:
    """Return the table of descents; the last column only where it differs from row to row."""
    columns = "Name, optimizer, steps" + (", whether its gradients are noisy" if has_noise else "")
    lines = [f"{INDENT}({', '.join(row if has_noise else row[:3])})," for row in rows]
    table = "\n".join([f"# {columns}.", "DESCENTS = [", *lines, "]"])
    if not has_noise or not counts_steps:
        return table
    return f"{table}\nSTEPS = max(steps for _, _, steps, _ in DESCENTS)"


def _write_walk(function: str, has_noise: bool) -> str:
    """Return the loop of optimizers that take a gradient a step where they are."""
    noisy = ", is_noisy" if has_noise else ""
    add = f"\n{INDENT * 2}if is_noisy:\n{INDENT * 3}position.grad += noise[k]" if has_noise else ""
    return f"""\
def descend(optimizer, steps{noisy}):
    position = torch.tensor(START, requires_grad=True)
    step = optimizer(position)
    path = [position.tolist()]
    for k in range(steps):
        position.grad = None
        loss = {function}(*position)
        loss.backward(){add}
        step(loss)
        path.append(position.tolist())
    return path"""


def _write_asking_walk(function: str, has_noise: bool, takes_hessian: bool) -> str:
    """Return the loop of optimizers some of which average or call a closure."""
    noisy = ", is_noisy" if has_noise else ""
    draws = f"\n{INDENT}draws = iter(noise)" if has_noise else ""
    add = f"if is_noisy:\n{INDENT * 2}position.grad += next(draws)" if has_noise else ""
    closure = write_closure(function, add, takes_hessian).replace("\n\n\n", "\n\n")
    passed = "closure, hessian" if takes_hessian else "closure, None"
    return f"""\
def descend(optimizer, steps{noisy}):
    position = torch.tensor(START, requires_grad=True){draws}

{textwrap.indent(closure, INDENT)}

    step = optimizer(position)
    path = [position.tolist()]
    for _ in range(steps):
        path.append(step({passed}).tolist())
    return path"""


def _write_ends(function: str, has_noise: bool) -> str:
    """Return the lines that run the descents and print their ends, and those that draw them."""
    noisy = ", is_noisy" if has_noise else ""
    return f"""\
def loss_at(point):
    return {function}(*torch.tensor(point)).item()


paths = {{}}
for name, optimizer, steps{noisy} in DESCENTS:
    paths[name] = descend(optimizer, steps{noisy})
    x, y = paths[name][-1]
    loss = loss_at((x, y))
    print(f"{{name}}: {{x = }}, {{y = }}, {{loss = }}")

if "--plot" in sys.argv:
    import matplotlib.pyplot as plt

    figure, (plane, losses) = plt.subplots(1, 2, figsize=(11, 5))
    for name, path in paths.items():
        plane.plot(*zip(*path), label=name)
        losses.plot([loss_at(point) for point in path], label=name)
    plane.plot(*START, "ko", label="start")
    plane.set(xlabel="x", ylabel="y", aspect="equal")
    losses.set(xlabel="step", ylabel="loss")
    plane.legend()
    plt.show()"""
