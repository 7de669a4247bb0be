"""What an optimizer is: a row of the table of optimizers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from descent_atlas.objectives.objective import Reference
from descent_atlas.optimizers.hyperparameters import Hyperparameter


@dataclass(frozen=True, kw_only=True)
class Article:
    """The preset "As in the article": every hyperparameter, and the number of steps."""

    hyperparameters: Any
    steps: int


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """An update rule and its description.

    Attributes:
        id: its name in the API.
        name: its name on the page.
        description: one sentence for a learner.
        latex: the rule at its default switches; g is the gradient, products are coordinatewise.
        hyperparameters: its hyperparameters, in the order of the fields of `rule`.
        rule: the NamedTuple of the hyperparameters; its type selects the rule in `init` and
            `update`.
        draws_noise: whether its gradient is always the noisy one.
        is_exact: whether its gradient is never noisy: by definition, or because a line search
            trusts what it compares.
        evaluations: the gradients that a step takes; None where a line search decides.
        draws_average: whether the drawn point is an average of points where no gradient was taken.
        takes_schedule: whether its learning rate may follow a schedule.
        torch: the class of PyTorch that takes the same steps, if there is one.
        article: the article's settings, if the article shows this optimizer.
        reference: where the rule was published.
    """

    id: str
    name: str
    description: str
    latex: str
    hyperparameters: tuple[Hyperparameter, ...]
    rule: type[Any]
    draws_noise: bool = False
    is_exact: bool = False
    evaluations: int | None = 1
    draws_average: bool = False
    takes_schedule: bool = True
    torch: str | None = None
    article: Article | None = None
    reference: Reference

    @property
    def searches_lines(self) -> bool:
        """Whether a line search finds the length of its steps, so that no rate need be tuned."""
        return self.evaluations is None

    def count_steps(self, budget: int) -> int:
        """Return how many steps a budget of evaluations pays for, at the most."""
        return budget // (self.evaluations or 1)

    def count_scheduled(self, budget: int) -> int:
        """Return over how many steps a schedule goes, 1 or more."""
        return max(1, self.count_steps(budget))

    def pack(self, values: Mapping[str, float | bool]) -> Any:
        """Return the hyperparameters as the compiled rule takes them, defaults filled in.

        Raises:
            ValueError: naming the field and its limits, if a value is not the rule's, of the
                wrong type, not finite or out of range.

        Example:
            >>> from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
            >>> OPTIMIZERS["gd"].pack({"lr": 0.02})
            GradientDescent(lr=0.02)
        """
        known = {hyperparameter.id: hyperparameter for hyperparameter in self.hyperparameters}
        for name in values:
            if name not in known:
                raise ValueError(f"{name} is none of {self.id}'s: {', '.join(known)}")
        return self.rule(
            *(
                hyperparameter.check(values.get(name, hyperparameter.default))
                for name, hyperparameter in known.items()
            )
        )
