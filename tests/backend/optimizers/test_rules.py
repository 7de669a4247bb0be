"""Each rule beside its plain Python self, beside PyTorch's, and beside the printed formulas."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.optimizers.rules import (
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    Lion,
    Momentum,
    NAdam,
    RAdam,
    RMSprop,
    asks,
    init,
    update,
)
from descent_atlas.simulation.arrival import ARRIVAL_DISTANCE
from descent_atlas.simulation.descent import descend
from descent_atlas.simulation.noise import Noise
from tests.backend.optimizers.hyperparameter_draws import draw_value
from tests.backend.optimizers.rule_steps import Array, draw_gradients, drive
from tests.backend.optimizers.torch_optimizers import OURS_ALONE, TORCH_IDS, make_torch_optimizer

STEPS = 500
FEW, MANY = range(4), range(4, 20)
"""Seeds of random hyperparameters: those of every test run, and those of the long one."""

SEEDS = [*FEW, *(pytest.param(seed, marks=pytest.mark.long) for seed in MANY)]

UPDATING = {id: one for id, one in OPTIMIZERS.items() if not asks(one.rule)}
"""The others ask an oracle: `test_asking_rules` compares them."""

each_optimizer = pytest.mark.parametrize("optimizer", UPDATING.values(), ids=list(UPDATING))


@each_optimizer
def test_the_compiled_rule_steps_like_the_plain_python_one(optimizer: Optimizer) -> None:
    generator = np.random.default_rng(7)
    h = optimizer.pack({})
    gradients = draw_gradients(generator, 100)
    points = generator.normal(0.0, 1.0, (100, 2))
    losses = generator.uniform(0.1, 2.0, 100)
    compiled = drive(h, points, gradients, losses)
    state = init(h)
    for k in range(100):
        (x, y), (fx, fy) = points[k].tolist(), gradients[k].tolist()
        before = state
        first = update(x, y, fx, fy, float(losses[k]), before, h)
        assert update(x, y, fx, fy, float(losses[k]), before, h) == first, "not a pure function"
        x, y, state = first
        assert (x, y) == pytest.approx(tuple(compiled[k]), rel=1e-13, abs=1e-13)


@each_optimizer
def test_where_the_gradient_vanishes_nothing_moves(optimizer: Optimizer) -> None:
    decays = "weight_decay" in optimizer.rule._fields
    h = optimizer.pack({"weight_decay": 0.0} if decays else {})
    points = np.full((50, 2), 1.5)
    assert (drive(h, points, np.zeros_like(points)) == points).all()


@each_optimizer
def test_every_optimizer_comes_down_a_bowl_at_its_default_rate(optimizer: Optimizer) -> None:
    h = optimizer.pack({})
    state, x, y = init(h), 1.0, -0.5
    for _ in range(2000):
        x, y, state = update(x, y, 2 * x, 6 * y, x * x + 3 * y * y, state, h)
    assert x * x + 3 * y * y < 1.0  # Lion at 0.0001 moves 0.2 along each axis


# --- PyTorch ---


@pytest.fixture
def float64_torch() -> Iterator[None]:
    """Let float64 be PyTorch's default type, in which NAdam keeps its product of momenta."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def draw_hyperparameters(id: str, generator: np.random.Generator) -> Any:
    """Return random hyperparameters of a rule, with the switches that PyTorch lacks left off."""
    optimizer = OPTIMIZERS[id]
    return optimizer.pack(
        {
            h.id: draw_value(h, generator)
            for h in optimizer.hyperparameters
            if h.id not in OURS_ALONE
        }
    )


def drive_torch(id: str, h: Any, points: Array, gradients: Array) -> Array:
    """Return where PyTorch's optimizer steps from each point, float64[steps, 2]."""
    position = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = make_torch_optimizer(id, h, position)
    out = np.empty_like(points)
    for k in range(len(points)):
        position.data.copy_(torch.from_numpy(points[k]))
        position.grad = torch.from_numpy(gradients[k])
        optimizer.step()
        out[k] = position.detach().numpy()
    return out


@pytest.mark.usefixtures("float64_torch")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("id", TORCH_IDS)
def test_every_update_is_pytorchs(id: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    h = draw_hyperparameters(id, generator)
    gradients = draw_gradients(generator, STEPS)
    # Positions as small as the steps, so that a position's rounding hides no part of a step.
    points = generator.normal(0.0, h.lr, (STEPS, 2))
    ours = drive(h, points, gradients)
    theirs = drive_torch(id, h, points, gradients)
    scale = np.abs(points) + np.abs(theirs - points)
    assert (np.abs(ours - theirs) <= 1e-12 * scale).all()


@pytest.mark.usefixtures("float64_torch")
@pytest.mark.parametrize("id", TORCH_IDS)
def test_whole_paths_are_pytorchs_where_a_rounding_error_does_not_grow(id: str) -> None:
    h = OPTIMIZERS[id].pack({})
    compared = 0
    for number, objective in enumerate(OBJECTIVES.values()):
        generator = np.random.default_rng(number)
        x, y = (
            float(generator.uniform(*ends)) for ends in (objective.domain.x, objective.domain.y)
        )
        path = walk(objective, id, h, x, y)
        # A few hundred rounding errors, because a single one may vanish in the first step.
        twin = walk(objective, id, h, x + 2**-46 * max(1.0, abs(x)), y - 2**-46 * max(1.0, abs(y)))
        theirs = walk_torch(objective, id, h, x, y, len(path))
        length = min(len(path), len(twin))
        scale = np.maximum(1.0, np.abs(path[:length]))
        apart = (np.abs(path[:length] - twin[:length]) > 1e-12 * scale).any(axis=1)
        last = int(apart.argmax()) if apart.any() else length
        assert (np.abs(path - theirs)[:last] <= 1e-10 * scale[:last]).all(), objective.id
        compared += last
    assert compared > 100 * len(OBJECTIVES)


@pytest.mark.usefixtures("float64_torch")
def test_adam_comes_near_ackleys_cusp_and_runs_on_as_pytorchs_does() -> None:
    ackley, h = OBJECTIVES["ackley"], OPTIMIZERS["adam"].pack({"lr": 0.3162})
    path = walk(ackley, "adam", h, -2.7, 0.6)
    assert len(path) == STEPS + 1
    np.testing.assert_allclose(
        path[:301], walk_torch(ackley, "adam", h, -2.7, 0.6, 301), rtol=0, atol=1e-10
    )
    distance = np.hypot(*path[:301].T)
    assert distance.min() <= ARRIVAL_DISTANCE < distance[-1]


def walk(objective: Objective, id: str, h: Any, x: float, y: float) -> Array:
    """Return our path, float64[points, 2]."""
    descent = descend(
        objective, objective.pack({}), OPTIMIZERS[id], h,
        start=(x, y), steps=STEPS, noise=Noise(),
    )  # fmt: skip
    return np.stack([descent.x, descent.y], axis=1)


def walk_torch(objective: Objective, id: str, h: Any, x: float, y: float, points: int) -> Array:
    """Return the path of PyTorch's optimizer along the same gradient, float64[points, 2]."""
    position = torch.tensor([x, y], requires_grad=True)
    optimizer = make_torch_optimizer(id, h, position)
    out = np.empty((points, 2))
    for k in range(points):
        out[k] = position.detach().numpy()
        _, fx, fy = objective.evaluate(out[k, 0], out[k, 1], objective.pack({}))
        position.grad = torch.tensor([float(fx), float(fy)])
        optimizer.step()
    return out


# --- What the papers and the article print, and PyTorch does not ---


def follow(formula: Callable[[int, float], float], gradients: Array) -> Array:
    """Return the changes of position that a formula of (t, g) for one coordinate gives."""
    return np.array([formula(t, g) for t, g in enumerate(gradients.tolist(), start=1)])


def steps_of(h: Any, gradients: Array) -> Array:
    """Return the changes of position that a rule gives in its first coordinate."""
    both = np.stack([gradients, np.zeros_like(gradients)], axis=1)
    return drive(h, np.zeros_like(both), both)[:, 0]


@pytest.fixture
def gradients() -> Array:
    return draw_gradients(np.random.default_rng(3), STEPS)[:, 0]


def test_momentum_as_an_average_is_dampened_from_the_first_step(gradients: Array) -> None:
    v = 0.0

    def paper(t: int, g: float) -> float:
        nonlocal v
        v = 0.9 * v + 0.1 * g
        return -0.05 * v

    h = Momentum(lr=0.05, momentum=0.9, dampening=0.9, dampen_always=True)
    np.testing.assert_allclose(steps_of(h, gradients), follow(paper, gradients), rtol=1e-12)


def test_momentum_in_the_articles_convention_takes_the_same_steps(gradients: Array) -> None:
    v = 0.0

    def article(t: int, g: float) -> float:
        nonlocal v
        v = 0.8 * v - 0.01 * g
        return v

    h = Momentum(lr=0.01, momentum=0.8)
    np.testing.assert_allclose(steps_of(h, gradients), follow(article, gradients), rtol=1e-11)


@pytest.mark.parametrize("inside", [False, True])
def test_adagrad_takes_epsilon_inside_or_outside_the_root(gradients: Array, inside: bool) -> None:
    total = 0.0

    def paper(t: int, g: float) -> float:
        nonlocal total
        total += g**2
        return -0.1 * g / (math.sqrt(total + 1e-3) if inside else math.sqrt(total) + 1e-3)

    h = Adagrad(lr=0.1, eps=1e-3, eps_inside_root=inside)
    np.testing.assert_allclose(steps_of(h, gradients), follow(paper, gradients), rtol=1e-12)


@pytest.mark.parametrize("inside", [False, True])
def test_rmsprop_takes_epsilon_inside_or_outside_the_root(gradients: Array, inside: bool) -> None:
    v = 0.0

    def paper(t: int, g: float) -> float:
        nonlocal v
        v = 0.99 * v + 0.01 * g**2
        return -0.01 * g / (math.sqrt(v + 1e-3) if inside else math.sqrt(v) + 1e-3)

    h = RMSprop(lr=0.01, alpha=0.99, eps=1e-3, eps_inside_root=inside)
    np.testing.assert_allclose(steps_of(h, gradients), follow(paper, gradients), rtol=1e-12)


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("rule", [Adam, AdamW])
def test_adam_takes_both_switches(
    gradients: Array, rule: type[Any], inside: bool, corrected: bool
) -> None:
    m = v = 0.0

    def paper(t: int, g: float) -> float:
        nonlocal m, v
        m = 0.7 * m + 0.3 * g
        v = 0.999 * v + 0.001 * g**2
        m_hat = m / (1 - 0.7**t) if corrected else m
        v_hat = v / (1 - 0.999**t) if corrected else v
        return -0.01 * m_hat / (math.sqrt(v_hat + 1e-3) if inside else math.sqrt(v_hat) + 1e-3)

    h = rule(
        lr=0.01, beta1=0.7, eps=1e-3, weight_decay=0.0,
        bias_correction=corrected, eps_inside_root=inside,
    )  # fmt: skip
    np.testing.assert_allclose(steps_of(h, gradients), follow(paper, gradients), rtol=1e-10)


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("inside", [False, True])
def test_nadam_takes_both_switches(gradients: Array, inside: bool, corrected: bool) -> None:
    m = v = 0.0
    momenta: list[float] = [0.9 * (1 - 0.5 * 0.96 ** (t * 0.004)) for t in range(STEPS + 2)]

    def paper(t: int, g: float) -> float:
        nonlocal m, v
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        now, ahead = (1 - momenta[t]) * g, momenta[t + 1] * m
        v_hat = v
        if corrected:
            now /= 1 - float(np.prod(momenta[1 : t + 1]))
            ahead /= 1 - float(np.prod(momenta[1 : t + 2]))
            v_hat = v / (1 - 0.999**t)
        root = math.sqrt(v_hat + 1e-3) if inside else math.sqrt(v_hat) + 1e-3
        return -0.01 * (now + ahead) / root

    h = NAdam(lr=0.01, eps=1e-3, bias_correction=corrected, eps_inside_root=inside)
    np.testing.assert_allclose(steps_of(h, gradients), follow(paper, gradients), rtol=1e-10)


def test_amsgrad_without_bias_correction_divides_by_the_largest_average(gradients: Array) -> None:
    m = v = largest = 0.0

    def paper(t: int, g: float) -> float:
        nonlocal m, v, largest
        m = 0.9 * m + 0.1 * g
        v = 0.9 * v + 0.1 * g**2
        largest = max(largest, v)
        return -0.01 * m / (math.sqrt(largest) + 1e-8)

    h = Adam(lr=0.01, beta2=0.9, amsgrad=True, bias_correction=False)
    np.testing.assert_allclose(steps_of(h, gradients), follow(paper, gradients), rtol=1e-10)


def test_amsgrads_steps_grow_again_under_bias_correction_alone() -> None:
    # One steep slope, then gentle ones: the largest average stays what the first slope made it.
    slopes = np.array([10.0, *[0.1] * 200])
    for corrected in (False, True):
        h = Adam(lr=0.01, beta1=0.0, amsgrad=True, bias_correction=corrected)
        lengths = -steps_of(h, slopes)[1:]
        if corrected:  # v̂ = v / (1 - β₂ᵗ) shrinks as the correction fades
            assert (np.diff(lengths) > 0).all()
            assert lengths[-1] / lengths[0] == pytest.approx(
                math.sqrt((1 - 0.999**201) / (1 - 0.999**2)), rel=1e-4
            )
        else:
            np.testing.assert_allclose(lengths, lengths[0], rtol=1e-12)


def test_radam_waits_until_enough_gradients_make_up_its_average(gradients: Array) -> None:
    m = v = 0.0
    adaptive = []

    def paper(t: int, g: float) -> float:
        nonlocal m, v
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        m_hat = m / (1 - 0.9**t)
        rho_inf = 2 / (1 - 0.999) - 1
        rho = rho_inf - 2 * t * 0.999**t / (1 - 0.999**t)
        adaptive.append(rho > 5)
        if rho <= 5:
            return -0.01 * m_hat
        r = math.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
        return -0.01 * r * m_hat / math.sqrt(v / (1 - 0.999**t))

    h = RAdam(lr=0.01, eps=1e-16)
    np.testing.assert_allclose(steps_of(h, gradients), follow(paper, gradients), rtol=1e-9)
    assert adaptive == [False] * 5 + [True] * (STEPS - 5)


def test_adadelta_without_a_learning_rate_is_the_papers(gradients: Array) -> None:
    v = u = 0.0

    def paper(t: int, g: float) -> float:
        nonlocal v, u
        v = 0.95 * v + 0.05 * g**2
        step = -math.sqrt(u + 1e-6) / math.sqrt(v + 1e-6) * g
        u = 0.95 * u + 0.05 * step**2
        return step

    h = Adadelta(rho=0.95)
    np.testing.assert_allclose(steps_of(h, gradients), follow(paper, gradients), rtol=1e-10)


def test_lion_steps_by_the_sign_of_its_interpolation() -> None:
    generator = np.random.default_rng(5)
    points = generator.normal(0.0, 1.0, (STEPS, 2))
    gradients = draw_gradients(generator, STEPS)
    h = Lion(lr=0.03, beta1=0.8, beta2=0.95, weight_decay=0.1)
    ours = drive(h, points, gradients)
    for axis in range(2):
        m = 0.0
        for k in range(STEPS):
            theta, g = points[k, axis], gradients[k, axis]
            c = 0.8 * m + (1 - 0.8) * g
            theta -= 0.03 * (np.sign(c) + 0.1 * theta)
            m = 0.95 * m + (1 - 0.95) * g
            assert ours[k, axis] == pytest.approx(theta, rel=1e-12)


def test_adams_bias_correction_keeps_its_digits_where_a_power_loses_them() -> None:
    # β = 1 - 10⁻⁶: after the first step m̂ = v̂ = 1 for a constant gradient of 1, to the last bit.
    h = Adam(lr=1.0, beta1=0.999999, beta2=0.999999, eps=1e-16)
    steps = steps_of(h, np.ones(100))
    np.testing.assert_allclose(steps, -1.0, rtol=1e-14)
