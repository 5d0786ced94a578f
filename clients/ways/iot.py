"""AWS IoT Core: MQTT over WebSockets, one topic an order, with history from a GraphQL query."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from clients.api import OrderApi
from clients.auth import Token, TokenSource
from clients.claims import person_of
from clients.errors import BadSettings
from clients.mqtt import MAX_TOPICS, Address, MqttConnection, Sign
from clients.settings import Settings
from clients.tracking import Pace
from clients.traffic import Traffic
from clients.ways.linked import SocketWay, shares


class Iot(SocketWay):
    """Follow by AWS IoT Core, 50 orders to a connection.

    Parameters
    ----------
    patience
        Seconds to wait for an answer.
    longest
        Seconds after which a connection is renewed; AWS IoT ends it after 24 hours.
    """

    name: ClassVar[str] = "iot"

    def __init__(
        self,
        settings: Settings,
        tokens: TokenSource,
        *,
        pace: Pace | None = None,
        patience: float = 15.0,
        longest: float = 23 * 3600.0,
    ) -> None:
        if settings.iot is None:
            raise BadSettings(
                "No AWS IoT address: start the local cloud (`make run`), or give --iot-url or "
                'ORDERWIRE_IOT_URL; a stack whose IotChannel is "false" has none.'
            )
        traffic = Traffic()
        super().__init__(OrderApi(settings, tokens, traffic=traffic), tokens, traffic, pace)
        self._address = Address.parse(settings.iot)
        self._patience = patience
        self._longest = longest

    def links(self, orders: Sequence[str]) -> list[_Link]:
        """Return connections of 50 orders each."""
        return [_Link(self, share, self._longest) for share in shares(orders, MAX_TOPICS)]

    def open(self, token: Token, orders: Sequence[str], place: str) -> MqttConnection:
        """Return a connection that was not opened yet.

        Parameters
        ----------
        place
            What makes its client id differ from those of other connections.
        """
        person = person_of(token)
        # Staff follow everyone's orders, whose customers they do not know beforehand.
        customer = "+" if person.is_staff else person.customer_id
        return MqttConnection(
            self._session,
            self._address,
            Sign(f"{person.customer_id}-{place}", token.value),
            [f"orders/{customer}/{order_id}" for order_id in orders],
            traffic=self.traffic,
            patience=self._patience,
        )


@dataclass
class _Link:
    """Some orders that share a connection, which keeps its client id: a new one takes a dead one over."""

    way: Iot
    orders: Sequence[str]
    longest: float

    def __post_init__(self) -> None:
        self._place = uuid.uuid4().hex

    def open(self, token: Token, have: Mapping[str, int]) -> MqttConnection:
        """Return a connection for those of its orders that are not final."""
        return self.way.open(token, [order for order in self.orders if order in have], self._place)
