"""AdaBelief beside a plain transcription of its paper's algorithm."""

import numpy as np
import pytest

from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.optimizers.rules import AdaBelief
from tests.backend.optimizers.rule_steps import Array, draw_gradients, drive

STEPS = 500


def transcribe(points: Array, gradients: Array, h: AdaBelief) -> Array:
    """Return where algorithm 2 steps from each point, with the weight decay of AdamW or Adam."""
    m, s = np.zeros(2), np.zeros(2)
    out = []
    for t, (theta, g) in enumerate(zip(points, gradients, strict=True), start=1):
        if h.decoupled_weight_decay:
            theta = theta - h.lr * h.weight_decay * theta
        else:
            g = g + h.weight_decay * theta
        m = h.beta1 * m + (1 - h.beta1) * g
        s = h.beta2 * s + (1 - h.beta2) * (g - m) ** 2 + h.eps
        m_hat = m / (1 - h.beta1**t)
        s_hat = s / (1 - h.beta2**t)
        out.append(theta - h.lr * m_hat / (np.sqrt(s_hat) + h.eps))
    return np.array(out)


@pytest.mark.parametrize("is_decoupled", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_every_update_is_the_papers(seed: int, is_decoupled: bool) -> None:
    generator = np.random.default_rng(seed)
    lr, eps = (float(10 ** generator.uniform(*ends)) for ends in ((-4, 0), (-16, -2)))
    beta1, beta2 = (float(1 - 10**e) for e in generator.uniform(-3, -0.3, 2))
    h = AdaBelief(lr, beta1, beta2, eps, float(generator.uniform(0, 0.1)), is_decoupled)
    points = generator.normal(0.0, lr, (STEPS, 2))
    gradients = draw_gradients(generator, STEPS)
    ours, paper = drive(h, points, gradients), transcribe(points, gradients, h)
    # 1 - βᵗ, which the transcription takes as it is printed, has lost some digits at first.
    assert (np.abs(ours - paper) <= 1e-11 * (np.abs(points) + np.abs(paper - points))).all()


def test_its_defaults_are_those_of_its_authors() -> None:
    assert OPTIMIZERS["adabelief"].pack({}) == AdaBelief(0.001, 0.9, 0.999, 1e-16, 0.0, True)


def test_where_slopes_agree_it_steps_further_than_where_they_stray() -> None:
    steady = np.ones((200, 2))
    straying = steady + np.where(np.arange(200) % 2, 1.0, -1.0)[:, np.newaxis]
    points = np.zeros((200, 2))
    lengths = [abs(drive(AdaBelief(), points, g)[-1, 0]) for g in (steady, straying)]
    assert lengths[0] > 5 * lengths[1]
