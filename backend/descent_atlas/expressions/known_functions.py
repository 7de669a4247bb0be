"""Known test functions, as formulas to begin from, with their published minima."""

from dataclasses import dataclass

from descent_atlas.objectives.objective import Domain, Reference

SURVEY = Reference(
    text=(
        "M. Jamil and X.-S. Yang: A literature survey of benchmark functions for global "
        "optimization problems, 2013"
    ),
    url="https://arxiv.org/abs/1308.4008",
)

LIBRARY = Reference(
    text="S. Surjanovic and D. Bingham: Virtual Library of Simulation Experiments, 2013",
    url="https://www.sfu.ca/~ssurjano/optimization.html",
)

PEAKS = Reference(
    text="MathWorks: MATLAB, function peaks",
    url="https://www.mathworks.com/help/matlab/ref/peaks.html",
)


@dataclass(frozen=True, kw_only=True)
class KnownFunction:
    """A test function of two variables.

    Attributes:
        id: its name in links.
        name: its name for people.
        formula: the formula, as a person would type it.
        domain: the part of the plane to show; smaller than published where the rest repeats.
        minima: the global minima in the domain, as published.
        value: their value, as published.
        reference: where the formula and the minima are published.
    """

    id: str
    name: str
    formula: str
    domain: Domain
    minima: tuple[tuple[float, float], ...]
    value: float
    reference: Reference = SURVEY


def _square(half: float) -> Domain:
    return Domain(x=(-half, half), y=(-half, half))


KNOWN_FUNCTIONS: dict[str, KnownFunction] = {
    function.id: function
    for function in (
        KnownFunction(
            id="sphere",
            name="Sphere",
            formula="x^2 + y^2",
            domain=_square(5.12),
            minima=((0, 0),),
            value=0,
        ),
        KnownFunction(
            id="booth",
            name="Booth",
            formula="(x + 2*y - 7)^2 + (2*x + y - 5)^2",
            domain=_square(10),
            minima=((1, 3),),
            value=0,
        ),
        KnownFunction(
            id="matyas",
            name="Matyas",
            formula="0.26*(x^2 + y^2) - 0.48*x*y",
            domain=_square(10),
            minima=((0, 0),),
            value=0,
        ),
        KnownFunction(
            id="mccormick",
            name="McCormick",
            formula="sin(x + y) + (x - y)^2 - 1.5*x + 2.5*y + 1",
            domain=Domain(x=(-1.5, 4), y=(-3, 4)),
            minima=((-0.547, -1.547),),
            value=-1.9133,
        ),
        KnownFunction(
            id="easom",
            name="Easom",
            formula="-cos(x)*cos(y)*exp(-(x - pi)^2 - (y - pi)^2)",
            domain=Domain(x=(0, 6), y=(0, 6)),
            minima=((3.14159, 3.14159),),
            value=-1,
            reference=LIBRARY,
        ),
        KnownFunction(
            id="bohachevsky",
            name="Bohachevsky 1",
            formula="x^2 + 2*y^2 - 0.3*cos(3*pi*x) - 0.4*cos(4*pi*y) + 0.7",
            domain=_square(2),
            minima=((0, 0),),
            value=0,
        ),
        KnownFunction(
            id="branin",
            name="Branin",
            formula="(y - 5.1/(4*pi^2)*x^2 + 5/pi*x - 6)^2 + 10*(1 - 1/(8*pi))*cos(x) + 10",
            domain=Domain(x=(-5, 10), y=(0, 15)),
            minima=((-3.1416, 12.275), (3.1416, 2.275), (9.4248, 2.475)),
            value=0.397887,
            reference=LIBRARY,
        ),
        KnownFunction(
            id="zakharov",
            name="Zakharov",
            formula="x^2 + y^2 + (0.5*x + y)^2 + (0.5*x + y)^4",
            domain=_square(5),
            minima=((0, 0),),
            value=0,
        ),
        KnownFunction(
            id="dixon-price",
            name="Dixon–Price",
            formula="(x - 1)^2 + 2*(2*y^2 - x)^2",
            domain=_square(4),
            minima=((1, -0.7071), (1, 0.7071)),
            value=0,
            reference=LIBRARY,
        ),
        KnownFunction(
            id="levy",
            name="Lévy 13",
            formula=(
                "sin(3*pi*x)^2 + (x - 1)^2*(1 + sin(3*pi*y)^2) + (y - 1)^2*(1 + sin(2*pi*y)^2)"
            ),
            domain=Domain(x=(-1, 3), y=(-1, 3)),
            minima=((1, 1),),
            value=0,
            reference=LIBRARY,
        ),
        KnownFunction(
            id="griewank",
            name="Griewank",
            formula="1 + (x^2 + y^2)/4000 - cos(x)*cos(y/sqrt(2))",
            domain=_square(10),
            minima=((0, 0),),
            value=0,
        ),
        KnownFunction(
            id="schaffer",
            name="Schaffer 2",
            formula="0.5 + (sin(x^2 - y^2)^2 - 0.5)/(1 + 0.001*(x^2 + y^2))^2",
            domain=_square(2),
            minima=((0, 0),),
            value=0,
        ),
        KnownFunction(
            id="bartels-conn",
            name="Bartels–Conn",
            formula="abs(x^2 + y^2 + x*y) + abs(sin(x)) + abs(cos(y))",
            domain=_square(3),
            minima=((0, 0),),
            value=1,
        ),
        KnownFunction(
            id="brent",
            name="Brent",
            formula="(x + 10)^2 + (y + 10)^2 + exp(-x^2 - y^2)",
            domain=Domain(x=(-20, 5), y=(-20, 5)),
            minima=((-10, -10),),
            value=0,
        ),
        KnownFunction(
            id="cube",
            name="Cube",
            formula="100*(y - x^3)^2 + (1 - x)^2",
            domain=_square(2),
            minima=((1, 1),),
            value=0,
        ),
        KnownFunction(
            id="cross-in-tray",
            name="Cross-in-tray",
            formula="-0.0001*(abs(sin(x)*sin(y)*exp(abs(100 - sqrt(x^2 + y^2)/pi))) + 1)^0.1",
            domain=_square(3),
            minima=(
                (-1.349406, -1.349406),
                (-1.349406, 1.349406),
                (1.349406, -1.349406),
                (1.349406, 1.349406),
            ),
            value=-2.06261,
        ),
        KnownFunction(
            id="holder-table",
            name="Hölder table",
            formula="-abs(sin(x)*cos(y)*exp(abs(1 - sqrt(x^2 + y^2)/pi)))",
            domain=_square(10),
            minima=(
                (-8.05502, -9.66459),
                (-8.05502, 9.66459),
                (8.05502, -9.66459),
                (8.05502, 9.66459),
            ),
            value=-19.2085,
            reference=LIBRARY,
        ),
        KnownFunction(
            id="schwefel-2-20",
            name="Schwefel 2.20",
            formula="abs(x) + abs(y)",
            domain=_square(5),
            minima=((0, 0),),
            value=0,
        ),
        KnownFunction(
            id="schwefel-2-21",
            name="Schwefel 2.21",
            formula="max(abs(x), abs(y))",
            domain=_square(5),
            minima=((0, 0),),
            value=0,
        ),
        KnownFunction(
            id="trid",
            name="Trid",
            formula="(x - 1)^2 + (y - 1)^2 - x*y",
            domain=_square(4),
            minima=((2, 2),),
            value=-2,
            reference=LIBRARY,
        ),
        KnownFunction(
            id="freudenstein-roth",
            name="Freudenstein–Roth",
            formula="(x - 13 + ((5 - y)*y - 2)*y)^2 + (x - 29 + ((y + 1)*y - 14)*y)^2",
            domain=Domain(x=(0, 15), y=(-4, 6)),
            minima=((5, 4),),
            value=0,
        ),
        KnownFunction(
            id="bird",
            name="Bird",
            formula="sin(x)*exp((1 - cos(y))^2) + cos(y)*exp((1 - sin(x))^2) + (x - y)^2",
            domain=_square(6.28),
            minima=((-1.58214, -3.13024), (4.70104, 3.15294)),
            value=-106.764537,
        ),
        KnownFunction(
            id="keane",
            name="Keane",
            formula="-sin(x - y)^2*sin(x + y)^2/sqrt(x^2 + y^2)",
            domain=_square(3),
            minima=((-1.39325, 0), (0, -1.39325), (0, 1.39325), (1.39325, 0)),
            value=-0.673668,
        ),
        KnownFunction(
            id="price",
            name="Price 1",
            formula="(abs(x) - 5)^2 + (abs(y) - 5)^2",
            domain=_square(10),
            minima=((-5, -5), (-5, 5), (5, -5), (5, 5)),
            value=0,
        ),
        KnownFunction(
            id="periodic",
            name="Periodic",
            formula="1 + sin(x)^2 + sin(y)^2 - 0.1*exp(-x^2 - y^2)",
            domain=_square(10),
            minima=((0, 0),),
            value=0.9,
        ),
        KnownFunction(
            id="wayburn-seader",
            name="Wayburn–Seader 1",
            formula="(x^6 + y^4 - 17)^2 + (2*x + y - 4)^2",
            domain=Domain(x=(-1, 3), y=(-2, 3)),
            minima=((1, 2), (1.597, 0.806)),
            value=0,
        ),
        KnownFunction(
            id="hosaki",
            name="Hosaki",
            formula="(1 - 8*x + 7*x^2 - 7/3*x^3 + x^4/4)*y^2*exp(-y)",
            domain=Domain(x=(0, 5), y=(0, 6)),
            minima=((4, 2),),
            value=-2.3458,
        ),
        KnownFunction(
            id="deckkers-aarts",
            name="Deckkers–Aarts",
            formula="1e5*x^2 + y^2 - (x^2 + y^2)^2 + 1e-5*(x^2 + y^2)^4",
            domain=_square(20),
            minima=((0, -14.945), (0, 14.945)),
            value=-24776.5183,
        ),
        KnownFunction(
            id="peaks",
            name="Peaks",
            formula=(
                "3*(1 - x)^2*exp(-x^2 - (y + 1)^2) - 10*(x/5 - x^3 - y^5)*exp(-x^2 - y^2)"
                " - exp(-(x + 1)^2 - y^2)/3"
            ),
            domain=_square(3),
            minima=((0.2283, -1.6255),),
            value=-6.5511,
            reference=PEAKS,
        ),
        KnownFunction(
            id="shubert",
            name="Shubert",
            formula=(
                "(cos(2*x + 1) + 2*cos(3*x + 2) + 3*cos(4*x + 3) + 4*cos(5*x + 4)"
                " + 5*cos(6*x + 5))*"
                "(cos(2*y + 1) + 2*cos(3*y + 2) + 3*cos(4*y + 3) + 4*cos(5*y + 4) + 5*cos(6*y + 5))"
            ),
            domain=_square(3),
            minima=((-1.42513, -0.80032), (-0.80032, -1.42513)),
            value=-186.7309,
            reference=LIBRARY,
        ),
    )
}
"""Thirty of them by id, in the order of the page: first one bowl, last many wells."""
