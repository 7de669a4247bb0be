"""Known test functions as typed text, with the minima that their sources print.

Minima are given with the digits of the source. The domain is the part that the page shows: where
the published one is so large that nothing is seen, it is narrower, and the published minima
outside are left out.
"""

from dataclasses import dataclass

from descent_atlas.objectives.objective import Domain, Reference

JAMIL_YANG = Reference(
    text="M. Jamil and X.-S. Yang: A literature survey of benchmark functions for global "
    "optimization problems, 2013",
    url="https://arxiv.org/abs/1308.4008",
)
SMOOF = Reference(
    text="J. Bossek: smoof, an R package of single- and multi-objective test functions, The R "
    "Journal 9, 2017",
    url="https://rdrr.io/cran/smoof/src/R/sof.el.attar.vidyasagar.dutta.R",
)
SURJANOVIC_BINGHAM = Reference(
    text="S. Surjanovic and D. Bingham: Virtual Library of Simulation Experiments, Simon Fraser "
    "University, 2013",
    url="https://www.sfu.ca/~ssurjano/optimization.html",
)
MORE_GARBOW_HILLSTROM = Reference(
    text="J. J. Moré, B. S. Garbow and K. E. Hillstrom: Testing unconstrained optimization "
    "software, ACM Transactions on Mathematical Software 7, 1981",
    url="https://doi.org/10.1145/355934.355936",
)
ALI = Reference(
    text="M. M. Ali, C. Khompatraporn and Z. B. Zabinsky: A numerical evaluation of several "
    "stochastic algorithms on selected continuous global optimization test problems, Journal of "
    "Global Optimization 31, 2005",
    url="https://doi.org/10.1007/s10898-004-9972-2",
)


@dataclass(frozen=True, kw_only=True)
class LibraryFunction:
    """A known function to begin from.

    Attributes:
        id: its name in links.
        name: its name for people.
        text: the function as one would type it.
        domain: the part that the page shows.
        minima: the published global minima in it, each with the source's digits.
        value: the published value there, with its digits.
        reference: where minima and value are printed.
    """

    id: str
    name: str
    text: str
    domain: Domain
    minima: tuple[tuple[str, str], ...]
    value: str
    reference: Reference


def _square(low: float, high: float) -> Domain:
    return Domain(x=(low, high), y=(low, high))


SHUBERT = "*".join(
    f"({' + '.join(f'{i}*cos({i + 1}*{name} + {i})' for i in range(1, 6))})" for name in "xy"
)

LIBRARY = {
    function.id: function
    for function in (
        LibraryFunction(
            id="becker-lago",
            name="Becker–Lago",
            text="(abs(x) - 5)^2 + (abs(y) - 5)^2",
            domain=_square(-10.0, 10.0),
            minima=(("-5", "-5"), ("-5", "5"), ("5", "-5"), ("5", "5")),
            value="0",
            reference=ALI,
        ),
        LibraryFunction(
            id="bird",
            name="Bird",
            text="sin(x)*exp((1 - cos(y))^2) + cos(y)*exp((1 - sin(x))^2) + (x - y)^2",
            domain=_square(-6.3, 6.3),
            minima=(("4.70104", "3.15294"), ("-1.58214", "-3.13024")),
            value="-106.764537",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="bohachevsky",
            name="Bohachevsky",
            text="x^2 + 2*y^2 - a*cos(3*pi*x) - b*cos(4*pi*y) + a + b; "
            "a = 0.3 in [0, 2]; b = 0.4 in [0, 2]",
            domain=_square(-1.5, 1.5),
            minima=(("0", "0"),),
            value="0",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="booth",
            name="Booth",
            text="(x + 2*y - 7)^2 + (2*x + y - 5)^2",
            domain=_square(-10.0, 10.0),
            minima=(("1", "3"),),
            value="0",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="branin",
            name="Branin",
            text="a*(y - b*x^2 + c*x - r)^2 + s*(1 - t)*cos(x) + s; a = 1 in [0.1, 3]; "
            "b = 0.12918450914398066 in [0, 0.3]; c = 1.5915494309189535 in [0, 3]; "
            "r = 6 in [0, 12]; s = 10 in [0, 20]; t = 0.039788735772973836 in [0, 1]",
            domain=Domain(x=(-5.0, 10.0), y=(0.0, 15.0)),
            minima=(("-3.14159", "12.275"), ("3.14159", "2.275"), ("9.42478", "2.475")),
            value="0.397887",
            reference=SURJANOVIC_BINGHAM,
        ),
        LibraryFunction(
            id="bukin-6",
            name="Bukin No. 6",
            text="100*sqrt(abs(y - 0.01*x^2)) + 0.01*abs(x + 10)",
            domain=Domain(x=(-15.0, -5.0), y=(-3.0, 3.0)),
            minima=(("-10", "1"),),
            value="0",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="cross-in-tray",
            name="Cross-in-tray",
            text="-0.0001*(abs(sin(x)*sin(y)*exp(abs(100 - sqrt(x^2 + y^2)/pi))) + 1)^0.1",
            domain=_square(-10.0, 10.0),
            minima=(
                ("1.3494066", "-1.3494066"),
                ("1.3494066", "1.3494066"),
                ("-1.3494066", "1.3494066"),
                ("-1.3494066", "-1.3494066"),
            ),
            value="-2.06261",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="dixon-price",
            name="Dixon–Price",
            text="(x - 1)^2 + 2*(2*y^2 - x)^2",
            domain=_square(-2.0, 2.0),
            minima=(("1", "0.70710678"), ("1", "-0.70710678")),
            value="0",
            reference=SURJANOVIC_BINGHAM,
        ),
        LibraryFunction(
            id="easom",
            name="Easom",
            text="-cos(x)*cos(y)*exp(-(x - pi)^2 - (y - pi)^2)",
            domain=_square(0.0, 6.0),
            minima=(("3.14159", "3.14159"),),
            value="-1",
            reference=SURJANOVIC_BINGHAM,
        ),
        LibraryFunction(
            id="egg-crate",
            name="Egg crate",
            text="x^2 + y^2 + a*(sin(x)^2 + sin(y)^2); a = 25 in [0, 50]",
            domain=_square(-5.0, 5.0),
            minima=(("0", "0"),),
            value="0",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="el-attar",
            name="El-Attar–Vidyasagar–Dutta",
            text="(x^2 + y - 10)^2 + (x + y^2 - 7)^2 + (x^2 + y^3 - 1)^2",
            domain=_square(-5.0, 5.0),
            minima=(("3.40918683", "-2.17143304"),),
            value="1.712780354",
            reference=SMOOF,
        ),
        LibraryFunction(
            id="freudenstein-roth",
            name="Freudenstein–Roth",
            text="(x - 13 + ((5 - y)*y - 2)*y)^2 + (x - 29 + ((y + 1)*y - 14)*y)^2",
            domain=Domain(x=(-2.0, 14.0), y=(-4.0, 6.0)),
            minima=(("5", "4"),),
            value="0",
            reference=MORE_GARBOW_HILLSTROM,
        ),
        LibraryFunction(
            id="griewank",
            name="Griewank",
            text="(x^2 + y^2)/4000 - cos(x)*cos(y/sqrt(2)) + 1",
            domain=_square(-10.0, 10.0),
            minima=(("0", "0"),),
            value="0",
            reference=SURJANOVIC_BINGHAM,
        ),
        LibraryFunction(
            id="hoelder-table",
            name="Hölder table",
            text="-abs(sin(x)*cos(y)*exp(abs(1 - sqrt(x^2 + y^2)/pi)))",
            domain=_square(-10.0, 10.0),
            minima=(
                ("8.05502", "9.66459"),
                ("8.05502", "-9.66459"),
                ("-8.05502", "9.66459"),
                ("-8.05502", "-9.66459"),
            ),
            value="-19.2085",
            reference=SURJANOVIC_BINGHAM,
        ),
        LibraryFunction(
            id="hosaki",
            name="Hosaki",
            text="(1 - 8*x + 7*x^2 - 7/3*x^3 + x^4/4)*y^2*exp(-y)",
            domain=Domain(x=(0.0, 5.0), y=(0.0, 6.0)),
            minima=(("4", "2"),),
            value="-2.3458",
            reference=ALI,
        ),
        LibraryFunction(
            id="levy-13",
            name="Lévy No. 13",
            text="sin(3*pi*x)^2 + (x - 1)^2*(1 + sin(3*pi*y)^2) + (y - 1)^2*(1 + sin(2*pi*y)^2)",
            domain=_square(-1.0, 3.0),
            minima=(("1", "1"),),
            value="0",
            reference=SURJANOVIC_BINGHAM,
        ),
        LibraryFunction(
            id="matyas",
            name="Matyas",
            text="0.26*(x^2 + y^2) - a*x*y; a = 0.48 in [0, 0.52]",
            domain=_square(-10.0, 10.0),
            minima=(("0", "0"),),
            value="0",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="mccormick",
            name="McCormick",
            text="sin(x + y) + (x - y)^2 - 1.5*x + 2.5*y + 1",
            domain=Domain(x=(-1.5, 4.0), y=(-3.0, 4.0)),
            minima=(("-0.54719", "-1.54719"),),
            value="-1.9133",
            reference=SURJANOVIC_BINGHAM,
        ),
        LibraryFunction(
            id="michalewicz",
            name="Michalewicz",
            text="-sin(x)*sin(x^2/pi)^(2*m) - sin(y)*sin(2*y^2/pi)^(2*m); m = 10 in [1, 20]",
            domain=_square(0.0, 3.14),
            minima=(("2.20", "1.57"),),
            value="-1.8013",
            reference=SURJANOVIC_BINGHAM,
        ),
        LibraryFunction(
            id="price-4",
            name="Price No. 4",
            text="(2*x^3*y - y^3)^2 + (6*x - y^2 + y)^2",
            domain=Domain(x=(-2.0, 4.0), y=(-4.0, 5.0)),
            minima=(("0", "0"), ("2", "4"), ("1.464", "-2.506")),
            value="0",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="schaffer-2",
            name="Schaffer No. 2",
            text="0.5 + (sin(x^2 - y^2)^2 - 0.5)/(1 + 0.001*(x^2 + y^2))^2",
            domain=_square(-2.0, 2.0),
            minima=(("0", "0"),),
            value="0",
            reference=SURJANOVIC_BINGHAM,
        ),
        LibraryFunction(
            id="schwefel",
            name="Schwefel",
            text="837.9658 - x*sin(sqrt(abs(x))) - y*sin(sqrt(abs(y)))",
            domain=_square(-500.0, 500.0),
            minima=(("420.9687", "420.9687"),),
            value="0.0000",
            reference=SURJANOVIC_BINGHAM,
        ),
        LibraryFunction(
            id="schwefel-2.21",
            name="Schwefel 2.21",
            text="max(abs(x), abs(y))",
            domain=_square(-10.0, 10.0),
            minima=(("0", "0"),),
            value="0",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="schwefel-2.22",
            name="Schwefel 2.22",
            text="abs(x) + abs(y) + abs(x)*abs(y)",
            domain=_square(-10.0, 10.0),
            minima=(("0", "0"),),
            value="0",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="shubert",
            name="Shubert",
            text=SHUBERT,
            domain=_square(-2.0, 2.0),
            minima=(("-1.4251", "-0.8003"), ("-0.8003", "-1.4251")),
            value="-186.7309",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="trecanni",
            name="Trecanni",
            text="x^4 + 4*x^3 + 4*x^2 + y^2",
            domain=Domain(x=(-3.5, 1.5), y=(-2.5, 2.5)),
            minima=(("0", "0"), ("-2", "0")),
            value="0",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="trid",
            name="Trid",
            text="(x - 1)^2 + (y - 1)^2 - x*y",
            domain=_square(-4.0, 4.0),
            minima=(("2", "2"),),
            value="-2",
            reference=SURJANOVIC_BINGHAM,
        ),
        LibraryFunction(
            id="ursem-1",
            name="Ursem No. 1",
            text="-sin(2*x - 0.5*pi) - 3*cos(y) - 0.5*x",
            domain=Domain(x=(-2.5, 3.0), y=(-2.0, 2.0)),
            minima=(("1.697137", "0"),),
            value="-4.81681",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="wayburn-seader-1",
            name="Wayburn–Seader No. 1",
            text="(x^6 + y^4 - 17)^2 + (2*x + y - 4)^2",
            domain=_square(-3.0, 3.0),
            minima=(("1", "2"), ("1.597", "0.806")),
            value="0",
            reference=JAMIL_YANG,
        ),
        LibraryFunction(
            id="zakharov",
            name="Zakharov",
            text="x^2 + y^2 + (0.5*x + y)^2 + (0.5*x + y)^4",
            domain=_square(-5.0, 10.0),
            minima=(("0", "0"),),
            value="0",
            reference=SURJANOVIC_BINGHAM,
        ),
    )
}
"""The library by id, in the order of the names."""
