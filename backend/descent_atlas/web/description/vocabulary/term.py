"""A type's name, description and fields as a client sees them."""

from collections.abc import Mapping
from typing import NamedTuple


class Term(NamedTuple):
    """A type as a client sees it: its name, what it is, and what its fields mean."""

    name: str
    description: str
    fields: Mapping[str, str] = {}
