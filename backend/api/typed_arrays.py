"""Arrays in JSON: little-endian bytes as base64, in the form that Plotly reads as it is.

The base64 of the standard library takes a third of the time of the descents that it writes;
pybase64's takes a tenth of that.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pybase64 import b64encode
from pydantic import BaseModel, Field
from pydantic_core import to_json

DataType = Literal["f8", "i4", "i2", "u1"]
"""float64, int32, int16, uint8."""

CODES: dict[np.dtype[np.generic], bytes] = {
    np.dtype(np.float64): b"f8",
    np.dtype(np.int32): b"i4",
    np.dtype(np.int16): b"i2",
    np.dtype(np.uint8): b"u1",
}


class TypedArray(BaseModel):
    """An array: its type, its bytes in C order, and its lengths."""

    dtype: DataType
    bdata: Annotated[str, Field(description="Little-endian, as base64.")]
    shape: Annotated[str, Field(examples=["501", "161, 201"])]


def encode(array: NDArray[np.generic]) -> bytes:
    """Return an array as the JSON of a `TypedArray`.

    Raises:
        KeyError: if the array's type is none of `CODES`.

    Example:
        >>> encode(np.array([[1, 2, 3]], dtype=np.int16))
        b'{"dtype":"i2","bdata":"AQACAAMA","shape":"1, 3"}'
    """
    data = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    shape = ", ".join(map(str, array.shape)).encode()
    return b"".join(
        (
            b'{"dtype":"',
            CODES[array.dtype],
            b'","bdata":"',
            b64encode(data.data),
            b'","shape":"',
            shape,
            b'"}',
        )
    )


def write_object(values: Mapping[str, Any], **fragments: bytes) -> bytes:
    """Return the JSON of an object: plain values first, then what is JSON already.

    A JSON writer would look at every character of the arrays once more: it takes as long as
    the descents of which they are the paths.

    Example:
        >>> write_object({"steps": 1}, loss=b"[2]", step=b"[0]")
        b'{"steps":1,"loss":[2],"step":[0]}'
    """
    members = [to_json(values)[1:-1]] if values else []
    members += [b'"%b":%b' % (name.encode(), json) for name, json in fragments.items()]
    return b"{%b}" % b",".join(members)


def write_list(items: Iterable[bytes]) -> bytes:
    """Return the JSON of a list of what is JSON already."""
    return b"[%b]" % b",".join(items)
