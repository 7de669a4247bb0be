"""The oracle: what a rule that needs more than one gradient a step asks, and what it has spent.

An evaluation gives the objective's value and its gradient at one point, as one call of a closure of
PyTorch does. Each is counted, and its noise is drawn by its number: a rule that takes one gradient
a step meets the same noise as one that asks here. The Hessian counts as two evaluations, one for
each of its columns.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import call_objective, compile_function
from descent_atlas.optimizers.rules.dispatch import compilable
from descent_atlas.statistics.philox import normal_pair

HESSIAN_EVALUATIONS = 2
"""What the Hessian in two dimensions costs: a product with each unit vector takes a gradient."""


class Oracle(NamedTuple):
    """An objective that a rule may ask, and how often it has asked.

    Attributes:
        objective, hessian: the addresses of the compiled objective and its Hessian.
        parameters: the objective's parameters, float64[parameters].
        noise_scale: the standard deviation of the gradient's noise, 0 for none.
        seed: the noise's seed.
        spent: the evaluations so far.
    """

    objective: np.uint64
    hessian: np.uint64
    parameters: NDArray[np.float64]
    noise_scale: float
    seed: np.uint64
    spent: int


class Seen(NamedTuple):
    """A gradient that a rule stepped with, noise included, and the point (x, y) where it saw it."""

    x: float
    y: float
    gx: float
    gy: float


@compilable
def ask(oracle: Oracle, x: float, y: float) -> tuple[float, float, float, Oracle]:
    """Return the value at (x, y), the gradient there with its noise, and the oracle that counted.

    The value is exact.
    """
    spent = oracle.spent + 1
    f, gx, gy = _evaluate(
        oracle.objective, oracle.parameters, x, y, oracle.noise_scale, oracle.seed, spent
    )
    return f, gx, gy, _count(oracle, spent)


@compilable
def ask_hessian(oracle: Oracle, x: float, y: float) -> tuple[float, float, float, Oracle]:
    """Return the exact second derivatives xx, xy and yy at (x, y), and the oracle that counted."""
    xx, xy, yy = _differentiate_twice(oracle.hessian, oracle.parameters, x, y)
    return xx, xy, yy, _count(oracle, oracle.spent + HESSIAN_EVALUATIONS)


@compilable
def _count(oracle: Oracle, spent: int) -> Oracle:
    return Oracle(
        oracle.objective, oracle.hessian, oracle.parameters, oracle.noise_scale, oracle.seed, spent
    )


@compile_function
def _evaluate(  # type: ignore[no-untyped-def]  # compiled for the types that `ask` passes
    objective, parameters, x, y, noise_scale, seed, number
):
    f, gx, gy = call_objective(objective, x, y, parameters)
    if noise_scale > 0.0:
        noise_x, noise_y = normal_pair(seed, np.uint64(number))
        gx += noise_scale * noise_x
        gy += noise_scale * noise_y
    return f, gx, gy


@compile_function
def _differentiate_twice(hessian, parameters, x, y):  # type: ignore[no-untyped-def]  # as above
    return call_objective(hessian, x, y, parameters)


Asked = tuple[float, float, Oracle, Any]
"""What a rule returns that asks an oracle: x, y, the oracle and the state after a step."""
