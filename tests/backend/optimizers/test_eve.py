"""Eve beside a plain transcription of its paper's third version."""

import math

import numpy as np
import pytest

from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.optimizers.rules import Adam, Eve
from tests.backend.optimizers.rule_steps import Array, draw_gradients, drive

STEPS = 500


def transcribe(
    points: Array,
    gradients: Array,
    losses: Array,
    alpha_1: float,
    betas: tuple[float, float, float],
    c: float,
    epsilon: float,
) -> Array:
    """Return where the algorithm of the paper's figure steps from each point, with f* = 0."""
    beta_1, beta_2, beta_3 = betas
    m, v = np.zeros(2), np.zeros(2)
    d_tilde = [1.0]
    out = []
    for t, (theta, g) in enumerate(zip(points, gradients, strict=True), start=1):
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g * g
        m_hat = m / (1 - beta_1**t)
        v_hat = v / (1 - beta_2**t)
        if t > 1:
            now, last = losses[t - 1], losses[t - 2]
            d = abs(now - last) / min(now, last)
            d_hat = np.clip(d, 1 / c, c)
            d_tilde.append(beta_3 * d_tilde[-1] + (1 - beta_3) * d_hat)
        alpha = alpha_1 / d_tilde[-1]
        out.append(theta - alpha * m_hat / (np.sqrt(v_hat) + epsilon))
    return np.array(out)


@pytest.mark.parametrize("seed", range(10))
def test_every_update_is_the_papers(seed: int) -> None:
    generator = np.random.default_rng(seed)
    lr, epsilon = (float(10 ** generator.uniform(-4, low)) for low in (0, -2))
    beta1, beta2, beta3 = (float(1 - 10**e) for e in generator.uniform(-3, -0.3, 3))
    c = float(10 ** generator.uniform(0, 2))
    points = generator.normal(0.0, lr, (STEPS, 2))
    gradients = draw_gradients(generator, STEPS)
    losses = 10.0 ** generator.uniform(-3, 1, STEPS)
    ours = drive(Eve(lr, beta1, beta2, beta3, c, epsilon), points, gradients, losses)
    paper = transcribe(points, gradients, losses, lr, (beta1, beta2, beta3), c, epsilon)
    assert (np.abs(ours - paper) <= 1e-11 * (np.abs(points) + np.abs(paper - points))).all()


def test_its_defaults_are_the_papers() -> None:
    assert OPTIMIZERS["eve"].pack({}) == Eve(0.001, 0.9, 0.999, 0.999, 10.0, 1e-8)


def test_with_clipping_to_one_it_is_adam() -> None:
    generator = np.random.default_rng(1)
    points, gradients = np.zeros((STEPS, 2)), draw_gradients(generator, STEPS)
    eve = drive(Eve(lr=0.1, c=1.0), points, gradients, generator.uniform(0.1, 9.0, STEPS))
    np.testing.assert_allclose(eve, drive(Adam(lr=0.1), points, gradients), rtol=1e-12)


def lengthening(losses: list[float]) -> float:
    """Return by what factor the losses lengthen Eve's last step over Adam's, with β₃ = 0."""
    points, gradients = np.zeros((len(losses), 2)), np.ones((len(losses), 2))
    eve = drive(Eve(lr=0.1, beta3=0.0, c=10.0), points, gradients, np.array(losses))
    return float(eve[-1, 0] / drive(Adam(lr=0.1), points, gradients)[-1, 0])


def test_the_first_step_is_adams_whatever_the_loss() -> None:
    assert lengthening([0.003]) == pytest.approx(1.0)


def test_the_learning_rate_is_divided_by_the_relative_change_of_the_loss() -> None:
    assert lengthening([2.0, 3.0]) == pytest.approx(1 / 0.5)
    assert lengthening([3.0, 2.0]) == pytest.approx(1 / 0.5)
    assert lengthening([3.0, 1.0]) == pytest.approx(1 / 2)


def test_the_learning_rate_stays_within_the_clipping() -> None:
    assert lengthening([1.0, 1e9]) == pytest.approx(1 / 10)
    assert lengthening([1.0, 1.0 + 1e-9]) == pytest.approx(10)


def test_at_the_global_minimum_steps_stay_finite() -> None:
    assert lengthening([0.0, 0.0]) == pytest.approx(10)
    assert lengthening([1.0, 0.0]) == pytest.approx(1 / 10)


def test_below_the_minimum_that_it_was_told_it_takes_its_longest_steps() -> None:
    assert lengthening([1.0, -1.0]) == pytest.approx(10)
    assert math.isfinite(lengthening([-1.0, -2.0]))
