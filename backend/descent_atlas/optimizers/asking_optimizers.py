"""The rows of the table of optimizers whose rules ask an oracle.

They take their gradients elsewhere than at the drawn point, or more than one of them a step.
"""

from descent_atlas.objectives.objective import Reference
from descent_atlas.optimizers.hyperparameters import describe
from descent_atlas.optimizers.optimizer import Optimizer
from descent_atlas.optimizers.rules import (
    ASGD,
    LBFGS,
    SAM,
    Newton,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)

_EVALUATED_AT = r"y &= (1 - \beta)\, z + \beta\, x \\ "
"""Where Schedule-Free takes its gradient: the line that both formulas begin with."""

ASKING = (
    Optimizer(
        id="asgd",
        name="Averaged SGD",
        description="Gradient descent whose drawn point is the average of its points since step "
        "t₀; noise averages out.",
        latex=r"\begin{split} \theta &\leftarrow (1 - \lambda \eta_t)\, \theta - \eta_t\, "
        r"\nabla f(\theta), \quad \eta_t = \frac{\eta}{(1 + \lambda \eta\, (t - 1))^\alpha} \\ "
        r"\bar{\theta} &\leftarrow \bar{\theta} + \mu_t\, (\theta - \bar{\theta}), \quad "
        r"\mu_t = \frac{1}{\max(1, t - 1 - t_0)} \end{split}",
        hyperparameters=describe(
            ASGD,
            alpha={
                "name": "Power of the decay",
                "latex": r"\alpha",
                "maximum": 1.0,
                "description": "How fast the learning rate shrinks: by this power of the steps.",
            },
        ),
        rule=ASGD,
        draws_average=True,
        torch="torch.optim.ASGD",
        reference=Reference(
            text="Polyak and Juditsky (1992), Acceleration of stochastic approximation by "
            "averaging",
            url="https://doi.org/10.1137/0330046",
        ),
    ),
    Optimizer(
        id="schedule-free-sgd",
        name="Schedule-Free SGD",
        description="Takes slopes between a point that steps and the average of these points; the "
        "average is drawn.",
        latex=r"\begin{split} " + _EVALUATED_AT + r"z &\leftarrow z - \eta\, \nabla f(y) \\ "
        r"x &\leftarrow (1 - c_t)\, x + c_t\, z, \quad c_t = \frac{t^r}{\sum_{i=1}^t i^r} "
        r"\end{split}",
        hyperparameters=describe(
            ScheduleFreeSGD,
            momentum={
                "latex": r"\beta",
                "description": "How near to the average the slope is taken; at 0 it is taken at "
                "the stepping point.",
            },
        ),
        rule=ScheduleFreeSGD,
        draws_average=True,
        takes_schedule=False,
        reference=Reference(
            text="Defazio et al. (2024), The road less scheduled",
            url="https://arxiv.org/abs/2405.15682",
        ),
    ),
    Optimizer(
        id="schedule-free-adamw",
        name="Schedule-Free AdamW",
        description="Schedule-Free SGD that divides each coordinate's slope by its recent size, as "
        "AdamW does; drawn is the average.",
        latex=r"\begin{split} "
        + _EVALUATED_AT.replace(r"\beta", r"\beta_1")
        + r"v &\leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad g = \nabla f(y), \quad "
        r"\hat{v} = \frac{v}{1 - \beta_2^t} \\ "
        r"z &\leftarrow z - \eta \left(\frac{g}{\sqrt{\hat{v}} + \varepsilon} "
        r"+ \lambda y\right) \\ "
        r"x &\leftarrow (1 - c_t)\, x + c_t\, z, \quad c_t = \frac{t^r}{\sum_{i=1}^t i^r} "
        r"\end{split}",
        hyperparameters=describe(
            ScheduleFreeAdamW,
            beta1={
                "name": "Weight of the average",
                "description": "How near to the average the slope is taken; it plays the part of "
                "momentum.",
            },
        ),
        rule=ScheduleFreeAdamW,
        draws_average=True,
        takes_schedule=False,
        reference=Reference(
            text="Defazio et al. (2024), The road less scheduled",
            url="https://arxiv.org/abs/2405.15682",
        ),
    ),
    Optimizer(
        id="sam",
        name="SAM",
        description="Climbs a little way and descends by the slope found there, away from sharp "
        "minima. A step takes two gradients.",
        latex=r"\begin{split} \epsilon &= \rho\, \frac{g}{\lVert g \rVert}, \quad "
        r"\hat{g} = \nabla f(\theta + \epsilon) \\ "
        r"v &\leftarrow \mu v + \hat{g} \\ "
        r"\theta &\leftarrow \theta - \eta\, v \end{split}",
        hyperparameters=describe(
            SAM,
            rho={
                "name": "Radius",
                "minimum": 1e-4,
                "maximum": 10.0,
                "scale": "log",
                "description": "How far it climbs before it takes the slope to descend by.",
            },
        ),
        rule=SAM,
        evaluations=2,
        reference=Reference(
            text="Foret et al. (2021), Sharpness-aware minimization for efficiently improving "
            "generalization",
            url="https://arxiv.org/abs/2010.01412",
        ),
    ),
    Optimizer(
        id="lbfgs",
        name="L-BFGS",
        description="Learns the curvature from the slopes of its last ten steps and searches "
        "along a line: a reference that sees exact values and slopes. A step takes "
        "a gradient or more.",
        latex=r"\begin{split} d &= -H g, \quad H y = s, \quad s = \theta_t - \theta_{t-1}, \quad "
        r"y = g_t - g_{t-1} \\ "
        r"\theta &\leftarrow \theta + \alpha\, d, \quad "
        r"f(\theta + \alpha d) \le f + c_1 \alpha\, g^\top d, \quad "
        r"|\nabla f(\theta + \alpha d)^\top d| \le c_2\, |g^\top d| \end{split}",
        hyperparameters=describe(
            LBFGS,
            lr={
                "name": "First trial",
                "description": "The length that each line search tries first, in parts of d.",
            },
        ),
        rule=LBFGS,
        is_exact=True,
        evaluations=None,
        takes_schedule=False,
        torch="torch.optim.LBFGS",
        reference=Reference(
            text="Liu and Nocedal (1989), On the limited memory BFGS method for large scale "
            "optimization",
            url="https://doi.org/10.1007/BF01589116",
        ),
    ),
    Optimizer(
        id="newton",
        name="Newton’s method",
        description="Steps to where slope and curvature promise the minimum, or as far as the "
        "loss falls: a reference that sees exact values, slopes and curvatures. A "
        "step takes three gradients or more.",
        latex=r"\begin{split} d &= -|H|^{-1} g \\ "
        r"\theta &\leftarrow \theta + s\, d, \quad s = \eta\, \beta^k, \quad "
        r"f(\theta + s d) \le f + \sigma s\, g^\top d \end{split}",
        hyperparameters=describe(
            Newton,
            lr={
                "name": "First trial",
                "description": "The length that each line search tries first; 1 is Newton’s own "
                "step.",
            },
        ),
        rule=Newton,
        is_exact=True,
        evaluations=None,
        takes_schedule=False,
        reference=Reference(
            text="Nocedal and Wright (2006), Numerical optimization",
            url="https://doi.org/10.1007/978-0-387-40065-5",
        ),
    ),
)
"""Those that average, SAM, and two references."""
