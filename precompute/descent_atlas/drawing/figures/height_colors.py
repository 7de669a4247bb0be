"""Colours and levels of surfaces, as the page has them."""

import math
from dataclasses import dataclass

import numpy as np

from descent_atlas.analysis.array_types import Floats

LEVELS = 16
"""Level lines; every fifth is stronger."""

FENCE = 1.5
"""Tukey's factor: how many interquartile ranges above the third quartile the outliers begin."""

WIDE = 4.0
"""How many times the lowest value the highest may be before even levels leave a valley bare."""

SHORE = 0.62
"""The height, as a share, at which colours turn from blue to sand."""

STOPS = 24


@dataclass(frozen=True, eq=False)
class HeightLevels:
    """The levels of a surface, ascending; evenly spaced, or in the logarithm."""

    levels: Floats
    is_log: bool

    def number(self, values: Floats) -> Floats:
        """Return level numbers: i at level i, linear in between; NaN where a value is not finite.

        Beyond the first and the last level they are those levels' numbers.
        """
        numbers = np.interp(values, self.levels, np.arange(len(self.levels), dtype=np.float64))
        found: Floats = np.where(np.isfinite(values), numbers, np.nan)
        return found


def choose_levels(values: Floats, crossed: Floats) -> HeightLevels:
    """Return levels from the lowest value to the highest that is no outlier.

    A few steep corners would else take nearly all colours. The levels reach as far as the values
    under a trajectory, `crossed`. They are logarithmic if they span more than a factor of `WIDE`.
    """
    finite = np.sort(values[np.isfinite(values)])
    if not len(finite):
        return HeightLevels(np.linspace(0.0, 1.0, LEVELS), is_log=False)
    first, third = np.quantile(finite, [0.25, 0.75])
    reached = crossed[np.isfinite(crossed)]
    low = float(finite[0])
    high = min(
        float(finite[-1]), max(float(third + FENCE * (third - first)), *reached.tolist(), low)
    )
    if high - low <= 1e-12 * abs(high):
        high = low + (abs(low) * 1e-3 or 1e-3)
    is_log = low > 0 and high > WIDE * low
    levels = np.geomspace(low, high, LEVELS) if is_log else np.linspace(low, high, LEVELS)
    return HeightLevels(levels, is_log)


def oklch(lightness: float, chroma: float, hue: float) -> str:
    """Return a colour of OKLCH, whose lightness is perceptually uniform, as `rgb(…)`.

    `hue` is in degrees. Reference: Ottosson, "A perceptual color space for image processing", 2020,
    https://bottosson.github.io/posts/oklab.

    >>> oklch(1.0, 0.0, 0.0)
    'rgb(255, 255, 255)'
    """
    a, b = (chroma * turn(math.radians(hue)) for turn in (math.cos, math.sin))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
    )
    red, green, blue = (round(255 * encode_light(each)) for each in linear)
    return f"rgb({red}, {green}, {blue})"


def encode_light(linear: float) -> float:
    """Return linear light as sRGB, 0 to 1."""
    clipped = min(max(linear, 0.0), 1.0)
    return 12.92 * clipped if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055


def color_height(share: float) -> str:
    """Return the colour of a height from 0, deep and blue, to 1, high and sandy."""
    lightness = 0.38 + 0.54 * share
    if share < SHORE:
        return oklch(lightness, 0.085 * (1 - share / SHORE), 256)
    return oklch(lightness, 0.05 * ((share - SHORE) / (1 - SHORE)), 88)


HEIGHT_SCALE = [(i / STOPS, color_height(i / STOPS)) for i in range(STOPS + 1)]
"""The colours of heights as Plotly's colour scale."""
