"""Bill rules for channels that the comparison does not have: where it has one, that one's own rules count."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from compare.costs import Quantity
from compare.usage import Taken

KB5 = 5 * 1024


def events_operations(taken: Taken) -> Iterator[Quantity]:
    """Count AppSync Events' operations: publish, connect, subscribe, deliver, and the history's queries."""
    units = max(1, -(-(taken.payload or 0) // KB5))
    yield Quantity("events.operation", Decimal(taken.changes * units), "each change, published")
    yield Quantity("events.operation", Decimal(2 * taken.client.sockets), "connect and subscribe")
    yield Quantity(
        "events.operation", Decimal(taken.changes * taken.followers * units), "each change, delivered"
    )
    yield from history_queries(taken)


def inner_connects(taken: Taken) -> Iterator[Quantity]:
    """Count what the function of a stream takes of AppSync: it connects and subscribes itself."""
    yield Quantity("appsync.update", Decimal(2 * taken.client.connections), "the function connects")


def events_minutes(taken: Taken) -> Iterator[Quantity]:
    """Count the time that the client was connected."""
    yield Quantity("events.minute", minutes(taken), "connected while the order lives")


def history_queries(taken: Taken) -> Iterator[Quantity]:
    """Count the reads of history by GraphQL."""
    reads = Decimal(taken.client.requests - taken.client.sockets)
    yield Quantity("appsync.operation", reads, "queries of the client")


def iot_messages(taken: Taken) -> Iterator[Quantity]:
    """Count IoT Core's messages: publish, connect, subscribe, deliver, and each acknowledgement."""
    units = max(1, -(-(taken.payload or 0) // KB5))
    yield Quantity("iot.message", Decimal(taken.changes * units), "each change, published")
    yield Quantity("iot.message", Decimal(taken.client.messages_out), "connect, subscribe, acknowledgements")
    yield Quantity("iot.message", Decimal(taken.changes * taken.followers * units), "each change, delivered")


def iot_minutes(taken: Taken) -> Iterator[Quantity]:
    """Count the time that the client was connected."""
    yield Quantity("iot.minute", minutes(taken), "connected while the order lives")


def sns_publishes(taken: Taken) -> Iterator[Quantity]:
    """Count what the fan-out publishes: each change once."""
    yield Quantity("sns.publish", Decimal(taken.changes), "each change, published")


def sns_deliveries(taken: Taken) -> Iterator[Quantity]:
    """Count what SNS posts: each change to each endpoint."""
    yield Quantity("sns.http", Decimal(taken.changes * taken.followers), "each change, posted")


def minutes(taken: Taken) -> Decimal:
    """Return connection minutes, exactly."""
    return Decimal(repr(taken.client.connected_seconds)) / 60
