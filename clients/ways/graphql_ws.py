"""GraphQL subscriptions without AppSync: the companion's WebSocket, with history from its GraphQL query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import ClassVar, Self

from gql import GraphQLRequest

from clients import operations
from clients.api import OrderApi
from clients.auth import Token, TokenSource
from clients.connection import Connection
from clients.errors import BadSettings
from clients.follow import Follower
from clients.graphql_transport import GraphQLLiveTransport
from clients.settings import Settings
from clients.sockets import MAX_ORDERS
from clients.tracking import Pace, State
from clients.traffic import Traffic


class GraphQLWebSocket:
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
        self.traffic = Traffic()
        self._address = settings.websocket
        self._tokens = tokens
        self._pace = pace
        self._ping_every = ping_every
        self._patience = patience
        self._longest = longest
        companion = replace(settings, endpoint=f"{settings.rest.rstrip('/')}/graphql")
        self._api = OrderApi(companion, tokens, traffic=self.traffic)

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._api.__aexit__(kind, error, trace)

    def follow(
        self,
        orders: Sequence[str],
        *,
        after: int = 0,
        must_exist: bool = False,
        on_state: Callable[[State, str], None] | None = None,
    ) -> Follower:
        """Return what follows these orders; see ``Way``."""
        each = [operations.with_variables(operations.ON_ORDER, orderId=id) for id in dict.fromkeys(orders)]
        shares = [each[n : n + MAX_ORDERS] for n in range(0, len(each), MAX_ORDERS)]
        return Follower(
            self._api,
            self._tokens,
            [_Link(self, share, self._longest) for share in shares],
            orders=orders,
            after=after,
            must_exist=must_exist,
            pace=self._pace,
            on_state=on_state,
        )

    def open(self, token: Token, requests: Sequence[GraphQLRequest]) -> Connection:
        """Return a connection with some subscriptions that was not opened yet."""
        transport = GraphQLLiveTransport(
            self._address,
            token=token.value,
            ping_every=self._ping_every,
            patience=self._patience,
            traffic=self.traffic,
        )
        return Connection(transport, requests, ack_timeout=self._patience)


@dataclass
class _Link:
    """Some subscriptions that share a connection."""

    way: GraphQLWebSocket
    requests: Sequence[GraphQLRequest]
    longest: float

    def open(self, token: Token, have: Mapping[str, int]) -> Connection:
        """Return a connection that was not opened yet."""
        return self.way.open(token, self.requests)
