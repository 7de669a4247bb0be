"""Selection of an update rule by the type of its hyperparameters.

A rule is two pure functions: `init(h)` gives the state before the first step, and
`update(x, y, fx, fy, f, state, h)` gives the next position and state. Both run as plain Python
and in compiled code, where Numba selects the rule by the type of `h` when it compiles the caller.
A loop that calls `init` and `update` is therefore compiled once for each optimizer, and contains
no other optimizer's arithmetic.

A rule that one gradient at the drawn point does not suffice has `advance` in the place of `update`:
it gets an oracle (`rules.oracle`), asks it as often as it needs and returns it with the count.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from numba.core import types
from numba.extending import overload, register_jitable

Init = Callable[[Any], Any]
Update = Callable[..., tuple[float, float, Any]]
Advance = Callable[..., tuple[float, float, Any, Any]]
ScalarUpdate = Callable[..., tuple[float, Any]]

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])
ScalarUpdateT = TypeVar("ScalarUpdateT", bound=ScalarUpdate)
UpdateT = TypeVar("UpdateT", bound=Update)
AdvanceT = TypeVar("AdvanceT", bound=Advance)


class Coordinates(NamedTuple):
    """The state of a rule that treats each coordinate alone.

    Attributes:
        t: the steps taken.
        x, y: the state of each coordinate.
    """

    t: int
    x: Any
    y: Any


_RULES: dict[type, tuple[Init, Update]] = {}
"""The functions of each rule, by the class of its hyperparameters."""

_ASKING_RULES: dict[type, tuple[Init, Advance]] = {}
"""The same of the rules that ask an oracle."""


def compilable(function: FunctionT) -> FunctionT:
    """Make a function callable from compiled code; elsewhere it remains plain Python."""
    register_jitable(function)
    return function


def planar(hyperparameters: type, initial: Init) -> Callable[[UpdateT], UpdateT]:
    """Register a rule that acts on the point (x, y): it couples coordinates or needs the loss.

    The rule is called as `rule(x, y, fx, fy, f, state, h)`, where (fx, fy) is the gradient at
    (x, y) and f the loss above the objective's global minimum, and returns x, y and the next
    state; `initial(h)` is the state before the first step.
    """

    def register(rule: UpdateT) -> UpdateT:
        _RULES[hyperparameters] = (compilable(initial), compilable(rule))
        return rule

    return register


def coordinatewise(
    hyperparameters: type, initial: Init
) -> Callable[[ScalarUpdateT], ScalarUpdateT]:
    """Register a rule that acts on each coordinate alone, written for one coordinate θ.

    The rule is called as `rule(theta, g, t, state, h)`, where g is the derivative with respect
    to θ and t counts the steps from 1, and returns θ and the next state; `initial(h)` is the
    state of one coordinate before the first step.
    """

    def register(rule: ScalarUpdateT) -> ScalarUpdateT:
        start = compilable(initial)
        step = compilable(rule)

        @planar(hyperparameters, lambda h: Coordinates(0, start(h), start(h)))
        def update_both(
            x: float, y: float, fx: float, fy: float, f: float, state: Coordinates, h: Any
        ) -> tuple[float, float, Coordinates]:
            t = state.t + 1
            x, state_x = step(x, fx, t, state.x, h)
            y, state_y = step(y, fy, t, state.y, h)
            return x, y, Coordinates(t, state_x, state_y)

        return rule

    return register


def asking(hyperparameters: type, initial: Init) -> Callable[[AdvanceT], AdvanceT]:
    """Register a rule that asks an oracle for what it needs.

    The rule is called as `rule(x, y, oracle, state, h)`, where (x, y) is the drawn point, and
    returns the next x and y, the oracle and the next state. It asks at least once in each step.
    `initial(h)` is the state before the first step; its field `seen` is the gradient that
    the last step was taken with (`rules.oracle.Seen`).
    """

    def register(rule: AdvanceT) -> AdvanceT:
        _ASKING_RULES[hyperparameters] = (compilable(initial), compilable(rule))
        return rule

    return register


def asks(hyperparameters: type) -> bool:
    """Return whether the rule of a class of hyperparameters asks an oracle."""
    return hyperparameters in _ASKING_RULES


def init(h: Any) -> Any:
    """Return the state of the rule of `h` before its first step."""
    return _find_init(type(h))(h)


def _find_init(hyperparameters: type) -> Init:
    rules = _ASKING_RULES if asks(hyperparameters) else _RULES
    return rules[hyperparameters][0]


def advance(x: float, y: float, oracle: Any, state: Any, h: Any) -> tuple[float, float, Any, Any]:
    """Take one step of the rule of `h`, which asks an oracle, from the drawn point (x, y).

    Returns the next x and y, the oracle with its count, and the next state.
    """
    return _ASKING_RULES[type(h)][1](x, y, oracle, state, h)


def update(
    x: float, y: float, fx: float, fy: float, f: float, state: Any, h: Any
) -> tuple[float, float, Any]:
    """Take one step of the rule of `h` from (x, y), and return the next x, y and state.

    (fx, fy) is the gradient at (x, y) and f the loss there, measured from the objective's
    global minimum. Compiled code follows IEEE 754: dividing by zero or taking the root of a
    negative number gives infinity or NaN. Plain Python raises ZeroDivisionError or ValueError.
    """
    return _RULES[type(h)][1](x, y, fx, fy, f, state, h)


# Not strict: Numba would require a rule's annotations to equal those of its Numba types.
@overload(init, strict=False)
def _compile_init(h: types.NamedTuple) -> Init:
    return _find_init(h.instance_class)


@overload(advance, strict=False)
def _compile_advance(
    x: types.Float,
    y: types.Float,
    oracle: types.NamedTuple,
    state: types.NamedTuple,
    h: types.NamedTuple,
) -> Advance:
    return _ASKING_RULES[h.instance_class][1]


@overload(update, strict=False)
def _compile_update(
    x: types.Float,
    y: types.Float,
    fx: types.Float,
    fy: types.Float,
    f: types.Float,
    state: types.NamedTuple,
    h: types.NamedTuple,
) -> Update:
    return _RULES[h.instance_class][1]
