"""AWS IoT Core: MQTT over WebSockets, one topic an order, with history from a GraphQL query."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, Self

import aiohttp

from clients.api import OrderApi
from clients.auth import Token, TokenSource
from clients.claims import person_of
from clients.errors import BadSettings
from clients.follow import Follower
from clients.mqtt import MAX_TOPICS, Address, MqttConnection, Sign
from clients.settings import Settings
from clients.tracking import Pace, State
from clients.traffic import Traffic, trace


class Iot:
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
        self.traffic = Traffic()
        self._address = Address.parse(settings.iot)
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
        each = list(dict.fromkeys(order_id.lower() for order_id in orders))  # as the server writes them
        shares = [each[n : n + MAX_TOPICS] for n in range(0, len(each), MAX_TOPICS)]
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
