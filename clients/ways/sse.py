"""Server-Sent Events: a response for each order that goes on, its past first, history from GraphQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, Self

import aiohttp

from clients.api import OrderApi
from clients.auth import Token, TokenSource
from clients.errors import BadSettings
from clients.follow import Follower
from clients.settings import Settings
from clients.streams import MAX_WAIT, Finished, Stream
from clients.tracking import Pace, State
from clients.traffic import Traffic, trace


class ServerSentEvents:
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
        self.traffic = Traffic()
        self._address = settings.sse
        self._tokens = tokens
        self._pace = pace
        self._patience = patience
        self._longest = longest
        # The streams are the stack's, which need not have a companion.
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
        return Follower(
            self._api,
            self._tokens,
            [_Link(self, order_id, self._longest) for order_id in each],
            orders=each,
            after=after,
            must_exist=must_exist,
            pace=self._pace,
            on_state=on_state,
        )

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
