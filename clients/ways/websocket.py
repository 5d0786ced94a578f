"""The companion's WebSocket: each order subscribed to by a frame, its past sent first, history from REST."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from clients.auth import Token, TokenSource
from clients.errors import BadSettings
from clients.rest import RestClient
from clients.settings import Settings
from clients.sockets import MAX_ORDERS, Socket
from clients.tracking import Pace
from clients.traffic import Traffic
from clients.ways.linked import SocketWay, shares


class WebSocket(SocketWay):
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

    name: ClassVar[str] = "websocket"

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
        traffic = Traffic()
        # Who follows repeats by itself, and shows that it does.
        self._rest = RestClient(settings, tokens, attempts=1, traffic=traffic)
        super().__init__(self._rest, tokens, traffic, pace)
        self._address = settings.websocket
        self._ping_every = ping_every
        self._patience = patience
        self._longest = longest

    def links(self, orders: Sequence[str]) -> list[_Link]:
        """Return connections of 100 orders each."""
        return [_Link(self, share, self._longest) for share in shares(orders, MAX_ORDERS)]

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
