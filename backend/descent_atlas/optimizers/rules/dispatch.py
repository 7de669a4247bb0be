"""Selection of an update rule by the type of its hyperparameters.

A rule is two pure functions: `init(h)` gives the state before the first step, and
`update(x, y, fx, fy, f, state, h)` gives the next position and state. Both run as plain Python
and in compiled code, where Numba selects the rule by the type of `h` when it compiles the caller.
A loop that calls `init` and `update` is therefore compiled once for each optimizer, and contains
no other optimizer's arithmetic.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from numba.core import types
from numba.extending import overload, register_jitable

Init = Callable[[Any], Any]
Update = Callable[..., tuple[float, float, Any]]
ScalarUpdate = Callable[..., tuple[float, Any]]

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])
ScalarUpdateT = TypeVar("ScalarUpdateT", bound=ScalarUpdate)
UpdateT = TypeVar("UpdateT", bound=Update)


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


def init(h: Any) -> Any:
    """Return the state of the rule of `h` before its first step."""
    return _RULES[type(h)][0](h)


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
    return _RULES[h.instance_class][0]


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
