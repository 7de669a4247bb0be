"""How the loop finds an optimizer's rule: by the type of its hyperparameters.

A rule is two pure functions: `init(h)` gives the state before the first step, and
`update(x, y, fx, fy, f, state, h)` gives the next position and state. Both run as ordinary
Python and inside compiled code, where Numba chooses the rule from the type of `h` while it
compiles the caller: a loop that calls `init` and `update` is compiled once an optimizer and
contains that optimizer's arithmetic and nothing else.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from numba.core import types
from numba.extending import overload, register_jitable

Init = Callable[[Any], Any]
Update = Callable[..., tuple[float, float, Any]]
ScalarUpdate = Callable[..., tuple[float, Any]]


class Coordinates(NamedTuple):
    """The state of a rule that treats each coordinate alone.

    The coordinates share the step count, so that what depends on it alone, such as β₁ᵗ, is
    computed once.
    """

    t: int
    x: Any
    y: Any


_RULES: dict[type, tuple[Init, Update]] = {}
"""The two functions of a rule, by the class of its hyperparameters."""


def planar(hyperparameters: type, initial: Init) -> Callable[[Update], Update]:
    """Register a rule that acts on the point (x, y): it couples coordinates or needs the loss.

    The rule is called as `rule(x, y, fx, fy, f, state, h)`, where (fx, fy) and f are the
    gradient and the loss at (x, y), and returns x, y and the next state; `initial(h)` is its
    state before the first step.
    """

    def register(rule: Update) -> Update:
        _RULES[hyperparameters] = (register_jitable(initial), register_jitable(rule))
        return rule

    return register


def coordinatewise(hyperparameters: type, initial: Init) -> Callable[[ScalarUpdate], ScalarUpdate]:
    """Register a rule that acts on each coordinate alone, written for one coordinate θ.

    The rule is called as `rule(theta, g, t, state, h)`, where g is the derivative with respect
    to θ and t counts the steps from 1, and returns θ and the next state; `initial(h)` is the
    state of one coordinate before the first step.
    """

    def register(rule: ScalarUpdate) -> ScalarUpdate:
        start = register_jitable(initial)
        step = register_jitable(rule)

        def init_both(h: Any) -> Coordinates:
            return Coordinates(0, start(h), start(h))

        def update_both(
            x: float, y: float, fx: float, fy: float, f: float, state: Coordinates, h: Any
        ) -> tuple[float, float, Coordinates]:
            t = state.t + 1
            x, state_x = step(x, fx, t, state.x, h)
            y, state_y = step(y, fy, t, state.y, h)
            return x, y, Coordinates(t, state_x, state_y)

        planar(hyperparameters, init_both)(update_both)
        return rule

    return register


def init(h: Any) -> Any:
    """Return the state of the rule of `h` before its first step."""
    return _RULES[type(h)][0](h)


def update(
    x: float, y: float, fx: float, fy: float, f: float, state: Any, h: Any
) -> tuple[float, float, Any]:
    """Take one step of the rule of `h` from (x, y), where the loss is f and its gradient (fx, fy).

    Division by zero gives infinity or NaN in compiled code, and raises in plain Python.
    """
    return _RULES[type(h)][1](x, y, fx, fy, f, state, h)


# Not strict: Numba would want the annotations of a rule to equal those of its Numba types.
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
