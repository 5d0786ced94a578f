"""A stream from its first byte to its last: past, changes as they come, heartbeats, and an end in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from orders.errors import OrderNotFound
from orders.model import OrderStatusChanged
from orders.problems import problem_of
from orders.sse.framing import HEARTBEAT, Reason, opening, problem_event, reconnect_event
from orders.sse.watching import News, Watch

HEARTBEAT_SECONDS = 15.0
"""API Gateway ends a stream that is silent for 5 minutes, an edge-optimized one after 30 seconds."""


class Topic(Protocol):
    """What a stream is about."""

    @property
    def ended(self) -> bool:
        """Whether nothing is left to send."""
        ...

    @property
    def absent(self) -> bool:
        """Whether there is nothing yet that the caller may see."""
        ...

    @property
    def position(self) -> str | None:
        """The id of what was sent before the first event, once the topic has begun; None if nothing was."""
        ...

    def begin(self) -> bytes:
        """Return the events of what happened before."""
        ...

    def read(self) -> bytes:
        """Read, and return the events of what is new."""
        ...

    def take(self, change: OrderStatusChanged) -> bytes:
        """Return the events that a pushed change brings."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """When a stream ends that has more to send: readings of the monotonic clock.

    Attributes
    ----------
    token : float
        The caller's token expires.
    time : float
        The function, or API Gateway, takes no longer.
    absent : float
        An order that is waited for has to be there.
    """

    token: float
    time: float
    absent: float = float("inf")


def stream(
    topic: Topic,
    watch: Watch,
    limits: Limits,
    *,
    retry_ms: int,
    heartbeat: float = HEARTBEAT_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[bytes]:
    """Yield what goes to the client, piece by piece, until the stream ends.

    Parameters
    ----------
    retry_ms : int
        What clients wait before they connect again, in milliseconds.
    heartbeat : float
        Seconds of silence after which a comment is sent.
    """
    try:
        past = topic.begin()
        yield opening(retry_ms, topic.position) + past
        beat = monotonic() + heartbeat
        while not topic.ended:
            now = monotonic()
            if (end := _end(topic, limits, now)) is not None:
                yield end
                return
            if now >= beat:
                yield HEARTBEAT
                beat = now + heartbeat
            until = min(beat, limits.token, limits.time)
            if topic.absent:
                until = min(until, limits.absent)
            news = watch.next(max(0.0, until - now))
            if news is not News.NONE:
                events = topic.read() if news is News.READ else topic.take(news)
                if events:
                    yield events
                    beat = monotonic() + heartbeat
    finally:
        watch.close()


def _end(topic: Topic, limits: Limits, now: float) -> bytes | None:
    if now >= limits.token:
        return reconnect_event(Reason.TOKEN_EXPIRED)
    if now >= limits.time:
        return reconnect_event(Reason.TIME_IS_UP)
    if topic.absent and now >= limits.absent:
        return problem_event(problem_of(OrderNotFound()))
    return None
