"""A job on a cluster's worker: it beats its lease, and stops when the lease or its command ends."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from distributed import get_worker

from descent_atlas.jobs.cluster.lease_file import (
    BEAT_SECONDS,
    COMMAND,
    FOLDER,
    LAPSE_SECONDS,
    HeldLease,
    LeaseLostError,
    read_lease,
)
from descent_atlas.jobs.cluster.worker_report import was_examined
from descent_atlas.jobs.scheduler import Job, WorkerChannel
from descent_atlas.storage.fencing import fenced

LEAVING = {"closing", "closing_gracefully", "closed"}
"""States of a Dask worker in which a job should save its state."""

_turn = threading.Lock()
"""Held by the one job of ours that runs in this process, of which it owns the random generators."""


class UnfitWorkerError(Exception):
    """A fault of a worker and not of its job, which another worker may finish."""


@dataclass(frozen=True)
class LeasedJob:
    """A job with the lease that a command has granted it; called on a worker.

    `function` is `jobs.scheduler.run_job`. `root` is the study's folder, `command` the token of the
    command, `token` that of the lease in the file `path`.
    """

    function: Callable[[Job, WorkerChannel], float]
    job: Job
    root: Path
    command: str
    path: Path
    token: str

    def __call__(self) -> None:
        """Run the job, alone in its process; leave in the lease how long it took.

        Raises UnfitWorkerError if this worker cannot see the folder or has lost the lease,
        StoppedError if the job was stopped, and what the job raises.
        """
        with _turn:
            self._run()

    def _run(self) -> None:
        if not was_examined(self.command):
            raise UnfitWorkerError("it must be examined first")
        own = get_worker()
        try:
            lease = HeldLease(self.path, self.token)
            beats = Beats(lease, self.root, self.command, lambda: own.status.name in LEAVING)
            beats.begin()
        except (LeaseLostError, OSError) as error:
            raise UnfitWorkerError(f"it does not have the lease: {error}") from None
        try:
            with fenced(lease.check):
                seconds = self.function(self.job, beats.channel)
            beats.end(state="done", fraction=1.0, seconds=seconds)
        except BaseException as error:
            with suppress(LeaseLostError, OSError):
                beats.end(state="ended")
            if beats.lost is not None or isinstance(error, LeaseLostError):
                raise UnfitWorkerError(f"it has lost the lease: {beats.lost or error}") from None
            if not self._sees_folder():
                raise UnfitWorkerError(f"it has lost the folder {self.root}: {error}") from None
            raise

    def _sees_folder(self) -> bool:
        """Return whether this worker still sees its lease, or another one in its place."""
        try:
            return read_lease(self.path) is not None
        except OSError:
            return False


class Beats:
    """A job's lease that a thread beats, and the job's channel: its progress, and when to stop.

    `is_leaving` tells whether the worker is about to end.
    """

    def __init__(
        self, lease: HeldLease, root: Path, command: str, is_leaving: Callable[[], bool]
    ) -> None:
        self.lease, self.root, self.command = lease, root, command
        self.is_leaving = is_leaving
        self.lost: LeaseLostError | None = None
        self.channel = WorkerChannel(SimpleQueue(), threading.Event())
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def begin(self) -> None:
        """Note in the lease who runs the job, and keep it alive."""
        self.lease.beat(state="running", fraction=0.0, pid=os.getpid(), host=socket.gethostname())
        self._thread.start()

    def end(self, **result: Any) -> None:
        """Stop beating, and note the result in the lease.

        Raises LeaseLostError if the lease is lost, OSError if the folder cannot be written.
        """
        self._ended.set()
        self._thread.join()
        try:
            self.lease.beat(**result)
        finally:
            self.lease.close()

    def _keep(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            try:
                self.beat()
            except LeaseLostError as error:
                self.lost = error
                self.channel.stop.set()
                return
            except OSError:
                continue  # the folder may come back; if it does not, the job fails

    def beat(self) -> None:
        """Write how far the job is; stop it if its worker leaves, or its command ended."""
        news: dict[str, Any] = {}
        while not self.channel.messages.empty():
            _, news["fraction"] = self.channel.messages.get()
        now = self.lease.beat(**news)
        command = read_lease(self.root / FOLDER / COMMAND)
        is_over = command is None or (
            command.token != self.command
            or command.record["stopping"]
            or now - command.time > LAPSE_SECONDS
        )
        if is_over or self.is_leaving():
            self.channel.stop.set()
