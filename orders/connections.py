"""WebSocket connections: how one is let in, what it follows, and how it is reached.

::

    POST /ws-tickets --> Tickets.issue     a secret that opens one connection, within a minute
    $connect         --> Tickets.redeem, Connections.open
    $default         --> Connections.claim, subscribe, unsubscribe        (``orders.following``)
    fan-out          --> Connections.subscribers --> Pusher.push
    $disconnect, or a push to one that is gone --> Connections.forget
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from orders.caller import Caller
from orders.model import OrderId
from orders.operations import GraphQLConnection, Operation

TICKET_LIFE = timedelta(seconds=60)
"""A ticket is for the connection that is opened next: it travels in a URL, which gets logged."""

CONNECTION_LIFE = timedelta(hours=2)
"""API Gateway closes a connection after two hours, whatever is done."""

MOST_ORDERS = 100
"""Orders that one connection may follow at once."""


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection.

    Attributes
    ----------
    connection_id : str
        API Gateway's name of it.
    caller : Caller
        Who opened it: from the ticket, once and for all.
    endpoint : str
        Where to push to it, from ``orders.adapters.endpoints``: the stack knows no API of the companion.
    expires_at : int
        Seconds since 1970, after which it is closed for sure.
    """

    connection_id: str
    caller: Caller
    endpoint: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """One connection's subscription to one order. The order need not exist, or be the caller's.

    Attributes
    ----------
    order_id : OrderId or None
        None for all orders that the caller may see, which GraphQL's operations alone may ask for.
    operation : Operation or None
        What makes it one of GraphQL's; a connection may have several.
    """

    order_id: OrderId | None
    connection_id: str
    caller: Caller
    endpoint: str
    expires_at: int
    operation: Operation | None = None


class Operations(Protocol):
    """What GraphQL connections follow."""

    def open(self, connection: GraphQLConnection) -> None:
        """Remember a connection that has not said yet whose it is."""
        ...

    def welcome(self, connection_id: str, caller: Caller, expires_at: int) -> None:
        """Remember whose a connection is, once.

        Raises
        ------
        AlreadyWelcome, ConnectionGone
        """
        ...

    def claim(self, subscription: Subscription) -> None:
        """Count an operation among those of its connection.

        Raises
        ------
        SubscriberExists, TooManySubscriptions, ConnectionGone
        """
        ...

    def subscribe(self, subscription: Subscription, at: datetime) -> float:
        """Have later changes pushed to an operation that is claimed.

        Returns the seconds after which that holds for certain: fan-out looks only now and then
        whether any connection follows all orders of a customer.
        """
        ...

    def remove(self, connection_id: str, operation_id: str) -> None:
        """Take an operation and its claim back, if they are there."""
        ...


def opened(connection_id: str, caller: Caller, endpoint: str, at: datetime) -> Connection:
    """Return the connection that was opened ``at`` this moment."""
    return Connection(connection_id, caller, endpoint, int((at + CONNECTION_LIFE).timestamp()))


class Tickets(Protocol):
    """Secrets that each open one connection: Chalice has no authorizer for WebSockets."""

    def issue(self, caller: Caller, at: datetime) -> str:
        """Return a new secret, good for `TICKET_LIFE`; only its hash is kept."""
        ...

    def redeem(self, secret: str, at: datetime) -> Caller | None:
        """Return who was given ``secret``, once; None ever after, or when it is none or too old."""
        ...


class TokenCallers(Protocol):
    """Identifies the owner of a token: of a connection that brings one in its first message."""

    def caller(self, token: str, at: datetime) -> Caller | None:
        """Return whose token it is at this moment; None when it does not hold. Raises ``TryAgain``."""
        ...


class Connections(Protocol):
    """Which connections are open, and which orders they follow."""

    def open(self, connection: Connection) -> None:
        """Remember a connection."""
        ...

    def find(self, connection_id: str) -> Connection | GraphQLConnection | None:
        """Return an open connection, of either protocol."""
        ...

    def claim(self, order_id: OrderId, connection_id: str) -> None:
        """Count an order among those that the connection follows; one that is, counts no more.

        Raises
        ------
        TooManySubscriptions
            When it follows `MOST_ORDERS` others.
        ConnectionGone
            When there is no such connection.
        """
        ...

    def subscribe(self, subscription: Subscription) -> None:
        """Have every later change sent to the connection; it must be claimed before."""
        ...

    def unsubscribe(self, order_id: OrderId, connection_id: str) -> None:
        """Take a subscription and its claim back, if they are there."""
        ...

    def subscribers(self, order_id: OrderId) -> Iterable[Subscription]:
        """Return the subscribers of an order, as of now: a subscription written before is in it."""
        ...

    def forget(self, connection_id: str, leftover: Subscription | OrderId | None = None) -> None:
        """Remove a connection and all its subscriptions, if it is there.

        ``leftover``, or the subscription to that order, in any case: it may have been written when the
        connection was forgotten already, and nothing else refers to it.
        """
        ...

    def stale(self, before: datetime, limit: int) -> Sequence[Connection | GraphQLConnection]:
        """Return up to ``limit`` connections that expired before ``before`` and are still remembered."""
        ...


class Pusher(Protocol):
    """What sends a frame to a connection from outside."""

    def prepare(self) -> None:
        """Load what the first push needs."""
        ...

    def push(self, endpoint: str, connection_id: str, frame: bytes, *, deadline: float) -> None:
        """Send ``frame`` before ``deadline``, a reading of ``time.monotonic()``.

        Raises
        ------
        ConnectionGone, PublishFailed, PublishLate
        """
        ...

    def disconnect(self, endpoint: str, connection_id: str, *, deadline: float) -> None:
        """Close a connection; one that is gone is closed. Raises ``PublishFailed``, ``PublishLate``."""
        ...

    def close(self) -> None:
        """Close what is kept open."""
        ...
