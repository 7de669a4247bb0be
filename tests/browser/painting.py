"""Pixels of a canvas."""

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator

Colour = tuple[int, int, int]

IS_PAINTED = """canvas => {
  if (canvas.width < 2 || canvas.height < 2) return false;
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height);
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  return context.getImageData(0, 0, width, height).data.some((byte) => byte > 0);
}"""
"""Whether there is anything on a canvas."""

# A canvas that is read again and again makes Chromium complain; a copy for reading does not.
READ = """async canvas => {
  const bitmap = await createImageBitmap(canvas);
  const copy = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  let text = "";
  for (let i = 0; i < data.length; i += 32768) {
    text += String.fromCharCode(...data.subarray(i, i + 32768));
  }
  const { left, top } = canvas.getBoundingClientRect();
  return { pixels: btoa(text), width, height, left, top };
}"""


@dataclass(frozen=True)
class Painting:
    """The pixels of a canvas.

    Attributes:
        pixels: red, green, blue, opacity, 0 to 255, as `[row, column, channel]`.
        left: the canvas's left edge in the viewport, in CSS pixels.
        top: its top edge.
    """

    pixels: NDArray[np.int16]
    left: float
    top: float

    def where(self, colour: Colour, tolerance: int = 8) -> NDArray[np.bool_]:
        """Return a mask of the opaque pixels with a colour: `[row, column]`."""
        target = np.array([*colour, 255])
        near: NDArray[np.bool_] = (abs(self.pixels - target) <= tolerance).all(axis=2)
        return near

    def has(self, colour: Colour) -> bool:
        """Tell whether any pixel has a colour."""
        return bool(self.where(colour).any())

    def has_at(self, colour: Colour, px: float, py: float, reach: float = 3.0) -> bool:
        """Tell whether a colour occurs within some CSS pixels of a point of the viewport."""
        x, y = px - self.left, py - self.top
        rows = slice(max(round(y - reach), 0), max(round(y + reach) + 1, 0))
        columns = slice(max(round(x - reach), 0), max(round(x + reach) + 1, 0))
        return bool(self.where(colour)[rows, columns].any())


def read_painting(canvas: Locator) -> Painting:
    """Read a canvas that has one pixel for each CSS pixel."""
    read = canvas.evaluate(READ)
    pixels = np.frombuffer(base64.b64decode(read["pixels"]), np.uint8)
    pixels = pixels.reshape(read["height"], read["width"], 4)
    return Painting(pixels.astype(np.int16), read["left"], read["top"])
