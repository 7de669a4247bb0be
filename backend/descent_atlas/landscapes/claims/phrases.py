"""Numbers as findings say them."""

import math
from collections.abc import Sequence


def say_list(parts: Sequence[str]) -> str:
    """Return some things as a list in a sentence.

    Example:
        >>> say_list(["GD"]), say_list(["GD", "SGD", "Adam"])
        ('GD', 'GD, SGD and Adam')
    """
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def say_count(value: float) -> str:
    """Return a whole number, its thousands apart.

    Example:
        >>> say_count(50_000_000)
        '50,000,000'
    """
    return f"{value:,.0f}"


def say_decimal(value: float, digits: int = 2) -> str:
    """Return a number with some digits after the point; no zero has a sign.

    Example:
        >>> say_decimal(-0.123), say_decimal(-0.0001)
        ('−0.12', '0.00')
    """
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def say_bound(value: float) -> str:
    """Return a bound of an interval with enough digits to tell on which side of 0 it lies.

    Example:
        >>> say_bound(2.23), say_bound(-0.0312), say_bound(0.0)
        ('2.2', '−0.03', '0.0')
    """
    if not value or not math.isfinite(value):
        return say_decimal(value, 1)
    return say_decimal(value, max(1, math.ceil(-math.log10(2 * abs(value)))))


def say_small(value: float) -> str:
    """Return a share that may be tiny, in percent with two digits that count.

    Example:
        >>> say_small(0.9034), say_small(0.0042), say_small(9.84e-6), say_small(0.0)
        ('90%', '0.42%', '0.00098%', '0%')
    """
    percent = 100 * value
    if not percent:
        return "0%"
    digits = max(0, 1 - math.floor(math.log10(abs(percent))))
    return f"{percent:.{digits}f}%"


def say_accuracy(percent: float) -> str:
    """Return an accuracy that is in percent.

    Example:
        >>> say_accuracy(48.16)
        '48.2%'
    """
    return f"{percent:.1f}%"


def say_points(difference: float) -> str:
    """Return a difference of accuracies that are in percent.

    Example:
        >>> say_points(15.31), say_points(-0.5)
        ('15.3 points', '−0.5 points')
    """
    return f"{say_decimal(difference, 1)} points"


def say_angle(degrees: float) -> str:
    """Return an angle.

    Example:
        >>> say_angle(25.84)
        '26°'
    """
    return f"{degrees:.0f}°"


def say_images(count: int) -> str:
    """Return a batch by its size.

    Example:
        >>> say_images(1), say_images(64)
        ('1 image', '64 images')
    """
    return f"{count:,} image" if count == 1 else f"{count:,} images"


def say_rate(rate: float) -> str:
    """Return a small number, a learning rate above all, without an exponent.

    Example:
        >>> say_rate(2.0), say_rate(1e-05)
        ('2', '0.00001')
    """
    return f"{rate:.10f}".rstrip("0").rstrip(".")
