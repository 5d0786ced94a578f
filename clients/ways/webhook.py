"""Webhook: a receiver of one's own, registered while orders are followed; history from a GraphQL query."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import ClassVar, Self

from clients.api import OrderApi
from clients.auth import Token, TokenSource
from clients.model import Change, History
from clients.settings import Settings
from clients.tracking import Pace
from clients.traffic import Traffic
from clients.ways.linked import LinkedWay
from clients.ways.shared_webhook import SharedWebhook


class Webhook(LinkedWay):
    """Follow by a webhook, which receives all of a customer's own orders.

    Its receiver listens on loopback where nothing else is said (``Settings.webhooks``), which a local cloud
    that allows private webhooks can reach. Elsewhere it needs a public address.

    Parameters
    ----------
    shared
        The webhook to follow by, which others may use as well; one of its own without.
    """

    name: ClassVar[str] = "webhook"

    def __init__(
        self,
        settings: Settings,
        tokens: TokenSource,
        *,
        pace: Pace | None = None,
        shared: SharedWebhook | None = None,
    ) -> None:
        traffic = Traffic()
        super().__init__(OrderApi(settings, tokens, traffic=traffic), tokens, traffic, pace)
        self._shared = shared or SharedWebhook(settings, tokens, traffic=traffic)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self._shared.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._shared.__aexit__(kind, error, trace)
        finally:
            await super().__aexit__(kind, error, trace)

    def links(self, orders: Sequence[str]) -> list[_Link]:
        """Return one link: the webhook receives all orders."""
        return [_Link(self._shared, frozenset(orders), self.traffic)]


@dataclass
class _Link:
    """Some orders of a follower."""

    shared: SharedWebhook
    orders: Collection[str]
    traffic: Traffic
    # Nothing is bound to a token here: the webhook outlives it.
    longest: float = 23 * 3600.0

    def open(self, token: Token, have: Mapping[str, int]) -> _Live:
        """Return what listens for those orders."""
        return _Live(self)


@dataclass(eq=False)
class _Live:
    """Receives some orders, live once the webhook is."""

    link: _Link
    _changes: asyncio.Queue[Change] = field(default_factory=asyncio.Queue)

    @property
    def histories(self) -> Sequence[History]:
        """Nothing: a webhook sends no past."""
        return ()

    def tell(self, change: Change, size: int) -> None:
        """Take a change, if it is of one of the orders."""
        if change.order_id in self.link.orders:
            self.link.traffic.messages_in += 1
            self.link.traffic.bytes_in += size
            self._changes.put_nowait(change)

    async def __aenter__(self) -> Self:
        await self.link.shared.add(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.link.shared.discard(self)

    async def __aiter__(self) -> AsyncGenerator[Change | None, None]:
        """Yield changes as they arrive."""
        while True:
            yield await self._changes.get()
