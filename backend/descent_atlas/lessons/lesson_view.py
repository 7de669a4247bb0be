"""Views of a lesson: queries of the playground's links, checked against what a link can name."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from descent_atlas.measured.stories import load_stories
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES

DEFAULT_OBJECTIVE = "two-gaussian-bowl"
"""The objective of a link that names none."""

MAX_FAULTS = 3
"""Faults of a view that are told: the nearest names to thousands of unknown ones take minutes."""

_VARIANT = re.compile(r"([a-z0-9]+(?:[._-][a-z0-9]+)*?)(?:~[1-9][0-9]?)?(?:~pin)?")
"""The id of a variant: its optimizer's, and for all but the first a number. What it showed when it
was pinned has `~pin` behind that."""


class LinkNames(NamedTuple):
    """The parameters of a link's query, which the playground's table of its state defines.

    Attributes:
        names: parameters with a fixed name.
        prefixes: what follows a prefix and a dot, such as `n.std`; None: names of the objective.
        of_variants: what follows a variant's id besides its hyperparameters, such as `adam.steps`.
        of_pages: parameters that say what page shows a view, and are no part of the view.
    """

    names: Sequence[str]
    prefixes: dict[str, Sequence[str] | None]
    of_variants: Sequence[str]
    of_pages: Sequence[str]


@cache
def load_names() -> LinkNames:
    """Read the names; a test compares them with the playground's table."""
    return LinkNames(**json.loads(Path(__file__).with_name("link_names.json").read_text()))


def read_view(link: str) -> str:
    """Return the query of a view without question mark, from a query or a whole link.

    What only says how a page shows the view, such as `present`, is left out.

    Raises:
        ValueError: if it names what a link cannot, or what there is not. The message lists the
            first faults.
    """
    _, mark, after = link.partition("?")
    query = (after if mark else link).partition("#")[0].strip()
    pairs = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name not in load_names().of_pages
    ]
    faults = [*islice(find_faults(pairs), MAX_FAULTS)]
    if faults:
        raise ValueError("; ".join(faults))
    return urlencode(pairs, safe=",:/~")


def find_faults(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield what a link cannot name, and what there is not, of a view's parameters."""
    seen: set[str] = set()
    view = dict(pairs)
    for name, value in pairs:
        if name in seen:
            yield f"`{name}` stands in it twice"
        seen.add(name)
        if name in load_names().names:
            yield from _find_value_faults(name, value)
        else:
            yield from _find_name_faults(name, view)
            if name.endswith(".schedule"):
                yield from _find_unknown("schedule", value, SCHEDULES)


def _find_value_faults(name: str, value: str) -> Iterator[str]:
    """Yield the faults of a parameter whose value names something."""
    match name:
        case "objective":
            yield from _find_unknown("objective", value, OBJECTIVES)
        case "story":
            yield from _find_unknown("story", value, [story["id"] for story in load_stories()])
        case "basins" | "guess" | "rates" | "stability":
            yield from _find_unknown_optimizer(value)
        case "ensemble":
            yield from _find_unknown_optimizer(value.partition(",")[0])
        case "optimizers" | "pins":
            for entry in value.split(","):
                yield from _find_unknown_optimizer(entry.removeprefix("-"))


def _find_name_faults(name: str, view: dict[str, str]) -> Iterator[str]:
    """Yield the faults of a parameter without a fixed name."""
    known = load_names()
    owner, dot, part = name.rpartition(".")
    if not dot:
        yield _describe_unknown("key", name, known.names)
    elif owner in known.prefixes:
        parts = known.prefixes[owner]
        if parts is not None:
            yield from _find_unknown(f"key {owner}", part, parts)
        elif "f" not in view:  # a typed function has names of its own
            objective = OBJECTIVES.get(view.get("objective", DEFAULT_OBJECTIVE))
            if objective is not None:
                ids = [parameter.id for parameter in objective.parameters]
                yield from _find_unknown(f"parameter of {objective.id}", part, ids)
    elif owner.endswith(".schedule"):
        yield from _find_unknown_optimizer(owner.removesuffix(".schedule"))
        schedule = SCHEDULES.get(view.get(owner, "constant"))
        if schedule is not None:
            parameters = [parameter.id for parameter in schedule.parameters]
            yield from _find_unknown(f"parameter of the schedule {schedule.id}", part, parameters)
    elif faults := [*_find_unknown_optimizer(owner)]:
        yield from faults
    else:
        optimizer = OPTIMIZERS[find_optimizer(owner)]
        ids = [hyperparameter.id for hyperparameter in optimizer.hyperparameters]
        yield from _find_unknown(
            f"hyperparameter of {optimizer.id}", part, [*ids, *known.of_variants]
        )


def find_optimizer(variant: str) -> str:
    """Return the id of a variant's optimizer.

    Example:
        >>> find_optimizer("adam~2")
        'adam'
    """
    found = _VARIANT.fullmatch(variant)
    return found[1] if found else variant


def _find_unknown_optimizer(variant: str) -> Iterator[str]:
    yield from _find_unknown("optimizer", find_optimizer(variant), OPTIMIZERS)


def _find_unknown(kind: str, id: str, known: Iterable[str]) -> Iterator[str]:
    ids = list(known)
    if id not in ids:
        yield _describe_unknown(kind, id, ids)


def _describe_unknown(kind: str, id: str, known: Sequence[str]) -> str:
    near = get_close_matches(id, known, n=1)
    advice = f"; did you mean `{near[0]}`?" if near else ""
    return f"there is no {kind} `{id}`{advice}"
