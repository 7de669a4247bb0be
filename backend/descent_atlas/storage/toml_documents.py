"""TOML documents of untrusted files, which Python's parser alone does not read within bounds."""

import re
import tomllib
from typing import Any

MAX_PARTS = 16
"""Parts of a dotted key. The parser's time and memory grow with the square of their number: a key
of 20,000 parts, which take 40 kB, would fill gigabytes."""

_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""

_LONG_KEY = re.compile(rf"(?<![\w\\-]){_PART}(?:[ \t]*\.[ \t]*{_PART}){{{MAX_PARTS}}}", re.ASCII)
"""A search takes time in proportion to the text: it begins neither within a word nor at a quote
that is escaped, and tries no part in two ways."""


class TomlError(ValueError):
    """A text that is no TOML document; the message completes a sentence that begins with it."""


def parse_toml(text: str) -> dict[str, Any]:
    """Return a document's content, in time that grows with its length alone.

    Dots that part as many words in a text count as a key, too: no sentence has them.

    Raises:
        TomlError: if it is not TOML, or has a key or a number that is too long.
    """
    if _LONG_KEY.search(text):
        raise TomlError(f"is not TOML: a key has more than {MAX_PARTS} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TomlError("is not TOML: it is nested too deeply") from None
    except ValueError as error:  # not TOML, or a number of 5,000 digits
        raise TomlError(f"is not TOML: {error}") from None
