"""Server-Sent Events: one response that goes on, from a function that listens to AppSync meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from clients.ways import Way
from clients.ways.sse import ServerSentEvents
from compare import costs
from compare.channels.base import WayChannel
from compare.costs import Quantity
from compare.usage import ChannelUsage

STREAMED_BYTES = 10 * 1024 * 1024
"""A streamed response is billed as one request for each so many bytes begun."""


def stream_requests(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count the streams, each a request: one of more than 10 MB would count as several."""
    streams = usage.client.sockets
    yield Quantity("rest.request", Decimal(streams), "each stream a request")
    size = usage.client.bytes_in / max(1, streams)
    more = -int(-size // STREAMED_BYTES) - 1
    yield Quantity("rest.request", Decimal(max(0, more) * streams), "each 10 MB more of a stream")


def inner_subscription(usage: ChannelUsage) -> Iterator[Quantity]:
    """Count what the function's own subscription takes: a final order's stream has none."""
    # One for each stream: no more is known of it from outside.
    yield Quantity(
        "appsync.update", Decimal(2 * usage.client.sockets), "the function connects and subscribes"
    )
    delivered = usage.changes * usage.followers
    yield Quantity("appsync.update", Decimal(delivered), "each change, delivered to the function")
    minutes = Decimal(repr(usage.client.connected_seconds)) / 60
    yield Quantity("appsync.minute", minutes, "the function's connection, while the stream is open")


class Sse(WayChannel):
    """Opens a stream before it submits, which sends the past and then each change."""

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
        costs.appsync_queries,
        costs.server_side,
        costs.transfer,
    )
    aws = ("stream-to-lambda", "appsync-publish", "stream-chunk")

    def way(self) -> Way:
        """Return the way of event streams."""
        return ServerSentEvents(self.settings, self.tokens)
