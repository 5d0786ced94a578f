"""What an API's cache holds: values with an end, the oldest let go of when there are too many."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from localcloud.appsync.definition import JSON

MAX_ENTRIES: Final = 10_000
"""Here a cache is this process's memory, and not an instance of its own: it stays small."""


@dataclass(frozen=True)
class Hit:
    """A cached value; None is a value as well."""

    value: JSON


@dataclass(frozen=True)
class _Entry:
    value: JSON
    until: float


class ApiCache:
    """The cache of one API. It outlives a definition, and a change of the API empties it.

    Parameters
    ----------
    clock
        Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()

    def get(self, key: Hashable) -> Hit | None:
        """Return the value under a key unless its time is over."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.until <= self._clock():
            del self._entries[key]
            return None
        return Hit(entry.value)

    def put(self, key: Hashable, value: JSON, ttl_seconds: int) -> None:
        """Keep a value for so many seconds; it must not be changed any more."""
        self._entries.pop(key, None)
        self._entries[key] = _Entry(value, self._clock() + ttl_seconds)
        if len(self._entries) > MAX_ENTRIES:
            self._entries.popitem(last=False)

    def evict(self, key: Hashable) -> bool:
        """Forget what is under a key, and return whether there was anything."""
        cached = self.get(key) is not None
        self._entries.pop(key, None)
        return cached

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)
