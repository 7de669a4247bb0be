"""The precision in which a run keeps its snapshots, and what rounding them costs.

float32 keeps every bit of a parameter. float16 keeps 11 bits of numbers between 6e-5 and 65,504;
bfloat16 keeps 8 bits of all.
"""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Precision = Literal["float32", "float16", "bfloat16"]

EXACT: Precision = "float32"
"""The precision of the parameters themselves."""

SNAPSHOT_FILES: dict[Precision, str] = {
    "float32": "snapshots.f32",
    "float16": "snapshots.f16",
    "bfloat16": "snapshots.bf16",
}
"""The names of the files, whose numbers are little-endian."""

STORED: dict[Precision, np.dtype[np.generic]] = {
    "float32": np.dtype("<f4"),
    "float16": np.dtype("<i2"),  # the bits, as NumPy has no bfloat16
    "bfloat16": np.dtype("<i2"),
}
"""The types of the numbers in these files."""

ROUNDED: dict[Precision, torch.dtype] = {"float16": torch.float16, "bfloat16": torch.bfloat16}


def encode(theta: Tensor, precision: Precision) -> NDArray[np.generic]:
    """Return parameters float32[P] as the numbers of a file.

    Raises OverflowError if a finite one has no finite counterpart.
    """
    if precision == EXACT:
        return theta.numpy().astype(STORED[EXACT], copy=False)
    rounded = theta.to(ROUNDED[precision])
    if not torch.isfinite(rounded).all() and torch.isfinite(theta).all():
        largest = float(theta.abs().max())
        raise OverflowError(
            f"a parameter of magnitude {largest:.6g} is beyond {precision}, whose largest number "
            f"is {torch.finfo(rounded.dtype).max:.6g}: keep snapshots in another precision"
        )
    return rounded.view(torch.int16).numpy().astype(STORED[precision], copy=False)


def decode(stored: NDArray[np.generic], precision: Precision) -> NDArray[np.float32]:
    """Return the numbers of a file as parameters float32."""
    if precision == EXACT:
        return stored.astype(np.float32, copy=False)
    bits = torch.from_numpy(stored.astype(np.int16, copy=False))
    found: NDArray[np.float32] = bits.view(ROUNDED[precision]).float().numpy()
    return found


def measure_rounding(theta: Tensor, stored: NDArray[np.generic], precision: Precision) -> float:
    """Return the distance of parameters float32[P] from what a file holds of them."""
    kept = torch.from_numpy(decode(stored, precision))
    return float((theta.double() - kept).norm())
