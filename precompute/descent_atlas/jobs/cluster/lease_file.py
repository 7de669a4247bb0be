"""Lease files in a study's folder: who holds a job or the folder, and whether they still live.

A lease is a small file with a record and a random token. Its holder beats: it writes the record
anew in place, about once a second. Whoever takes a lease over puts another file in its place, so
that a former holder's beats reach a file without a name. Times are those that the file system
gives, never those of a machine's clock.
"""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from descent_atlas.storage.durable import write_file

FOLDER = ".cluster"
"""A hidden folder in the study's folder, which holds the leases."""

COMMAND = "command"
"""The lease of the command that computes in the folder."""

MARK = "mark-"
"""The beginning of the names of files by which workers show that they see the folder."""

BEAT_SECONDS = 1.0
"""Time between two beats."""

LAPSE_SECONDS = 30.0
"""Time without a beat after which a holder counts as lost: long beside a pause of a busy machine or
of a file server."""

GRACE_SECONDS = 4.0
"""Time without a beat after which a holder counts as ended, if there is another sign of that: its
worker left the cluster, or its command ended."""

RECORD_BYTES = 1024
"""The size of a lease. It never changes, so that a beat is one write in place."""

READINGS = 3
"""How often a lease is read whose bytes make no sense."""


class LeaseLostError(Exception):
    """A lease that another process holds now, or that was withdrawn."""


class SeenLease(NamedTuple):
    """A lease as a reader sees it.

    `time` is that of the last beat in seconds, by the file system's clock.
    """

    record: dict[str, Any]
    time: float

    @property
    def token(self) -> str:
        """What distinguishes this lease from others of the same name."""
        return str(self.record["token"])


def find_job_lease(root: Path, job: str) -> Path:
    """Return the file of a job's lease in a study's folder."""
    return root / FOLDER / f"{quote(job, safe='')}.lease"


def list_job_leases(root: Path) -> dict[Path, SeenLease]:
    """Return the leases of all jobs that can be read."""
    found = {path: read_lease(path) for path in sorted((root / FOLDER).glob("*.lease"))}
    return {path: lease for path, lease in found.items() if lease is not None}


def make_token() -> str:
    """Return a token that nobody else has."""
    return secrets.token_hex(8)


def pack_record(record: dict[str, Any]) -> bytes:
    """Return a record as the bytes of a lease. Raises ValueError if it is too long.

    The token comes first, where no beat changes a byte.
    """
    data = json.dumps({"token": record["token"]} | record).encode().ljust(RECORD_BYTES)
    if len(data) > RECORD_BYTES:
        raise ValueError(f"a lease's record has more than {RECORD_BYTES} bytes: {record}")
    return data


def read_lease(path: Path) -> SeenLease | None:
    """Return a lease; None if it is missing, or cannot be read.

    A beat may come between the bytes that are read, but hardly ever several times in a row.
    """
    for _ in range(READINGS):
        try:
            with path.open("rb") as file:
                record = json.loads(file.read())
                time = os.fstat(file.fileno()).st_mtime
        except FileNotFoundError:
            return None
        except ValueError:
            continue
        return SeenLease(record, time)
    return None


def read_clock(folder: Path) -> float:
    """Return the time now in seconds, by the file system's clock."""
    path = folder / f".clock-{make_token()}"
    path.touch()
    try:
        return path.stat().st_mtime
    finally:
        path.unlink()


def is_beating(lease: SeenLease, now: float) -> bool:
    """Return whether a lease's holder has beaten recently, at a time of the file system's clock."""
    return now - lease.time <= LAPSE_SECONDS


def put_lease(
    path: Path,
    record: dict[str, Any],
    place: Callable[[Path, Path], None] = os.replace,
) -> None:
    """Write a lease, replacing any. With `os.link` as `place`, raise FileExistsError instead."""
    fresh = path.with_name(f".{path.name}-{make_token()}")
    try:
        write_file(fresh, pack_record(record))
        place(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


class HeldLease:
    """A lease that this process holds: a file whose token it knows.

    Raises LeaseLostError if the file has another token, OSError if it cannot be opened.
    """

    def __init__(self, path: Path, token: str) -> None:
        self.path, self.token = path, token
        self._descriptor: int | None = None
        self.check()
        lease = read_lease(path)
        if lease is None:
            raise LeaseLostError(f"{path} cannot be read")
        self.record = dict(lease.record)
        self._descriptor = os.open(path, os.O_RDWR)

    def check(self) -> None:
        """Raise LeaseLostError unless the file still has this lease's token."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            raise LeaseLostError(f"{self.path} is missing") from None
        if not data.startswith(json.dumps({"token": self.token}).encode()[:-1]):
            raise LeaseLostError(f"{self.path} was given to another process")

    def beat(self, **changes: Any) -> float:
        """Write the record with changes; return the time of this beat, by the file system's clock.

        Raises LeaseLostError if the lease is lost, OSError if the folder cannot be written.
        """
        self.check()
        if self._descriptor is None:
            raise LeaseLostError(f"{self.path} is closed")
        self.record |= changes
        os.pwrite(self._descriptor, pack_record(self.record), 0)
        os.fsync(self._descriptor)
        return os.fstat(self._descriptor).st_mtime

    def close(self) -> None:
        """Stop holding the lease; its file remains."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
