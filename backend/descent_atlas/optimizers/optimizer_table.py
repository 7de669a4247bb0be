"""The table of optimizers: names, formulas, hyperparameters and references.

`optimizers.rules` contains the rules; `init`, `update` and `scale_rate` are re-exported from there.
"""

from descent_atlas.objectives.objective import Reference
from descent_atlas.optimizers.asking_optimizers import ASKING
from descent_atlas.optimizers.hyperparameters import Hyperparameter, describe
from descent_atlas.optimizers.optimizer import Article, Optimizer
from descent_atlas.optimizers.rules import (
    AdaBelief,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Eve,
    GradientDescent,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    RAdam,
    RMSprop,
    Rprop,
    YellowFin,
    init,
    scale_rate,
    update,
)

__all__ = [
    "OPTIMIZERS",
    "Article",
    "Hyperparameter",
    "Optimizer",
    "init",
    "scale_rate",
    "update",
]


_AVERAGES = (
    r"m &\leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad \hat{m} = \frac{m}{1 - \beta_1^t} \\ "
    r"v &\leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad \hat{v} = \frac{v}{1 - \beta_2^t} \\ "
)
"""The lines that Adam's formula shares with its variants."""

_TABLE = (
    Optimizer(
        id="gd",
        name="Gradient descent",
        description="Steps straight downhill, as far as the slope is steep.",
        latex=r"\theta \leftarrow \theta - \eta\, g",
        hyperparameters=describe(GradientDescent),
        rule=GradientDescent,
        is_exact=True,
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
        latex=r"\begin{split} v &\leftarrow \mu v + (1 - \tau)\, g \\ "
        r"\theta &\leftarrow \theta - \eta\, v \end{split}",
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
        id="nesterov",
        name="Nesterov momentum",
        description="Momentum that looks ahead: it takes the slope where its speed is about to "
        "carry it, and brakes earlier.",
        latex=r"\begin{split} v &\leftarrow \mu v + g \\ "
        r"\theta &\leftarrow \theta - \eta\, (g + \mu v) \end{split}",
        hyperparameters=describe(Nesterov),
        rule=Nesterov,
        torch="torch.optim.SGD",
        reference=Reference(
            text="Nesterov (1983), A method of solving a convex programming problem with "
            "convergence rate O(1/k²)",
            url="https://www.mathnet.ru/eng/dan46009",
        ),
    ),
    Optimizer(
        id="adagrad",
        name="Adagrad",
        description="Divides each coordinate's slope by the size of all its slopes so far, so that "
        "its learning rate only ever shrinks.",
        latex=r"\begin{split} G &\leftarrow G + g^2 \\ "
        r"\theta &\leftarrow \theta - \eta\, \frac{g}{\sqrt{G} + \varepsilon} \end{split}",
        hyperparameters=describe(Adagrad),
        rule=Adagrad,
        torch="torch.optim.Adagrad",
        reference=Reference(
            text="Duchi, Hazan and Singer (2011), Adaptive subgradient methods for online learning "
            "and stochastic optimization",
            url="https://jmlr.org/papers/v12/duchi11a.html",
        ),
    ),
    Optimizer(
        id="rmsprop",
        name="RMSProp",
        description="Divides each coordinate's slope by its recent size, so that steep and flat "
        "directions advance alike.",
        latex=r"\begin{split} v &\leftarrow \rho\, v + (1 - \rho)\, g^2 \\ "
        r"\theta &\leftarrow \theta - \eta\, \frac{g}{\sqrt{v} + \varepsilon} \end{split}",
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
        id="adadelta",
        name="Adadelta",
        description="Scales each coordinate's slope by the recent size of its own steps, so that a "
        "step has the position's unit.",
        latex=r"\begin{split} v &\leftarrow \rho\, v + (1 - \rho)\, g^2 \\ "
        r"\Delta &= \frac{\sqrt{u + \varepsilon}}{\sqrt{v + \varepsilon}}\, g, \quad "
        r"u \leftarrow \rho\, u + (1 - \rho)\, \Delta^2 \\ "
        r"\theta &\leftarrow \theta - \eta\, \Delta \end{split}",
        hyperparameters=describe(
            Adadelta,
            lr={
                "name": "Learning rate factor",
                "description": "What each step is multiplied by; the paper has no such factor.",
            },
        ),
        rule=Adadelta,
        torch="torch.optim.Adadelta",
        reference=Reference(
            text="Zeiler (2012), Adadelta: An adaptive learning rate method",
            url="https://arxiv.org/abs/1212.5701",
        ),
    ),
    Optimizer(
        id="adam",
        name="Adam",
        description="Momentum whose steps RMSProp scales, both corrected for starting at zero.",
        latex=r"\begin{split} "
        + _AVERAGES
        + r"\theta &\leftarrow \theta - \eta\, \frac{\hat{m}}{\sqrt{\hat{v}} + \varepsilon} "
        r"\end{split}",
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
    Optimizer(
        id="adamw",
        name="AdamW",
        description="Adam whose weight decay acts on the position itself instead of passing "
        "through the averages.",
        latex=r"\begin{split} " + _AVERAGES + r"\theta &\leftarrow (1 - \eta \lambda)\, \theta "
        r"- \eta\, \frac{\hat{m}}{\sqrt{\hat{v}} + \varepsilon} \end{split}",
        hyperparameters=describe(AdamW),
        rule=AdamW,
        torch="torch.optim.AdamW",
        reference=Reference(
            text="Loshchilov and Hutter (2019), Decoupled weight decay regularization",
            url="https://arxiv.org/abs/1711.05101",
        ),
    ),
    Optimizer(
        id="adamax",
        name="Adamax",
        description="Adam that divides by the largest recent slope instead of the average one.",
        latex=r"\begin{split} m &\leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad "
        r"\hat{m} = \frac{m}{1 - \beta_1^t} \\ "
        r"u &\leftarrow \max(\beta_2 u, |g| + \varepsilon) \\ "
        r"\theta &\leftarrow \theta - \eta\, \frac{\hat{m}}{u} \end{split}",
        hyperparameters=describe(Adamax),
        rule=Adamax,
        torch="torch.optim.Adamax",
        reference=Reference(
            text="Kingma and Ba (2015), Adam: A method for stochastic optimization",
            url="https://arxiv.org/abs/1412.6980",
        ),
    ),
    Optimizer(
        id="nadam",
        name="NAdam",
        description="Adam that looks ahead as Nesterov momentum does.",
        latex=r"\begin{split} m &\leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad "
        r"\mu_t = \beta_1 \left(1 - \tfrac{1}{2}\, 0.96^{t \psi}\right) \\ "
        r"\hat{m} &= \frac{(1 - \mu_t)\, g}{1 - \prod_{i \le t} \mu_i} "
        r"+ \frac{\mu_{t+1}\, m}{1 - \prod_{i \le t+1} \mu_i} \\ "
        r"v &\leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad "
        r"\hat{v} = \frac{v}{1 - \beta_2^t} \\ "
        r"\theta &\leftarrow \theta - \eta\, \frac{\hat{m}}{\sqrt{\hat{v}} + \varepsilon} "
        r"\end{split}",
        hyperparameters=describe(NAdam),
        rule=NAdam,
        torch="torch.optim.NAdam",
        reference=Reference(
            text="Dozat (2016), Incorporating Nesterov momentum into Adam",
            url="https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ",
        ),
    ),
    Optimizer(
        id="radam",
        name="RAdam",
        description="Adam that holds back at first, while its average of squared slopes rests on "
        "too few of them.",
        latex=r"\begin{split} " + _AVERAGES + r"\rho_\infty &= \frac{2}{1 - \beta_2} - 1, \quad "
        r"\rho = \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t} \\ "
        r"r &= \sqrt{\frac{(\rho - 4)(\rho - 2)\,\rho_\infty}"
        r"{(\rho_\infty - 4)(\rho_\infty - 2)\,\rho}} \\ "
        r"\theta &\leftarrow \theta - \eta\, r\, \frac{\hat{m}}{\sqrt{\hat{v}}} "
        r"\text{ if } \rho > 5, \text{ else } \theta - \eta\, \hat{m} "
        r"\end{split}",
        hyperparameters=describe(RAdam),
        rule=RAdam,
        torch="torch.optim.RAdam",
        reference=Reference(
            text="Liu et al. (2020), On the variance of the adaptive learning rate and beyond",
            url="https://arxiv.org/abs/1908.03265",
        ),
    ),
    Optimizer(
        id="adabelief",
        name="AdaBelief",
        description="Adam that divides by how far the slopes stray from their average: it goes "
        "far where they agree.",
        latex=r"\begin{split} m &\leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad "
        r"\hat{m} = \frac{m}{1 - \beta_1^t} \\ "
        r"s &\leftarrow \beta_2 s + (1 - \beta_2)\, (g - m)^2 + \varepsilon, \quad "
        r"\hat{s} = \frac{s}{1 - \beta_2^t} \\ "
        r"\theta &\leftarrow \theta - \eta\, \frac{\hat{m}}{\sqrt{\hat{s}} + \varepsilon} "
        r"\end{split}",
        hyperparameters=describe(AdaBelief),
        rule=AdaBelief,
        reference=Reference(
            text="Zhuang et al. (2020), AdaBelief optimizer: Adapting stepsizes by the belief in "
            "observed gradients",
            url="https://arxiv.org/abs/2010.07468",
        ),
    ),
    Optimizer(
        id="rprop",
        name="Rprop",
        description="Looks only at the slope's sign: each coordinate's step grows while it stays "
        "the same and shrinks when it turns.",
        latex=r"\begin{split} \Delta &\leftarrow \Delta \cdot \eta^+ "
        r"\text{ if } g_t\, g_{t-1} > 0, \text{ or } \Delta \cdot \eta^- "
        r"\text{ and } g_t \leftarrow 0 \text{ if } g_t\, g_{t-1} < 0 \\ "
        r"\theta &\leftarrow \theta - \Delta \operatorname{sign} g_t, \quad "
        r"\Delta_0 = \eta \end{split}",
        hyperparameters=describe(
            Rprop,
            lr={
                "name": "First step",
                "description": "How far the first step of each coordinate goes.",
            },
        ),
        rule=Rprop,
        torch="torch.optim.Rprop",
        reference=Reference(
            text="Riedmiller and Braun (1993), A direct adaptive method for faster backpropagation "
            "learning: The RPROP algorithm",
            url="https://doi.org/10.1109/ICNN.1993.298623",
        ),
    ),
    Optimizer(
        id="lion",
        name="Lion",
        description="Looks only at the sign of its averaged slope, so that every step is equally "
        "long.",
        latex=r"\begin{split} c &= \beta_1 m + (1 - \beta_1)\, g \\ "
        r"\theta &\leftarrow \theta - \eta\, (\operatorname{sign} c + \lambda \theta) \\ "
        r"m &\leftarrow \beta_2 m + (1 - \beta_2)\, g \end{split}",
        hyperparameters=describe(Lion),
        rule=Lion,
        reference=Reference(
            text="Chen et al. (2023), Symbolic discovery of optimization algorithms",
            url="https://arxiv.org/abs/2302.06675",
        ),
    ),
    Optimizer(
        id="eve",
        name="Eve",
        description="Adam that slows down where the loss jumps and speeds up where it is far from "
        "its minimum.",
        latex=r"\begin{split} "
        + _AVERAGES
        + r"d &= \frac{|f_t - f_{t-1}|}{\min\{f_t, f_{t-1}\} - f^\star} \\ "
        r"\tilde{d} &\leftarrow \beta_3 \tilde{d} + (1 - \beta_3)\, "
        r"\operatorname{clip}\left(d, \left[\tfrac{1}{c}, c\right]\right) \\ "
        r"\theta &\leftarrow \theta - \frac{\eta}{\tilde{d}}\, "
        r"\frac{\hat{m}}{\sqrt{\hat{v}} + \varepsilon} \end{split}",
        hyperparameters=describe(Eve),
        rule=Eve,
        reference=Reference(
            text="Hayashi, Koushik and Neubig (2018), Eve: A gradient based optimization method "
            "with locally and globally adaptive learning rates",
            url="https://arxiv.org/abs/1611.01505",
        ),
    ),
    Optimizer(
        id="yellowfin",
        name="YellowFin",
        description="Momentum that measures the slopes it meets and sets its own momentum and "
        "learning rate.",
        latex=r"\begin{split} \mu, \alpha &= "
        r"\operatorname{argmin}\left(\mu D^2 + \alpha^2 C\right) \\ "
        r"\alpha &= \frac{(1 - \sqrt{\mu})^2}{h_{\min}}, \quad \sqrt{\mu} \ge "
        r"\frac{\sqrt{h_{\max}} - \sqrt{h_{\min}}}{\sqrt{h_{\max}} + \sqrt{h_{\min}}} \\ "
        r"v &\leftarrow \mu v - \eta\, \alpha\, g \\ "
        r"\theta &\leftarrow \theta + v \end{split}",
        hyperparameters=describe(
            YellowFin,
            lr={
                "name": "Learning rate factor",
                "description": "What the learning rate that was measured is multiplied by.",
            },
        ),
        rule=YellowFin,
        reference=Reference(
            text="Zhang and Mitliagkas (2019), YellowFin and the art of momentum tuning",
            url="https://arxiv.org/abs/1706.03471",
        ),
    ),
)

OPTIMIZERS: dict[str, Optimizer] = {optimizer.id: optimizer for optimizer in (*_TABLE, *ASKING)}
"""Every optimizer by its id, in the order in which the page shows them."""
