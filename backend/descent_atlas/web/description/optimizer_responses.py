"""Models of the response about optimizers, their hyperparameters and schedules."""

from typing import Literal

from pydantic import Field

from descent_atlas.web.description.responses import DefaultRange, Formula, Link, ResponsePart


class HyperparameterPart(ResponsePart, title="Hyperparameter"):
    """A hyperparameter of an optimizer."""

    id: str = Field(description="The hyperparameter's name in requests.")
    name: str = Field(description="The hyperparameter's name for people.")
    symbol: Formula = Field(description="The hyperparameter's symbol in the optimizer's rule.")
    default: bool | float = Field(description="The value that is taken if a request gives none.")
    min: float = Field(description="The least value, included; 0 for a switch.")
    max: float = Field(description="The greatest value, included; 1 for a switch.")
    scale: Literal["linear", "log", "switch"] = Field(
        description="How a slider is spaced; a `switch` is true or false."
    )
    description: str = Field(description="What the hyperparameter changes.")


class ArticleSettings(ResponsePart):
    """An optimizer's settings on the page of the article that inspired this one."""

    hyperparameters: dict[str, bool | float] = Field(
        description="The value of every hyperparameter, by id."
    )
    steps: int = Field(description="The most steps of a descent.")


class OptimizerPart(ResponsePart, title="Optimizer"):
    """An optimizer."""

    id: str = Field(description="The optimizer's name in requests.")
    name: str = Field(description="The optimizer's name for people.")
    description: str = Field(description="What the optimizer does differently.")
    formula: Formula = Field(description="The update rule.")
    hyperparameters: list[HyperparameterPart] = Field(
        description="The hyperparameters, each with its range."
    )
    draws_noise: bool = Field(
        description="Whether the optimizer sees noisy gradients even if `noise.all` is false."
    )
    is_exact: bool = Field(
        description="Whether the optimizer sees exact gradients even if `noise.all` is true."
    )
    evaluations: int | None = Field(
        description="The gradients that a step takes; null where its line search decides. A "
        "request counts its `steps` in gradients."
    )
    draws_average: bool = Field(
        description="Whether the positions of a descent are averages of points that step."
    )
    takes_schedule: bool = Field(
        description="Whether the learning rate may follow a schedule; else it is constant."
    )
    torch: str | None = Field(
        description="The class of PyTorch that implements the same rule; null if there is none."
    )
    reference: Link = Field(description="The paper that states the rule.")
    learning_rates: dict[str, float] = Field(
        description="The learning rate of the sweep on each objective, by the objective's id."
    )
    no_rate_works: list[str] = Field(
        description="The objectives on which no rate arrives at a global minimum; "
        "`learning_rates` has the default there."
    )
    article: ArticleSettings | None = Field(
        description="The article's settings; null if the article lacks this optimizer."
    )


class ScheduleParameterPart(ResponsePart, title="ScheduleParameter"):
    """A parameter of a schedule."""

    id: str = Field(description="The parameter's name in requests, as PyTorch has it.")
    name: str = Field(description="The parameter's name for people.")
    symbol: Formula = Field(description="The parameter's symbol in the schedule's formula.")
    kind: Literal["number", "count", "counts", "switch", "choice"] = Field(
        description="A number, a whole number (`count`), a list of such (`counts`), a `switch` "
        "that is true or false, or one of `choices`."
    )
    default: bool | float | str | None = Field(
        description="The value that is taken if a request gives none; null if it depends on the "
        "steps of the descent."
    )
    shares: list[float] = Field(
        description="The default as shares of the steps, each rounded up; else empty."
    )
    min: float = Field(description="The least value of each number, included.")
    max: float = Field(description="The greatest value of each number, included.")
    scale: Literal["linear", "log"] = Field(description="How a slider is spaced.")
    choices: list[str] = Field(description="The words that a `choice` may be; else empty.")
    description: str = Field(description="What the parameter changes.")


class SchedulePart(ResponsePart, title="Schedule"):
    """What the learning rate can be multiplied by at each step."""

    id: str = Field(description="The schedule's name in requests.")
    name: str = Field(description="The schedule's name for people.")
    description: str = Field(description="What the schedule does.")
    formula: Formula = Field(description="The learning rate of a step that has k before it.")
    parameters: list[ScheduleParameterPart] = Field(
        description="The parameters, each with its range."
    )
    torch: str | None = Field(
        description="The class of PyTorch with the same rates; null for the constant one."
    )
    reference: Link | None = Field(
        description="Where the schedule comes from; null for the constant one."
    )


class NoiseRanges(ResponsePart):
    """The ranges of the noise's settings."""

    std: DefaultRange = Field(description="The range of the standard deviation.")
    batch_size: DefaultRange = Field(description="The range of the batch size.")
    seed: DefaultRange = Field(description="The range of the seed.")


class OptimizersResponse(ResponsePart):
    """All optimizers, and what holds for every one of them."""

    optimizers: list[OptimizerPart] = Field(description="The optimizers, in the page's order.")
    schedules: list[SchedulePart] = Field(
        description="The schedules of the learning rate, in the page's order."
    )
    steps: DefaultRange = Field(description="The range of a descent's steps.")
    noise: NoiseRanges = Field(description="How far each setting of the noise may go.")
    seeds: DefaultRange = Field(description="The range of an ensemble's number of seeds.")
    arrival_distance: float = Field(
        description="A descent that stays within this distance of a minimum has arrived there."
    )
