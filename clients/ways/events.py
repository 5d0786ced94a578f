"""AppSync Events: a channel for each order, with history from a GraphQL query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import urlsplit

import aiohttp

from clients.api import OrderApi
from clients.auth import Token, TokenSource
from clients.claims import Person, person_of
from clients.errors import BadSettings
from clients.event_frames import Authorization
from clients.event_socket import MAX_CHANNELS, EventSocket
from clients.follow import Follower
from clients.settings import Settings
from clients.tracking import Pace, State
from clients.traffic import Traffic, trace

NAMESPACE = "orders"


class Events:
    """Follow by AppSync's Event API, 100 orders to a connection.

    A channel's path names the order's customer. A client knows its own id from its token; staff, who
    follow orders of people unknown to them, listen to all channels and drop what is not asked for.

    Parameters
    ----------
    patience
        Seconds to wait for an answer.
    longest
        Seconds after which a connection is renewed; AppSync ends it after 24 hours.
    """

    name: ClassVar[str] = "events"

    def __init__(
        self,
        settings: Settings,
        tokens: TokenSource,
        *,
        pace: Pace | None = None,
        patience: float = 15.0,
        longest: float = 23 * 3600.0,
    ) -> None:
        if settings.events is None or settings.events_realtime is None:
            raise BadSettings(
                "No Event API address: start the local cloud (`make run`), or give --events-url or "
                'ORDERWIRE_EVENTS_URL; a stack whose EventsChannel is "false" has none.'
            )
        self.traffic = Traffic()
        self._host = urlsplit(settings.events).netloc
        self._address = settings.events_realtime
        self._tokens = tokens
        self._pace = pace
        self._patience = patience
        self._longest = longest
        self._api = OrderApi(settings, tokens, traffic=self.traffic)

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), trace_configs=[trace(self.traffic)]
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
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
        each = list(dict.fromkeys(order_id.lower() for order_id in orders))  # as channels are written
        shares = [each[n : n + MAX_CHANNELS] for n in range(0, len(each), MAX_CHANNELS)]
        return Follower(
            self._api,
            self._tokens,
            [_Link(self, share, self._longest) for share in shares],
            orders=each,
            after=after,
            must_exist=must_exist,
            pace=self._pace,
            on_state=on_state,
        )

    def open(self, token: Token, orders: Sequence[str]) -> EventSocket:
        """Return a connection for some orders that was not opened yet."""
        return EventSocket(
            self._session,
            self._address,
            Authorization(self._host, token.value),
            channels_of(person_of(token), orders),
            traffic=self.traffic,
            patience=self._patience,
        )


def channels_of(person: Person, orders: Sequence[str]) -> list[str]:
    """Return the channels on which a person hears of some orders.

    Examples
    --------
    >>> channels_of(Person("ada"), ["4b0c"])
    ['/orders/ada/4b0c']
    >>> channels_of(Person("stella", is_staff=True), ["4b0c", "77aa"])
    ['/orders/*']
    """
    if person.is_staff:
        return [f"/{NAMESPACE}/*"]
    return [f"/{NAMESPACE}/{person.customer_id}/{order_id}" for order_id in orders]


@dataclass
class _Link:
    """Some orders that share a connection."""

    way: Events
    orders: Sequence[str]
    longest: float

    def open(self, token: Token, have: Mapping[str, int]) -> EventSocket:
        """Return a connection for those of its orders that are not final."""
        return self.way.open(token, [order for order in self.orders if order in have])
