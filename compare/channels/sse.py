"""Server-Sent Events: one response that goes on, from a function that listens to AppSync meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from clients.ways import Way
from clients.ways.sse import ServerSentEvents
from compare import costs
from compare.channels.base import WayChannel
from compare.costs import Quantity
from compare.usage import Taken, Usage

STREAMED_BYTES = 10 * 1024 * 1024
"""A streamed response is billed as one request for each so many bytes begun."""


def stream_requests(taken: Taken) -> Iterator[Quantity]:
    """Count the requests, each stream one: one of more than 10 MB would count as several."""
    yield Quantity("rest.request", Decimal(taken.client.requests), "requests, each stream one of them")
    size = taken.client.bytes_in / max(1, taken.client.requests)
    more = -int(-size // STREAMED_BYTES) - 1
    yield Quantity(
        "rest.request", Decimal(max(0, more) * taken.client.requests), "each 10 MB more of a stream"
    )


def inner_subscription(taken: Taken) -> Iterator[Quantity]:
    """Count what the function's own subscription takes: a final order's stream has none."""
    # One for each stream: no more is known of it from outside.
    yield Quantity(
        "appsync.update", Decimal(2 * taken.client.requests), "the function connects and subscribes"
    )
    yield Quantity(
        "appsync.update", Decimal(taken.changes * taken.followers), "each change, delivered to the function"
    )
    minutes = Decimal(repr(taken.client.connected_seconds)) / 60
    yield Quantity("appsync.minute", minutes, "the function's connection, while the stream is open")


class Sse(WayChannel):
    """Opens a stream before it submits, which tells the past and then each change."""

    name = "sse"
    title = "Server-Sent Events"
    how = "opens one response before it submits; a function keeps it open and passes on each change"
    place = 25
    needs = "sse"
    pushes = True
    early = True
    bill = (
        costs.appsync_publishes,
        stream_requests,
        inner_subscription,
        costs.server_side,
        costs.transfer,
    )
    aws = ("stream-to-lambda", "appsync-publish", "stream-chunk")

    def way(self) -> Way:
        """Return the way of event streams."""
        return ServerSentEvents(self.settings, self.tokens)

    def traffic(self) -> Usage:
        """Return what the way counted: none of its connections is a WebSocket."""
        return replace(super().traffic(), sockets=0)
