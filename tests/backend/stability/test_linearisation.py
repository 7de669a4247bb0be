"""The linearised rules against the rules themselves, iterated on quadratics."""

import math
from typing import Any

import numpy as np
import pytest

from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, init, update
from descent_atlas.stability.linearisation import (
    Manner,
    find_manner,
    find_radius,
    list_modes,
    make_recursion,
    map_stability,
)

STEPS = 400

CASES = [
    ("gd", {"lr": 0.3}),
    ("gd", {"lr": 1.7}),
    ("gd", {"lr": 2.1}),
    ("momentum", {"lr": 0.1, "momentum": 0.9}),
    ("momentum", {"lr": 0.001, "momentum": 0.5}),
    ("momentum", {"lr": 3.79, "momentum": 0.9}),
    ("momentum", {"lr": 3.81, "momentum": 0.9}),
    ("momentum", {"lr": 5.0, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1}),
    ("momentum", {"lr": 1.0, "momentum": 0.6, "dampening": 0.6, "dampen_always": True}),
    ("nesterov", {"lr": 0.5, "momentum": 0.8}),
    ("nesterov", {"lr": 1.3, "momentum": 0.9}),
    ("nesterov", {"lr": 1.4, "momentum": 0.9}),
    ("nesterov", {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.3}),
]


def iterate(optimizer: str, h: Any, curvature: float, theta: float, steps: int) -> list[float]:
    """Return θ over the steps of a rule on λθ²/2."""
    state = init(h)
    path = [theta]
    for _ in range(steps):
        g = curvature * theta
        theta, _, state = update(theta, 0.0, g, 0.0, g * theta / 2, state, h)
        path.append(theta)
    return path


def observe_contraction(path: Any, k: int) -> float:
    """Return by what a step multiplies the distance, from four successive points of a path.

    Along a complex pair ab - c² of three successive points scales with the square of its radius;
    with real roots the larger one alone is left after many steps.
    """
    a, b, c, d = (path[k : k + 4] / path[k]).tolist()
    first, second = a * c - b * b, b * d - c * c
    return math.sqrt(abs(second / first)) if abs(first) > 1e-6 else abs(b / a)


@pytest.mark.parametrize(("optimizer", "values"), CASES)
def test_a_step_multiplies_the_distance_by_the_spectral_radius(
    optimizer: str, values: dict[str, float | bool]
) -> None:
    h = OPTIMIZERS[optimizer].pack(values)
    recursion = make_recursion(optimizer, h, 1.0)
    assert recursion is not None
    path = np.array(iterate(optimizer, h, 1.0, 1.0, STEPS))
    assert observe_contraction(path, 300) == pytest.approx(float(find_radius(recursion)), rel=1e-6)


@pytest.mark.parametrize(("optimizer", "values"), CASES)
def test_the_manner_is_seen_in_the_steps(optimizer: str, values: dict[str, float | bool]) -> None:
    h = OPTIMIZERS[optimizer].pack(values)
    recursion = make_recursion(optimizer, h, 1.0)
    assert recursion is not None
    manner = Manner(int(find_manner(recursion)))
    path = np.array(iterate(optimizer, h, 1.0, 1.0, STEPS))
    turns = np.flatnonzero(np.sign(path[:-1]) != np.sign(path[1:]))[:20]
    if manner is Manner.DIVERGES:
        assert abs(path[-1]) > abs(path[0])
    elif manner is Manner.SPIRALS:
        (mode,) = list_modes(optimizer, h, [1.0])
        assert mode.period is not None
        assert np.mean(np.diff(turns)) == pytest.approx(mode.period / 2, rel=0.1)
    elif manner is Manner.OVERSHOOTS:
        assert (np.diff(turns[5:]) == 1).all()
    else:
        assert turns.size == 0


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "nesterov"])
def test_the_map_is_stable_below_the_known_limit_and_nowhere_else(optimizer: str) -> None:
    h = OPTIMIZERS[optimizer].pack({})
    rates, momenta = np.geomspace(1e-3, 1e2, 200), np.linspace(0.0, 0.99, 12)
    radius, manner = map_stability(optimizer, h, [2.0, 0.5], rates, momenta)
    mu = momenta[:, np.newaxis]
    limit = {
        "gd": np.full_like(mu, 2.0),
        "momentum": 2 * (1 + mu),
        "nesterov": 2 * (1 + mu) / (1 + 2 * mu),
    }[optimizer]
    assert ((radius < 1.0) == (2.0 * rates < limit)).all()
    assert ((manner == Manner.DIVERGES) == (radius > 1.0)).all()


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop"])
def test_a_rule_with_epsilon_is_linear_where_gradients_are_far_below_it(
    optimizer: str, inside: bool
) -> None:
    values: dict[str, float | bool] = {"eps": 1e-2, "eps_inside_root": inside}
    beta = 0.9
    limit = 2 * (1 + beta) / (1 - beta)
    if optimizer == "rmsprop":
        values["momentum"], limit = 0.5, 3.0
    scaling = math.sqrt(1e-2) if inside else 1e-2
    for share, is_stable in ((0.9, True), (1.1, False)):
        lr = share * limit * scaling
        h = OPTIMIZERS[optimizer].pack({**values, "lr": lr})
        recursion = make_recursion(optimizer, h, 1.0)
        assert recursion is not None
        radius = float(find_radius(recursion))
        if optimizer != "adamw":  # its weight decay moves the limit a little
            assert (radius < 1.0) is is_stable
        # The bias corrections fade at first, and a growing path must stay far below ε.
        path = np.array(iterate(optimizer, h, 1.0, 1e-150, 300))
        assert observe_contraction(path, 280) == pytest.approx(radius, rel=1e-6)


@pytest.mark.parametrize("optimizer", ["lion", "rprop", "yellowfin", "eve", "nadam", "adagrad"])
def test_other_rules_have_no_linearisation(optimizer: str) -> None:
    h = OPTIMIZERS[optimizer].pack({})
    assert make_recursion(optimizer, h, 1.0) is None
    assert list_modes(optimizer, h, [1.0]) == []
