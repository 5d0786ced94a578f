"""API Gateway's WebSocket, which the companion serves: its own frames, and GraphQL's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from compare import costs
from compare.model.channels.base import (
    CONNECT_SECONDS,
    FRAME,
    KB32,
    MEMORY,
    PUSH_SECONDS,
    ChannelModel,
    fanout,
    function,
    units,
)
from compare.model.counts import Counts
from compare.model.families import Pushed
from compare.model.scenario import Scenario
from compare.model.use import Sent
from compare.usage import ServerUse


class _Socket(ChannelModel):
    """A WebSocket of API Gateway's, which the companion serves.

    Attributes
    ----------
    sent, received
        Messages beside the changes.
    """

    bill = (
        costs.rest_requests,
        costs.websocket_messages,
        costs.websocket_minutes,
        costs.server_side,
        costs.transfer,
    )
    aws = ("stream-to-lambda", "websocket-push")
    family = Pushed(reads_first=False)
    sent: ClassVar[int]
    received: ClassVar[int]
    tickets: ClassVar[int] = 1

    def usage(self, counts: Counts, scenario: Scenario) -> Sent:
        """Return the ticket, the connection, and a message for each change."""
        messages = counts.changes + self.received
        return Sent(
            requests=self.tickets + 1 + counts.requests,
            sockets=1,
            connections=1 + self.tickets,
            messages_in=messages,
            messages_out=self.sent,
            bytes_in=messages * (scenario.payload + FRAME / 2) + (1 + self.tickets) * 400,
            connected_seconds=counts.connected,
        )

    def server(self, counts: Counts, scenario: Scenario) -> ServerUse:
        """Return the functions behind the ticket and the routes, the fan-out, and the connections' table.

        Each change counts as in a batch of its own, for which fan-out queries at once. In larger ones it
        reads a marker for each order instead, and queries for those with followers.
        """
        followers = scenario.followers
        invoked = (self.tickets + 2 + self.sent + counts.requests) * followers
        return ServerUse(
            operations={name: n * followers for name, n in self.operations(counts).items()},
            reads=(3.0 + counts.requests) * followers + counts.changes * units(followers, 40),
            writes=8.0 * followers,
            functions={
                "the companion": function(invoked, invoked * CONNECT_SECONDS, MEMORY.companion),
                "the fan-out": fanout(counts.changes),
            },
        )

    def operations(self, counts: Counts) -> Mapping[str, float]:
        """Return the operations of one follower, beside the fan-out's query for each change.

        The ticket is written and redeemed, the connection is written and deleted, and so is the subscription,
        with the order's marker; the order's state is read before and after subscribing.
        """
        return {
            "dynamodb.GetItem": 3 + counts.requests,
            "dynamodb.PutItem": 2,
            "dynamodb.UpdateItem": 1,
            "dynamodb.DeleteItem": 2,
            "dynamodb.BatchWriteItem": 2,
        }

    def demands(self, counts: Counts, scenario: Scenario) -> Mapping[str, float]:
        """Return new connections, and what shares the account's one bucket of requests."""
        followers = scenario.followers
        pushed = counts.changes + self.received
        requests = self.tickets + 1 + counts.requests + self.sent + pushed * units(scenario.payload, KB32)
        return {
            "gateway.connect": followers,
            "gateway.request": requests * followers,
            "lambda.concurrent": counts.changes * PUSH_SECONDS
            + (2 + self.tickets + self.sent) * CONNECT_SECONDS * followers,
        }

    def request(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what the ticket, connecting and subscribing take."""
        return {"gateway.connect": 1, "gateway.request": self.tickets + 1 + self.sent + self.received}

    def deliver(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what one push takes: @connections shares the bucket."""
        return {"gateway.request": units(scenario.payload, KB32)}


class WebSocket(_Socket):
    """Takes a ticket, connects and subscribes."""

    name = "websocket"
    title = "WebSocket"
    sent = 1
    received = 1


class GraphqlWs(_Socket):
    """Speaks graphql-transport-ws over the companion's WebSocket."""

    name = "graphql-ws"
    title = "GraphQL over WS"
    family = Pushed(reads_first=True)
    sent = 2
    received = 2
    tickets = 0

    def operations(self, counts: Counts) -> Mapping[str, float]:
        """Return the operations of one follower, beside the fan-out's query for each change.

        The connection is written, given its owner, and counts its subscription; that is written, too, with
        the order's marker, and all but this is deleted at the end. Each message looks the connection up, and
        history reads the state.
        """
        return {
            "dynamodb.GetItem": self.sent + counts.requests,
            "dynamodb.PutItem": 1,
            "dynamodb.UpdateItem": 2,
            "dynamodb.DeleteItem": 1,
            "dynamodb.BatchWriteItem": 2,
        }
