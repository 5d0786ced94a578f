"""One webhook for all who follow by it at a time: the first registers it, and with the last it is removed.

A customer has five at most, and one receives all their orders.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from clients.api import OrderApi
from clients.auth import TokenSource
from clients.endpoints import Delivery
from clients.model import Change
from clients.settings import Settings
from clients.traffic import Traffic

if TYPE_CHECKING:
    from clients.webhooks.reception import Reception
    from clients.webhooks.sns import SnsVerifier


class Listener(Protocol):
    """A listener for changes."""

    def tell(self, change: Change, size: int) -> None:
        """Take a change, and the bytes of the body that brought it."""
        ...


class SharedWebhook:
    """A webhook that exists while it is in use. Each use is an ``async with``.

    Parameters
    ----------
    delivery
        Wrapped in SNS's notifications, or raw.
    sns
        Verifies SNS's signatures; by the settings without.
    traffic
        Where the requests that register it are counted.
    """

    def __init__(
        self,
        settings: Settings,
        tokens: TokenSource,
        *,
        delivery: Delivery = Delivery.WRAPPED,
        sns: SnsVerifier | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        self._settings = settings.webhooks
        self._api = OrderApi(settings, tokens, traffic=traffic)
        self._delivery = delivery
        self._sns = sns
        self._lock = asyncio.Lock()
        self._users = 0
        self._reception: Reception | None = None
        self._listeners: set[Listener] = set()

    async def __aenter__(self) -> Self:
        async with self._lock:
            if self._users == 0:
                await self._api.__aenter__()
            self._users += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._lock:
            self._users -= 1
            if self._users:
                return
            reception, self._reception = self._reception, None
            try:
                if reception is not None:
                    await reception.__aexit__(kind, error, trace)
            finally:
                await self._api.__aexit__(kind, error, trace)

    async def add(self, listener: Listener) -> None:
        """Notify a listener of every change from now on; register the webhook before, where there is none.

        Raises
        ------
        OrderwireError
        """
        await self.register()
        self._listeners.add(listener)

    async def register(self) -> None:
        """Register the webhook where there is none, and return when it is confirmed.

        Raises
        ------
        OrderwireError
        """
        from clients.webhooks.reception import Reception  # noqa: PLC0415 - a server: for who receives

        async with self._lock:
            if self._reception is None:
                reception = Reception(
                    self._api, self._settings, self._deliver, delivery=self._delivery, sns=self._sns
                )
                self._reception = await reception.__aenter__()

    def discard(self, listener: Listener) -> None:
        """Stop notifying a listener."""
        self._listeners.discard(listener)

    def _deliver(self, change: Change, size: int) -> None:
        for listener in self._listeners:
            listener.tell(change, size)
