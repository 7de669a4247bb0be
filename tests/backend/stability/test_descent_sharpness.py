"""Sharpness along paths against plain transcriptions, and the limits against divergence."""

from typing import Any

import numpy as np
import pytest

from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, init, update
from descent_atlas.simulation.noise import Noise
from descent_atlas.stability.descent_sharpness import (
    FIXED,
    DescentSharpness,
    find_crossing,
    follow_sharpness,
    keep_extremes,
)
from descent_atlas.stability.rate_limits import find_rate_limit
from descent_atlas.stability.scalings import SCALINGS

QUADRATIC = OBJECTIVES["quadratic"]
SQUARE = QUADRATIC.pack({"condition_number": 1.0, "rotation": 0.0})


def follow(optimizer: str, values: dict[str, float | bool], steps: int = 30) -> DescentSharpness:
    return follow_sharpness(
        QUADRATIC,
        SQUARE,
        OPTIMIZERS[optimizer],
        OPTIMIZERS[optimizer].pack(values),
        start=(0.5, -0.3),
        steps=steps,
        noise=Noise(),
    )


@pytest.mark.parametrize("optimizer", FIXED)
def test_a_fixed_rule_has_the_hessians_own_sharpness(optimizer: str) -> None:
    path = follow_sharpness(
        QUADRATIC,
        QUADRATIC.pack({"condition_number": 20.0}),
        OPTIMIZERS[optimizer],
        OPTIMIZERS[optimizer].pack({"lr": 0.01}),
        start=(0.5, -0.3),
        steps=5,
        noise=Noise(),
    )
    assert path.product == pytest.approx(np.full(5, 0.2))
    assert path.crossing is None


@pytest.mark.parametrize("optimizer", sorted(SCALINGS))
def test_an_adaptive_step_is_minus_rate_times_average_over_the_scaling(optimizer: str) -> None:
    # With λ = 1 in both coordinates, the product is η over the smaller P: read P off a step.
    values: dict[str, float | bool] = {"lr": 0.01}
    h = OPTIMIZERS[optimizer].pack(values)
    for name in ("weight_decay", "momentum", "momentum_decay"):
        if hasattr(h, name):
            values[name] = 0.0
    h = OPTIMIZERS[optimizer].pack(values)
    path = follow(optimizer, values)
    x, y, state, m = 0.5, -0.3, init(h), np.zeros(2)
    for k in range(30):
        g = np.array([x, y])
        nx, ny, state = update(x, y, x, y, (x * x + y * y) / 2, state, h)
        beta = getattr(h, "beta1", 0.0)
        m = beta * m + (1.0 - beta) * g
        if optimizer == "nadam":  # looks ahead: no single average tells its P
            assert np.isfinite(path.product[k])
        else:
            scale = -np.array([nx - x, ny - y]) / m  # η / P
            assert path.product[k] == pytest.approx(scale.max(), rel=1e-9)
        x, y = nx, ny


@pytest.mark.parametrize("optimizer", ["lion", "rprop", "yellowfin"])
def test_a_rule_by_signs_has_no_sharpness_and_says_why(optimizer: str) -> None:
    path = follow(optimizer, {})
    assert path.limit is None
    assert path.reason is not None
    assert path.product.size == 0


def diverges(optimizer: str, h: Any, frozen: float) -> bool:
    """Return whether a rule leaves 0 on a quadratic, its state's size held at `frozen`."""
    theta, state = 1e-12, init(h)
    for _ in range(3000):
        theta, _, state = update(theta, frozen, theta, frozen, 0.0, state, h)
    return abs(theta) > 1e-12


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "nesterov"])
def test_the_limit_divides_stable_rates_from_unstable_ones(optimizer: str) -> None:
    limit = find_rate_limit(optimizer, OPTIMIZERS[optimizer].pack({"lr": 1.0}))
    assert limit is not None
    for share, expected in ((0.99, False), (1.01, True)):
        h = OPTIMIZERS[optimizer].pack({"lr": share * limit.value})
        assert diverges(optimizer, h, 0.0) is expected


def test_decoupled_decay_counts_as_sharpness() -> None:
    # With ε large, AdamW is linear, and its limit is that of the linear map.
    for share, expected in ((0.99, False), (1.01, True)):
        weight_decay, eps, beta = 0.5, 1.0, 0.9
        limit = 2 * (1 + beta) / (1 - beta)
        lr = share * limit / (1.0 / eps + weight_decay * (1 + beta) / (1 - beta))
        h = OPTIMIZERS["adamw"].pack({"lr": lr, "eps": eps, "weight_decay": weight_decay})
        assert diverges("adamw", h, 0.0) is expected


def test_steps_above_the_limit_are_told() -> None:
    path = follow("gd", {"lr": 3.1})
    assert path.crossing is not None
    assert (path.crossing.first, path.crossing.value, path.crossing.stays) == (1, 3.1, True)
    step = np.arange(1, 6, dtype=np.int32)
    crossing = find_crossing(step, np.array([0.0, 3.0, 1.0, 4.0, np.nan]), 2.0)
    assert crossing is not None
    assert (crossing.first, crossing.count, crossing.highest, crossing.stays) == (2, 2, 4.0, False)
    assert find_crossing(step, np.full(5, np.nan), 2.0) is None


def test_a_shortened_series_keeps_its_spikes() -> None:
    values = np.zeros(10_000)
    values[1234], values[8000] = 7.0, np.inf
    kept = keep_extremes(values, 200)
    assert kept.size <= 200
    assert {0, 1234, 8000, 9999} <= set(kept.tolist())
    assert keep_extremes(values[:100], 200).size == 100
