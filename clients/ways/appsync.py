"""AppSync: GraphQL subscriptions over WebSockets, with history from a GraphQL query."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, Self

from gql import GraphQLRequest

from clients import operations
from clients.api import OrderApi
from clients.auth import Token, TokenSource
from clients.connection import MAX_SUBSCRIPTIONS, Connection
from clients.follow import Follower
from clients.settings import Settings
from clients.tracking import Pace, State
from clients.traffic import Traffic
from clients.transport import AppSyncLiveTransport


class AppSync:
    """Follow by AppSync: one subscription an order, 200 to a connection, or one for all of one's own.

    Parameters
    ----------
    api
        An existing GraphQL client, whose requests are then counted elsewhere.
    keep_alive_timeout
        Seconds without any frame after which a connection counts as dead.
    """

    name: ClassVar[str] = "appsync"

    def __init__(
        self,
        settings: Settings,
        tokens: TokenSource,
        *,
        pace: Pace | None = None,
        api: OrderApi | None = None,
        keep_alive_timeout: float = 65.0,
    ) -> None:
        self.traffic = Traffic()
        self._settings = settings
        self._tokens = tokens
        self._pace = pace
        self._api = api or OrderApi(settings, tokens, traffic=self.traffic)
        self._is_ours = api is None
        self._keep_alive_timeout = keep_alive_timeout

    async def __aenter__(self) -> Self:
        if self._is_ours:
            await self._api.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_ours:
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
        shares = [each[n : n + MAX_SUBSCRIPTIONS] for n in range(0, len(each), MAX_SUBSCRIPTIONS)]
        return Follower(
            self._api,
            self._tokens,
            [self._link(share) for share in shares],
            orders=orders,
            after=after,
            must_exist=must_exist,
            pace=self._pace,
            on_state=on_state,
        )

    def follow_mine(
        self,
        *,
        only: Collection[str] | None = None,
        on_state: Callable[[State, str], None] | None = None,
        everyone: bool = False,
    ) -> Follower:
        """Return what follows all of one's own orders, or everyone's, by one subscription: ``Follower``."""
        return Follower(
            self._api,
            self._tokens,
            [self._link([operations.ON_ANY if everyone else operations.ON_MINE])],
            orders=None,
            only=only,
            pace=self._pace,
            on_state=on_state,
        )

    def _link(self, requests: Sequence[GraphQLRequest]) -> _Link:
        return _Link(self._settings, requests, self._keep_alive_timeout, self.traffic)


@dataclass
class _Link:
    """Some subscriptions that share a connection."""

    settings: Settings
    requests: Sequence[GraphQLRequest]
    keep_alive_timeout: float
    traffic: Traffic
    longest: float = 23 * 3600.0  # AppSync ends a connection after 24 hours

    def open(self, token: Token, have: Mapping[str, int]) -> Connection:
        """Return a connection that was not opened yet."""
        transport = AppSyncLiveTransport(
            self.settings.realtime,
            host=self.settings.host,
            jwt=token.value,
            keep_alive_timeout=self.keep_alive_timeout,
            traffic=self.traffic,
        )
        return Connection(transport, self.requests)
