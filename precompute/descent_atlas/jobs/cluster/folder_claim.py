"""Claim of a command on a study's folder, which commands on other machines heed too."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from descent_atlas.jobs.cluster.lease_file import (
    BEAT_SECONDS,
    COMMAND,
    FOLDER,
    GRACE_SECONDS,
    MARK,
    HeldLease,
    LeaseLostError,
    SeenLease,
    is_beating,
    list_job_leases,
    make_token,
    put_lease,
    read_clock,
    read_lease,
)
from descent_atlas.jobs.locks import RETRY_SECONDS, LockError
from descent_atlas.storage.durable import remove

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Where Linux says which start of which machine this is, containers included."""


class FolderClaim:
    """A command's lease on a folder, which a thread keeps alive.

    Jobs run as long as it lives and does not say that they should stop.
    """

    def __init__(self, lease: HeldLease) -> None:
        self.lease, self.root = lease, lease.path.parent.parent
        self.error: Exception | None = None
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="folder-claim", daemon=True)
        self._thread.start()

    @property
    def token(self) -> str:
        """The token, which is also how workers prove that they see this folder."""
        return self.lease.token

    def set(self) -> None:
        """Ask all jobs to save their state and stop."""
        self._stop.set()

    def is_set(self) -> bool:
        """Return whether jobs should stop."""
        return self._stop.is_set()

    def close(self) -> None:
        """Give up the claim."""
        self._ended.set()
        self._thread.join()
        with suppress(LeaseLostError, OSError):
            self.lease.check()
            self.lease.path.unlink()
        self.lease.close()

    def _keep(self) -> None:
        """Beat until the end; note the error of a claim that was lost."""
        while not self._ended.wait(BEAT_SECONDS):
            try:
                self.lease.beat(stopping=self._stop.is_set())
                self.error = None
            except OSError as error:
                self.error = error  # the folder may come back
            except LeaseLostError as error:
                self.error = error
                return


@contextlib.contextmanager
def claim_folder(
    root: Path, scheduler: str, seconds: float, patience: float
) -> Iterator[FolderClaim]:
    """Claim a folder for a command on a cluster.

    Another command may be ending: wait for it up to `seconds`. Then wait up to `patience` for jobs
    of a killed command, which notice that and save their state. The caller holds the folder's file
    lock, so that no other command on this machine has the claim. Raises LockError if another
    machine's command has it.
    """
    (root / FOLDER).mkdir(exist_ok=True)
    path, token = root / FOLDER / COMMAND, make_token()
    record = {
        "token": token,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "boot": read_boot_id(),
        "scheduler": scheduler,
        "stopping": False,
    }
    deadline = time.monotonic() + seconds
    while True:
        try:
            put_lease(path, record, os.link)
            break
        except FileExistsError:
            pass
        other = read_lease(path)
        if other is None or not lives(other, root):
            clear_lease(path, other)
        elif time.monotonic() > deadline:
            raise LockError(describe_holder(other, root))
        time.sleep(RETRY_SECONDS)
    claim = FolderClaim(HeldLease(path, token))
    try:
        wait_for_jobs(root, patience)
        yield claim
    finally:
        claim.close()


def release_folder(root: Path) -> None:
    """Take a folder for a command on this machine alone: withdraw what cluster commands left.

    Raises LockError while a command on a cluster computes there, or jobs of a killed one.
    """
    if not (root / FOLDER).is_dir():
        return
    other = read_lease(root / FOLDER / COMMAND)
    if other is not None and lives(other, root):
        raise LockError(describe_holder(other, root))
    now = read_clock(root / FOLDER)
    for lease in list_job_leases(root).values():
        if is_beating(lease, now) and lease.record.get("state") == "running":
            raise LockError(
                f"{lease.record['worker']} still computes {lease.record['job']} in {root}, for a "
                "command that ended; wait a minute, or end it"
            )
    remove(root / FOLDER)


def lives(other: SeenLease, root: Path) -> bool:
    """Return whether the command that claimed a folder still lives.

    A command of this machine does not: while it lived, it held the file lock that this one has.
    """
    if other.record.get("boot") == read_boot_id() != "":
        return False
    return is_beating(other, read_clock(root / FOLDER))


def clear_lease(path: Path, stale: SeenLease | None) -> None:
    """Remove a stale lease, unless another process has replaced it in the meantime."""
    aside = path.with_name(f".{path.name}-{make_token()}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    moved = read_lease(aside)
    if moved is not None and (stale is None or moved.token != stale.token):
        with suppress(FileExistsError):
            os.link(aside, path)
    aside.unlink()


def wait_for_jobs(root: Path, seconds: float) -> None:
    """Wait until no job of a former command runs, then remove what is left of it.

    These are leases of jobs, and marks of workers that nobody reads any more.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = read_clock(root / FOLDER)
        leases = list_job_leases(root).values()
        if not any(
            lease.record.get("state") == "running" and now - lease.time <= GRACE_SECONDS
            for lease in leases
        ):
            break
        time.sleep(BEAT_SECONDS)
    for path in (*list_job_leases(root), *(root / FOLDER).glob(f"{MARK}*")):
        path.unlink(missing_ok=True)


def describe_holder(other: SeenLease, root: Path) -> str:
    """Return which command holds a folder, and what to do."""
    record = other.record
    return (
        f"another command computes in {root}: process {record.get('pid')} on "
        f"{record.get('host')}, on the cluster {record.get('scheduler')}; wait until it ends, or "
        "end it"
    )


def read_boot_id() -> str:
    """Return which start of which machine this is; empty if that is unknown."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""
