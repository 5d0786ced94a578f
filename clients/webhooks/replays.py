"""Which messages were here before: bounded by time and by number."""

from __future__ import annotations

import threading
from collections import OrderedDict

from clients.webhooks.errors import Replayed


class Replays:
    """Remembers the ids of messages for as long as one could be taken. Thread-safe.

    Parameters
    ----------
    seconds : float
        For how long; not shorter than messages are taken.
    most : int
        How many. Beyond that the oldest is forgotten: such a message could be taken twice, which a
        follower that merges by version does not mind.

    Examples
    --------
    >>> replays = Replays(60, 1000)
    >>> replays.add("m1", 0.0)
    >>> replays.add("m1", 1.0)
    Traceback (most recent call last):
    ...
    clients.webhooks.errors.Replayed: The message was here before.
    """

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._added: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._added)

    def add(self, message_id: str, now: float) -> None:
        """Remember a message. Raises ``Replayed`` when it was here before."""
        with self._lock:
            while self._added and next(iter(self._added.values())) + self._seconds < now:
                self._added.popitem(last=False)
            if message_id in self._added:
                raise Replayed("The message was here before.")
            while len(self._added) >= self._most:
                self._added.popitem(last=False)
            self._added[message_id] = now

    def forget(self, message_id: str) -> None:
        """Take a message back: it was not dealt with, and may come again."""
        with self._lock:
            self._added.pop(message_id, None)
