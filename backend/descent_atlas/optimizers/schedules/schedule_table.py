"""The table of schedules: names, formulas, parameters and references."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from descent_atlas.objectives.objective import Reference
from descent_atlas.optimizers.schedules.rate_factors import (
    Factors,
    constant_factors,
    cosine_factors,
    exponential_factors,
    linear_factors,
    multistep_factors,
    onecycle_factors,
    restarts_factors,
    step_factors,
)
from descent_atlas.optimizers.schedules.schedule_parameters import (
    MAX_COUNT,
    ScheduleParameter,
    Value,
    count,
)

PYTORCH = "https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.{}.html"
"""The address of a class in PyTorch's documentation."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A schedule and its description.

    Attributes:
        id: its name in the API and in links.
        name: its name on the page.
        description: one sentence for a learner.
        latex: the learning rate of a step, of which k steps come before.
        parameters: its parameters, in PyTorch's order.
        compute: the function of `rate_factors`.
        torch: the class of PyTorch with the same rates; None for the constant rate.
        reference: where it comes from; None for the constant rate.
    """

    id: str
    name: str
    description: str
    latex: str
    parameters: tuple[ScheduleParameter, ...]
    compute: Callable[..., Factors]
    torch: str | None
    reference: Reference | None

    def pack(self, values: Mapping[str, Any], steps: int) -> dict[str, Value]:
        """Return the value of every parameter for a budget, defaults filled in.

        Raises:
            ValueError: naming the parameter and its limits, if one is not the schedule's, of the
                wrong type or out of range.

        Example:
            >>> SCHEDULES["cosine"].pack({}, steps=500)
            {'T_max': 500, 'eta_min': 0.0}
        """
        known = {parameter.id: parameter for parameter in self.parameters}
        for name in values:
            if name not in known:
                raise ValueError(f"{name} is none of {self.id}'s: {', '.join(known)}")
        return {
            name: parameter.check(values.get(name, parameter.find_default(steps)))
            for name, parameter in known.items()
        }

    def find_factors(self, values: Mapping[str, Any], *, steps: int, lr: float) -> Factors:
        """Return what the learning rate is multiplied by at each step, float64[steps].

        A constant rate has none, float64[0].

        Args:
            values: the parameters that are not at their defaults.
            steps: the budget.
            lr: the learning rate that the factors multiply; that of an `eta_min` is absolute.

        Raises:
            ValueError: as `pack`, or if a phase of one cycle would have no length.

        Example:
            >>> SCHEDULES["step"].find_factors({"step_size": 2}, steps=5, lr=0.1)
            array([1.  , 1.  , 0.1 , 0.1 , 0.01])
        """
        return self.compute(steps, lr, **self.pack(values, steps))


_GAMMA = ScheduleParameter(
    id="gamma",
    name="Decay factor",
    latex=r"\gamma",
    default=0.1,
    description="What the learning rate is multiplied by each time.",
)

_ETA_MIN = ScheduleParameter(
    id="eta_min",
    name="Lowest learning rate",
    latex=r"\eta_{\min}",
    default=0.0,
    scale="log",
    description="The learning rate at the end of the cosine.",
)

_SGDR = Reference(
    text="Loshchilov and Hutter (2017), SGDR: Stochastic gradient descent with warm restarts",
    url="https://arxiv.org/abs/1608.03983",
)

_TABLE = (
    Schedule(
        id="constant",
        name="Constant",
        description="The learning rate stays as it is.",
        latex=r"\eta_k = \eta",
        parameters=(),
        compute=constant_factors,
        torch=None,
        reference=None,
    ),
    Schedule(
        id="step",
        name="Steps",
        description="Lowers the learning rate by a factor after every so many steps.",
        latex=r"\eta_k = \eta\, \gamma^{\lfloor k / s \rfloor}",
        parameters=(
            count(
                "step_size",
                "Steps at one rate",
                "s",
                "After how many steps the learning rate is lowered.",
                share=1 / 4,
            ),
            _GAMMA,
        ),
        compute=step_factors,
        torch="torch.optim.lr_scheduler.StepLR",
        reference=Reference(text="PyTorch, StepLR", url=PYTORCH.format("StepLR")),
    ),
    Schedule(
        id="multistep",
        name="Milestones",
        description="Lowers the learning rate by a factor at each of some chosen steps.",
        latex=r"\eta_k = \eta\, \gamma^n, \quad n = |\{ i : m_i \le k \}|",
        parameters=(
            ScheduleParameter(
                id="milestones",
                name="Milestones",
                latex="m_i",
                kind="counts",
                shares=(1 / 2, 3 / 4),
                minimum=1,
                maximum=MAX_COUNT,
                description="The steps after which the learning rate is lowered.",
            ),
            _GAMMA,
        ),
        compute=multistep_factors,
        torch="torch.optim.lr_scheduler.MultiStepLR",
        reference=Reference(
            text="He et al. (2016), Deep residual learning for image recognition, section 4.2",
            url="https://arxiv.org/abs/1512.03385",
        ),
    ),
    Schedule(
        id="exponential",
        name="Exponential",
        description="Lowers the learning rate by the same factor in every step.",
        latex=r"\eta_k = \eta\, \gamma^k",
        parameters=(
            ScheduleParameter(
                id="gamma",
                name="Decay factor",
                latex=r"\gamma",
                default=0.995,
                description="What the learning rate is multiplied by after each step.",
            ),
        ),
        compute=exponential_factors,
        torch="torch.optim.lr_scheduler.ExponentialLR",
        reference=Reference(text="PyTorch, ExponentialLR", url=PYTORCH.format("ExponentialLR")),
    ),
    Schedule(
        id="cosine",
        name="Cosine",
        description="Lowers the learning rate along half a cosine: slowly at first and at the end.",
        latex=r"\eta_k = \eta_{\min} + \frac{\eta - \eta_{\min}}{2} "
        r"\left( 1 + \cos \frac{\pi k}{T} \right)",
        parameters=(
            count(
                "T_max",
                "Steps to the lowest rate",
                "T",
                "How many steps half the cosine takes; in more steps the rate rises again.",
                share=1.0,
            ),
            _ETA_MIN,
        ),
        compute=cosine_factors,
        torch="torch.optim.lr_scheduler.CosineAnnealingLR",
        reference=_SGDR,
    ),
    Schedule(
        id="linear",
        name="Linear warm-up",
        description="Begins with a part of the learning rate and raises it evenly to the whole.",
        latex=r"\eta_k = \eta \left( a + (b - a)\, \frac{\min\{k, n\}}{n} \right)",
        parameters=(
            ScheduleParameter(
                id="start_factor",
                name="Part at the start",
                latex="a",
                default=1 / 3,
                minimum=1e-6,
                description="What the learning rate is multiplied by in the first step.",
            ),
            ScheduleParameter(
                id="end_factor",
                name="Part at the end",
                latex="b",
                default=1.0,
                description="What it is multiplied by from the end of the line on; below the part "
                "at the start, the rate falls.",
            ),
            count(
                "total_iters",
                "Steps of the line",
                "n",
                "After how many steps the part at the end is reached.",
                default=5,
            ),
        ),
        compute=linear_factors,
        torch="torch.optim.lr_scheduler.LinearLR",
        reference=Reference(
            text="Goyal et al. (2017), Accurate, large minibatch SGD, section 2.2",
            url="https://arxiv.org/abs/1706.02677",
        ),
    ),
    Schedule(
        id="onecycle",
        name="One cycle",
        description="Raises the learning rate to its value and lowers it far below its start, once "
        "over all steps.",
        latex=r"\frac{\eta}{d} \; \nearrow \; \eta \; \searrow \; \frac{\eta}{d D}, \quad "
        r"\text{the rise ends at } k = p N - 1",
        parameters=(
            ScheduleParameter(
                id="pct_start",
                name="Part that rises",
                latex="p",
                default=0.3,
                maximum=0.99,
                description="The part of the steps in which the learning rate rises.",
            ),
            ScheduleParameter(
                id="anneal_strategy",
                name="Form",
                latex=r"\nearrow\searrow",
                kind="choice",
                default="cos",
                choices=("cos", "linear"),
                description="Whether the rate follows half cosines or straight lines.",
            ),
            ScheduleParameter(
                id="div_factor",
                name="Divisor at the start",
                latex="d",
                default=25.0,
                minimum=1.0,
                maximum=1e6,
                scale="log",
                description="The first step's rate is the learning rate divided by this.",
            ),
            ScheduleParameter(
                id="final_div_factor",
                name="Further divisor at the end",
                latex="D",
                default=1e4,
                minimum=1.0,
                maximum=1e12,
                scale="log",
                description="The last step's rate is the first step's divided by this.",
            ),
            ScheduleParameter(
                id="three_phase",
                name="Three phases",
                latex=r"\nearrow\searrow\searrow",
                kind="switch",
                default=False,
                description="Fall as long as the rate rose, and then to the end.",
            ),
        ),
        compute=onecycle_factors,
        torch="torch.optim.lr_scheduler.OneCycleLR",
        reference=Reference(
            text="Smith and Topin (2018), Super-convergence: Very fast training of neural networks "
            "using large learning rates",
            url="https://arxiv.org/abs/1708.07120",
        ),
    ),
    Schedule(
        id="restarts",
        name="Cosine with restarts",
        description="Lowers the learning rate along half a cosine, again and again from the whole.",
        latex=r"\eta_k = \eta_{\min} + \frac{\eta - \eta_{\min}}{2} "
        r"\left( 1 + \cos \frac{\pi\, t}{T_i} \right), \quad T_{i+1} = M\, T_i",
        parameters=(
            count(
                "T_0",
                "Steps of the first cosine",
                "T_0",
                "After how many steps the first restart comes.",
                share=1 / 4,
            ),
            ScheduleParameter(
                id="T_mult",
                name="Growth of the cosines",
                latex="M",
                kind="count",
                default=1,
                minimum=1,
                maximum=10,
                description="How many times as long as the one before each cosine takes.",
            ),
            _ETA_MIN,
        ),
        compute=restarts_factors,
        torch="torch.optim.lr_scheduler.CosineAnnealingWarmRestarts",
        reference=_SGDR,
    ),
)

SCHEDULES: dict[str, Schedule] = {schedule.id: schedule for schedule in _TABLE}
"""Every schedule by its id, in the order in which the page shows them."""
