"""GraphQL subscriptions without AppSync: the companion's WebSocket, with history from its GraphQL query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from clients import operations
from clients.api import OrderApi
from clients.auth import Token, TokenSource
from clients.connection import Connection
from clients.errors import BadSettings
from clients.graphql_transport import GraphQLLiveTransport
from clients.settings import Settings
from clients.sockets import MAX_ORDERS
from clients.tracking import Pace
from clients.traffic import Traffic
from clients.ways.linked import LinkedWay, shares


class GraphQLWebSocket(LinkedWay):
    """Follow by graphql-transport-ws: AppSync's documents at another address, 100 orders to a connection.

    Parameters
    ----------
    ping_every
        After so many seconds ask for a sign of life; API Gateway closes what is silent for ten minutes.
    patience
        Seconds to wait for an answer.
    longest
        Seconds after which a connection is renewed; API Gateway ends it after two hours.
    """

    name: ClassVar[str] = "graphql-ws"

    def __init__(
        self,
        settings: Settings,
        tokens: TokenSource,
        *,
        pace: Pace | None = None,
        ping_every: float = 240.0,
        patience: float = 15.0,
        longest: float = 110 * 60.0,
    ) -> None:
        if settings.websocket is None or settings.rest is None:
            raise BadSettings(
                "No WebSocket address: start the local cloud and its companion (`make run`), or give "
                "--websocket-url and --rest-url, or ORDERWIRE_WEBSOCKET_URL and ORDERWIRE_REST_URL."
            )
        traffic = Traffic()
        companion = replace(settings, endpoint=f"{settings.rest.rstrip('/')}/graphql")
        super().__init__(OrderApi(companion, tokens, traffic=traffic), tokens, traffic, pace)
        self._address = settings.websocket
        self._ping_every = ping_every
        self._patience = patience
        self._longest = longest

    def links(self, orders: Sequence[str]) -> list[_Link]:
        """Return connections of 100 subscriptions each."""
        return [_Link(self, share, self._longest) for share in shares(orders, MAX_ORDERS)]

    def open(self, token: Token, orders: Sequence[str]) -> Connection:
        """Return a connection with some subscriptions that was not opened yet."""
        transport = GraphQLLiveTransport(
            self._address,
            token=token.value,
            ping_every=self._ping_every,
            patience=self._patience,
            traffic=self.traffic,
        )
        requests = [operations.with_variables(operations.ON_ORDER, orderId=order_id) for order_id in orders]
        return Connection(transport, requests, ack_timeout=self._patience)


@dataclass
class _Link:
    """Some subscriptions that share a connection."""

    way: GraphQLWebSocket
    orders: Sequence[str]
    longest: float

    def open(self, token: Token, have: Mapping[str, int]) -> Connection:
        """Return a connection that was not opened yet."""
        return self.way.open(token, self.orders)
