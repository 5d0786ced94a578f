"""From what following took to what it costs: pure functions, exact to the digit, nothing rounded on the way.

A channel's bill is a list of rules. A rule turns what was taken into quantities of what the price file
names; a quantity times its price is a line of the bill. What every channel needs alike (submitting, the
workflow, logs, the sign-in) is on no bill, nor is any free tier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from compare.prices import Confidence, Price, PriceBook
from compare.usage import ChannelUsage

MILLION = 1_000_000
# AWS counts a message by so many bytes begun.
APPSYNC_BYTES, WEBSOCKET_BYTES, IOT_BYTES = 5 * 1024, 32 * 1024, 5 * 1024
GB = 1_000_000_000
SNS_DELIVERIES = ("sns.delivery.http", "sns.delivery.https")
# One change as AppSync sends it, when nothing was received to go by.
TYPICAL_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many units of one price, for all orders of a run together; ``why`` says what they are."""

    price: str
    units: Decimal
    why: str


Rule = Callable[[ChannelUsage], Iterable[Quantity]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill, per million orders: ``units`` times ``price.each`` is ``usd``."""

    price: Price
    units: Decimal
    usd: Decimal
    why: str


@dataclass(frozen=True, slots=True)
class Bill:
    """What a million orders cost to follow over one channel."""

    lines: tuple[Line, ...]

    @property
    def usd(self) -> Decimal:
        """The sum of the lines."""
        return sum((line.usd for line in self.lines), Decimal(0))

    @property
    def confidence(self) -> Confidence:
        """How sure the least sure price of it is that makes a hundredth of the sum or more."""
        return max((line.price.confidence for line in self.lines if line.usd * 100 >= self.usd), default="A")


def bill(rules: Sequence[Rule], usage: ChannelUsage, book: PriceBook) -> Bill:
    """Return the bill of a million orders, each of which took as much as those that were measured.

    Examples
    --------
    >>> from compare.prices import read_prices
    >>> from compare.usage import Usage
    >>> bill([rest_requests], Taken(10, 60, Usage(requests=50)), read_prices("us-east-1")).usd
    Decimal('17.5')
    """
    if usage.orders == 0:
        return Bill(())
    lines = []
    for quantity in (quantity for rule in rules for quantity in rule(usage)):
        if quantity.units:
            price = book[quantity.price]
            units = quantity.units * MILLION / usage.orders
            lines.append(Line(price, units, units * price.usd / price.per, quantity.why))
    return Bill(tuple(lines))


def rest_requests(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count API Gateway's REST requests: all but those that open a WebSocket."""
    yield Quantity(
        "rest.request", Decimal(usage.client.requests - usage.client.sockets), "requests of the client"
    )


def appsync_queries(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count the reads of history by GraphQL: one once live, more when something is missing."""
    reads = Decimal(usage.client.requests - usage.client.sockets)
    yield Quantity("appsync.operation", reads, "queries of the client")


def appsync_publishes(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count the mutation by which each change reaches AppSync."""
    yield Quantity("appsync.operation", Decimal(usage.changes), "one mutation publishes each change")


def appsync_updates(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count real-time updates: connect and subscribe, and each change in units of 5 KB."""
    size = _size(usage)
    yield Quantity("appsync.update", Decimal(2 * usage.client.sockets), "connect and subscribe")
    yield Quantity(
        "appsync.update",
        Decimal(usage.changes * usage.followers * _started(size, APPSYNC_BYTES)),
        "each change, delivered",
    )


def appsync_minutes(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count the time that the client was connected."""
    yield Quantity("appsync.minute", _minutes(usage), "connected while the order lives")


def events_operations(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count an Event API's operations: what is published and delivered in units of 5 KB, and connecting."""
    units = _started(_size(usage), APPSYNC_BYTES)
    delivered = usage.changes * usage.followers * units
    yield Quantity("events.operation", Decimal(usage.changes * units), "each change, published")
    yield Quantity("events.operation", Decimal(delivered), "each change, delivered")
    yield Quantity("events.operation", Decimal(2 * usage.client.sockets), "connect and subscribe")


def events_minutes(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count the time that the client was connected to an Event API."""
    yield Quantity("events.minute", _minutes(usage), "connected while the order lives")


def bus_events(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count the event by which each change reaches a queue of the channel, and its three requests there."""
    yield Quantity("bus.event", Decimal(usage.changes), "each change, an event on the bus")
    why = "each change, put in its queue, received and deleted"
    yield Quantity("sqs.request", Decimal(3 * usage.changes), why)


def sns_publishes(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count the message by which each change reaches its customer's topic."""
    yield Quantity("sns.publish", Decimal(usage.changes), "one message publishes each change")


def sns_deliveries(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count SNS's deliveries over HTTP by the meter; what it tries again is not charged again."""
    if usage.server is not None:
        delivered = sum(usage.server.operations.get(name, 0.0) for name in SNS_DELIVERIES)
        yield Quantity("sns.http", _exact(delivered), "each change, delivered")


def websocket_messages(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count API Gateway's messages, either way, in units of 32 KB."""
    client = usage.client
    size = _size(usage)
    received = client.messages_in * _started(size, WEBSOCKET_BYTES)
    yield Quantity("websocket.message", Decimal(client.messages_out + received), "messages, either way")


def websocket_minutes(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count the time that the client was connected."""
    yield Quantity("websocket.minute", _minutes(usage), "connected while the order lives")


def iot_publishes(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count the message by which each change reaches AWS IoT, in units of 5 KB."""
    units = usage.changes * _started(_size(usage), IOT_BYTES)
    yield Quantity("iot.message", Decimal(units), "one message publishes each change")


def iot_messages(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count AWS IoT's messages in units of 5 KB: connect, subscribe, what is delivered, and acknowledgements.

    What AWS answers (CONNACK, SUBACK) is free, and so is a sign of life every 30 s or less often.
    """
    client = usage.client
    answers = 2 * client.sockets
    delivered = max(0, client.messages_in - answers) * _started(_size(usage), IOT_BYTES)
    yield Quantity(
        "iot.message", Decimal(client.messages_out), "connect, subscribe, and an acknowledgement each"
    )
    yield Quantity("iot.message", Decimal(delivered), "each change, delivered")


def iot_minutes(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count the time that the client was connected."""
    yield Quantity("iot.minute", _minutes(usage), "connected while the order lives")


def server_side(usage: ChannelUsage) -> Iterator[Quantity]:
    """Take over what the meter counted: Lambda, DynamoDB and queues."""
    if usage.server is None:
        return
    for name, use in sorted(usage.server.functions.items()):
        yield Quantity("lambda.request", _exact(use.invocations), f"invocations of {name}")
        kind = "x86_64" if use.architecture == "x86_64" else "arm64"
        yield Quantity(
            f"lambda.gb-second.{kind}",
            _exact(use.gb_seconds),
            f"time of {name} here, times its memory",
        )
    yield Quantity("dynamodb.read", _exact(usage.server.reads), "reads by DynamoDB's rules")
    yield Quantity("dynamodb.write", _exact(usage.server.writes), "writes by DynamoDB's rules")
    queued = sum(n for name, n in usage.server.operations.items() if name.startswith("sqs."))
    yield Quantity("sqs.request", _exact(queued), "messages put in a queue and taken out")


def transfer(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count what leaves AWS for the client."""
    yield Quantity("transfer.gb", Decimal(usage.client.bytes_in) / GB, "bytes that the client received")


def _size(usage: ChannelUsage) -> float:
    if usage.payload is not None:
        return usage.payload
    client = usage.client
    return client.bytes_in / client.messages_in if client.messages_in else TYPICAL_BYTES


def _minutes(usage: ChannelUsage) -> Decimal:
    return _exact(usage.client.connected_seconds) / 60


def _started(size: float, unit: int) -> int:
    return max(1, -int(-size // unit))


def _exact(value: float) -> Decimal:
    """Return a measured float as people write it: 0.1 is a tenth."""
    return Decimal(repr(value))
