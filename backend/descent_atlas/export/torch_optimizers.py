"""The optimizer of a script: a class of torch.optim, or the rule written out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from descent_atlas.export.torch_rules import write_rule
from descent_atlas.optimizers.optimizer_table import Optimizer
from descent_atlas.optimizers.rules.lbfgs import HISTORY
from descent_atlas.optimizers.rules.strong_wolfe import MAX_TRIALS

LINE_LENGTH = 88
"""Columns of a script, the limit of Python's formatters."""


STEPS = {
    "eve": "optimizer.step(loss)",
    "sam": "optimizer.step(closure)",
    "lbfgs": "optimizer.step(closure)",
    "newton": "optimizer.step(closure, hessian)",
}
"""How the optimizers step that need more than a gradient."""

DRAWN = {
    "asgd": 'optimizer.state[position].get("ax", position)',
    "schedule-free-sgd": "optimizer.x",
    "schedule-free-adamw": "optimizer.x",
}
"""Where those that average keep the average."""


@dataclass(frozen=True, kw_only=True)
class OptimizerCode:
    """The parts of a script that are about its optimizer.

    Attributes:
        definition: its hyperparameters and its class, if PyTorch lacks it; else empty.
        construction: the expression that makes it for `position`.
        step: the statement that takes a step once `position.grad` and `loss` are known; where it
            names `closure`, that is called for each gradient, and `hessian` for the second
            derivatives.
        drawn: the expression of the drawn point, which may be an average.
    """

    definition: str
    construction: str
    step: str = "optimizer.step()"
    drawn: str = "position"

    @property
    def takes_closure(self) -> bool:
        """Whether its step takes the function that computes a gradient."""
        return "closure" in self.step

    @property
    def takes_hessian(self) -> bool:
        """Whether its step takes the function that computes the second derivatives."""
        return "hessian" in self.step


def write_optimizer(
    optimizer: Optimizer,
    h: Any,
    lowest: float | None,
    *,
    has_schedule: bool = False,
    columns: int = LINE_LENGTH,
) -> OptimizerCode:
    """Return an optimizer with the packed hyperparameters `h`, in lines of so many columns.

    `lowest` is the objective's global minimum, which Eve needs; None if there is none. With
    `has_schedule` the optimizer is one whose learning rate PyTorch's schedulers can change.
    """
    arguments = find_torch_arguments(optimizer, h)
    if arguments is not None:
        return OptimizerCode(
            definition="",
            construction=write_call(
                "optimizer", str(optimizer.torch), "[position]", arguments, columns
            ),
            step=STEPS.get(optimizer.id, "optimizer.step()"),
            drawn=DRAWN.get(optimizer.id, "position"),
        )
    constants = [
        f"{hyperparameter.id} = {getattr(h, hyperparameter.id)!r}  # {hyperparameter.name}"
        for hyperparameter in optimizer.hyperparameters
        if hyperparameter.scale != "switch"  # a switch has chosen the lines that are written
    ]
    takes_loss = optimizer.id == "eve"
    if takes_loss:
        meaning = "The objective has no minimum" if lowest is None else "The global minimum"
        constants.append(f"lowest = {lowest or 0.0!r}  # {meaning}")
    return OptimizerCode(
        definition="\n".join(constants)
        + "\n\n\n"
        + write_rule(optimizer, h, has_schedule=has_schedule),
        construction=f"{type(h).__name__}(position)",
        step=STEPS.get(optimizer.id, "optimizer.step()"),
        drawn=DRAWN.get(optimizer.id, "position"),
    )


def find_torch_arguments(optimizer: Optimizer, h: Any) -> dict[str, Any] | None:
    """Return the arguments with which PyTorch's class of an optimizer takes the same steps.

    None if PyTorch has no such class, or no such switch.

    Example:
        >>> from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
        >>> nesterov, lion = OPTIMIZERS["nesterov"], OPTIMIZERS["lion"]
        >>> find_torch_arguments(nesterov, nesterov.pack({"lr": 0.1}))
        {'lr': 0.1, 'momentum': 0.9, 'weight_decay': 0.0, 'nesterov': True}
        >>> find_torch_arguments(lion, lion.pack({})) is None
        True
    """
    values = h._asdict()
    # Dampening of the first step matters only if the dampening is not zero.
    dampens_first_step = values.pop("dampen_always", False) and h.dampening > 0.0
    corrects_bias = values.pop("bias_correction", True)
    eps_inside_root = values.pop("eps_inside_root", False)
    if optimizer.torch is None or dampens_first_step or not corrects_bias or eps_inside_root:
        return None
    if optimizer.id == "nesterov":
        values["nesterov"] = h.momentum > 0.0  # PyTorch insists; without momentum both are equal
    if optimizer.id == "lbfgs":
        # One iteration in each call, with as many trials as our line search, and no early end.
        return {
            **values,
            "max_iter": 1,
            "max_eval": 1 + MAX_TRIALS,
            "tolerance_grad": 0.0,
            "tolerance_change": 0.0,
            "history_size": HISTORY,
            "line_search_fn": "strong_wolfe",
        }
    if "beta2" in values:
        betas = values.pop("beta1"), values.pop("beta2")
        values = {"lr": values.pop("lr"), "betas": betas, **values}
    if "etaminus" in values:
        etas = values.pop("etaminus"), values.pop("etaplus")
        sizes = values.pop("step_size_min"), values.pop("step_size_max")
        values |= {"etas": etas, "step_sizes": sizes}
    return dict(values)


def write_call(
    target: str,
    function: str,
    subject: str,
    arguments: Mapping[str, Any],
    columns: int = LINE_LENGTH,
) -> str:
    """Return a call with a subject and keyword arguments, to be assigned to `target`.

    It is broken into lines if it has more columns than these.
    """
    parts = [subject, *(f"{name}={_write_value(value)}" for name, value in arguments.items())]
    call = f"{function}({', '.join(parts)})"
    if len(f"{target} = {call}") <= columns:
        return call
    return "\n    ".join([f"{function}(", *(f"{part}," for part in parts)]) + "\n)"


def _write_value(value: object) -> str:
    """Return a value as the formatter writes it."""
    return json.dumps(value) if isinstance(value, str) else repr(value)
