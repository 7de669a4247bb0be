"""Update rules in PyTorch that torch.optim lacks, or lacks at the chosen switches.

Each is a class that takes the position and moves it by `step`, to which some take a closure that
computes a gradient; the hyperparameters are constants of the script. Switches are resolved when the
class is written: a template's line that ends in `#? amsgrad, not bias_correction` is written only
at these values of the switches, every other line always. A script therefore contains one formula
and no branches. `optimizers.rules` has the rules. With a schedule the class is one of
`torch.optim.Optimizer`, whose groups hold the learning rate.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from descent_atlas.export.torch_asking_rules import ASKING_TEMPLATES
from descent_atlas.optimizers.optimizer_table import Optimizer
from descent_atlas.optimizers.rules import (
    AdaBelief,
    Adagrad,
    Adam,
    AdamW,
    Eve,
    Lion,
    Momentum,
    NAdam,
    RMSprop,
    YellowFin,
)

DIFFERENCES = {
    ("dampen_always", True): "dampening from the first step on",
    ("bias_correction", False): "no bias correction",
    ("eps_inside_root", True): "epsilon inside the root",
}
"""Switches at which torch.optim has no rule, in words."""

_MOMENTUM = """\
    def __init__(self, theta):
        self.theta = theta
        self.v = torch.zeros_like(theta)  # velocity

    @torch.no_grad()
    def step(self):
        g = self.theta.grad + weight_decay * self.theta
        self.v = momentum * self.v + (1 - dampening) * g
        self.theta -= lr * self.v
"""

_ADAGRAD = """\
    def __init__(self, theta):
        self.theta = theta
        self.t = 0  # steps taken
        self.G = torch.full_like(theta, initial_accumulator_value)

    @torch.no_grad()
    def step(self):
        g = self.theta.grad + weight_decay * self.theta
        self.G = self.G + g**2
        lr_t = lr / (1 + self.t * lr_decay)
        self.theta -= lr_t * g / torch.sqrt(self.G + eps)
        self.t += 1
"""

_RMSPROP = """\
    def __init__(self, theta):
        self.theta = theta
        self.v = torch.zeros_like(theta)  # average of g**2
        self.m = torch.zeros_like(theta)  # average of g  #? centered
        self.b = torch.zeros_like(theta)  # velocity

    @torch.no_grad()
    def step(self):
        g = self.theta.grad + weight_decay * self.theta
        self.v = alpha * self.v + (1 - alpha) * g**2
        self.m = alpha * self.m + (1 - alpha) * g  #? centered
        variance = self.v - self.m**2  #? centered
        self.b = momentum * self.b + g / torch.sqrt(variance + eps)  #? centered
        self.b = momentum * self.b + g / torch.sqrt(self.v + eps)  #? not centered
        self.theta -= lr * self.b
"""

_ADAM = """\
    def __init__(self, theta):
        self.theta = theta
        self.t = 0  # steps taken  #? bias_correction
        self.m = self.v = torch.zeros_like(theta)  # averages of g and g**2
        self.v_max = torch.zeros_like(theta)  # largest v so far  #? amsgrad

    @torch.no_grad()
    def step(self):
        g = self.theta.grad  #? decoupled_weight_decay
        g = self.theta.grad + weight_decay * self.theta  #? not decoupled_weight_decay
        self.m = beta1 * self.m + (1 - beta1) * g
        self.v = beta2 * self.v + (1 - beta2) * g**2
        self.v_max = torch.maximum(self.v_max, self.v)  #? amsgrad
        m_hat, v_hat = self.m, self.v  #? not bias_correction, not amsgrad
        m_hat, v_hat = self.m, self.v_max  #? not bias_correction, amsgrad
        self.t += 1  #? bias_correction
        m_hat = self.m / (1 - beta1**self.t)  #? bias_correction
        v_hat = self.v / (1 - beta2**self.t)  #? bias_correction, not amsgrad
        v_hat = self.v_max / (1 - beta2**self.t)  #? bias_correction, amsgrad
        self.theta *= 1 - lr * weight_decay  #? decoupled_weight_decay
        self.theta -= lr * m_hat / torch.sqrt(v_hat + eps)  #? eps_inside_root
        self.theta -= lr * m_hat / (torch.sqrt(v_hat) + eps)  #? not eps_inside_root
"""

_NADAM = """\
    def __init__(self, theta):
        self.theta = theta
        self.t = 0  # steps taken
        self.m = self.v = torch.zeros_like(theta)  # averages of g and g**2
        self.mu_product = 1.0  # product of the momenta so far  #? bias_correction

    @torch.no_grad()
    def step(self):
        self.t += 1
        mu = beta1 * (1 - 0.5 * 0.96 ** (self.t * momentum_decay))
        next_mu = beta1 * (1 - 0.5 * 0.96 ** ((self.t + 1) * momentum_decay))
        g = self.theta.grad  #? decoupled_weight_decay
        g = self.theta.grad + weight_decay * self.theta  #? not decoupled_weight_decay
        self.m = beta1 * self.m + (1 - beta1) * g
        self.v = beta2 * self.v + (1 - beta2) * g**2
        m_hat = (1 - mu) * g + next_mu * self.m  #? not bias_correction
        v_hat = self.v  #? not bias_correction
        self.mu_product *= mu  #? bias_correction
        m_hat = (1 - mu) * g / (1 - self.mu_product)  #? bias_correction
        m_hat += next_mu * self.m / (1 - self.mu_product * next_mu)  #? bias_correction
        v_hat = self.v / (1 - beta2**self.t)  #? bias_correction
        self.theta *= 1 - lr * weight_decay  #? decoupled_weight_decay
        self.theta -= lr * m_hat / torch.sqrt(v_hat + eps)  #? eps_inside_root
        self.theta -= lr * m_hat / (torch.sqrt(v_hat) + eps)  #? not eps_inside_root
"""

_ADABELIEF = """\
    def __init__(self, theta):
        self.theta = theta
        self.t = 0  # steps taken
        self.m = self.s = torch.zeros_like(theta)  # averages of g and (g - m)**2

    @torch.no_grad()
    def step(self):
        self.theta *= 1 - lr * weight_decay  #? decoupled_weight_decay
        g = self.theta.grad  #? decoupled_weight_decay
        g = self.theta.grad + weight_decay * self.theta  #? not decoupled_weight_decay
        self.t += 1
        self.m = beta1 * self.m + (1 - beta1) * g
        self.s = beta2 * self.s + (1 - beta2) * (g - self.m) ** 2 + eps
        m_hat = self.m / (1 - beta1**self.t)
        s_hat = self.s / (1 - beta2**self.t)
        self.theta -= lr * m_hat / (torch.sqrt(s_hat) + eps)
"""

_LION = """\
    def __init__(self, theta):
        self.theta = theta
        self.m = torch.zeros_like(theta)  # average of g

    @torch.no_grad()
    def step(self):
        g = self.theta.grad
        c = beta1 * self.m + (1 - beta1) * g
        self.theta -= lr * (torch.sign(c) + weight_decay * self.theta)
        self.m = beta2 * self.m + (1 - beta2) * g
"""

_EVE = """\
    def __init__(self, theta):
        self.theta = theta
        self.t = 0  # steps taken
        self.m = self.v = torch.zeros_like(theta)  # averages of g and g**2
        self.d = 1.0  # average of the loss's relative change

    @torch.no_grad()
    def step(self, loss):
        f, g = loss - lowest, self.theta.grad
        self.t += 1
        if self.t > 1:
            d = (f - self.f).abs()
            if d > 0:
                d = d / torch.minimum(f, self.f)
            self.d = beta3 * self.d + (1 - beta3) * d.clamp(1 / c, c)
        self.f = f
        self.m = beta1 * self.m + (1 - beta1) * g
        self.v = beta2 * self.v + (1 - beta2) * g**2
        m_hat = self.m / (1 - beta1**self.t)
        v_hat = self.v / (1 - beta2**self.t)
        self.theta -= lr / self.d * m_hat / (torch.sqrt(v_hat) + eps)
"""

_YELLOWFIN = """\
    def __init__(self, theta):
        self.theta = theta
        self.t = 0  # steps taken
        self.averages = {}  # all of them start at 0
        self.window = []  # the last 20 values of h
        self.v = torch.zeros_like(theta)  # velocity

    def average(self, name, value):
        last = self.averages.get(name, 0.0)
        self.averages[name] = beta * last + (1 - beta) * value
        return self.averages[name]

    @torch.no_grad()
    def step(self):
        g = self.theta.grad
        h = (g**2).sum()
        self.t += 1
        weight = self.average("weight", 1.0)  # makes up for the start at 0
        self.window = [*self.window[-19:], h]
        log_h_max = self.average("log h_max", torch.log(max(self.window) + eps))
        log_h_min = self.average("log h_min", torch.log(min(self.window) + eps))
        h_max, h_min = torch.exp(log_h_max / weight), torch.exp(log_h_min / weight)
        mean_g = self.average("g", g) / weight
        mean_h = self.average("h", h) / weight
        C = torch.clamp(mean_h - (mean_g**2).sum(), min=eps)  # variance
        norm = self.average("norm", torch.sqrt(h)) / weight
        D = self.average("D", norm / (mean_h + eps)) / weight + eps  # distance
        # The momentum mu and the rate alpha that minimise mu * D**2 + alpha**2 * C.
        p = (D * h_min) ** 2 / (2 * C)
        root = torch.sinh(torch.asinh(1.5 * torch.sqrt(3 / p)) / 3)
        z = 2 * torch.sqrt(p / 3) * root  # solves p * (1 - z) == z**3
        z = torch.minimum(z, 2 / (torch.sqrt(h_max / h_min) + 1))
        mu, alpha = (1 - z) ** 2, z**2 / h_min
        alpha *= min(1, self.t / 200)  # a slow start, of ten windows
        self.v = mu * self.v - lr * alpha * g
        self.theta += self.v
"""

_TEMPLATES: dict[type, str] = {
    Momentum: _MOMENTUM,
    Adagrad: _ADAGRAD,
    RMSprop: _RMSPROP,
    Adam: _ADAM,
    AdamW: _ADAM,
    NAdam: _NADAM,
    AdaBelief: _ADABELIEF,
    Lion: _LION,
    Eve: _EVE,
    YellowFin: _YELLOWFIN,
    **ASKING_TEMPLATES,
}


def write_rule(optimizer: Optimizer, h: Any, *, has_schedule: bool) -> str:
    """Return the class of an optimizer's rule at the switches of its packed hyperparameters."""
    switches = {"decoupled_weight_decay": isinstance(h, AdamW), **h._asdict()}
    lines = _choose_lines(_TEMPLATES[type(h)], switches)
    return "\n".join(
        [
            f"class {type(h).__name__}{'(torch.optim.Optimizer)' if has_schedule else ''}:",
            f'    """{_describe(optimizer, h)}"""',
            "",
            *(_take_scheduled_rate(lines) if has_schedule else lines),
        ]
    )


def _take_scheduled_rate(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a rule that keeps its learning rate where PyTorch's schedulers look."""
    for line in lines:
        yield line
        if line.startswith("    def __init__("):
            yield '        super().__init__([theta], {"lr": lr})'
        elif line.startswith("    def step("):
            yield '        lr = self.param_groups[0]["lr"]'


def _describe(optimizer: Optimizer, h: Any) -> str:
    """Return the reason why the rule is written out."""
    if optimizer.torch is None:
        authors, year, _ = re.split(r"(\(\d+\))", optimizer.reference.text)
        return f"{optimizer.name} as in {authors}{year}; torch.optim has none."
    differences = [text for switch, text in DIFFERENCES.items() if switch in h._asdict().items()]
    return f"Unlike {optimizer.torch}: {', '.join(differences)}."


def _choose_lines(template: str, switches: dict[str, Any]) -> list[str]:
    """Return the lines of a template whose conditions hold."""
    lines = []
    for line in template.splitlines():
        code, _, conditions = line.partition("  #? ")
        terms = conditions.split(", ") if conditions else []
        if all(switches[term.removeprefix("not ")] != term.startswith("not ") for term in terms):
            lines.append(code)
    return lines
