"""How compiled functions are cached, and how one compiled function calls another by address.

Every objective is compiled on its own to machine code with one C signature, and the loop of
`backend.descent` is compiled once an optimizer; the loop calls the objective through its
address. The number of compilations therefore grows with objectives + optimizers, and all of
them are cached on disk.

The cache lives in a folder whose name is a hash of the sources that are compiled together,
because Numba notices a change only in the file of the function it loads, not in the files of
the functions which that one calls.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import llvmlite.ir
import numba
import platformdirs
from numba.core import types
from numba.extending import intrinsic

COMPILED_SOURCES = (
    "kernels.py",
    "formulas.py",
    "objective.py",
    "rules/dispatch.py",
    "rules/momentum.py",
    "rules/adaptive.py",
    "rules/adam.py",
    "rules/lion.py",
    "rules/eve.py",
    "rules/yellowfin.py",
    "noise.py",
    "minima.py",
    "descent.py",
    "basins.py",
)
"""The files of this package that hold compiled functions."""

CACHE_VARIABLE = "DESCENT_ATLAS_CACHE_DIR"
"""The environment variable that says where compiled code is kept."""


def _choose_cache_folder() -> Path:
    """Return a writable folder for compiled code, filled with what was compiled before.

    Where the usual folder cannot be written to (a read-only image), what it holds is copied to
    a temporary one: Numba refuses a cache that it cannot write.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for name in COMPILED_SOURCES:
        digest.update((Path(__file__).parent / name).read_bytes())
    root = Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_path("descent-atlas"))
    folder = root / digest.hexdigest()[:16]
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if os.access(folder, os.W_OK):
        return folder
    copy = Path(tempfile.mkdtemp(prefix="descent-atlas-"))
    if folder.is_dir():
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        for copied, _, _ in os.walk(copy):
            Path(copied).chmod(0o700)  # a copy of a read-only folder is read-only itself
    return copy


CACHE_FOLDER = _choose_cache_folder()
"""Where compiled code is kept, and what else takes long to make: always writable."""

numba.config.CACHE_DIR = str(CACHE_FOLDER)  # type: ignore[attr-defined]  # set by Numba at import

TRIPLE = types.UniTuple(types.float64, 3)
OBJECTIVE_SIGNATURE = TRIPLE(types.float64, types.float64, types.CPointer(types.float64))
"""(x, y, parameters) → three numbers: value and gradient, or the Hessian's xx, xy, yy."""


class CompiledObjective:
    """A function of (x, y, parameters) as machine code.

    It is compiled, or loaded from the cache, when it is first needed: a server that has just
    started can answer before all of them are.
    """

    def __init__(self, function: Callable[..., tuple[float, float, float]]) -> None:
        self._function = function

    @cached_property
    def _machine_code(self) -> Any:
        return numba.cfunc(OBJECTIVE_SIGNATURE, cache=True, error_model="numpy")(self._function)

    @property
    def address(self) -> int:
        """Where the machine code begins, for `call_objective`; valid as long as this object."""
        address: int = self._machine_code.address
        return address


def compile_objective(function: Callable[..., tuple[float, float, float]]) -> CompiledObjective:
    """Compile a function of (x, y, parameters) to machine code that `call_objective` can call.

    Division by zero gives infinity or NaN, as in C, and is no error.
    """
    return CompiledObjective(function)


def compile_function(function: Callable[..., Any]) -> Any:
    """Compile a function that releases the GIL, for the argument types it is first called with."""
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)


# Numba types an intrinsic as if its caller passed the typing context.
_intrinsic: Callable[..., Any] = intrinsic


@_intrinsic
def call_objective(  # type: ignore[no-untyped-def]  # Numba publishes no types for what it hands over
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
