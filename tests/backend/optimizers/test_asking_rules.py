"""The rules that ask an oracle beside plain transcriptions of their papers, and PyTorch's own."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.optimizers.rules import (
    ASGD,
    LBFGS,
    SAM,
    Newton,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    advance,
    asks,
    init,
)
from descent_atlas.optimizers.rules.lbfgs import LBFGSState
from descent_atlas.simulation.descent import descend
from descent_atlas.simulation.noise import Noise
from tests.backend.optimizers.asking_steps import (
    Array,
    CountedGradient,
    Gradient,
    make_oracle,
    walk,
)

ASKING = {id: optimizer for id, optimizer in OPTIMIZERS.items() if asks(optimizer.rule)}
SEARCHING = ("lbfgs", "newton")

LOUD = Noise(std=0.3, seed=11, all=True)
STEPS = 60
START = (0.5, -1.0)

SEEDS = range(8)


def follow_sam(h: SAM, gradient: Gradient) -> Iterator[Array]:
    """Yield the points of algorithm 1, with SGD with momentum as its base."""
    theta, v = np.array(START), np.zeros(2)
    while True:
        yield theta
        g = gradient(theta)
        epsilon = h.rho * g / (np.linalg.norm(g) + 1e-12)
        v = h.momentum * v + gradient(theta + epsilon) + h.weight_decay * theta
        theta = theta - h.lr * v


def follow_sam_in_halves(h: SAM, gradient: Gradient) -> Iterator[Array]:
    """Yield the points of the PyTorch code that is used most, https://github.com/davda54/sam.

    Its two half steps climb to θ + ε and come back, around a step of `torch.optim.SGD`. That of
    the package pytorch_optimizer is the same but for a length of the gradient in float32.
    """
    theta = torch.tensor(START, dtype=torch.float64)
    base = torch.optim.SGD([theta], lr=h.lr, momentum=h.momentum, weight_decay=h.weight_decay)
    while True:
        yield theta.numpy().copy()
        g = torch.from_numpy(gradient(theta.numpy()))
        epsilon = g * (h.rho / (g.norm() + 1e-12))
        theta.add_(epsilon)
        theta.grad = torch.from_numpy(gradient(theta.numpy()))
        theta.sub_(epsilon)
        base.step()


def follow_authors_sam(h: SAM, gradient: Gradient) -> Iterator[Array]:
    """Yield the points of the authors' JAX code, https://github.com/google-research/sam.

    It divides by the bare length. Without momentum (theirs is Nesterov's), weight decay (theirs is
    part of the loss, and so of the climb) and their clipping of gradients nothing else differs.
    """
    theta = np.array(START)
    while True:
        yield theta
        g = gradient(theta)
        theta = theta - h.lr * gradient(theta + h.rho * g / np.sqrt(np.sum(np.square(g))))


def weigh(h: Any) -> Iterator[tuple[float, float]]:
    """Yield the learning rate and the weight c of each step of the authors' code."""
    lr_max = total = 0.0
    k = 0
    while True:
        lr = h.lr * ((k + 1) / h.warmup_steps if k < h.warmup_steps else 1.0)
        lr_max = max(lr, lr_max)
        weight = (k + 1) ** h.r * lr_max**2
        total += weight
        yield lr, weight / total
        k += 1


def follow_schedule_free(h: Any, gradient: Gradient) -> Iterator[Array]:
    """Yield the averages x of both rules as the paper writes them."""
    beta = h.beta1 if isinstance(h, ScheduleFreeAdamW) else h.momentum
    x = z = np.array(START)
    v = np.zeros(2)
    for t, (lr, c) in enumerate(weigh(h), start=1):
        yield x
        y = (1 - beta) * z + beta * x
        g = gradient(y)
        if isinstance(h, ScheduleFreeAdamW):
            v = h.beta2 * v + (1 - h.beta2) * g**2
            g = g / (np.sqrt(v / (1 - h.beta2**t)) + h.eps)
        z = z - lr * (g + h.weight_decay * y)
        x = (1 - c) * x + c * z


def follow_in_place(h: Any, gradient: Gradient) -> Iterator[Array]:
    """Yield the averages of both rules as the authors' code keeps them: y and z alone."""
    beta = h.beta1 if isinstance(h, ScheduleFreeAdamW) else h.momentum
    y = z = np.array(START)
    v = np.zeros(2)
    for k, (lr, c) in enumerate(weigh(h)):
        yield y + (z - y) * (1 - 1 / beta)
        g = gradient(y)
        if isinstance(h, ScheduleFreeAdamW):
            v = h.beta2 * v + (1 - h.beta2) * g**2
            g = g / (np.sqrt(v / (1 - h.beta2 ** (k + 1))) + h.eps)
        g = g + h.weight_decay * y
        y = y + (z - y) * c + g * (lr * (beta * (1 - c) - 1))
        z = z - lr * g


def draw_sam(generator: np.random.Generator) -> SAM:
    rho, momentum, decay = generator.uniform((0.01, 0.0, 0.0), (0.3, 0.9, 0.1))
    return SAM(0.0005, float(rho), float(momentum), float(decay))


def draw_plain_sam(generator: np.random.Generator) -> SAM:
    return SAM(0.0005, float(generator.uniform(0.01, 0.3)), 0.0, 0.0)


def draw_schedule_free_sgd(generator: np.random.Generator) -> ScheduleFreeSGD:
    momentum, decay, r, warm = generator.uniform((0.5, 0.0, 0.0, 0.0), (0.95, 0.1, 2.0, 20.0))
    return ScheduleFreeSGD(0.01, float(momentum), float(decay), float(r), float(round(warm)))


def draw_schedule_free_adamw(generator: np.random.Generator) -> ScheduleFreeAdamW:
    beta1, decay, r, warm = generator.uniform((0.5, 0.0, 0.0, 0.0), (0.95, 0.1, 2.0, 20.0))
    return ScheduleFreeAdamW(
        0.05, float(beta1), 0.99, 1e-8, float(decay), float(r), float(round(warm))
    )


TRANSCRIBED: list[tuple[Callable[[np.random.Generator], Any], Callable[..., Iterator[Array]]]] = [
    (draw_sam, follow_sam),
    (draw_sam, follow_sam_in_halves),
    (draw_plain_sam, follow_authors_sam),
    (draw_schedule_free_sgd, follow_schedule_free),
    (draw_schedule_free_sgd, follow_in_place),
    (draw_schedule_free_adamw, follow_schedule_free),
    (draw_schedule_free_adamw, follow_in_place),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("draw", "follow"), TRANSCRIBED)
def test_every_step_is_the_papers(
    draw: Callable[[np.random.Generator], Any], follow: Callable[..., Iterator[Array]], seed: int
) -> None:
    h = draw(np.random.default_rng(seed))
    himmelblau = OBJECTIVES["himmelblau"]
    gradient = CountedGradient(himmelblau, LOUD)
    points = follow(h, gradient)
    paper = np.array([next(points) for _ in range(STEPS + 1)])
    ours, oracle, _ = walk(himmelblau, h, START, STEPS, LOUD)
    assert oracle.spent == gradient.count
    np.testing.assert_allclose(ours, paper, rtol=1e-12, atol=1e-12)


@pytest.fixture
def float64_torch() -> Iterator[None]:
    """Let float64 be PyTorch's default type, in which ASGD keeps its count of steps."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.usefixtures("float64_torch")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_average_of_asgd_is_pytorchs(seed: int) -> None:
    lambd, alpha, t0, decay = np.random.default_rng(seed).uniform(
        (0.0, 0.5, 0.0, 0.0), (0.1, 1.0, 40.0, 0.1)
    )
    h = ASGD(0.01, float(lambd), float(alpha), float(round(t0)), float(decay))
    himmelblau = OBJECTIVES["himmelblau"]
    gradient = CountedGradient(himmelblau, LOUD)
    position = torch.tensor(START, requires_grad=True)
    optimizer = torch.optim.ASGD([position], **h._asdict())
    theirs = [np.array(START)]
    for _ in range(STEPS):
        position.grad = torch.from_numpy(gradient(position.detach().numpy()))
        optimizer.step()
        theirs.append(optimizer.state[position]["ax"].numpy().copy())
    ours, _, _ = walk(himmelblau, h, START, STEPS, LOUD)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def set_memory(memory: dict[str, Any], before: LBFGSState, state: LBFGSState) -> None:
    """Let PyTorch's optimizer remember what ours does after a step; `before` it was another state.

    PyTorch adds the newest pair when its next step begins.
    """
    pairs = before.pairs
    oldest_first = range(pairs.held - 1, -1, -1)
    tensor = torch.tensor
    memory.update(
        n_iter=state.t,
        d=tensor([state.dx, state.dy]),
        t=state.step,
        old_dirs=[tensor([pairs.yx[i], pairs.yy[i]]) for i in oldest_first],
        old_stps=[tensor([pairs.sx[i], pairs.sy[i]]) for i in oldest_first],
        ro=[tensor(pairs.rho[i]) for i in oldest_first],
        H_diag=tensor(pairs.gamma),
        prev_flat_grad=tensor([state.seen.gx, state.seen.gy]),
    )


@pytest.mark.usefixtures("float64_torch")
@pytest.mark.parametrize("lr", [1.0, 0.1, 3.0])
@pytest.mark.parametrize(
    ("id", "start"),
    [
        ("rosenbrock", (-1.2, 1.0)),
        ("himmelblau", START),
        ("beale", (1.0, 1.0)),
        ("goldstein-price", (-0.4, -0.9)),
        ("quadratic", (1.5, -0.7)),
    ],
)
def test_lbfgs_takes_the_iterations_of_pytorchs_while_values_tell_points_apart(
    id: str, start: tuple[float, float], lr: float
) -> None:
    """Each iteration begins at the same point with the same memory.

    Along whole paths roundings grow: PyTorch sums in another order, and on Rosenbrock's function
    with a rate of 3 paths part by 6e-12, where ours part by 1e-9 if x begins one ulp farther on.
    """
    objective = OBJECTIVES[id]
    position = torch.tensor(start, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [position], lr=lr, max_iter=1, max_eval=26, tolerance_grad=0.0, tolerance_change=0.0,
        history_size=10, line_search_fn="strong_wolfe",
    )  # fmt: skip
    calls = 0

    def closure() -> float:
        nonlocal calls
        calls += 1
        x, y = position.detach().numpy().tolist()
        f, fx, fy = objective.evaluate(x, y, objective.pack({}))
        position.grad = torch.tensor([float(fx), float(fy)])
        return float(f)

    (x, y), h = start, LBFGS(lr)
    oracle, state = make_oracle(objective, Noise()), init(h)
    before, compared = state, 0
    while compared < 40:
        position.data = torch.tensor([x, y])
        if state.t > 0:
            set_memory(optimizer.state[position], before, state)
        asked, calls = oracle.spent, 0
        optimizer.step(closure)  # type: ignore[no-untyped-call]  # PyTorch has no types for it
        before = state
        x, y, oracle, state = advance(x, y, oracle, state, h)
        if math.hypot(state.gx, state.gy) < 1e-5:  # nearer, values differ by rounding alone
            break
        # Each call of PyTorch's begins with the gradient that the last one has ended with.
        assert oracle.spent - asked == calls - (state.t > 1)
        np.testing.assert_allclose([x, y], position.detach().numpy(), rtol=1e-12, atol=1e-12)
        compared += 1
    assert compared >= 3


@pytest.mark.parametrize("seed", SEEDS)
def test_newtons_method_is_the_books(seed: int) -> None:
    """Each step begins at the same point."""
    generator = np.random.default_rng(seed)
    h = Newton(float(generator.uniform(0.5, 2.0)), 1e-4, float(generator.uniform(0.2, 0.8)))
    objective = OBJECTIVES["himmelblau"]
    start = tuple(generator.uniform(-4, 4, 2).tolist())
    ours, _, _ = walk(objective, h, start, 8, Noise())
    for k, point in enumerate(ours[:-1]):
        x, y = point.tolist()
        f, fx, fy = objective.evaluate(x, y, objective.pack({}))
        # The second derivatives of (x² + y - 11)² + (x + y² - 7)².
        hessian = np.array([
            [12 * x**2 + 4 * y - 42, 4 * (x + y)],
            [4 * (x + y), 12 * y**2 + 4 * x - 26],
        ])  # fmt: skip
        values, vectors = np.linalg.eigh(hessian)
        d = -(vectors / np.abs(values)) @ vectors.T @ np.array([fx, fy])
        s = h.lr
        for _ in range(25):
            trial = point + s * d
            value = objective.evaluate(trial[0], trial[1], objective.pack({}))[0]
            if value <= f + h.armijo * s * (fx * d[0] + fy * d[1]):
                break
            s *= h.backtracking
        np.testing.assert_allclose(ours[k + 1], trial, rtol=1e-12, atol=1e-12)
        if math.hypot(fx, fy) < 1e-5:
            break


def test_newtons_method_leaves_a_saddle_and_a_maximum() -> None:
    himmelblau = OBJECTIVES["himmelblau"]
    for start in ((-0.2708, -0.9230), (-0.1280, -1.9537), (0.0867, 2.8843)):
        path, _, _ = walk(himmelblau, Newton(), start, 40, Noise())
        values = himmelblau.evaluate(path[:, 0], path[:, 1], himmelblau.pack({}))[0]
        assert (np.diff(values) <= 0).all()
        assert values[-1] == pytest.approx(0.0, abs=1e-20)


@pytest.mark.parametrize("id", ASKING)
def test_the_compiled_rule_steps_like_the_plain_python_one(id: str) -> None:
    himmelblau, h = OBJECTIVES["himmelblau"], OPTIMIZERS[id].pack({"lr": 0.01})
    noise = Noise() if id in SEARCHING else LOUD
    steps = 5 if id in SEARCHING else 20
    path, oracle, _ = walk(himmelblau, h, START, steps, noise)
    descent = descend(
        himmelblau, himmelblau.pack({}), OPTIMIZERS[id], h,
        start=START, steps=oracle.spent, noise=noise,
    )  # fmt: skip
    assert (descent.steps, descent.evaluations) == (steps, oracle.spent)
    np.testing.assert_allclose(descent.x, path[:, 0], rtol=1e-12)
    np.testing.assert_allclose(descent.y, path[:, 1], rtol=1e-12)


@pytest.mark.parametrize("id", ASKING)
def test_where_the_gradient_vanishes_nothing_moves(id: str) -> None:
    saddle = OBJECTIVES["saddle"]
    decays = {"weight_decay": 0.0, "lambd": 0.0}
    optimizer = OPTIMIZERS[id]
    h = optimizer.pack({k: v for k, v in decays.items() if k in optimizer.rule._fields})
    path, oracle, _ = walk(saddle, h, (0.0, 0.0), 20, Noise())
    assert (path == 0.0).all()
    assert oracle.spent >= 20  # it asks at least once in each step, so that a budget ends


def list_costs() -> list[tuple[Optimizer, int]]:
    return [(one, one.evaluations) for one in ASKING.values() if one.evaluations is not None]


@pytest.mark.parametrize(("optimizer", "cost"), list_costs())
def test_a_step_takes_as_many_evaluations_as_the_table_says(
    optimizer: Optimizer, cost: int
) -> None:
    _, oracle, _ = walk(OBJECTIVES["quadratic"], optimizer.pack({"lr": 0.01}), START, 7, Noise())
    assert oracle.spent == 7 * cost


def test_averages_of_noise_lie_nearer_to_the_minimum_than_the_points_that_are_averaged() -> None:
    quadratic = OBJECTIVES["quadratic"]
    noise = Noise(std=1.0, seed=5, all=True)
    for h in (ASGD(0.05, t0=200.0), ScheduleFreeSGD(0.05)):
        path, _, state = walk(quadratic, h, (0.1, 0.1), 2000, noise)
        z = (state.x, state.y) if isinstance(h, ASGD) else (state.zx, state.zy)
        assert np.hypot(*path[-1]) < 0.3 * math.hypot(*z)
