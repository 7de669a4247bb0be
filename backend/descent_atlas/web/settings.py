"""Settings of a deployment, and the limits of the API with their reasons.

Limits on single values, such as a number of steps, are constants: they are part of the API's
description and the same on every server. Whatever depends on the machine is a setting, read from an
environment variable: `DESCENT_ATLAS_PORT=9000` sets `port`. docs/deploy.md lists the settings.
"""

import ipaddress
import json
import os
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

from descent_atlas.landscapes import shipped_studies
from descent_atlas.lessons.lesson_store import SHIPPED
from descent_atlas.storage.cache import CACHE_VARIABLE
from descent_atlas.web.setting_values import (
    OWN_FOLDERS,
    check_allowed_host,
    check_ancestor,
    check_ancestors,
    check_host,
    check_network,
    check_root_path,
    split,
    split_folders,
)

VARIABLE_PREFIX = "DESCENT_ATLAS_"
"""Prefix of the environment variables."""

GUIDE = "docs/deploy.md"
"""The document that lists all settings."""

MAX_STEPS = 100_000
"""Steps of one descent: its points are held in memory until they are thinned, 24 bytes each."""

MAX_COORDINATE = 1e4
"""Limit on the coordinates of starts and views. All domains lie within 10 of the origin. The limit
is at most a hundredth of the distance at which a descent counts as diverged."""

MIN_SIDE = 1e-3
"""Limit on the sides of a typed function's domain: doubles still resolve it finely at the largest
coordinate."""

MAX_WORK = 20_000_000
"""Limit on the steps of one request, times the cost of a typed function: about half a second. All
that a request can ask of the table's functions lies below."""

MAX_OPTIMIZERS = 32
"""Optimizers of one request: the 24 variants and 8 pins that the page sends at the most. The
paths of the response stay below 3 MB, and the steps below a sixth of `MAX_WORK`."""

MAX_SURFACE_COUNT = 501
"""Grid points along one side of a surface: no screen shows more. The response stays below 3 MB."""

MAX_BASIN_COUNT = 301
"""Starts along one side of a basin map: a cell is then about two pixels of a large plot."""

MAX_POINTS = 2_000
"""Points of a path in a response: longer paths are thinned to this many and still look smooth."""

MAX_STATES = 2_048
"""Steps whose states one request can have, for each of its optimizers: about as many as a path has
points. Of one optimizer they take 0.5 MB at most."""

MAX_STATES_IN_ALL = 12_288
"""States of all optimizers of one request: the page asks for 8,192 at the most. The response stays
below 3 MB."""

MIN_SEEDS = 10
"""Seeds of an ensemble: with fewer, the interval of a share is wider than half of all shares."""

MAX_SEEDS = 500
"""Seeds of an ensemble: the interval of a share is then at most 9 percentage points wide."""

DEFAULT_SEEDS = 200
"""Seeds of the page's ensemble: intervals of at most 14 percentage points."""

MAX_ENSEMBLE_POINTS = 400
"""Points of a path of an ensemble: its trails are faint, and its playhead goes from one to the
next."""

MAX_ENSEMBLE_POSITIONS = 40_000
"""Points of all paths of an ensemble: the response stays below half a megabyte."""

MAX_BODY_BYTES = 65_536
"""Limit on the bytes of a request's body: six times the largest that the page can send."""

LANDSCAPE_THREADS = 8
"""Threads that read landscapes for requests, apart from those of other routes, so that a slow disk
delays no other route. The store's lock lets one scan at a time; the other threads compress."""

LESSON_THREADS = 1
"""Threads that read lessons, for the same reason. One at a time may look at the folders anyway."""

MAX_SHOWN = 100
"""Characters of a faulty value that an error repeats."""

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
"""Host names of a server on the browser's own machine. A foreign site can make its own name resolve
to this machine (DNS rebinding), but cannot make a browser send one of these names."""


def find_page() -> Path:
    """Return the folder of the page: in an installed wheel, or in a checkout."""
    installed = Path(__file__).parents[1] / "page"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "frontend"


class Environment(EnvSettingsSource):
    """Environment variables as a source of settings. An empty or blank one counts as unset."""

    def __call__(self) -> dict[str, Any]:
        """Return the values of the variables that are set."""
        return {name: value for name, value in super().__call__().items() if value.strip()}


class Settings(BaseSettings):
    """Settings of a deployment. Each field is read from `DESCENT_ATLAS_<FIELD>`.

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
    """The address to listen on. By default, only this machine can connect."""

    port: Annotated[
        int,
        Field(ge=0, le=65_535, description="a whole number from 0 to 65535", examples=["8000"]),
    ] = 8000
    """The port to listen on; 0 selects a free one."""

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
    """The path prefix under which a reverse proxy publishes the server."""

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

    `LOOPBACK_HOSTS` are always allowed. If this is empty, a server on a loopback address accepts
    only them, which prevents DNS rebinding; a server on any other address accepts every name,
    because it does not know its own.
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
    """The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted. From anyone else
    they are ignored, because every client can send them."""

    frame_ancestors: Annotated[
        tuple[Annotated[str, AfterValidator(check_ancestor)], ...],
        NoDecode,
        BeforeValidator(split),
        AfterValidator(check_ancestors),
        Field(
            description="origins, separated by commas; self is this server, * is any, none is no "
            "one",
            examples=["https://moodle.example.com,https://*.example.org"],
        ),
    ] = ("*",)
    """The sites that may show `/embed` in a frame. No site may frame any other page."""

    frontend_folder: Annotated[
        Path,
        Field(
            description="a folder that holds the page's index.html",
            examples=["/srv/descent-atlas/frontend"],
        ),
    ] = find_page()
    """The page's files."""

    landscapes_folder: Annotated[
        tuple[Path, ...],
        NoDecode,
        BeforeValidator(split_folders),
        Field(
            min_length=1,
            description="a folder, or several, separated by commas",
            examples=["/srv/landscapes"],
        ),
    ] = tuple(map(shipped_studies.find_folder, shipped_studies.STUDIES))
    """The folders of the landscapes, by default those of the studies that ship. They need not
    exist at the start."""

    lessons_folder: Annotated[
        tuple[Path, ...],
        NoDecode,
        BeforeValidator(split_folders),
        Field(
            min_length=1,
            description="a folder, or several, separated by commas",
            examples=["/srv/lessons"],
        ),
    ] = (SHIPPED,)
    """The folders of the lessons, by default that of the lessons that ship. They need not exist at
    the start."""

    threads: Annotated[
        int, Field(ge=1, le=1024, description="a whole number from 1 to 1024", examples=["4"])
    ] = os.cpu_count() or 1
    """Threads that compute basins, and as many for ensembles: by default one for each core, which
    it saturates."""

    max_basin_evaluations: Annotated[
        int, Field(ge=1, description="a whole number from 1", examples=["1000000000"])
    ] = 1_000_000_000
    """Limit on the gradients of one basin request (steps × starts, summed over its optimizers):
    about half a minute on two cores, the longest that people watch a progress bar."""

    basin_requests: Annotated[
        int, Field(ge=1, description="a whole number from 1", examples=["2"])
    ] = 2
    """Limit on the basin requests computed at once. One saturates the cores; a second one can start
    before the page's last one, which the page has cancelled, has ended."""

    basin_patience: Annotated[
        float,
        Field(ge=0.0, le=3600.0, description="a number from 0 to 3600", examples=["1.0"]),
    ] = 1.0
    """Seconds that a basin request waits in the queue before a 503 with `Retry-After`. A cancelled
    computation ends well within this time."""

    heavy_requests: Annotated[
        int, Field(ge=1, description="a whole number from 1", examples=["2"])
    ] = os.cpu_count() or 1
    """Limit on the long descents, ensembles, large surfaces and scripts computed at once: by
    default one for each core, so that light requests do not wait for a core."""

    heavy_patience: Annotated[
        float, Field(ge=0.0, le=3600.0, description="a number from 0 to 3600", examples=["5.0"])
    ] = 5.0
    """Seconds that such a request waits in the queue before a 503 with `Retry-After`. The longest
    takes about two seconds on a slow core, most far less, so that a short queue is served within
    this time."""

    max_connections: Annotated[
        int, Field(ge=1, description="a whole number from 1", examples=["2000"])
    ] = 2000
    """Limit on open connections; lower if the limit on open files is. An idle connection costs
    6 KB, one whose response is not read up to `web.middleware.gates.PIECE_BYTES` more, and the
    response: see `max_unread_bytes`."""

    max_unread_bytes: Annotated[
        int, Field(ge=1, description="a whole number from 1", examples=["268435456"])
    ] = 256 * 2**20
    """Limit on the bytes of large responses (more than `web.middleware.gates.PIECE_BYTES`) that
    are not read whole yet, before further ones get a 503 with `Retry-After`: about a hundred of the
    largest. One that several clients read counts once, the page's own files never. A single one may
    exceed it."""

    head_seconds: Annotated[
        float,
        Field(gt=0.0, le=3600.0, description="a number above 0, up to 3600", examples=["10.0"]),
    ] = 10.0
    """Timeout in seconds for a client to send a request's head. It fits into one packet, and TCP
    retransmits a lost packet within a few seconds."""

    body_seconds: Annotated[
        float,
        Field(gt=0.0, le=3600.0, description="a number above 0, up to 3600", examples=["20.0"]),
    ] = 20.0
    """Timeout in seconds for a client to send a request's body: the largest body at 4 KB/s."""

    reading_seconds: Annotated[
        float,
        Field(gt=0.0, le=3600.0, description="a number above 0, up to 3600", examples=["60.0"]),
    ] = 60.0
    """Timeout in seconds for a client that reads nothing of a response. Even a slow network makes
    progress within this time."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources of the settings: the arguments, then the environment."""
        return init_settings, Environment(settings_cls)

    @model_validator(mode="after")
    def _complete_allowed_hosts(self) -> Self:
        is_local = _is_loopback(self.host)
        names = self.allowed_hosts or (() if is_local else ("*",))
        own = (check_allowed_host(self.host),) if is_local else ()
        allowed = tuple(dict.fromkeys((*names, *LOOPBACK_HOSTS, *own)))
        # A frozen model forbids assignment, even in its validator.
        object.__setattr__(self, "allowed_hosts", allowed)
        return self


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host.lower() == "localhost"


def name_variable(field: str) -> str:
    """Return the name of a field's environment variable."""
    return VARIABLE_PREFIX + field.upper()


def describe_fault(field: str, value: object, options: Mapping[str, str], part: str = "it") -> str:
    """Return the line that says what a field should be, and what it is.

    Args:
        field: the field's name.
        value: the faulty value.
        options: the command-line options in use, by field; every other field was read from its
            environment variable.
        part: what the faulty value is: the whole (`it`) or an item of a list.
    """
    about = Settings.model_fields[field]
    assert about.description and about.examples
    name = options.get(field) or name_variable(field)
    shown = json.dumps(str(value)[:MAX_SHOWN], ensure_ascii=False)
    wanted = f"{name} should be {about.description}, for example {about.examples[0]}"
    return f"{wanted}; {part} is {shown}."


def describe_faults(error: ValidationError, options: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each fault in the settings; `options` as for `describe_fault`."""
    for fault in error.errors():
        field, *inside = fault["loc"]
        part = f"number {int(inside[0]) + 1} of them" if inside else "it"
        yield describe_fault(str(field), fault["input"], options, part)


def describe_unknown(variables: Iterable[str]) -> Iterator[str]:
    """Yield a warning for each variable with the prefix of the settings that is not a setting."""
    variables_known = (CACHE_VARIABLE, *map(name_variable, Settings.model_fields))
    known = [name.removeprefix(VARIABLE_PREFIX) for name in variables_known]
    for name in sorted(variables):
        own = name.upper().removeprefix(VARIABLE_PREFIX)
        if name.upper().startswith(VARIABLE_PREFIX) and own not in known:
            near = get_close_matches(own, known, n=1)
            advice = f"did you mean {VARIABLE_PREFIX}{near[0]}?" if near else f"{GUIDE} lists all."
            yield f"{name} is not a setting and has no effect; {advice}"
