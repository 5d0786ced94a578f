"""The companion's WebSocket: each order subscribed to by a frame, its past told first, history from REST."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, Self

import aiohttp

from clients.auth import Token, TokenSource
from clients.errors import BadSettings
from clients.follow import Follower
from clients.rest import RestClient
from clients.settings import Settings
from clients.sockets import MAX_ORDERS, Socket
from clients.tracking import Pace, State
from clients.traffic import Traffic, trace


class WebSocket:
    """Follow by the companion's WebSocket API, 100 orders to a connection.

    Parameters
    ----------
    ping_every
        After so many seconds of silence ask for a sign of life.
    patience
        Seconds to wait for an answer.
    longest
        Seconds after which a connection is renewed; API Gateway ends it after two hours.
    """

    name: ClassVar[str] = "ws"

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
        if settings.websocket is None:
            raise BadSettings(
                "No WebSocket address: start the local cloud and its companion (`make run`), or give "
                "--websocket-url or ORDERWIRE_WEBSOCKET_URL."
            )
        self.traffic = Traffic()
        self._address = settings.websocket
        self._tokens = tokens
        self._pace = pace
        self._ping_every = ping_every
        self._patience = patience
        self._longest = longest
        # Who follows repeats by itself, and shows that it does.
        self._rest = RestClient(settings, tokens, attempts=1, traffic=self.traffic)

    async def __aenter__(self) -> Self:
        await self._rest.__aenter__()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), trace_configs=[trace(self.traffic)]
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        await self._rest.__aexit__(kind, error, trace)

    def follow(
        self,
        orders: Sequence[str],
        *,
        after: int = 0,
        must_exist: bool = False,
        on_state: Callable[[State, str], None] | None = None,
    ) -> Follower:
        """Return what follows these orders; see ``Way``."""
        each = list(dict.fromkeys(order_id.lower() for order_id in orders))  # as the server writes them
        shares = [each[n : n + MAX_ORDERS] for n in range(0, len(each), MAX_ORDERS)]
        return Follower(
            self._rest,
            self._tokens,
            [_Link(self, share, self._longest) for share in shares],
            orders=each,
            after=after,
            must_exist=must_exist,
            pace=self._pace,
            on_state=on_state,
        )

    def open(self, token: Token, have: Mapping[str, int]) -> Socket:
        """Return a connection for some orders that was not opened yet."""

        async def ticket() -> str:
            return (await self._rest.ticket(token=token)).value

        return Socket(
            self._session,
            self._address,
            ticket,
            have,
            traffic=self.traffic,
            ping_every=self._ping_every,
            patience=self._patience,
        )


@dataclass
class _Link:
    """Some orders that share a connection."""

    way: WebSocket
    orders: Sequence[str]
    longest: float

    def open(self, token: Token, have: Mapping[str, int]) -> Socket:
        """Return a connection for those of its orders that are not final."""
        return self.way.open(token, {order: have[order] for order in self.orders if order in have})
