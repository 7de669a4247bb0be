"""Quantities of update rules: what is recorded of some steps, and how it is read.

A state is the least that a rule must remember. A paper also names what follows from it, such as
Adam's m̂; that is derived from the states before and after a step, by the operations of the rule
itself, so that it has the bits of the number with which the step was taken. `optimizers.anatomies`
has the quantities of each rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
"""One number for each step."""


class Vector(NamedTuple):
    """The two coordinates of a point or of a vector, for each step."""

    x: Numbers
    y: Numbers


class Record(NamedTuple):
    """What happened in some successive steps of a descent; every array has one entry a step.

    Attributes:
        step: the steps' numbers t, from 1.
        lr: the hyperparameter `lr` in each step, as the schedule has changed it.
        gradient: the gradients that the optimizer stepped with, with their noise.
        seen_at: where it saw them: `start`, unless its rule takes them elsewhere.
        start: the positions before the steps.
        position: the positions after the steps.
        before, after: the states before and after the steps: those of the rule, whose numbers have
            become arrays.
    """

    step: NDArray[np.int32]
    lr: Numbers
    gradient: Vector
    seen_at: Vector
    start: Vector
    position: Vector
    before: Any
    after: Any


class Coordinate(NamedTuple):
    """The part of a record that one coordinate's rule has met."""

    theta: Numbers
    g: Numbers
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What a rule computes in each step: one number, or one for each coordinate.

    Attributes:
        id: its name in the API.
        text: its symbol in plain text.
        latex: its symbol, as in the optimizer's formula.
        description: what it is.
        is_used: whether the rule uses it with some hyperparameters.
    """

    id: str
    text: str
    latex: str
    description: str
    is_used: Callable[[Any], bool] = lambda h: True


@dataclass(frozen=True, kw_only=True)
class ScalarQuantity(Quantity):
    """A quantity without coordinates; `read` gives it of a record and the hyperparameters."""

    read: Callable[[Record, Any], Numbers]


@dataclass(frozen=True, kw_only=True)
class VectorQuantity(Quantity):
    """A quantity with coordinates; `read` gives it of a record and the hyperparameters."""

    read: Callable[[Record, Any], Vector]


RATE = ScalarQuantity(
    id="rate",
    text="η",
    latex=r"\eta",
    description="The learning rate of the step, by its schedule.",
    read=lambda record, h: record.lr,
)

GRADIENT = VectorQuantity(
    id="g",
    text="g",
    latex="g",
    description="The gradient that the optimizer stepped with, with its noise.",
    read=lambda record, h: record.gradient,
)

POSITION = VectorQuantity(
    id="theta",
    text="θ",
    latex=r"\theta",
    description="The position after the step.",
    read=lambda record, h: record.position,
)


@dataclass(frozen=True, kw_only=True)
class Anatomy:
    """How to read the states of one rule.

    Attributes:
        quantities: what the state holds and what follows from it, in the order of the formula.
        rate: the learning rate of each step; what multiplies the velocity, if there is one.
        velocity: the id of the quantity along which the rule moves if it has momentum, given its
            hyperparameters; None without.
        position: the drawn position, as the formula calls it.
        is_displacement: whether the velocity is a step itself; otherwise the rate times it is
            subtracted.
    """

    quantities: tuple[ScalarQuantity | VectorQuantity, ...] = ()
    rate: ScalarQuantity = RATE
    velocity: Callable[[Any], str | None] = lambda h: None
    position: VectorQuantity = POSITION
    is_displacement: bool = False

    def used(self, h: Any) -> list[ScalarQuantity | VectorQuantity]:
        """Return what there is to read of a step with some hyperparameters, in order."""
        used = [quantity for quantity in self.quantities if quantity.is_used(h)]
        return [self.rate, GRADIENT, *used, self.position]


class Move(NamedTuple):
    """A displacement that explains a step, in the units of the plane.

    Attributes:
        kind: `gradient`, what gradient descent would step with the same gradient and rate;
            `velocity`, the same of the rule's velocity; `step`, the step itself.
        text: its formula in plain text.
        at: where it begins, for each step.
        by: how far it goes, for each step.
    """

    kind: Literal["gradient", "velocity", "step"]
    text: str
    at: Vector
    by: Vector


def find_moves(anatomy: Anatomy, record: Record, h: Any) -> list[Move]:
    """Return the displacements of each step.

    That of the gradient begins where it was seen, the others where the step does.
    """
    rate = anatomy.rate.read(record, h)
    factor = anatomy.rate.text

    def scaled(pair: Vector) -> Vector:
        return Vector(-rate * pair.x, -rate * pair.y)

    start = record.start
    moves = [Move("gradient", f"−{factor} g", record.seen_at, scaled(record.gradient))]
    for quantity in anatomy.used(h):
        if isinstance(quantity, VectorQuantity) and quantity.id == anatomy.velocity(h):
            pair = quantity.read(record, h)
            if anatomy.is_displacement:
                moves.append(Move("velocity", quantity.text, start, pair))
            else:
                moves.append(Move("velocity", f"−{factor} {quantity.text}", start, scaled(pair)))
    after = record.position
    step = Vector(after.x - start.x, after.y - start.y)
    return [*moves, Move("step", f"Δ{anatomy.position.text}", start, step)]


def each(read: Callable[[Coordinate, Any], Numbers]) -> Callable[[Record, Any], Vector]:
    """Return what reads a quantity of both coordinates, given what reads it of one."""

    def read_both(record: Record, h: Any) -> Vector:
        gradient, theta = record.gradient, record.seen_at
        return Vector(
            read(Coordinate(theta.x, gradient.x, record.before.x, record.after.x), h),
            read(Coordinate(theta.y, gradient.y, record.before.y, record.after.y), h),
        )

    return read_both


def field(name: str) -> Callable[[Record, Any], Vector]:
    """Return what reads a field of each coordinate's state."""
    return each(lambda c, h: getattr(c.after, name))
