"""A whole script: expected result, objective, optimizer and loop."""

import math
import textwrap
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.export.torch_objectives import name_function, write_objective
from descent_atlas.export.torch_optimizers import LINE_LENGTH, OptimizerCode, write_optimizer
from descent_atlas.export.torch_schedulers import write_scheduler
from descent_atlas.objectives.minima import Minimum, find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.typed.typed_objective import TypedObjective
from descent_atlas.optimizers.optimizer_table import Optimizer
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES, Schedule
from descent_atlas.simulation.arrival import ARRIVAL_DISTANCE
from descent_atlas.simulation.descent import Descent, Status, descend, noise_scale
from descent_atlas.simulation.noise import Noise

TWIN_DISTANCE = 2.0**-44
"""Distance of the start of a twin descent that shows whether rounding errors grow: a few hundred
rounding errors, because a single one may vanish in the first step."""

STEADY = 1e-10
"""A twin that ends this close took the same path: rounding errors grew less than two thousandfold.
Like `TWIN_DISTANCE` it is relative to the larger of 1 and the distance from the origin."""

ENDINGS = {
    Status.CONVERGED: "takes all of its {steps} steps and converges",
    Status.STATIONARY: "takes all of its {steps} steps and comes to rest, though not in a minimum",
    Status.EXHAUSTED: "takes all of its {steps} steps",
    Status.DIVERGED: "diverges and leaves for good in step {steps}",
}
"""The sentence of a script about the end of its descent."""


def name_script(objective: Objective, optimizer: Optimizer) -> str:
    """Return the name of a script's file.

    Example:
        >>> from descent_atlas.objectives.objective_table import OBJECTIVES
        >>> from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
        >>> name_script(OBJECTIVES["beale"], OPTIMIZERS["adam"])
        'adam-on-beale.py'
    """
    return f"{optimizer.id}-on-{objective.id}.py"


def write_script(
    objective: Objective,
    parameters: NDArray[np.float64],
    optimizer: Optimizer,
    hyperparameters: Any,
    *,
    start: tuple[float, float],
    steps: int,
    noise: Noise,
    schedule: Schedule = SCHEDULES["constant"],
    schedule_values: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Return a PyTorch script that reproduces a descent and prints its end.

    The arguments are those of `simulation.descent.descend`; in place of the factors stand their
    schedule and those of its parameters that are not at their defaults. The script takes all steps,
    as the descent does, and says beforehand where that arrives. The script of a diverged descent
    takes those before it left, and ends with the last finite numbers.
    """
    lr = hyperparameters.lr
    scheduled = optimizer.count_scheduled(steps)
    factors = schedule.find_factors(schedule_values, steps=scheduled, lr=lr)

    def run(x: float, y: float) -> Descent:
        return descend(
            objective, parameters, optimizer, hyperparameters,
            start=(x, y), steps=steps, noise=noise, factors=factors,
        )  # fmt: skip

    x, y = map(float, start)
    descent = run(x, y)
    apart = TWIN_DISTANCE * max(1.0, math.hypot(x, y))
    twin = run(x + apart, y - apart)
    minima = find_minima(objective, parameters)
    scheduler = write_scheduler(schedule, schedule_values, steps=scheduled, lr=lr)
    code = write_optimizer(
        optimizer,
        hyperparameters,
        minima[0].value if minima else None,
        has_schedule=scheduler is not None,
    )
    has_noise = noise_scale(optimizer, noise) > 0.0
    function = write_objective(objective, parameters)
    is_typed = isinstance(objective, TypedObjective)
    subject = "a typed function" if is_typed else objective.name
    title = f"{optimizer.name} on {subject}: a descent of Descent Atlas."
    kind = "minimum" if objective.valley is None else "curve of minima through"
    head = f'''\
"""{title}

{describe_end(descent, twin, minima, kind)}{describe_difference(objective, parameters, descent)}
"""

{write_imports(function, has_noise)}

torch.set_default_dtype(torch.float64)
START = ({x!r}, {y!r})
STEPS = {descent.step[-1]}'''
    if code.takes_closure:
        loop = _write_asking_loop(name_function(objective), code, scheduler, has_noise)
    else:
        loop = _write_loop(name_function(objective), code, scheduler, has_noise)
    if has_noise:
        draws = str(descent.spent[-1]) if code.takes_closure else "STEPS"
        loop = f"{write_noise(noise, draws)}\n\n{loop}"
    parts = [head, function, code.definition, loop]
    return "\n\n\n".join(part for part in parts if part) + "\n"


def describe_end(
    descent: Descent, twin: Descent, minima: tuple[Minimum, ...], kind: str = "minimum"
) -> str:
    """Return the text about the result that a reader should expect.

    `kind` names what stands before the place of a minimum.
    """
    x, y, loss = (float(values[-1]) for values in (descent.x, descent.y, descent.loss))
    ending = ENDINGS[descent.status].format(steps=f"{descent.steps:,}")
    if descent.evaluations != descent.steps:
        ending += f", for which it spends {descent.evaluations:,} gradients"
    if descent.step[-1] < descent.steps:
        ending += ", whose loss is not finite: the script stops before it"
    rounding = "rounding"
    before = math.hypot(descent.x[0] - twin.x[0], descent.y[0] - twin.y[0])
    distance = math.hypot(x - twin.x[-1], y - twin.y[-1])
    if distance > STEADY * max(1.0, math.hypot(x, y)):
        growth = f"from {before:.0g} beside it ends {distance:.1g} away"
        rounding += f" errors, which grow on the way ({growth})"
    text = (
        f"From ({float(descent.x[0])!r}, {float(descent.y[0])!r}) it {ending}. "
        f"{describe_stay(descent, minima, kind)}Up to {rounding}, it ends at"
    )
    return f"""\
{textwrap.fill(text, LINE_LENGTH, break_on_hyphens=False)}

    x = {x!r}
    y = {y!r}
    loss = {loss!r}"""


def describe_difference(
    objective: Objective, parameters: NDArray[np.float64], descent: Descent
) -> str:
    """Return the paragraph about where autograd gives NaN and the descent goes on, if it does."""
    if not isinstance(objective, TypedObjective):
        return ""
    first = objective.find_root(descent.x, descent.y, parameters)
    if first is None:
        return ""
    _, fx, fy = objective.evaluate(descent.x[first], descent.y[first], parameters)
    if not (np.isfinite(fx) and np.isfinite(fy)):
        return ""
    text = (
        f"In step {int(descent.step[first]):,} it is where the function has no derivative. "
        "PyTorch's gradient may be NaN there, and this script's numbers from there on as well; "
        "the comment below says why."
    )
    return f"\n\n{textwrap.fill(text, LINE_LENGTH, break_on_hyphens=False)}"


def describe_stay(descent: Descent, minima: tuple[Minimum, ...], kind: str = "minimum") -> str:
    """Return the sentence about the descent's arrival, or about a long stay that it left."""
    if descent.minimum is not None and descent.arrival is not None:
        there = minima[descent.minimum]
        return (
            f"In step {descent.arrival:,} it arrives within {ARRIVAL_DISTANCE:g} of the {kind} "
            f"({there.x:.4g}, {there.y:.4g}), where it stays. "
        )
    if descent.visit is not None:
        there = minima[descent.visit.minimum]
        return (
            f"From step {descent.visit.first:,} to {descent.visit.last:,} it is within "
            f"{ARRIVAL_DISTANCE:g} of the {kind} ({there.x:.4g}, {there.y:.4g}), then it leaves. "
        )
    return ""


def write_imports(function: str, has_noise: bool, *others: str) -> str:
    """Return the imports that the objective's function and the noise need, and other modules."""
    own = [*(["math"] if "math." in function else []), *others]
    imports = [f"import {module}" for module in own]
    if own:
        imports.append("")
    if has_noise:
        imports.append("import numpy as np")
    return "\n".join([*imports, "import torch"])


def write_noise(noise: Noise, draws: str = "STEPS") -> str:
    """Return the draws of `simulation.noise` for all gradients, float64[draws, 2]."""
    return f"""\
# The gradient's noise: NumPy's Philox generator and the transform of Box and Muller.
words = np.random.Philox(key={noise.seed}).random_raw(({draws}, 4)) >> 11
radius = np.sqrt(-2 * np.log((words[:, 0] + 1) * 2.0**-53))
angle = 2 * np.pi * (words[:, 1] * 2.0**-53)
normal = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
noise = torch.from_numpy({noise.std!r} / np.sqrt({noise.batch_size}) * normal)"""


def _write_loop(function: str, code: OptimizerCode, scheduler: str | None, has_noise: bool) -> str:
    """Return the loop, and the lines that print its result."""
    add_noise = "\n    position.grad += noise[step]" if has_noise else ""
    schedule = f"\nscheduler = {scheduler}" if scheduler else ""
    follow = "\n    scheduler.step()" if scheduler else ""
    return f"""\
position = torch.tensor(START, requires_grad=True)
optimizer = {code.construction}{schedule}
for step in range(STEPS):
    position.grad = None
    loss = {function}(*position)
    loss.backward(){add_noise}
    {code.step}{follow}

{_write_end(function, code)}"""


def _write_asking_loop(
    function: str, code: OptimizerCode, scheduler: str | None, has_noise: bool
) -> str:
    """Return the loop of an optimizer that calls a closure, and the lines that print its result."""
    schedule = f"\nscheduler = {scheduler}" if scheduler else ""
    follow = "\n    scheduler.step()" if scheduler else ""
    draws = "draws = iter(noise)\n" if has_noise else ""
    add_noise = "position.grad += next(draws)" if has_noise else ""
    return f"""\
{draws}position = torch.tensor(START, requires_grad=True)
optimizer = {code.construction}{schedule}


{write_closure(function, add_noise, code.takes_hessian)}


for _ in range(STEPS):
    {code.step}{follow}

{_write_end(function, code)}"""


def write_closure(function: str, add_noise: str, with_hessian: bool) -> str:
    """Return the functions that an optimizer calls for a gradient, and for second derivatives.

    `add_noise` is the statement that adds noise to a gradient, or empty.
    """
    add_noise = f"\n    {add_noise}" if add_noise else ""
    closure = f"""\
@torch.enable_grad()
def closure():
    position.grad = None
    loss = {function}(*position)
    loss.backward(){add_noise}
    return loss"""
    if not with_hessian:
        return closure
    return f"""\
{closure}


def hessian():
    differentiate = torch.autograd.functional.hessian
    return differentiate(lambda p: {function}(*p), position.detach())"""


def _write_end(function: str, code: OptimizerCode) -> str:
    """Return the lines that print where a descent has ended."""
    point = "position"
    take = ""
    if code.drawn != point:
        point, take = "average", f"average = {code.drawn}  # the drawn point\n"
    return f"""\
{take}x, y = {point}.tolist()
loss = {function}(*{point}).item()
print(f"{{x = }}", f"{{y = }}", f"{{loss = }}", sep="\\n")"""
