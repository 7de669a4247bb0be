"""The table of optimizers: what each is called, its formula, its hyperparameters, its source.

The rules themselves stand in `backend.rules`; `init` and `update` are theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.hyperparameters import Hyperparameter, describe
from backend.objectives import Reference
from backend.rules import Adam, GradientDescent, Momentum, RMSprop, init, update

__all__ = ["OPTIMIZERS", "Article", "Hyperparameter", "Optimizer", "init", "update"]


@dataclass(frozen=True, kw_only=True)
class Article:
    """The preset "As in the article": every hyperparameter, and the number of steps."""

    hyperparameters: Any
    steps: int


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """An update rule and what the page says about it.

    Attributes:
        id: its name in the API.
        name: its name on the page.
        description: one sentence for a learner.
        latex: the rule at its default switches; g is the gradient, products are coordinatewise.
        hyperparameters: in the order of the fields of `rule`.
        rule: the NamedTuple of the hyperparameters, by which `init` and `update` find the rule.
        draws_noise: whether its gradient is always the noisy one.
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
    torch: str | None = None
    article: Article | None = None
    reference: Reference

    def pack(self, values: Mapping[str, float | bool]) -> Any:
        """Return the hyperparameters as the compiled rule takes them, defaults filled in.

        Raises:
            ValueError: naming the field and its limits, if a value is not the rule's, of the
                wrong type, not finite or out of range.

        Example:
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


_TABLE = (
    Optimizer(
        id="gd",
        name="Gradient descent",
        description="Steps straight downhill, as far as the slope is steep.",
        latex=r"\theta \leftarrow \theta - \eta\, g",
        hyperparameters=describe(GradientDescent),
        rule=GradientDescent,
        torch="torch.optim.SGD",
        article=Article(hyperparameters=GradientDescent(lr=0.02), steps=500),
        reference=Reference(
            text="Cauchy (1847), Méthode générale pour la résolution des systèmes d'équations "
            "simultanées",
            url="https://gallica.bnf.fr/ark:/12148/bpt6k2982c/f540.item",
        ),
    ),
    Optimizer(
        id="sgd",
        name="Stochastic gradient descent",
        description="Gradient descent that sees only a noisy estimate of the slope, as if from a "
        "batch of examples.",
        latex=r"\theta \leftarrow \theta - \eta\, (g + \xi), \quad "
        r"\xi \sim \mathcal{N}\left(0, \frac{\sigma^2}{B}\right)",
        hyperparameters=describe(GradientDescent),
        rule=GradientDescent,
        draws_noise=True,
        torch="torch.optim.SGD",
        article=Article(hyperparameters=GradientDescent(lr=0.02), steps=500),
        reference=Reference(
            text="Robbins and Monro (1951), A stochastic approximation method",
            url="https://doi.org/10.1214/aoms/1177729586",
        ),
    ),
    Optimizer(
        id="momentum",
        name="Momentum",
        description="Rolls like a heavy ball: it gathers speed along steady slopes and overshoots.",
        latex=r"\begin{aligned} v &\leftarrow \mu v + (1 - \tau)\, g \\ "
        r"\theta &\leftarrow \theta - \eta\, v \end{aligned}",
        hyperparameters=describe(Momentum),
        rule=Momentum,
        torch="torch.optim.SGD",
        article=Article(hyperparameters=Momentum(lr=0.01, momentum=0.8), steps=200),
        reference=Reference(
            text="Polyak (1964), Some methods of speeding up the convergence of iteration methods",
            url="https://doi.org/10.1016/0041-5553(64)90137-5",
        ),
    ),
    Optimizer(
        id="rmsprop",
        name="RMSProp",
        description="Divides each coordinate's slope by its recent size, so that steep and flat "
        "directions advance alike.",
        latex=r"\begin{aligned} v &\leftarrow \rho\, v + (1 - \rho)\, g^2 \\ "
        r"\theta &\leftarrow \theta - \eta\, \frac{g}{\sqrt{v} + \varepsilon} \end{aligned}",
        hyperparameters=describe(RMSprop),
        rule=RMSprop,
        torch="torch.optim.RMSprop",
        article=Article(hyperparameters=RMSprop(lr=0.01, alpha=0.99, eps=1e-6), steps=300),
        reference=Reference(
            text="Tieleman and Hinton (2012), Lecture 6.5: RMSProp, Neural Networks for Machine "
            "Learning",
            url="https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf",
        ),
    ),
    Optimizer(
        id="adam",
        name="Adam",
        description="Momentum whose steps RMSProp scales, both corrected for starting at zero.",
        latex=r"\begin{aligned} m &\leftarrow \beta_1 m + (1 - \beta_1)\, g, & "
        r"\hat{m} &= \frac{m}{1 - \beta_1^t} \\ "
        r"v &\leftarrow \beta_2 v + (1 - \beta_2)\, g^2, & "
        r"\hat{v} &= \frac{v}{1 - \beta_2^t} \\ "
        r"\theta &\leftarrow \theta - \eta\, \frac{\hat{m}}{\sqrt{\hat{v}} + \varepsilon} "
        r"\end{aligned}",
        hyperparameters=describe(Adam),
        rule=Adam,
        torch="torch.optim.Adam",
        article=Article(
            hyperparameters=Adam(lr=0.01, beta1=0.7, beta2=0.999, eps=1e-6, bias_correction=False),
            steps=100,
        ),
        reference=Reference(
            text="Kingma and Ba (2015), Adam: A method for stochastic optimization",
            url="https://arxiv.org/abs/1412.6980",
        ),
    ),
)

OPTIMIZERS: dict[str, Optimizer] = {optimizer.id: optimizer for optimizer in _TABLE}
"""Every optimizer by its id, in the order in which the page shows them."""
