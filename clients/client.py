"""The whole client in one object: sign in, submit, read, cancel and follow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Self

from clients.api import OrderApi
from clients.auth import Credentials, TokenSource
from clients.follow import Follower
from clients.model import Change, NewOrder, Order
from clients.settings import Settings
from clients.tracking import Pace, State
from clients.ways import WAYS, Way
from clients.ways.appsync import AppSync


class OrderClient:
    """One person's client.

    Examples
    --------
    >>> settings = load(os.environ)  # doctest: +SKIP
    >>> async with OrderClient(settings, Credentials("ada", "…")) as client:  # doctest: +SKIP
    ...     order = await client.api.submit(new_order)
    ...     async for change in client.follow(order.id):
    ...         print(change.version, change.status)
    """

    def __init__(
        self,
        settings: Settings,
        credentials: Credentials,
        *,
        pace: Pace | None = None,
        keep_alive_timeout: float = 65.0,
    ) -> None:
        self.settings = settings
        self.credentials = credentials
        self._pace = pace
        self.tokens = TokenSource(settings.cognito, settings.client_id, credentials)
        self.api = OrderApi(settings, self.tokens)
        self._way = AppSync(
            settings, self.tokens, pace=pace, api=self.api, keep_alive_timeout=keep_alive_timeout
        )

    async def __aenter__(self) -> Self:
        await self.api.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.api.__aexit__(kind, error, trace)

    async def submit(self, order: NewOrder, *, enqueue: bool = False) -> Order:
        """Record an order and start its workflow; see ``OrderApi.submit``."""
        return await self.api.submit(order, enqueue=enqueue)

    async def follow(self, order_id: str, *, after: int = 0) -> AsyncIterator[Change]:
        """Yield every change of an order once and in order, and end at its final status.

        Raises
        ------
        NotFound
            There is no such order, or it is not yours.
        """
        async with (
            self.follower([order_id], must_exist=True, after=after) as follower,
            aclosing(aiter(follower)) as arrivals,
        ):
            async for arrival in arrivals:
                yield arrival.change

    def way(self, name: str) -> Way:
        """Return another way to follow orders, for the same person; ``WAYS`` has the names.

        Raises
        ------
        BadSettings
            The address that it needs is not known.
        """
        return WAYS[name](self.settings, self.tokens, pace=self._pace)

    def follower(
        self,
        orders: Sequence[str] | None = None,
        *,
        only: Collection[str] | None = None,
        must_exist: bool = False,
        after: int = 0,
        on_state: Callable[[State, str], None] | None = None,
        everyone: bool = False,
    ) -> Follower:
        """Return a follower of some orders, or of all of one's own, by AppSync; see ``Follower``.

        With ``everyone``, and without ``orders``, it follows all customers' orders; that is for staff.
        """
        if orders is None:
            return self._way.follow_mine(only=only, on_state=on_state, everyone=everyone)
        return self._way.follow(orders, after=after, must_exist=must_exist, on_state=on_state)
