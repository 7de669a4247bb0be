"""What a deployment may choose, and every limit with its reason.

The limits on a single value (how many steps, how large a grid) are constants: they are part of
the API's description and the same on every server. What depends on the machine is a setting,
read from environment variables: `DESCENT_ATLAS_PORT=9000` sets `port`. docs/deploy.md lists them.
"""

import ipaddress
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.storage.cache import CACHE_VARIABLE

VARIABLE_PREFIX = "DESCENT_ATLAS_"
"""How the names of all variables begin."""

GUIDE = "docs/deploy.md"
"""Where all settings are listed."""

MAX_STEPS = 100_000
"""Steps of one descent: its points are held in memory until they are thinned, 24 bytes each."""

MAX_COORDINATE = 1e4
"""A start or a view farther out than this shows nothing of any objective, whose domains all lie
within 10 of the origin; at most a hundredth of where a descent counts as diverged."""

MAX_OPTIMIZERS = 2 * len(OPTIMIZERS)
"""Optimizers of one request: all that there are, each at two settings. The page sends each once."""

MAX_SURFACE_COUNT = 501
"""Grid points along one side of a surface: no screen shows more, and the answer stays below
3 MB."""

MAX_BASIN_COUNT = 301
"""Starts along one side of a basin map: a cell is then about two pixels of a large plot."""

MAX_POINTS = 2_000
"""Points of a path in an answer: longer paths are thinned, and still look smooth."""

MAX_BODY_BYTES = 65_536
"""Bytes of a request's body: six times the largest that the page can send."""

LANDSCAPE_THREADS = 8
"""Threads that read landscapes for requests: a disk that keeps all of them waiting keeps no
other route waiting. Looks at the folder take turns anyway; what is left is compression."""

MAX_SHOWN = 100
"""Characters of a faulty value that an error repeats."""

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
"""The names by which a browser reaches a server on its own machine. A page elsewhere can point
its own name here (DNS rebinding), but cannot make a browser send one of these."""

OWN_FOLDERS = (
    "about",
    "api",
    "core",
    "landscapes",
    "playground",
    "plot",
    "reference",
    "styles",
    "surfaces",
    "vendor",
    "widgets",
)
"""The first parts of the server's own addresses. Below a prefix that began with one of them,
nothing would tell whether a proxy has taken the prefix away."""

_ROOT_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


def check_host(host: str) -> str:
    """Return an IP address or a host name.

    Raises:
        ValueError: if it is neither. A name that ends in a number, such as `0` or `127.1`, is one
            of the odd ways to write an IPv4 address.
    """
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return host
    labels = host.split(".")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
        raise ValueError
    return host


def check_allowed_host(name: str) -> str:
    """Return a name as a request's Host header has it, without port; `*` stands for any.

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
        ValueError: if it cannot stand in an address as it is, or looks like one of the server's.
    """
    if not _ROOT_PATH.fullmatch(path) or path[1:].split("/")[0] in OWN_FOLDERS:
        raise ValueError
    return path


def split(value: Any) -> Any:
    """Return the items of a list that is separated by commas or is JSON."""
    if not isinstance(value, str):
        return value
    with suppress(ValueError, RecursionError):
        if isinstance(items := json.loads(value), list):
            return items
    return [item.strip() for item in value.split(",")]


def find_page() -> Path:
    """Return the folder of the page: that of a wheel, within the package, or that of a checkout."""
    installed = Path(__file__).parents[1] / "page"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "frontend"


class Environment(EnvSettingsSource):
    """The environment variables. One that is empty or blank counts as unset."""

    def __call__(self) -> dict[str, Any]:
        """Return the values of the variables that are set."""
        return {name: value for name, value in super().__call__().items() if value.strip()}


class Settings(BaseSettings):
    """What a deployment may choose. Each field is read from `DESCENT_ATLAS_<FIELD>`.

    A field's description says what its value should be.
    """

    model_config = SettingsConfigDict(
        env_prefix=VARIABLE_PREFIX, frozen=True, str_strip_whitespace=True
    )

    host: Annotated[
        str,
        AfterValidator(check_host),
        Field(description="an IP address or a host name", examples=["127.0.0.1"]),
    ] = "127.0.0.1"
    """The address to listen on: this machine alone, unless another is given."""

    port: Annotated[
        int,
        Field(ge=0, le=65_535, description="a whole number from 0 to 65535", examples=["8000"]),
    ] = 8000
    """The port to listen on; 0 takes a free one."""

    root_path: Annotated[
        str,
        AfterValidator(check_root_path),
        Field(
            description="a path that begins with /, does not end with it, consists of letters, "
            "digits and - . _ ~, and begins with none of the server's own folders "
            f"({', '.join(OWN_FOLDERS)})",
            examples=["/atlas"],
        ),
    ] = ""
    """The prefix below which a reverse proxy shows the server."""

    allowed_hosts: Annotated[
        tuple[Annotated[str, AfterValidator(check_allowed_host)], ...],
        NoDecode,
        BeforeValidator(split),
        Field(
            description="host names without scheme, port or path, separated by commas; * is any",
            examples=["atlas.example.com,atlas.local"],
        ),
    ] = ()
    """The names (without port) by which requests may address the server; `*` allows any.

    `LOOPBACK_HOSTS` are always allowed besides. Left empty, a server on a loopback address answers
    to them alone, so that no web page elsewhere can reach it by pointing its own name here (DNS
    rebinding); a server on any other address answers to every name, because it cannot know its
    own.
    """

    trusted_proxies: Annotated[
        tuple[Annotated[str, AfterValidator(check_network)], ...],
        NoDecode,
        BeforeValidator(split),
        Field(
            description="IP addresses or networks, separated by commas",
            examples=["127.0.0.1,10.0.0.0/8"],
        ),
    ] = ()
    """The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; anybody can send
    such headers."""

    frontend_folder: Annotated[
        Path,
        Field(
            description="a folder that holds the page's index.html",
            examples=["/srv/descent-atlas/frontend"],
        ),
    ] = find_page()
    """The page's files."""

    landscapes_folder: Annotated[
        Path, Field(description="a folder", examples=["/srv/landscapes"])
    ] = Path(__file__).parents[1] / "landscapes" / "shipped"
    """The landscapes: those that ship, or others. The folder may be missing, or come later."""

    threads: Annotated[
        int, Field(ge=1, le=1024, description="a whole number from 1 to 1024", examples=["4"])
    ] = os.cpu_count() or 1
    """Threads that compute basins: one a core, the compiled loop keeps a core busy."""

    max_basin_evaluations: Annotated[
        int, Field(ge=1, description="a whole number from 1", examples=["1000000000"])
    ] = 1_000_000_000
    """Gradients that one basin request may cost (steps × starts, summed over its optimizers):
    about half a minute on two cores, the longest that somebody watches a progress bar."""

    basin_requests: Annotated[
        int, Field(ge=1, description="a whole number from 1", examples=["2"])
    ] = 2
    """Basin requests computed at once: one saturates the cores, and the second lets a page
    start the next before the one that it cancels has wound up."""

    basin_patience: Annotated[
        float,
        Field(ge=0.0, le=3600.0, description="a number from 0 to 3600", examples=["1.0"]),
    ] = 1.0
    """Seconds that a basin request waits for its turn before it is told to come back: a
    cancelled computation ends well within that."""

    heavy_requests: Annotated[
        int, Field(ge=1, description="a whole number from 1", examples=["2"])
    ] = os.cpu_count() or 1
    """Long descents, large surfaces and scripts computed at once: one a core, so that they take
    the cores one after another and light requests never wait behind a crowd of them."""

    heavy_patience: Annotated[
        float, Field(ge=0.0, le=3600.0, description="a number from 0 to 3600", examples=["5.0"])
    ] = 5.0
    """Seconds that such a request waits for its turn before it is told to come back: the longest
    takes a third of a second, so that a short queue is served."""

    max_connections: Annotated[
        int, Field(ge=1, description="a whole number from 1", examples=["2000"])
    ] = 2000
    """Connections that may be open, or fewer where the process may not open enough files: a
    connection that waits for a request costs 6 KB, one whose answer nobody reads up to
    `web.gates.PIECE_BYTES` more."""

    head_seconds: Annotated[
        float,
        Field(gt=0.0, le=3600.0, description="a number above 0, up to 3600", examples=["10.0"]),
    ] = 10.0
    """Seconds that a client may take for a request's head: it fits into one packet, and a lost
    packet is sent again within a few seconds."""

    body_seconds: Annotated[
        float,
        Field(gt=0.0, le=3600.0, description="a number above 0, up to 3600", examples=["20.0"]),
    ] = 20.0
    """Seconds that a client may take for a request's body: the largest in time at 4 KB/s."""

    reading_seconds: Annotated[
        float,
        Field(gt=0.0, le=3600.0, description="a number above 0, up to 3600", examples=["60.0"]),
    ] = 60.0
    """Seconds without a byte read after which an answer is given up: a slow network moves on
    within that, a client that does not read never does."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return what the settings are read from: the arguments, else the environment."""
        return init_settings, Environment(settings_cls)

    @model_validator(mode="after")
    def _complete_allowed_hosts(self) -> Self:
        is_local = _is_loopback(self.host)
        names = self.allowed_hosts or (() if is_local else ("*",))
        own = (check_allowed_host(self.host),) if is_local else ()
        allowed = tuple(dict.fromkeys((*names, *LOOPBACK_HOSTS, *own)))
        # The only way to set a field of a frozen model while it is being made.
        object.__setattr__(self, "allowed_hosts", allowed)
        return self


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host.lower() == "localhost"


def name_variable(field: str) -> str:
    """Return the environment variable from which a field is read."""
    return VARIABLE_PREFIX + field.upper()


def describe_fault(field: str, value: object, options: Mapping[str, str], part: str = "it") -> str:
    """Return the line that says what a field should be, and what it is.

    Args:
        field: the field's name.
        value: the faulty value.
        options: the options of the command line that were given, by field; any other field was
            read from its environment variable.
        part: what the faulty value is, if it is not the whole.
    """
    about = Settings.model_fields[field]
    assert about.description and about.examples
    name = options.get(field) or name_variable(field)
    shown = json.dumps(str(value)[:MAX_SHOWN], ensure_ascii=False)
    wanted = f"{name} should be {about.description}, for example {about.examples[0]}"
    return f"{wanted}; {part} is {shown}."


def describe_faults(error: ValidationError, options: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each fault of the settings; `options` are those of `describe_fault`."""
    for fault in error.errors():
        field, *inside = fault["loc"]
        part = f"number {int(inside[0]) + 1} of them" if inside else "it"
        yield describe_fault(str(field), fault["input"], options, part)


def describe_unknown(variables: Iterable[str]) -> Iterator[str]:
    """Yield a line for each variable that looks like a setting and is none."""
    variables_known = (CACHE_VARIABLE, *map(name_variable, Settings.model_fields))
    known = [name.removeprefix(VARIABLE_PREFIX) for name in variables_known]
    for name in sorted(variables):
        own = name.upper().removeprefix(VARIABLE_PREFIX)
        if name.upper().startswith(VARIABLE_PREFIX) and own not in known:
            near = get_close_matches(own, known, n=1)
            advice = f"did you mean {VARIABLE_PREFIX}{near[0]}?" if near else f"{GUIDE} lists all."
            yield f"{name} is not a setting and has no effect; {advice}"
