"""Lines of a TOML file on which its tables and keys stand, for messages.

The standard library's parser does not tell them. Lines are found for the layouts that studies use:
a table or a key a line, and arrays with one inline table a line.
"""

import re
from collections import Counter

Location = tuple[int | str, ...]
"""The keys and indices that lead to a field, as in Pydantic's errors."""

HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.-]+)\s*\]\]?")
KEY = re.compile(r"^\s*([\w-]+)\s*=\s*(\[\s*(#.*)?$)?")
ITEM = re.compile(r"^\s*\{")
INNER_KEY = re.compile(r"[{,]\s*([\w-]+)\s*=")


def locate_fields(text: str) -> dict[Location, int]:
    """Return the lines, counted from 1, of a text's tables, keys and inline tables."""
    lines: dict[Location, int] = {}
    counts: Counter[str] = Counter()
    table: Location = ()
    array: Location | None = None  # the key whose array of tables is open
    items = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            brackets, name = header.groups()
            table = tuple(name.split("."))
            if brackets == "[[":
                table = (*table, counts[name])
                counts[name] += 1
            lines[table], array = number, None
        elif array is not None and ITEM.match(line):
            lines[*array, items] = number
            for key in INNER_KEY.findall(line):
                lines.setdefault((*array, items, key), number)
            items += 1
        elif key_line := KEY.match(line):
            location = (*table, key_line[1])
            lines.setdefault(location, number)
            array, items = (location, 0) if key_line[2] else (None, 0)
    return lines


def find_line(lines: dict[Location, int], location: Location) -> int:
    """Return the line of a field, or of the innermost table around it whose line is known."""
    for length in range(len(location), 0, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return 1


def name_field(location: Location) -> str:
    """Return a field's name for a message, as in `runs[3].optimizer: `; empty for the file."""
    name = ""
    for part in location:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return f"{name}: " if name else ""
