"""Values of settings: read from text, and checked."""

import ipaddress
import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from descent_atlas.web.middleware.security_headers import NO_ONE

OWN_FOLDERS = (
    "about",
    "api",
    "core",
    "embed",
    "landscapes",
    "playground",
    "plot",
    "reference",
    "styles",
    "surfaces",
    "vendor",
    "widgets",
)
"""First segments of the server's own paths. With a prefix that began with one of them, the server
could not tell whether the proxy has removed the prefix."""

MAX_PORT = 65_535

_ROOT_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_ORIGIN = re.compile(r"https?://(\*\.)?(?P<host>[^/:*]+)(:(?P<port>[0-9]{1,5}))?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


def check_host(host: str) -> str:
    """Return an IP address or a host name.

    Raises:
        ValueError: if it is neither. A name that ends in a number, such as `0` or `127.1`, is
            refused, because it is a legacy form of an IPv4 address.
    """
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return host
    labels = host.split(".")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
        raise ValueError
    return host


def check_allowed_host(name: str) -> str:
    """Return a name in the form of a Host header without port; `*` stands for any.

    Raises:
        ValueError: if it is neither a host name nor an IP address.
    """
    if name == "*":
        return name
    if name.startswith("[") and name.endswith("]"):
        return f"[{ipaddress.IPv6Address(name[1:-1])}]"
    with suppress(ValueError):
        return f"[{ipaddress.IPv6Address(name)}]"
    return check_host(name)


def check_ancestor(source: str) -> str:
    """Return who may frame the embedded page, in the words of `frame-ancestors` without quotes.

    It is `*`, `self`, `none`, or an origin, whose host may begin with `*.`.

    Raises:
        ValueError: if it is nothing of that.
    """
    if source in ("*", "self", NO_ONE):
        return source
    found = _ORIGIN.fullmatch(source)
    if found is None or not 1 <= int(found["port"] or 1) <= MAX_PORT:
        raise ValueError
    check_host(found["host"])
    return source


def check_ancestors(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Return who may frame the embedded page.

    Raises:
        ValueError: if there is none, or one beside `none`.
    """
    if not sources or (NO_ONE in sources and len(sources) > 1):
        raise ValueError
    return sources


def check_network(network: str) -> str:
    """Return an IP address or a network.

    Raises:
        ValueError: if it is neither.
    """
    ipaddress.ip_network(network)
    return network


def check_root_path(path: str) -> str:
    """Return the prefix of all addresses.

    Raises:
        ValueError: if it would need escaping in a URL, or begins with one of `OWN_FOLDERS`.
    """
    if not _ROOT_PATH.fullmatch(path) or path[1:].split("/")[0] in OWN_FOLDERS:
        raise ValueError
    return path


def split(value: Any) -> Any:
    """Return the items of a list, given as JSON or separated by commas."""
    if not isinstance(value, str):
        return value
    with suppress(ValueError, RecursionError):
        if isinstance(items := json.loads(value), list):
            return items
    return [item.strip() for item in value.split(",")]


def split_folders(value: Any) -> Any:
    """Return the items of a list of folders, as `split` does; a single path is a list of one.

    Raises:
        ValueError: if an item is blank: `Path("")` would be the current folder.
    """
    items = [value] if isinstance(value, Path) else split(value)
    if isinstance(items, list | tuple) and not all(str(item).strip() for item in items):
        raise ValueError
    return items
