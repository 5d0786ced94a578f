"""Server-Sent Events: a response for each order that goes on, its past first, history from GraphQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from clients.api import OrderApi
from clients.auth import Token, TokenSource
from clients.errors import BadSettings
from clients.settings import Settings
from clients.streams import MAX_WAIT, Finished, Stream
from clients.tracking import Pace
from clients.traffic import Traffic
from clients.ways.linked import SocketWay


class ServerSentEvents(SocketWay):
    """Follow by the stack's own REST API, which streams: one response for each order.

    Parameters
    ----------
    patience
        Seconds of silence after which a stream counts as dead; the server sends a comment every 15.
    longest
        Seconds after which a stream is renewed; API Gateway ends it after 15 minutes.
    """

    name: ClassVar[str] = "sse"

    def __init__(
        self,
        settings: Settings,
        tokens: TokenSource,
        *,
        pace: Pace | None = None,
        patience: float = 45.0,
        longest: float = 3600.0,
    ) -> None:
        if settings.sse is None:
            raise BadSettings(
                "No address of event streams: start the local cloud (`make run`), or give --sse-url or "
                'ORDERWIRE_SSE_URL; a stack whose SseChannel is "false" has none.'
            )
        traffic = Traffic()
        # The streams are the stack's, which need not have a companion.
        super().__init__(OrderApi(settings, tokens, traffic=traffic), tokens, traffic, pace)
        self._address = settings.sse
        self._patience = patience
        self._longest = longest

    def links(self, orders: Sequence[str]) -> list[_Link]:
        """Return a stream for each order."""
        return [_Link(self, order_id, self._longest) for order_id in orders]

    def open(self, token: Token, order_id: str, have: int) -> Stream:
        """Return a stream that was not opened yet."""
        return Stream(
            self._session,
            self._address,
            token,
            order_id,
            have,
            traffic=self.traffic,
            wait=MAX_WAIT,
            patience=self._patience,
        )


@dataclass
class _Link:
    """One order's stream."""

    way: ServerSentEvents
    order_id: str
    longest: float

    def open(self, token: Token, have: Mapping[str, int]) -> Stream | Finished:
        """Return a stream of what comes after the version that is here."""
        if self.order_id not in have:
            return Finished()
        return self.way.open(token, self.order_id, have[self.order_id])
