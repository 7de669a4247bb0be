"""Scratch memory of compiled functions, in their own stack frame.

A function that other compiled code calls by address must not allocate: an array would cost more
than a short formula. The memory here costs nothing and is gone when the function returns.
"""

from collections.abc import Callable
from typing import Any

import llvmlite.ir
from numba.core import cgutils, types
from numba.extending import intrinsic

SCRATCH_NUMBERS = 1024
"""Numbers in the memory that `allocate_scratch` returns: 8 KB of a thread's stack."""

# Numba's type hints include the typing context in an intrinsic's arguments.
_intrinsic: Callable[..., Any] = intrinsic


@_intrinsic
def allocate_scratch(typing_context):  # type: ignore[no-untyped-def]  # Numba publishes no types
    """Return a pointer to `SCRATCH_NUMBERS` float64, not initialized, for the caller's duration."""
    signature = types.CPointer(types.float64)()

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # as above
        return cgutils.alloca_once(builder, llvmlite.ir.DoubleType(), size=SCRATCH_NUMBERS)

    return signature, generate
