"""Connection to a Dask scheduler, which may end and begin anew at the same address."""

import asyncio
import logging
import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.request import urlopen

from distributed import Client, Future

from descent_atlas.jobs.cluster.cluster_error import ClusterError

CONNECT_SECONDS = 10.0
"""Time in which a scheduler answers, unless it is not there."""

DASHBOARD_SECONDS = 2.0
"""Time in which a dashboard answers."""

HYPHEN = "\u2011"
"""A hyphen in the names of tasks: Dask's dashboard would take what follows the usual one for a
number."""


CERTIFICATES = (
    "set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and "
    "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY to this command's certificates"
)
"""Advice to a command that lacks what TLS needs."""


def make_sender() -> Callable[[bytes], Any]:
    """Return the function of every task: it unpickles a call and makes it.

    As a function inside of another, it is sent with its code and not by its name. The scheduler,
    which unpickles all tasks, then needs none of our modules; only the workers do.
    """

    def call(payload: bytes) -> Any:
        import pickle

        return pickle.loads(payload)()

    return call


class DaskConnection:
    """Connection to the scheduler at an address.

    Raises ClusterError if none answers.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # we say ourselves what is lost
        try:
            self._client: Client | None = self._open()
        except (OSError, ValueError, TypeError) as error:
            lacks_certificates = address.startswith("tls:") and isinstance(error, TypeError)
            advice = CERTIFICATES if lacks_certificates else "start one with `dask scheduler`"
            raise ClusterError(
                f"no Dask scheduler answers at {address} ({error}); {advice}"
            ) from error

    @property
    def dashboard(self) -> str:
        """The address of the dashboard; empty if it does not answer.

        A scheduler has a web server with `--no-dashboard` too, and then calls it so.
        """
        if self._client is None or "dashboard" not in self._client.scheduler_info()["services"]:
            return ""
        link = str(self._client.dashboard_link)
        try:
            with urlopen(link, timeout=DASHBOARD_SECONDS):
                return link
        except (OSError, ValueError):
            return ""

    def list_workers(self) -> dict[str, dict[str, Any]] | None:
        """Return what the scheduler knows of its workers, by address; None if it does not answer.

        Connect anew if the connection is lost.
        """
        if self._client is None or self._client.status == "closed":
            self._reopen()
        client = self._client
        if client is None or client.status != "running" or client.scheduler is None:
            return None
        try:
            found = client.sync(
                client.scheduler.identity, n_workers=-1, callback_timeout=CONNECT_SECONDS
            )
        except (OSError, TimeoutError, asyncio.CancelledError):
            return None
        workers: dict[str, dict[str, Any]] = found["workers"]
        return workers

    def submit(
        self,
        call: Callable[[], Any],
        *,
        name: str,
        token: str,
        worker: str,
        resources: dict[str, float],
    ) -> "Future[Any] | None":
        """Let a worker make a call; None if the connection is lost. `token` is unique."""
        if self._client is None or self._client.status != "running":
            return None
        return self._client.submit(
            make_sender(),
            pickle.dumps(call),
            key=f"{name.replace('-', HYPHEN)}-{token}",
            workers=[worker],
            allow_other_workers=False,
            resources=resources or None,
            retries=0,
            pure=False,
        )

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            with suppress(OSError, TimeoutError, RuntimeError):
                self._client.close(timeout=CONNECT_SECONDS)
            self._client = None

    def _open(self) -> Client:
        return Client(
            self.address,
            timeout=CONNECT_SECONDS,
            set_as_default=False,
            name="descent-atlas",
            direct_to_workers=False,
        )

    def _reopen(self) -> None:
        self.close()
        with suppress(OSError):
            self._client = self._open()
