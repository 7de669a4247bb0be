"""Large answers that clients have not read yet, and the limit on their bytes in memory."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Scope

_MARK = "is_kept"


def mark_kept(scope: Scope) -> None:
    """Tell that the answer to this request stays in memory anyway, whoever reads it."""
    scope.setdefault("state", {})[_MARK] = True


def is_kept(scope: Scope) -> bool:
    """Return whether the answer to this request is marked by `mark_kept`."""
    return bool(scope.get("state", {}).get(_MARK))


class UnreadAnswers:
    """The bodies that are being sent, each counted once however many clients read it.

    Attributes:
        total: their bytes. Only the event loop changes it.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._readers: Counter[int] = Counter()  # by the body's identity: it lives while it is sent
        self.total = 0

    def has_room(self, length: int) -> bool:
        """Return whether a new body of this length may be sent. One alone always may."""
        return self.total == 0 or self.total + length <= self._limit

    def may_hold(self, body: bytes) -> bool:
        """Return whether a body may be sent: one that others are being sent takes no more room."""
        return id(body) in self._readers or self.has_room(len(body))

    @contextmanager
    def hold(self, body: bytes) -> Iterator[None]:
        """Count a body within the context."""
        key = id(body)
        if key not in self._readers:
            self.total += len(body)
        self._readers[key] += 1
        try:
            yield
        finally:
            self._readers[key] -= 1
            if not self._readers[key]:
                del self._readers[key]
                self.total -= len(body)
