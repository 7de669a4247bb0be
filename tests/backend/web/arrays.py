"""Decoder of the typed arrays in responses."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def decode(array: Mapping[str, str]) -> NDArray[Any]:
    """Decode a typed array."""
    shape = [int(length) for length in array["shape"].split(",")]
    data = base64.b64decode(array["bdata"], validate=True)
    return np.frombuffer(data, dtype=f"<{array['dtype']}").reshape(shape)
