"""AWS IoT Core's limits of topics, sizes and rates, and how a connection keeps to them.

Source: "AWS IoT Core message broker and protocol limits and quotas" in the AWS General Reference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MAX_PAYLOAD: Final = 128 * 1024
MAX_PACKET: Final = 146 * 1024
"""Bytes of a packet: the payload's and room for its topic and properties."""
MAX_TOPIC_BYTES: Final = 256
MAX_SLASHES: Final = 7
MAX_FILTERS: Final = 8
MAX_SUBSCRIPTIONS: Final = 50
MAX_CLIENT_ID_BYTES: Final = 128
PUBLISHES_PER_SECOND: Final = 100
BYTES_PER_SECOND: Final = 512 * 1024
SHORTEST_KEEP_ALIVE: Final = 30
LONGEST_KEEP_ALIVE: Final = 1200
LONGEST_CONNECTION: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Times:
    """The times of a connection in seconds; tests shorten them.

    Attributes
    ----------
    connect
        How long a client may take to send its CONNECT once the WebSocket is open.
    shortest_keep_alive
        What a shorter keep alive counts as.
    longest
        How long a connection may last.
    shortest_life
        The least that an authorizer may ask for with ``disconnectAfterInSeconds``.
    """

    connect: float = 10.0
    shortest_keep_alive: float = SHORTEST_KEEP_ALIVE
    longest: float = LONGEST_CONNECTION
    shortest_life: float = 300


def _slashes(topic: str) -> int:
    """Return the slashes that count: those of a reserved topic's fixed beginning do not."""
    count = topic.count("/")
    return max(0, count - 3) if topic.startswith("$aws/") else count


def topic_fault(topic: str) -> str | None:
    """Say why no client may publish to a topic; None when it is valid.

    Examples
    --------
    >>> topic_fault("orders/ann/1")
    >>> topic_fault("orders/+/1")
    'a topic holds no wildcards'
    """
    if not topic:
        return "a topic is not empty"
    if "+" in topic or "#" in topic:
        return "a topic holds no wildcards"
    return _size_fault(topic)


def filter_fault(text: str) -> str | None:
    """Say why no client may subscribe to a filter; None when it is valid.

    Examples
    --------
    >>> filter_fault("orders/ann/#")
    >>> filter_fault("orders/a+")
    'a wildcard fills a whole level'
    """
    if not text:
        return "a filter is not empty"
    levels = text.split("/")
    if any(("+" in level or "#" in level) and len(level) > 1 for level in levels):
        return "a wildcard fills a whole level"
    if "#" in levels[:-1]:
        return "# stands at the end alone"
    return _size_fault(text)


def _size_fault(text: str) -> str | None:
    if len(text.encode()) > MAX_TOPIC_BYTES:
        return f"a topic has at most {MAX_TOPIC_BYTES} bytes"
    if _slashes(text) > MAX_SLASHES:
        return f"a topic has at most {MAX_SLASHES} slashes"
    return None


def keep_alive(requested: int, times: Times) -> float:
    """Return the keep alive in seconds that the server goes by.

    Examples
    --------
    >>> [keep_alive(seconds, Times()) for seconds in (0, 5, 60, 4000)]
    [1200, 30, 60, 1200]
    """
    if requested == 0 or requested > LONGEST_KEEP_ALIVE:
        return LONGEST_KEEP_ALIVE
    return max(times.shortest_keep_alive, requested)


class TokenBucket:
    """A token bucket: so many a second, and as many at once.

    Parameters
    ----------
    clock
        Seconds that only go forward.

    Examples
    --------
    >>> bucket = TokenBucket(2, clock=lambda: 0.0)
    >>> [bucket.take(1) for _ in range(3)]
    [True, True, False]
    """

    __slots__ = ("_clock", "_rate", "_since", "_tokens")

    def __init__(self, rate: float, *, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._tokens = rate
        self._since = clock()

    def take(self, count: float) -> bool:
        """Return whether ``count`` is left, and take it."""
        now = self._clock()
        self._tokens = min(self._rate, self._tokens + (now - self._since) * self._rate)
        self._since = now
        if self._tokens < count:
            return False
        self._tokens -= count
        return True
