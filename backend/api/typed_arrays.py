"""Arrays in JSON: little-endian bytes as base64, in the form that Plotly reads as it is."""

from binascii import b2a_base64
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

DataType = Literal["f8", "i4", "i2", "u1"]
"""float64, int32, int16, uint8."""

CODES: dict[np.dtype[np.generic], DataType] = {
    np.dtype(np.float64): "f8",
    np.dtype(np.int32): "i4",
    np.dtype(np.int16): "i2",
    np.dtype(np.uint8): "u1",
}


class TypedArray(BaseModel):
    """An array: its type, its bytes in C order, and its lengths."""

    dtype: DataType
    bdata: Annotated[str, Field(description="Little-endian, as base64.")]
    shape: Annotated[str, Field(examples=["501", "161, 201"])]


def encode(array: NDArray[np.generic]) -> dict[str, str]:
    """Return an array as `TypedArray` has it.

    Raises:
        KeyError: if the array's type is none of `CODES`.

    Example:
        >>> encode(np.array([[1, 2, 3]], dtype=np.int16))
        {'dtype': 'i2', 'bdata': 'AQACAAMA', 'shape': '1, 3'}
    """
    code = CODES[array.dtype]
    data = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return {
        "dtype": code,
        "bdata": b2a_base64(data.data, newline=False).decode("ascii"),
        "shape": ", ".join(map(str, array.shape)),
    }
