"""Webhook: a receiver of one's own, registered while orders are followed; history from a GraphQL query."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Self

from clients.api import OrderApi
from clients.auth import Token, TokenSource
from clients.endpoints import Delivery
from clients.follow import Follower
from clients.model import Change, History
from clients.settings import Settings
from clients.tracking import Pace, State
from clients.traffic import Traffic

if TYPE_CHECKING:
    from clients.webhooks.reception import Reception
    from clients.webhooks.sns import SnsVerifier


class Webhook:
    """Follow by a webhook, which hears of all of one's own orders.

    Its receiver listens on loopback where nothing else is said (``Settings.webhooks``), which a local cloud
    that allows private webhooks can reach. Elsewhere it needs a public address.

    Parameters
    ----------
    delivery
        Wrapped in SNS's notifications, or raw.
    sns
        Verifies SNS's signatures; by the settings without.
    """

    name: ClassVar[str] = "webhook"

    def __init__(
        self,
        settings: Settings,
        tokens: TokenSource,
        *,
        pace: Pace | None = None,
        delivery: Delivery = Delivery.WRAPPED,
        sns: SnsVerifier | None = None,
    ) -> None:
        self.traffic = Traffic()
        self._settings = settings
        self._tokens = tokens
        self._pace = pace
        self._delivery = delivery
        self._sns = sns
        self._api = OrderApi(settings, tokens, traffic=self.traffic)
        self._opened = contextlib.AsyncExitStack()
        self._opening = asyncio.Lock()
        self._reception: Reception | None = None
        self._listeners: set[Listener] = set()

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._opened.aclose()
        finally:
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
            [_Link(self, frozenset(each))],
            orders=each,
            after=after,
            must_exist=must_exist,
            pace=self._pace,
            on_state=on_state,
        )

    async def listen(self, listener: Listener) -> None:
        """Have a listener told of its orders' changes, the webhook registered and verified before.

        Raises
        ------
        OrderwireError
        """
        from clients.webhooks.reception import Reception  # noqa: PLC0415 - a server: for who receives

        async with self._opening:
            if self._reception is None:
                reception = Reception(
                    self._api,
                    self._settings.webhooks,
                    self._told,
                    delivery=self._delivery,
                    on_request=self._count,
                    sns=self._sns,
                )
                await self._opened.enter_async_context(reception)
                self._reception = reception
        self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        """Tell a listener no more."""
        self._listeners.discard(listener)

    def _told(self, change: Change) -> None:
        for listener in self._listeners:
            listener.tell(change)

    def _count(self, size: int) -> None:
        self.traffic.messages_in += 1
        self.traffic.bytes_in += size


@dataclass
class _Link:
    """Some orders of a follower."""

    way: Webhook
    orders: Collection[str]
    # Nothing is bound to a token here: the webhook outlives it.
    longest: float = 23 * 3600.0

    def open(self, token: Token, have: Mapping[str, int]) -> Listener:
        """Return what listens for those orders."""
        return Listener(self.way, self.orders)


@dataclass(eq=False)
class Listener:
    """Hears of some orders, live once the webhook is."""

    way: Webhook
    orders: Collection[str]
    _changes: asyncio.Queue[Change] = field(default_factory=asyncio.Queue)

    @property
    def histories(self) -> Sequence[History]:
        """Nothing: a webhook tells no past."""
        return ()

    def tell(self, change: Change) -> None:
        """Take a change, if it is of one of the orders."""
        if change.order_id in self.orders:
            self._changes.put_nowait(change)

    async def __aenter__(self) -> Self:
        await self.way.listen(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.way.leave(self)

    async def __aiter__(self) -> AsyncGenerator[Change | None, None]:
        """Yield changes as they arrive."""
        while True:
            yield await self._changes.get()
