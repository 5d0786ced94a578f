"""AppSync Events: a channel for each order, with history from a GraphQL query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from clients.api import OrderApi
from clients.auth import Token, TokenSource
from clients.claims import Person, person_of
from clients.errors import BadSettings
from clients.event_frames import Authorization
from clients.event_socket import MAX_CHANNELS, EventSocket
from clients.settings import Settings
from clients.tracking import Pace
from clients.traffic import Traffic
from clients.ways.linked import SocketWay, shares

NAMESPACE = "orders"


class Events(SocketWay):
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
        traffic = Traffic()
        super().__init__(OrderApi(settings, tokens, traffic=traffic), tokens, traffic, pace)
        self._host = urlsplit(settings.events).netloc
        self._address = settings.events_realtime
        self._patience = patience
        self._longest = longest

    def links(self, orders: Sequence[str]) -> list[_Link]:
        """Return connections of 100 orders each."""
        return [_Link(self, share, self._longest) for share in shares(orders, MAX_CHANNELS)]

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
    """Return the channels on which a person receives some orders.

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
