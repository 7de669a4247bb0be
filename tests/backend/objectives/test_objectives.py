"""The objectives: their mathematics against automatic differentiation, their table for sense."""

import itertools
from collections.abc import Callable, Mapping

import latex2mathml.converter
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from descent_atlas.objectives.objective import LEVELS, Objective, evaluate_each
from descent_atlas.objectives.objective_table import OBJECTIVES

Parameters = Mapping[str, float]


def two_gaussian_bowl(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    right = p["a"] * torch.exp(-((x - 1) ** 2 + y**2) / p["c"])
    left = p["b"] * torch.exp(-((x + 1) ** 2 + y**2) / p["d"])
    return x**2 + y**2 - right - left


def rastrigin(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    waves = torch.cos(2 * torch.pi * x) + torch.cos(2 * torch.pi * y)
    return 2 * p["A"] + x**2 + y**2 - p["A"] * waves


def rosenbrock(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    return (p["a"] - x) ** 2 + p["b"] * (y - x**2) ** 2


def himmelblau(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def beale(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    first = (1.5 - x + x * y) ** 2
    second = (2.25 - x + x * y**2) ** 2
    third = (2.625 - x + x * y**3) ** 2
    return first + second + third


def ackley(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    funnel = -p["a"] * torch.exp(-p["b"] * torch.sqrt((x**2 + y**2) / 2))
    waves = torch.cos(2 * torch.pi * x) + torch.cos(2 * torch.pi * y)
    return funnel - torch.exp(waves / 2) + p["a"] + torch.e


def styblinski_tang(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    return (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2


def goldstein_price(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    first = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    inner = 18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2
    return first * (30 + (2 * x - 3 * y) ** 2 * inner)


def three_hump_camel(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    return 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2


def six_hump_camel(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (-4 + 4 * y**2) * y**2


def quadratic(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    angle = torch.deg2rad(torch.tensor(p["rotation"], dtype=torch.float64))
    u = x * torch.cos(angle) + y * torch.sin(angle)
    v = y * torch.cos(angle) - x * torch.sin(angle)
    return (u**2 + p["condition_number"] * v**2) / 2


def saddle(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    return x**2 - y**2


def hyperbolic_valley(x: Tensor, y: Tensor, p: Parameters) -> Tensor:
    return (1 - x**2 * y**2) ** 2 / 4


PRINTED: dict[str, Callable[[Tensor, Tensor, Parameters], Tensor]] = {
    "two-gaussian-bowl": two_gaussian_bowl,
    "rastrigin": rastrigin,
    "rosenbrock": rosenbrock,
    "himmelblau": himmelblau,
    "beale": beale,
    "ackley": ackley,
    "styblinski-tang": styblinski_tang,
    "goldstein-price": goldstein_price,
    "three-hump-camel": three_hump_camel,
    "six-hump-camel": six_hump_camel,
    "quadratic": quadratic,
    "saddle": saddle,
    "hyperbolic-valley": hyperbolic_valley,
}
"""The formulas as they are published."""

each_objective = pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=lambda o: o.id)


def draw_parameters(objective: Objective, rng: np.random.Generator) -> dict[str, float]:
    return {p.id: float(rng.uniform(p.minimum, p.maximum)) for p in objective.parameters}


def draw_points(
    objective: Objective, rng: np.random.Generator, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points in the domain and, half its width, around it."""
    (left, right), (low, high) = objective.domain.x, objective.domain.y
    x = rng.uniform(1.5 * left - 0.5 * right, 1.5 * right - 0.5 * left, count)
    y = rng.uniform(1.5 * low - 0.5 * high, 1.5 * high - 0.5 * low, count)
    return x, y


def relative_error(ours: list[NDArray[np.float64]], theirs: list[Tensor]) -> float:
    """The largest error among the points, relative to the length of the vector there."""
    exact = np.array([t.detach().numpy() for t in theirs])
    errors = np.linalg.norm(np.array(ours) - exact, axis=0) / np.linalg.norm(exact, axis=0)
    return float(errors.max())


@each_objective
def test_value_gradient_and_hessian_agree_with_autograd(objective: Objective) -> None:
    rng = np.random.default_rng(20)
    for _ in range(10):
        parameters = draw_parameters(objective, rng)
        packed = objective.pack(parameters)
        x, y = draw_points(objective, rng, 200)
        tx, ty = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (x, y))
        f = PRINTED[objective.id](tx, ty, parameters)
        fx, fy = torch.autograd.grad(f.sum(), (tx, ty), create_graph=True)
        # Added zeros keep the graph connected where a derivative is constant.
        fxx, fxy = torch.autograd.grad((fx + 0 * (tx + ty)).sum(), (tx, ty), retain_graph=True)
        _, fyy = torch.autograd.grad((fy + 0 * (tx + ty)).sum(), (tx, ty))

        ours = objective.evaluate(x, y, packed)
        hessian = evaluate_each(np.uintp(objective.hessian.address), x, y, packed)
        np.testing.assert_allclose(ours[0], f.detach().numpy(), rtol=1e-10, atol=1e-11)
        assert relative_error([ours[1], ours[2]], [fx, fy]) < 1e-10
        assert relative_error(list(hessian), [fxx, fxy, fyy]) < 1e-10


@pytest.mark.parametrize(
    ("id", "x", "y"),
    [
        ("rastrigin", 0, 0),
        ("rosenbrock", 1, 1),
        ("himmelblau", 3, 2),
        ("beale", 3, 0.5),
        ("ackley", 0, 0),
        ("three-hump-camel", 0, 0),
        ("quadratic", 0, 0),
    ],
)
def test_where_the_minimum_is_zero_no_rounding_is_left(id: str, x: float, y: float) -> None:
    assert [float(v) for v in OBJECTIVES[id].evaluate(x, y, OBJECTIVES[id].pack({}))] == [0, 0, 0]


def test_at_its_cusp_ackley_has_gradient_zero_and_unbounded_curvature() -> None:
    ackley = OBJECTIVES["ackley"]
    parameters = ackley.pack({})
    assert ackley.cusps == ((0.0, 0.0),)
    _, fx, fy = ackley.evaluate(0.0, 0.0, parameters)
    assert float(fx) == float(fy) == 0
    origin = np.zeros(1)
    hessian = evaluate_each(np.uintp(ackley.hessian.address), origin, origin, parameters)
    assert hessian.ravel().tolist() == [np.inf, 0.0, np.inf]
    # Beside it the gradient has the length ab/√2 in every direction.
    angle = np.linspace(0, 2 * np.pi, 17)
    _, fx, fy = ackley.evaluate(1e-9 * np.cos(angle), 1e-9 * np.sin(angle), parameters)
    np.testing.assert_allclose(np.hypot(fx, fy), 20 * 0.2 / np.sqrt(2), rtol=1e-7)


def test_the_table_lists_the_objectives_in_the_order_of_the_page() -> None:
    assert list(OBJECTIVES) == list(PRINTED)
    assert all(id == objective.id for id, objective in OBJECTIVES.items())


@each_objective
def test_every_objective_is_described(objective: Objective) -> None:
    assert objective.name
    assert objective.description.endswith(".")
    assert objective.latex.startswith("f(x, y) = ")
    assert objective.reference is not None
    assert objective.reference.text
    assert objective.reference.url.startswith("https://")
    (left, right), (low, high) = objective.domain.x, objective.domain.y
    assert left < objective.start[0] < right
    assert low < objective.start[1] < high
    assert len({p.id for p in objective.parameters}) == len(objective.parameters)
    for parameter in objective.parameters:
        assert parameter.minimum < parameter.default < parameter.maximum
        assert parameter.latex in objective.latex
        assert parameter.description


@each_objective
def test_every_formula_becomes_mathml(objective: Objective) -> None:
    for latex in (objective.latex, *(p.latex for p in objective.parameters)):
        mathml = latex2mathml.converter.convert(latex)
        assert mathml.startswith("<math")
        assert "\\" not in mathml


@each_objective
def test_packing_orders_the_parameters_and_fills_in_the_defaults(objective: Objective) -> None:
    defaults = [p.default for p in objective.parameters]
    assert objective.pack({}).tolist() == defaults
    for i, parameter in enumerate(objective.parameters):
        for limit in (parameter.minimum, parameter.maximum):
            expected = [*defaults[:i], limit, *defaults[i + 1 :]]
            assert objective.pack({parameter.id: limit}).tolist() == expected


@each_objective
def test_a_parameter_out_of_range_is_refused_with_its_name_and_limits(
    objective: Objective,
) -> None:
    for parameter in objective.parameters:
        for value in (parameter.minimum - 1e-9, parameter.maximum + 1e-9, np.nan, np.inf, -np.inf):
            with pytest.raises(ValueError, match=f"^{parameter.id} of {objective.id}") as caught:
                objective.pack({parameter.id: value})
            assert f"from {parameter.minimum:g} to {parameter.maximum:g}" in str(caught.value)


@each_objective
def test_an_unknown_parameter_is_refused_with_the_known_ones(objective: Objective) -> None:
    with pytest.raises(ValueError, match=f"{objective.id} has no parameter 'gravity'") as caught:
        objective.pack({"gravity": 9.81})
    assert all(p.id in str(caught.value) for p in objective.parameters)


def test_evaluation_broadcasts_like_numpy() -> None:
    saddle = OBJECTIVES["saddle"]
    x, y = np.array([0.0, 1.0, 2.0]), np.array([[1.0], [3.0]])
    f, fx, fy = saddle.evaluate(x, y, saddle.pack({}))
    np.testing.assert_array_equal(f, x**2 - y**2)
    np.testing.assert_array_equal(fx, np.broadcast_to(2 * x, (2, 3)))
    np.testing.assert_array_equal(fy, np.broadcast_to(-2 * y, (2, 3)))
    assert all(v.shape == () for v in saddle.evaluate(1.0, 2.0, saddle.pack({})))


def view(objective: Objective, half_width: float = 1.0) -> NDArray[np.float64]:
    """The objective on a grid of its domain, or of a part of it around the middle."""
    (left, right), (low, high) = objective.domain.x, objective.domain.y
    unit = half_width * np.linspace(-1, 1, 101)
    x = (left + right) / 2 + unit * (right - left) / 2
    y = (low + high) / 2 + unit * (high - low) / 2
    return objective.evaluate(x, y[:, np.newaxis], objective.pack({}))[0]


@each_objective
@pytest.mark.parametrize("half_width", [1.0, 0.1, 1e-3])
def test_contour_levels_ascend_inside_the_range_of_the_view(
    objective: Objective, half_width: float
) -> None:
    z = view(objective, half_width)
    levels = objective.contour_levels(z)
    assert len(levels) == LEVELS
    assert all(a < b for a, b in itertools.pairwise(levels))
    assert z.min() < levels[0]
    assert levels[-1] < z.max()


@each_objective
def test_contour_levels_leave_no_large_part_of_the_domain_without_a_line(
    objective: Objective,
) -> None:
    z = view(objective)
    bands = np.searchsorted(objective.contour_levels(z), z)
    assert np.bincount(bands.ravel()).max() < 0.2 * z.size


def test_logarithmic_levels_are_evenly_spaced_in_the_logarithm_of_the_height() -> None:
    z = view(OBJECTIVES["goldstein-price"])
    heights = np.array(OBJECTIVES["goldstein-price"].contour_levels(z)) - z.min()
    np.testing.assert_allclose(np.diff(np.log(heights), 2), 0, atol=1e-9)


@each_objective
def test_a_flat_view_has_no_contours_and_infinite_values_do_not_disturb(
    objective: Objective,
) -> None:
    assert objective.contour_levels(np.full((3, 4), 7.0)) == []
    assert objective.contour_levels(np.full((3, 4), np.inf)) == []
    z = view(objective)
    damaged = np.append(z.ravel(), [np.inf, np.nan])
    assert objective.contour_levels(damaged) == objective.contour_levels(z)
