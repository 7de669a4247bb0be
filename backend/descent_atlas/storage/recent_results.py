"""Results in memory, of which those used last are kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class RecentResults(Generic[Key, Result]):
    """The results used last, by what they were computed from. Thread-safe.

    Unlike `functools.lru_cache` it tells what it has without computing it.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._results: OrderedDict[Key, Result] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: Key) -> bool:
        return key in self._results

    def find(self, key: Key, compute: Callable[[], Result]) -> Result:
        """Return the result with this key; compute it if it is not known.

        Two threads may both compute it.
        """
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        result = compute()
        with self._lock:
            self._results[key] = result
            if len(self._results) > self._size:
                self._results.popitem(last=False)
        return result
