"""A subscription of a consumer to a shard: events as records come, for five minutes or to the shard's end.

At most 2 MiB of records go out per second, to each consumer its own. There is one subscription to a
shard per consumer: another one within five seconds is refused, a later one takes its place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from localcloud.streams.kinesis.consumers import Consumer
from localcloud.streams.kinesis.errors import InUse, KinesisError, NotFound
from localcloud.streams.kinesis.limits import BYTES_OUT
from localcloud.streams.kinesis.measures import measure_event, measure_subscription
from localcloud.streams.kinesis.reads import behind_latest, take, written
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.shard import Shard
from localcloud.streams.kinesis.stream import DataStream

LASTS_SECONDS: Final = 300.0
TAKEN_OVER_SECONDS: Final = 5.0
# An event without records says how far the reader is; it comes after so long without others.
QUIET_SECONDS: Final = 5.0
MOST_BYTES: Final = 2 * 1024 * 1024
MOST_RECORDS: Final = 10_000
Json = dict[str, Any]


class Subscription:
    """What a subscription has sent, and what is next.

    Attributes
    ----------
    ends_at
        When it is over, by the steady clock.
    """

    def __init__(self, region: Region, place: tuple[DataStream, Shard, Consumer], position: int) -> None:
        self._region, self._position = region, position
        self._stream, self._shard, self._consumer = place
        self.started = region.clocks.steady()
        self.ends_at = self.started + LASTS_SECONDS
        self._continuation = ""
        self._free_at = self.started
        self._last_sent: float | None = None
        self._listener: Callable[[], None] | None = None
        self._ended = False

    def follow(self, listener: Callable[[], None]) -> None:
        """Call a function, from whatever thread, when there may be something to send."""
        self._listener = listener
        self._shard.listeners.add(listener)

    def leave(self) -> None:
        """End: the reader has gone, or has all that it will have."""
        if self._listener is not None:
            self._shard.listeners.discard(self._listener)
        if self._consumer.subscriptions.get(self._shard.number) is self:
            del self._consumer.subscriptions[self._shard.number]

    def event(self) -> Json | None:
        """Return the next event; None while there is none to send.

        Raises
        ------
        KinesisError
            The subscription ends with this error.
        """
        self._check()
        now = self._region.clocks.steady()
        if now < self._free_at:
            return None
        stream, shard = self._stream, self._shard
        records, size = take(stream, shard, self._position, limit=MOST_RECORDS, most=MOST_BYTES)
        if records:
            self._position = records[-1].place + 1
            self._continuation = shard.sequence(records[-1].place, records[-1].arrival)
        elif shard.open and self._last_sent is not None and now - self._last_sent < QUIET_SECONDS:
            return None
        behind = behind_latest(self._region, stream, shard, self._position)
        event: Json = {
            "Records": [written(stream, shard, record) for record in records],
            "ContinuationSequenceNumber": self._continuation or self._before(),
            "MillisBehindLatest": behind,
        }
        if not shard.open and not records:
            event["ChildShards"] = [child.described_as_child() for child in stream.children(shard)]
            self._ended = True
        self._free_at = now + size / BYTES_OUT
        self._last_sent = now
        measure_event(self._region.ports.measures, stream, self._consumer.name, (size, len(records), behind))
        return event

    def wait(self) -> float:
        """Return for how many seconds there is nothing to do unless the listener is called."""
        now = self._region.clocks.steady()
        due = self._free_at if self._free_at > now else (self._last_sent or now) + QUIET_SECONDS
        return max(0.0, min(due, self.ends_at) - now)

    @property
    def is_over(self) -> bool:
        """Whether all of the shard has been sent, or the time is over."""
        return self._ended or self._region.clocks.steady() >= self.ends_at

    @property
    def is_paced(self) -> bool:
        """Whether it may send nothing for now, whatever there is."""
        return self._region.clocks.steady() < self._free_at

    def _before(self) -> str:
        """Return a number from which a reader that has had nothing goes on."""
        return self._shard.sequence(self._position - 1, self._region.now)

    def _check(self) -> None:
        stream, consumer = self._stream, self._consumer
        if self._region.streams.get(stream.name) is not stream:
            raise NotFound(f"Stream {stream.name} under account {self._region.account} not found.")
        if stream.consumers.get(consumer.name) is not consumer:
            raise NotFound(f"Consumer {consumer.arn}, account {self._region.account} not found.")
        if consumer.subscriptions.get(self._shard.number) is not self:
            raise _another(self._region, stream, self._shard, consumer)


def subscribe(region: Region, place: tuple[DataStream, Shard, Consumer], position: int) -> Subscription:
    """Begin a subscription.

    Raises
    ------
    InUse
        The consumer has the shard since less than five seconds.
    """
    stream, shard, consumer = place
    before = consumer.subscriptions.get(shard.number)
    recent = isinstance(before, Subscription) and region.clocks.steady() - before.started < TAKEN_OVER_SECONDS
    measure_subscription(region.ports.measures, stream, consumer.name, accepted=not recent)
    if recent:
        raise _another(region, stream, shard, consumer)
    subscription = Subscription(region, place, position)
    consumer.subscriptions[shard.number] = subscription
    # The subscription that it replaces is notified.
    shard.notify()
    return subscription


def _another(region: Region, stream: DataStream, shard: Shard, consumer: Consumer) -> KinesisError:
    return InUse(
        "Another active subscription exists for this consumer: "
        f"{region.account}:{stream.name}:{shard.id}:{consumer.name}"
    )
