"""What the ways have in common that stay connected: a client for history, and a follower over links."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import ClassVar, Self

import aiohttp

from clients.api import OrderApi
from clients.auth import TokenSource
from clients.follow import Follower
from clients.link import Link
from clients.rest import RestClient
from clients.tracking import Pace, State
from clients.traffic import Traffic, trace


class LinkedWay(ABC):
    """A way that follows over links; what these are is all that a subclass says.

    Parameters
    ----------
    api
        Where history is read; it is opened and closed with the way.
    traffic
        Where requests are counted, the client's among them.
    """

    name: ClassVar[str]

    def __init__(
        self, api: OrderApi | RestClient, tokens: TokenSource, traffic: Traffic, pace: Pace | None
    ) -> None:
        self.traffic = traffic
        self._api = api
        self._tokens = tokens
        self._pace = pace

    @abstractmethod
    def links(self, orders: Sequence[str]) -> Sequence[Link]:
        """Return what follows these orders, each of which is there once and as the server writes it."""

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        each = list(dict.fromkeys(order_id.lower() for order_id in orders))
        return Follower(
            self._api,
            self._tokens,
            self.links(each),
            orders=each,
            after=after,
            must_exist=must_exist,
            pace=self._pace,
            on_state=on_state,
        )


class SocketWay(LinkedWay):
    """A way whose links share an HTTP session of its own, in which everything is counted."""

    _session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), trace_configs=[trace(self.traffic)]
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        await super().__aexit__(kind, error, trace)


def shares(orders: Sequence[str], most: int) -> list[Sequence[str]]:
    """Return the orders of each connection, ``most`` to one.

    Examples
    --------
    >>> shares(["a", "b", "c"], 2)
    [['a', 'b'], ['c']]
    """
    return [orders[n : n + most] for n in range(0, len(orders), most)]
