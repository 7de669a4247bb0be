"""The objectives: the functions of two variables that descents run on.

`OBJECTIVES` is the one table. Its rows describe; the mathematics is in `objectives.formulas`.
"""

from descent_atlas.objectives import formulas, valleys
from descent_atlas.objectives.objective import (
    Domain,
    Objective,
    Opening,
    Parameter,
    Reference,
    Valley,
)

OBJECTIVES: dict[str, Objective] = {
    objective.id: objective
    for objective in (
        Objective(
            id="two-gaussian-bowl",
            name="Two-Gaussian bowl",
            description=(
                "A quadratic bowl with two Gaussian wells near (1, 0) and (-1, 0). Which one an "
                "optimizer ends in depends on its path."
            ),
            latex=(
                r"f(x, y) = x^2 + y^2 - a\,e^{-\frac{(x - 1)^2 + y^2}{c}}"
                r" - b\,e^{-\frac{(x + 1)^2 + y^2}{d}}"
            ),
            parameters=(
                Parameter(
                    id="a",
                    latex="a",
                    default=2.0,
                    minimum=0.0,
                    maximum=10.0,
                    description="Depth of the right well",
                ),
                Parameter(
                    id="b",
                    latex="b",
                    default=3.0,
                    minimum=0.0,
                    maximum=10.0,
                    description="Depth of the left well",
                ),
                Parameter(
                    id="c",
                    latex="c",
                    default=0.2,
                    minimum=0.05,
                    maximum=2.0,
                    description="Squared width of the right well",
                ),
                Parameter(
                    id="d",
                    latex="d",
                    default=0.2,
                    minimum=0.05,
                    maximum=2.0,
                    description="Squared width of the left well",
                ),
            ),
            domain=Domain(x=(-2.0, 2.0), y=(-2.0, 2.0)),
            value_and_gradient=formulas.two_gaussian_bowl,
            hessian=formulas.two_gaussian_bowl_hessian,
            start=(0.6, 1.4),
            reference=Reference(
                text=(
                    "E. Dupont: Interactive Visualization of Optimization Algorithms in Deep "
                    "Learning, 2018"
                ),
                url="https://emiliendupont.github.io/2018/01/24/optimization-visualization/",
            ),
        ),
        Objective(
            id="rastrigin",
            name="Rastrigin",
            description=(
                "A bowl covered by a regular grid of bumps. Where they are high enough they make a "
                "local minimum near every pair of integers; the global one is at the origin."
            ),
            latex=r"f(x, y) = 2A + x^2 + y^2 - A \cos(2 \pi x) - A \cos(2 \pi y)",
            parameters=(
                Parameter(
                    id="A",
                    latex="A",
                    default=10.0,
                    minimum=0.0,
                    maximum=20.0,
                    description="Amplitude of the bumps",
                ),
            ),
            domain=Domain(x=(-5.12, 5.12), y=(-5.12, 5.12)),
            value_and_gradient=formulas.rastrigin,
            hessian=formulas.rastrigin_hessian,
            start=(1.54, 3.4),
            # By the rule of `descent_atlas.measured.opening`, which a test holds.
            opening=Opening(parameters={"A": 1.0}, start=(4.8, 3.6), preset="article"),
            reference=Reference(
                text=(
                    "H. Mühlenbein, M. Schomisch and J. Born: The parallel genetic algorithm as "
                    "function optimizer, Parallel Computing 17, 1991; after L. A. Rastrigin: "
                    "Systems of Extremal Control, Nauka, 1974"
                ),
                url="https://doi.org/10.1016/S0167-8191(05)80052-3",
            ),
        ),
        Objective(
            id="rosenbrock",
            name="Rosenbrock",
            description=(
                "A curved, flat-bottomed valley. To reach it is easy; to follow it to the "
                "minimum is not."
            ),
            latex=r"f(x, y) = (a - x)^2 + b\,(y - x^2)^2",
            parameters=(
                Parameter(
                    id="a",
                    latex="a",
                    default=1.0,
                    minimum=-1.5,
                    maximum=1.5,
                    description="Place of the minimum along the valley",
                ),
                Parameter(
                    id="b",
                    latex="b",
                    default=100.0,
                    minimum=1.0,
                    maximum=200.0,
                    description="Steepness of the valley's walls",
                ),
            ),
            domain=Domain(x=(-2.0, 2.0), y=(-1.0, 3.0)),
            value_and_gradient=formulas.rosenbrock,
            hessian=formulas.rosenbrock_hessian,
            logarithmic=True,
            start=(-1.2, 1.0),
            reference=Reference(
                text=(
                    "H. H. Rosenbrock: An automatic method for finding the greatest or least "
                    "value of a function, The Computer Journal 3, 1960"
                ),
                url="https://doi.org/10.1093/comjnl/3.3.175",
            ),
        ),
        Objective(
            id="himmelblau",
            name="Himmelblau",
            description=(
                "Four minima of the same value 0, so that only which one is reached differs."
            ),
            latex=r"f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2",
            domain=Domain(x=(-5.0, 5.0), y=(-5.0, 5.0)),
            value_and_gradient=formulas.himmelblau,
            hessian=formulas.himmelblau_hessian,
            logarithmic=True,
            start=(0.0, -3.5),
            reference=Reference(
                text=(
                    "D. M. Himmelblau: Applied Nonlinear Programming, McGraw-Hill, 1972; in "
                    "M. Jamil and X.-S. Yang: A literature survey of benchmark functions for "
                    "global optimization problems, 2013"
                ),
                url="https://arxiv.org/abs/1308.4008",
            ),
        ),
        Objective(
            id="beale",
            name="Beale",
            description=(
                "A flat floor between walls that are very steep at the corners, so that no one "
                "learning rate suits both. On the left a valley falls away without an end."
            ),
            latex=(r"f(x, y) = (1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2"),
            domain=Domain(x=(-4.5, 4.5), y=(-4.5, 4.5)),
            value_and_gradient=formulas.beale,
            hessian=formulas.beale_hessian,
            logarithmic=True,
            start=(-0.9, 1.8),
            reference=Reference(
                text=(
                    "J. J. Moré, B. S. Garbow and K. E. Hillstrom: Testing unconstrained "
                    "optimization software, ACM Transactions on Mathematical Software 7, 1981; "
                    "after E. M. L. Beale, 1958"
                ),
                url="https://doi.org/10.1145/355934.355936",
            ),
        ),
        Objective(
            id="ackley",
            name="Ackley",
            description=(
                "A rippled plain with a funnel in the middle. At its bottom is a cusp, where "
                "the gradient does not fade but jumps; there it counts as 0."
            ),
            latex=(
                r"f(x, y) = -a\,e^{-b \sqrt{\frac{x^2 + y^2}{2}}}"
                r" - e^{\frac{\cos(2 \pi x) + \cos(2 \pi y)}{2}} + a + e"
            ),
            parameters=(
                Parameter(
                    id="a",
                    latex="a",
                    default=20.0,
                    minimum=5.0,
                    maximum=40.0,
                    description="Depth of the funnel",
                ),
                Parameter(
                    id="b",
                    latex="b",
                    default=0.2,
                    minimum=0.05,
                    maximum=1.0,
                    description="How fast the funnel rises",
                ),
            ),
            domain=Domain(x=(-5.0, 5.0), y=(-5.0, 5.0)),
            value_and_gradient=formulas.ackley,
            hessian=formulas.ackley_hessian,
            cusps=((0.0, 0.0),),
            start=(-2.7, 0.6),
            reference=Reference(
                text=(
                    "D. H. Ackley: A Connectionist Machine for Genetic Hillclimbing, Kluwer, 1987"
                ),
                url="https://doi.org/10.1007/978-1-4613-1997-9",
            ),
        ),
        Objective(
            id="styblinski-tang",
            name="Styblinski–Tang",
            description=(
                "Two wells along each axis make four minima, of which one is the lowest. "
                "x and y do not interact."
            ),
            latex=r"f(x, y) = \frac{x^4 - 16 x^2 + 5 x + y^4 - 16 y^2 + 5 y}{2}",
            domain=Domain(x=(-5.0, 5.0), y=(-5.0, 5.0)),
            value_and_gradient=formulas.styblinski_tang,
            hessian=formulas.styblinski_tang_hessian,
            logarithmic=True,
            start=(4.0, 4.5),
            reference=Reference(
                text=(
                    "M. A. Styblinski and T.-S. Tang: Experiments in nonconvex optimization: "
                    "stochastic approximation with function smoothing and simulated annealing, "
                    "Neural Networks 3, 1990"
                ),
                url="https://doi.org/10.1016/0893-6080(90)90029-K",
            ),
        ),
        Objective(
            id="goldstein-price",
            name="Goldstein–Price",
            description=(
                "Four minima with values from 3 to 840 in a landscape that rises above a "
                "million: a learning rate that is safe on the walls is slow on the floor."
            ),
            latex=(
                r"f(x, y) = \left[1 + (x + y + 1)^2"
                r" (19 - 14 x + 3 x^2 - 14 y + 6 x y + 3 y^2)\right]"
                r" \left[30 + (2 x - 3 y)^2"
                r" (18 - 32 x + 12 x^2 + 48 y - 36 x y + 27 y^2)\right]"
            ),
            domain=Domain(x=(-2.0, 2.0), y=(-2.0, 2.0)),
            value_and_gradient=formulas.goldstein_price,
            hessian=formulas.goldstein_price_hessian,
            logarithmic=True,
            start=(-1.6, 0.2),
            reference=Reference(
                text=(
                    "A. A. Goldstein and J. F. Price: On descent from local minima, Mathematics "
                    "of Computation 25, 1971"
                ),
                url="https://doi.org/10.1090/S0025-5718-1971-0312365-X",
            ),
        ),
        Objective(
            id="three-hump-camel",
            name="Three-hump camel",
            description="The global minimum at the origin between two shallower ones.",
            latex=r"f(x, y) = 2 x^2 - 1.05 x^4 + \frac{x^6}{6} + x y + y^2",
            domain=Domain(x=(-2.5, 2.5), y=(-2.5, 2.5)),
            value_and_gradient=formulas.three_hump_camel,
            hessian=formulas.three_hump_camel_hessian,
            logarithmic=True,
            start=(-1.5, -1.25),
            reference=Reference(
                text=(
                    "M. Jamil and X.-S. Yang: A literature survey of benchmark functions for "
                    "global optimization problems, 2013"
                ),
                url="https://arxiv.org/abs/1308.4008",
            ),
        ),
        Objective(
            id="six-hump-camel",
            name="Six-hump camel",
            description=(
                "Six minima in three pairs, each a point and its mirror image through the origin; "
                "the lowest two are global."
            ),
            latex=(
                r"f(x, y) = \left(4 - 2.1 x^2 + \frac{x^4}{3}\right) x^2 + x y"
                r" + \left(4 y^2 - 4\right) y^2"
            ),
            domain=Domain(x=(-3.0, 3.0), y=(-2.0, 2.0)),
            value_and_gradient=formulas.six_hump_camel,
            hessian=formulas.six_hump_camel_hessian,
            logarithmic=True,
            start=(-1.1, 1.5),
            reference=Reference(
                text=(
                    "L. C. W. Dixon and G. P. Szegő: The global optimization problem: an "
                    "introduction, Towards Global Optimisation 2, North-Holland, 1978; in M. Jamil "
                    "and X.-S. Yang: A literature survey of benchmark functions for global "
                    "optimization problems, 2013"
                ),
                url="https://arxiv.org/abs/1308.4008",
            ),
        ),
        Objective(
            id="quadratic",
            name="Quadratic",
            description=(
                "A valley of elliptic section, rotated. The condition number decides how slow "
                "gradient descent is; the rotation, how much rules that scale each coordinate "
                "on its own can help."
            ),
            latex=(
                r"f(x, y) = \frac{u^2 + \kappa v^2}{2}, \quad"
                r" u = x \cos\varphi + y \sin\varphi, \quad"
                r" v = y \cos\varphi - x \sin\varphi"
            ),
            parameters=(
                Parameter(
                    id="condition_number",
                    latex=r"\kappa",
                    default=20.0,
                    minimum=1.0,
                    maximum=1000.0,
                    description="Condition number of the Hessian",
                ),
                Parameter(
                    id="rotation",
                    latex=r"\varphi",
                    default=30.0,
                    minimum=-90.0,
                    maximum=90.0,
                    description="Rotation in degrees, counterclockwise",
                ),
            ),
            domain=Domain(x=(-2.0, 2.0), y=(-2.0, 2.0)),
            value_and_gradient=formulas.quadratic,
            hessian=formulas.quadratic_hessian,
            logarithmic=True,
            start=(-1.8, 0.4),
            reference=Reference(
                text=(
                    "J. Nocedal and S. J. Wright: Numerical Optimization, 2nd edition, Springer, "
                    "2006, section 3.3"
                ),
                url="https://doi.org/10.1007/978-0-387-40065-5",
            ),
        ),
        Objective(
            id="saddle",
            name="Saddle",
            description=(
                "No minimum: down along y, up along x. How long an optimizer lingers near the "
                "saddle point before it leaves is what differs."
            ),
            latex=r"f(x, y) = x^2 - y^2",
            domain=Domain(x=(-2.0, 2.0), y=(-2.0, 2.0)),
            value_and_gradient=formulas.saddle,
            hessian=formulas.saddle_hessian,
            start=(-1.6, 0.01),
            reference=Reference(
                text=(
                    "Y. Dauphin et al.: Identifying and attacking the saddle point problem in "
                    "high-dimensional non-convex optimization, NeurIPS 2014"
                ),
                url="https://arxiv.org/abs/1406.2572",
            ),
        ),
        Objective(
            id="hyperbolic-valley",
            name="Hyperbolic valley",
            description=(
                "Its minima are four curves, flattest at (±1, ±1) and sharper the farther they are "
                "from there; a star stands for each curve. Gradient descent slides into a valley "
                "that may be too sharp for its rate: the smallest example of the edge of stability."
            ),
            latex=r"f(x, y) = \frac{\left(1 - x^2 y^2\right)^2}{4}",
            domain=Domain(x=(-3.8, 3.8), y=(-3.8, 3.8)),
            value_and_gradient=formulas.hyperbolic_valley,
            hessian=formulas.hyperbolic_valley_hessian,
            valley=Valley(
                nearest=valleys.nearest_on_hyperbolas,
                points=((-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)),
                latex=r"|x y| = 1",
            ),
            logarithmic=True,
            start=(2.5, 0.15),
            reference=Reference(
                text=(
                    "X. Zhu, Z. Wang, X. Wang, M. Zhou and R. Ge: Understanding "
                    "edge-of-stability training dynamics with a minimalist example, ICLR 2023"
                ),
                url="https://arxiv.org/abs/2210.03294",
            ),
        ),
    )
}
"""Every objective by its id, in the order in which the page shows them."""
