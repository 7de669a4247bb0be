"""What a deployment may choose, and every limit with its reason.

The limits on a single value (how many steps, how large a grid) are constants: they are part of
the API's description and the same on every server. What depends on the machine is a setting,
read from environment variables: `DESCENT_ATLAS_PORT=9000` sets `port`.
"""

import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MAX_STEPS = 100_000
"""Steps of one descent: its points are held in memory until they are thinned, 24 bytes each."""

DEFAULT_STEPS = 1000
"""Steps of one descent if the request names none, and the budget for which `backend.sweep` finds
the default learning rates: twice the most that the article gives any."""

MAX_COORDINATE = 1e4
"""A start or a view farther out than this shows nothing of any objective, whose domains all lie
within 10 of the origin; at most a hundredth of where a descent counts as diverged."""

MAX_OPTIMIZERS = 12
"""Optimizers of one request: as many as there are, or one of them with as many settings."""

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

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
"""The names by which a browser reaches a server on its own machine."""


class Settings(BaseSettings):
    """What a deployment may choose. Each field is read from `DESCENT_ATLAS_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="DESCENT_ATLAS_", frozen=True)

    host: str = "127.0.0.1"
    """The address to listen on: this machine alone, unless another is given."""

    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    """The port to listen on; 0 takes a free one."""

    allowed_hosts: tuple[str, ...] = ()
    """The names (without port) by which requests may address the server; `*` allows any.

    Left empty, a server on a loopback address answers to `LOOPBACK_HOSTS` alone, so that no
    web page elsewhere can reach it by pointing its own name here (DNS rebinding); a server on
    any other address answers to every name, because it cannot know its own.
    """

    frontend_folder: Path = Path(__file__).parent.parent / "frontend"
    """The page's files."""

    landscapes_folder: Path = Path(__file__).parent.parent / "precompute" / "landscapes"
    """The landscapes: those that ship, or others. The folder may be missing, or come later."""

    threads: Annotated[int, Field(ge=1, le=1024)] = os.cpu_count() or 1
    """Threads that compute basins: one a core, the compiled loop keeps a core busy."""

    max_basin_evaluations: Annotated[int, Field(ge=1)] = 1_000_000_000
    """Gradients that one basin request may cost (steps × starts, summed over its optimizers):
    about half a minute on two cores, the longest that somebody watches a progress bar."""

    basin_requests: Annotated[int, Field(ge=1)] = 2
    """Basin requests computed at once: one saturates the cores, and the second lets a page
    start the next before the one that it cancels has wound up."""

    basin_patience: Annotated[float, Field(ge=0.0)] = 1.0
    """Seconds that a basin request waits for its turn before it is told to come back: a
    cancelled computation ends well within that."""

    @model_validator(mode="after")
    def _derive_allowed_hosts(self) -> Self:
        if not self.allowed_hosts:
            loopback = self.host in ("localhost", "::1") or self.host.startswith("127.")
            # The only way to set a field of a frozen model while it is being made.
            object.__setattr__(self, "allowed_hosts", LOOPBACK_HOSTS if loopback else ("*",))
        return self
