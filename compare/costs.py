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
from compare.usage import Taken

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


Rule = Callable[[Taken], Iterable[Quantity]]


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


def bill(rules: Sequence[Rule], taken: Taken, book: PriceBook) -> Bill:
    """Return the bill of a million orders, each of which took as much as those that were measured.

    Examples
    --------
    >>> from compare.prices import read_prices
    >>> from compare.usage import Usage
    >>> bill([rest_requests], Taken(10, 60, Usage(requests=50)), read_prices("us-east-1")).usd
    Decimal('17.5')
    """
    if taken.orders == 0:
        return Bill(())
    lines = []
    for quantity in (quantity for rule in rules for quantity in rule(taken)):
        if quantity.units:
            price = book[quantity.price]
            units = quantity.units * MILLION / taken.orders
            lines.append(Line(price, units, units * price.usd / price.per, quantity.why))
    return Bill(tuple(lines))


def rest_requests(taken: Taken) -> Iterator[Quantity]:
    """Count API Gateway's REST requests: all but those that open a WebSocket."""
    yield Quantity(
        "rest.request", Decimal(taken.client.requests - taken.client.sockets), "requests of the client"
    )


def appsync_queries(taken: Taken) -> Iterator[Quantity]:
    """Count the reads of history by GraphQL: one once live, more when something is missing."""
    reads = Decimal(taken.client.requests - taken.client.sockets)
    yield Quantity("appsync.operation", reads, "queries of the client")


def appsync_publishes(taken: Taken) -> Iterator[Quantity]:
    """Count the mutation by which each change reaches AppSync."""
    yield Quantity("appsync.operation", Decimal(taken.changes), "one mutation publishes each change")


def appsync_updates(taken: Taken) -> Iterator[Quantity]:
    """Count real-time updates: connect and subscribe, and each change in units of 5 KB."""
    size = _size(taken)
    yield Quantity("appsync.update", Decimal(2 * taken.client.sockets), "connect and subscribe")
    yield Quantity(
        "appsync.update",
        Decimal(taken.changes * taken.followers * _started(size, APPSYNC_BYTES)),
        "each change, delivered",
    )


def appsync_minutes(taken: Taken) -> Iterator[Quantity]:
    """Count the time that the client was connected."""
    yield Quantity("appsync.minute", _minutes(taken), "connected while the order lives")


def events_operations(taken: Taken) -> Iterator[Quantity]:
    """Count an Event API's operations: what is published and delivered in units of 5 KB, and connecting."""
    units = _started(_size(taken), APPSYNC_BYTES)
    delivered = taken.changes * taken.followers * units
    yield Quantity("events.operation", Decimal(taken.changes * units), "each change, published")
    yield Quantity("events.operation", Decimal(delivered), "each change, delivered")
    yield Quantity("events.operation", Decimal(2 * taken.client.sockets), "connect and subscribe")


def events_minutes(taken: Taken) -> Iterator[Quantity]:
    """Count the time that the client was connected to an Event API."""
    yield Quantity("events.minute", _minutes(taken), "connected while the order lives")


def bus_events(taken: Taken) -> Iterator[Quantity]:
    """Count the event by which each change reaches a queue of the channel, and its three requests there."""
    yield Quantity("bus.event", Decimal(taken.changes), "each change, an event on the bus")
    why = "each change, put in its queue, received and deleted"
    yield Quantity("sqs.request", Decimal(3 * taken.changes), why)


def sns_publishes(taken: Taken) -> Iterator[Quantity]:
    """Count the message by which each change reaches its customer's topic."""
    yield Quantity("sns.publish", Decimal(taken.changes), "one message publishes each change")


def sns_deliveries(taken: Taken) -> Iterator[Quantity]:
    """Count SNS's deliveries over HTTP by the meter; what it tries again is not charged again."""
    if taken.server is not None:
        delivered = sum(taken.server.operations.get(name, 0.0) for name in SNS_DELIVERIES)
        yield Quantity("sns.http", _exact(delivered), "each change, delivered")


def websocket_messages(taken: Taken) -> Iterator[Quantity]:
    """Count API Gateway's messages, either way, in units of 32 KB."""
    client = taken.client
    size = _size(taken)
    received = client.messages_in * _started(size, WEBSOCKET_BYTES)
    yield Quantity("websocket.message", Decimal(client.messages_out + received), "messages, either way")


def websocket_minutes(taken: Taken) -> Iterator[Quantity]:
    """Count the time that the client was connected."""
    yield Quantity("websocket.minute", _minutes(taken), "connected while the order lives")


def iot_publishes(taken: Taken) -> Iterator[Quantity]:
    """Count the message by which each change reaches AWS IoT, in units of 5 KB."""
    units = taken.changes * _started(_size(taken), IOT_BYTES)
    yield Quantity("iot.message", Decimal(units), "one message publishes each change")


def iot_messages(taken: Taken) -> Iterator[Quantity]:
    """Count AWS IoT's messages in units of 5 KB: connect, subscribe, what is delivered, and acknowledgements.

    What AWS answers (CONNACK, SUBACK) is free, and so is a sign of life every 30 s or less often.
    """
    client = taken.client
    answers = 2 * client.sockets
    delivered = max(0, client.messages_in - answers) * _started(_size(taken), IOT_BYTES)
    yield Quantity(
        "iot.message", Decimal(client.messages_out), "connect, subscribe, and an acknowledgement each"
    )
    yield Quantity("iot.message", Decimal(delivered), "each change, delivered")


def iot_minutes(taken: Taken) -> Iterator[Quantity]:
    """Count the time that the client was connected."""
    yield Quantity("iot.minute", _minutes(taken), "connected while the order lives")


def server_side(taken: Taken) -> Iterator[Quantity]:
    """Take over what the meter counted: Lambda, DynamoDB and queues."""
    if taken.server is None:
        return
    for name, use in sorted(taken.server.functions.items()):
        yield Quantity("lambda.request", _exact(use.invocations), f"invocations of {name}")
        kind = "x86_64" if use.architecture == "x86_64" else "arm64"
        yield Quantity(
            f"lambda.gb-second.{kind}",
            _exact(use.gb_seconds),
            f"time of {name} here, times its memory",
        )
    yield Quantity("dynamodb.read", _exact(taken.server.reads), "reads by DynamoDB's rules")
    yield Quantity("dynamodb.write", _exact(taken.server.writes), "writes by DynamoDB's rules")
    queued = sum(n for name, n in taken.server.operations.items() if name.startswith("sqs."))
    yield Quantity("sqs.request", _exact(queued), "messages put in a queue and taken out")


def transfer(taken: Taken) -> Iterator[Quantity]:
    """Count what leaves AWS for the client."""
    yield Quantity("transfer.gb", Decimal(taken.client.bytes_in) / GB, "bytes that the client received")


def _size(taken: Taken) -> float:
    if taken.payload is not None:
        return taken.payload
    client = taken.client
    return client.bytes_in / client.messages_in if client.messages_in else TYPICAL_BYTES


def _minutes(taken: Taken) -> Decimal:
    return _exact(taken.client.connected_seconds) / 60


def _started(size: float, unit: int) -> int:
    return max(1, -int(-size // unit))


def _exact(value: float) -> Decimal:
    """Return a measured float as people write it: 0.1 is a tenth."""
    return Decimal(repr(value))
