"""YellowFin beside a plain transcription of its paper's algorithms."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.optimizers.rules import YellowFin
from descent_atlas.optimizers.rules.yellowfin import WINDOW, single_step
from tests.backend.optimizers.rule_steps import Array, draw_gradients, drive

STEPS = 300


def average(values: list[float] | Array, beta: float) -> Array:
    """Return the exponential average of all values so far, corrected for starting at zero.

    Weighted sums over the whole history, instead of a recurrence.
    """
    history = np.asarray(values, dtype=np.float64)
    weights = beta ** np.arange(len(history) - 1, -1, -1)
    return np.asarray(np.tensordot(weights, history, axes=1) / weights.sum())


def transcribe(
    points: Array, gradients: Array, factor: float, beta: float, eps: float
) -> list[Array]:
    """Return where algorithm 1 of the paper steps from each point."""
    h: list[float] = []
    h_max: list[float] = []
    h_min: list[float] = []
    norms: list[float] = []
    distances: list[float] = []
    velocity = np.zeros(2)
    out = []
    for t, (point, g) in enumerate(zip(points, gradients, strict=True), start=1):
        h.append(float(g @ g))
        # Curvature range: averages of logarithms of the extremes in a sliding window.
        h_max.append(math.log(max(h[-20:]) + eps))
        h_min.append(math.log(min(h[-20:]) + eps))
        top = math.exp(average(h_max, beta))
        bottom = math.exp(average(h_min, beta))
        # Gradient variance.
        mean_square = average(gradients[:t] ** 2, beta)
        square_mean = average(gradients[:t], beta) ** 2
        variance = max(float((mean_square - square_mean).sum()), eps)
        # Distance to the optimum.
        norms.append(float(np.linalg.norm(g)))
        distances.append(float(average(norms, beta)) / (float(average(h, beta)) + eps))
        distance = float(average(distances, beta)) + eps
        # Single step.
        p = distance**2 * bottom**2 / (2 * variance)
        root = brentq(lambda x, p=p: p * x - (1 - x) ** 3, 0, 1, xtol=1e-16, rtol=1e-15)
        kappa = math.sqrt(top / bottom)
        mu = max(root**2, ((kappa - 1) / (kappa + 1)) ** 2)
        alpha = (1 - math.sqrt(mu)) ** 2 / bottom
        alpha = min(alpha, t * alpha / (10 * 20))
        velocity = mu * velocity - factor * alpha * g
        out.append(point + velocity)
    return out


@pytest.mark.parametrize("seed", range(10))
def test_every_update_is_the_papers(seed: int) -> None:
    generator = np.random.default_rng(seed)
    factor = float(10 ** generator.uniform(-2, 1))
    beta = float(1 - 10 ** generator.uniform(-3, -1))
    eps = float(10 ** generator.uniform(-12, -4))
    gradients = draw_gradients(generator, STEPS)
    points = np.zeros((STEPS, 2))
    ours = drive(YellowFin(factor, beta, eps), points, gradients)
    paper = transcribe(points, gradients, factor, beta, eps)
    np.testing.assert_allclose(ours, paper, rtol=1e-9, atol=1e-12 * factor)


def test_its_defaults_are_the_papers() -> None:
    assert OPTIMIZERS["yellowfin"].pack({}) == YellowFin(lr=1.0, beta=0.999, eps=1e-6)
    assert WINDOW == 20


@pytest.mark.parametrize("seed", range(20))
def test_a_single_step_solves_the_problem_that_the_paper_states(seed: int) -> None:
    generator = np.random.default_rng(seed)
    C, D, h_min = (float(10**e) for e in generator.uniform(-3, 3, 3))
    h_max = h_min * float(10 ** generator.uniform(0, 1))
    mu, alpha = single_step(C, D, h_max, h_min)

    def bound_on_distance(root_mu: float) -> float:
        return root_mu**2 * D**2 + ((1 - root_mu) ** 2 / h_min) ** 2 * C

    ratio = math.sqrt(h_max / h_min)
    lowest = (ratio - 1) / (ratio + 1)
    best = minimize_scalar(bound_on_distance, bounds=(lowest, 1), method="bounded").fun
    assert math.sqrt(mu) >= lowest * (1 - 1e-14)
    assert alpha == pytest.approx((1 - math.sqrt(mu)) ** 2 / h_min, rel=1e-6)
    assert mu * D**2 + alpha**2 * C <= best * (1 + 1e-12)


@pytest.mark.parametrize("p", [1e-30, 1e-9, 1.0, 1e9, 1e30])
def test_a_single_step_keeps_its_digits_however_noisy_the_gradient(p: float) -> None:
    # D = 1, h_max = h_min = 1, so that C = 1 / (2 p).
    mu, alpha = single_step(0.5 / p, 1.0, 1.0, 1.0)
    z = math.sqrt(alpha)
    assert p * (1 - z) == pytest.approx(z**3, rel=1e-9, abs=1e-15 * p)
    assert mu == pytest.approx((1 - z) ** 2, abs=1e-15)


def test_steps_start_slowly() -> None:
    gradients = np.tile([3.0, 4.0], (2, 1))
    first = drive(YellowFin(), np.zeros((2, 2)), gradients)[0]
    # ‖g‖² = 25 is all the curvature seen; there is no variance, hence no momentum.
    np.testing.assert_allclose(first, -gradients[0] / 25 / 200, rtol=1e-3)


def test_a_constant_gradient_is_followed_ever_faster() -> None:
    ours = drive(YellowFin(), np.zeros((100, 2)), np.tile([1.0, 0.0], (100, 1)))
    assert (np.diff(ours[:, 0]) < 0).all()
    assert (ours[:, 1] == 0).all()
