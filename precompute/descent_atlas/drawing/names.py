"""Ids made of what people call things."""

import re
from collections.abc import Iterable

NOT_IN_IDS = re.compile(r"[^a-z0-9]+")


def make_slug(label: str, otherwise: str) -> str:
    """Return lower case letters and digits of a label, separated by hyphens.

    >>> make_slug("Top-5 accuracy (%)", "metric")
    'top-5-accuracy'
    """
    return NOT_IN_IDS.sub("-", label.lower()).strip("-") or otherwise


def make_ids(labels: Iterable[str], otherwise: str, taken: Iterable[str] = ()) -> list[str]:
    """Return an id for each label, all different from each other and from those taken.

    >>> make_ids(["SGD", "sgd", "中"], "run")
    ['sgd', 'sgd-2', 'run']
    """
    used = set(taken)
    ids = []
    for label in labels:
        slug = make_slug(label, otherwise)
        id, number = slug, 1
        while id in used:
            number += 1
            id = f"{slug}-{number}"
        used.add(id)
        ids.append(id)
    return ids
