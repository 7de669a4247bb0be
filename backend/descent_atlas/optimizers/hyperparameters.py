"""Hyperparameters of the update rules: meaning, limits and defaults.

Optimizers share hyperparameters, so each is described once; the default belongs to the rule.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Hyperparameter:
    """One number or switch of an update rule, named as `torch.optim` names it.

    The limits are inclusive. A switch has the limits 0 and 1 and a boolean default.
    """

    id: str
    name: str
    latex: str
    default: float | bool
    minimum: float
    maximum: float
    scale: Literal["linear", "log", "switch"]
    description: str

    def check(self, value: object) -> float | bool:
        """Return the value as compiled code takes it: a float, or a bool for a switch.

        Raises:
            ValueError: if it is of the wrong type, not finite or out of range.
        """
        if self.scale == "switch":
            if not isinstance(value, bool):
                raise ValueError(f"{self.id} must be true or false, not {value!r}")
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{self.id} must be a number, not {value!r}")
        if not self.minimum <= value <= self.maximum:
            raise ValueError(
                f"{self.id} must be between {self.minimum:g} and {self.maximum:g}, not {value!r}"
            )
        return float(value)


MAX_DECAY = 0.999999
"""The largest decay rate of an average. At 1 the average would never change, and bias correction
would divide 0 by 0."""


def _number(
    name: str,
    latex: str,
    minimum: float,
    maximum: float,
    description: str,
    scale: Literal["linear", "log"] = "linear",
) -> dict[str, Any]:
    return {
        "name": name,
        "latex": latex,
        "minimum": minimum,
        "maximum": maximum,
        "scale": scale,
        "description": description,
    }


def _switch(name: str, latex: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "latex": latex,
        "minimum": 0.0,
        "maximum": 1.0,
        "scale": "switch",
        "description": description,
    }


_GLOSSARY: dict[str, dict[str, Any]] = {
    "lr": _number(
        "Learning rate",
        r"\eta",
        1e-8,
        1000.0,
        "How far a step goes.",
        "log",
    ),
    "momentum": _number(
        "Momentum",
        r"\mu",
        0.0,
        MAX_DECAY,
        "How much of the last velocity is kept.",
    ),
    "dampening": _number(
        "Dampening",
        r"\tau",
        0.0,
        1.0,
        "How much of the gradient is held back from the velocity; equal to the momentum, it makes "
        "the velocity an average of the gradients.",
    ),
    "dampen_always": _switch(
        "Dampen the first step too",
        r"v_0 = 0",
        "Start from rest, as the formula says; PyTorch starts with the whole first gradient.",
    ),
    "lr_decay": _number(
        "Learning rate decay",
        r"\gamma",
        0.0,
        1.0,
        "How fast the learning rate shrinks: after t steps it is divided by 1 + tγ.",
    ),
    "weight_decay": _number(
        "Weight decay",
        r"\lambda",
        0.0,
        1.0,
        "How strongly the position is pulled to the origin.",
    ),
    "decoupled_weight_decay": _switch(
        "Decoupled weight decay",
        r"\theta - \eta \lambda \theta",
        "Let the weight decay act on the position itself and not through the averages.",
    ),
    "initial_accumulator_value": _number(
        "Initial sum",
        r"G_0",
        0.0,
        10.0,
        "The sum of squared gradients before the first step; above 0 it shortens early steps.",
    ),
    "alpha": _number(
        "Decay rate",
        r"\rho",
        0.0,
        MAX_DECAY,
        "How much of the average of squared gradients is kept.",
    ),
    "rho": _number(
        "Decay rate",
        r"\rho",
        0.0,
        MAX_DECAY,
        "How much of the averages of squared gradients and squared steps is kept.",
    ),
    "beta1": _number(
        "Decay rate of the gradient's average",
        r"\beta_1",
        0.0,
        MAX_DECAY,
        "How much of the average of gradients is kept; it plays the part of momentum.",
    ),
    "beta2": _number(
        "Decay rate of the squared gradient's average",
        r"\beta_2",
        0.0,
        MAX_DECAY,
        "How much of the average of squared gradients is kept.",
    ),
    "beta3": _number(
        "Decay rate of the loss's relative change",
        r"\beta_3",
        0.0,
        MAX_DECAY,
        "How much of the average of the loss's relative change is kept.",
    ),
    "beta": _number(
        "Decay rate of the measurements",
        r"\beta",
        0.0,
        MAX_DECAY,
        "How much of the averages of curvature, variance and distance is kept.",
    ),
    "c": _number(
        "Clipping",
        "c",
        1.0,
        1000.0,
        "The learning rate is divided and multiplied by this factor at most; with 1 the rule is "
        "Adam.",
        "log",
    ),
    "momentum_decay": _number(
        "Momentum decay",
        r"\psi",
        0.0,
        1.0,
        "How fast the momentum warms up from half its value.",
    ),
    "eps": _number(
        "Epsilon",
        r"\varepsilon",
        1e-16,
        1.0,
        "Keeps divisions finite where gradients vanish.",
        "log",
    ),
    "etaminus": _number(
        "Shrinking",
        r"\eta^-",
        0.01,
        0.99,
        "What a coordinate's step is multiplied by where its slope turns.",
    ),
    "etaplus": _number(
        "Growth",
        r"\eta^+",
        1.01,
        3.0,
        "What a coordinate's step is multiplied by while its slope keeps its sign.",
    ),
    "step_size_min": _number(
        "Shortest step",
        r"\Delta_{\min}",
        1e-16,
        1e-3,
        "No step of a coordinate becomes shorter.",
        "log",
    ),
    "step_size_max": _number(
        "Longest step",
        r"\Delta_{\max}",
        1e-3,
        1000.0,
        "No step of a coordinate becomes longer.",
        "log",
    ),
    "lambd": _number(
        "Decay",
        r"\lambda",
        0.0,
        1.0,
        "How strongly the iterate is pulled to the origin, and how fast its learning rate shrinks.",
    ),
    "t0": _number(
        "Start of the average",
        r"t_0",
        0.0,
        1e6,
        "The average begins after as many steps; until then it is the iterate itself.",
    ),
    "r": _number(
        "Weight of later points",
        "r",
        0.0,
        10.0,
        "The average weighs the point of step t by its r-th power; 0 weighs all alike.",
    ),
    "warmup_steps": _number(
        "Warm-up",
        r"t_{\text{warm}}",
        0.0,
        1000.0,
        "Over as many steps the learning rate grows linearly to its value; 0: from the first on.",
    ),
    "armijo": _number(
        "Sufficient decrease",
        r"\sigma",
        1e-8,
        0.5,
        "The part of the decrease that the slope promises which a step must reach.",
        "log",
    ),
    "backtracking": _number(
        "Backtracking",
        r"\beta",
        0.05,
        0.95,
        "What a step that does not decrease the loss enough is multiplied by.",
    ),
    "centered": _switch(
        "Centred",
        r"v - \bar{g}^2",
        "Divide by the gradient's standard deviation instead of its size.",
    ),
    "amsgrad": _switch(
        "AMSGrad",
        r"\max_t v_t",
        "Divide by the largest average so far, so that a steep slope is never forgotten. With bias "
        "correction steps can still grow again.",
    ),
    "bias_correction": _switch(
        "Bias correction",
        r"\frac{m}{1 - \beta_1^t}",
        "Correct the averages for having started at zero; without it the first steps are longer.",
    ),
    "eps_inside_root": _switch(
        "Epsilon inside the root",
        r"\sqrt{v + \varepsilon}",
        "Add epsilon before the root is taken, as some papers print it, not after.",
    ),
}


def describe(rule: type[Any], **changes: dict[str, Any]) -> tuple[Hyperparameter, ...]:
    """Return the hyperparameters of a rule in the order of its fields, with its defaults.

    `changes` maps a hyperparameter's id to the fields that differ in this rule.
    """
    return tuple(
        replace(
            Hyperparameter(id=name, default=rule._field_defaults[name], **_GLOSSARY[name]),
            **changes.get(name, {}),
        )
        for name in rule._fields
    )
