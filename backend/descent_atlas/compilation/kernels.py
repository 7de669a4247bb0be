"""Compilation of functions, and calls from one compiled function to another by address.

Every objective is compiled on its own to machine code with one C signature. The loop of
`simulation.descent` is compiled once for each optimizer and calls the objective through its
address. The number of compilations therefore grows with objectives + optimizers. All of them are
cached on disk (see `compilation.code_cache`).
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import llvmlite.ir
import numba
from numba.core import types
from numba.core.ccallback import CFunc
from numba.extending import intrinsic

from descent_atlas.compilation.code_cache import CodeCache

TRIPLE = types.UniTuple(types.float64, 3)
OBJECTIVE_SIGNATURE = TRIPLE(types.float64, types.float64, types.CPointer(types.float64))
"""(x, y, parameters) → (value, ∂x, ∂y), or the Hessian's (xx, xy, yy)."""


class CompiledObjective:
    """A function of (x, y, parameters), compiled or loaded from the cache on first use.

    A server can therefore respond before all functions are compiled.
    """

    def __init__(self, function: Callable[..., tuple[float, float, float]]) -> None:
        self._function = function

    @cached_property
    def _machine_code(self) -> Any:
        # As `numba.cfunc` does, but with `CodeCache`.
        signature = OBJECTIVE_SIGNATURE.args, OBJECTIVE_SIGNATURE.return_type
        compiled: Any = CFunc(
            self._function, signature, locals={}, options={"error_model": "numpy"}
        )
        compiled._cache = CodeCache(self._function)
        compiled.compile()
        return compiled

    @property
    def address(self) -> int:
        """Address of the machine code, for `call_objective`; valid while this object exists."""
        address: int = self._machine_code.address
        return address


def compile_objective(function: Callable[..., tuple[float, float, float]]) -> CompiledObjective:
    """Compile a function of (x, y, parameters) to machine code that `call_objective` can call.

    Division by zero gives infinity or NaN as in C, not an exception.
    """
    return CompiledObjective(function)


def compile_function(function: Callable[..., Any]) -> Any:
    """Return a function that releases the GIL and is compiled when first called."""
    compiled: Any = numba.njit(nogil=True, error_model="numpy")(function)
    compiled._cache = CodeCache(function)
    return compiled


class DirectCalls:
    """Calls of a compiled function that pass over Numba's look at the types of their arguments.

    The look takes as long as a hundred steps of a descent, mostly for a tuple with names.
    """

    def __init__(self, function: Any) -> None:
        self._function = function
        self._entries: dict[object, Callable[..., Any]] = {}

    def call(self, key: object, *arguments: Any) -> Any:
        """Call the function. Calls with the same key have arguments of the same types.

        Numbers in tuples may be whole, and count as floating-point ones; arrays have one type and
        layout, which nothing checks.
        """
        entry = self._entries.get(key)
        if entry is not None:
            return entry(*arguments)
        result = self._function(*arguments)
        found = tuple(self._function.typeof_pyval(argument) for argument in arguments)
        tuples: list[Any] = [kind for kind in found if isinstance(kind, types.BaseTuple)]
        if not any(isinstance(number, types.Integer) for kind in tuples for number in kind):
            self._entries[key] = self._function.overloads[found].entry_point
        return result


# Numba's type hints include the typing context in an intrinsic's arguments.
_intrinsic: Callable[..., Any] = intrinsic


@_intrinsic
def call_objective(  # type: ignore[no-untyped-def]  # Numba publishes no types for these arguments
    typing_context, address, x, y, parameters
):
    """Call the objective compiled at `address` (an unsigned integer) from compiled code.

    `parameters` is a C-contiguous float64 array.
    """
    array = types.Array(types.float64, 1, "C")
    signature = TRIPLE(types.uintp, types.float64, types.float64, array)

    def generate(  # type: ignore[no-untyped-def]  # nor for these
        context, builder, signature, arguments
    ):
        address, x, y, parameters = arguments
        double = llvmlite.ir.DoubleType()
        pointer = context.get_value_type(types.CPointer(types.float64))
        function = llvmlite.ir.FunctionType(
            context.get_value_type(TRIPLE), [double, double, pointer]
        )
        data = context.make_array(array)(context, builder, parameters).data
        return builder.call(builder.inttoptr(address, function.as_pointer()), [x, y, data])

    return signature, generate


@_intrinsic
def flatten(  # type: ignore[no-untyped-def]  # nor for these
    typing_context, value
):
    """Return the numbers of a nest of tuples in their order, as one tuple of floats.

    Only compiled code can call it: its length depends on the type alone.
    """

    def is_tuple(part: Any) -> bool:
        return isinstance(part, types.BaseTuple)

    def count(part: Any) -> int:
        return sum(count(inner) for inner in part) if is_tuple(part) else 1

    signature = types.UniTuple(types.float64, count(value))(value)

    def generate(  # type: ignore[no-untyped-def]  # nor for these
        context, builder, signature, arguments
    ):
        numbers = []

        def collect(part: Any, whole: Any) -> None:
            if is_tuple(part):
                for i, inner in enumerate(part):
                    collect(inner, builder.extract_value(whole, i))
            else:
                numbers.append(context.cast(builder, whole, part, types.float64))

        collect(signature.args[0], arguments[0])
        return context.make_tuple(builder, signature.return_type, numbers)

    return signature, generate
