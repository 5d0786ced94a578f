"""The ways to follow orders: each a small class with the same methods, the same promise and the same output.

Whatever the way, every version of every order is handed out once and in order, and following ends when
all orders are final. What differs is the time it takes and what it costs: ``traffic`` counts that.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from types import TracebackType
from typing import ClassVar, Protocol, Self

from clients.auth import TokenSource
from clients.settings import Settings
from clients.tracking import Arrival, Pace, State
from clients.traffic import Traffic
from clients.ways.appsync import AppSync
from clients.ways.events import Events
from clients.ways.graphql_ws import GraphQLWebSocket
from clients.ways.iot import Iot
from clients.ways.longpoll import LongPoll
from clients.ways.poll import Poll, PollFixed
from clients.ways.sse import ServerSentEvents
from clients.ways.webhook import Webhook
from clients.ways.websocket import WebSocket


class Following(Protocol):
    """Some orders, followed from ``async with`` on.

    Examples
    --------
    >>> async with way.follow(["4b0c…"]) as following:  # doctest: +SKIP
    ...     async for arrival in following:
    ...         print(arrival.change.status)
    """

    @property
    def state(self) -> State:
        """How current it is."""
        ...

    @property
    def dropped(self) -> int:
        """How many changes came that it already had."""
        ...

    async def wait_live(self) -> None:
        """Return when nothing that happens from now on can be missed; raise when following failed."""
        ...

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def __aiter__(self) -> AsyncGenerator[Arrival, None]:
        """Yield each version of each order once and in order; end when all orders are final."""
        ...


class Way(Protocol):
    """One person's client of the changes of orders.

    Raises
    ------
    BadSettings
        When made without the address that it needs; the message says what to give.
    """

    name: ClassVar[str]
    traffic: Traffic

    def __init__(self, settings: Settings, tokens: TokenSource, *, pace: Pace | None = None) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def follow(
        self,
        orders: Sequence[str],
        *,
        after: int = 0,
        must_exist: bool = False,
        on_state: Callable[[State, str], None] | None = None,
    ) -> Following:
        """Return what follows these orders, which may not exist yet.

        Parameters
        ----------
        after
            The last version that the caller already has.
        must_exist
            Raise ``NotFound`` for an order that is not there, rather than wait for it.
        on_state
            Called at every change of state, with a word of explanation (empty when there is none).
        """
        ...


WAYS: Mapping[str, type[Way]] = {
    way.name: way
    for way in (
        AppSync,
        Events,
        WebSocket,
        GraphQLWebSocket,
        ServerSentEvents,
        Iot,
        Webhook,
        Poll,
        PollFixed,
        LongPoll,
    )
}
"""Each way by its name, the same for ``orderwire follow --via`` and ``orderwire compare --channels``."""

_SHORT_NAMES: Mapping[str, str] = {"ws": WebSocket.name, "poll": Poll.name}


def full_name(name: str) -> str:
    """Return the name of the channel that a name or a short name stands for.

    Examples
    --------
    >>> full_name("ws"), full_name("sse")
    ('websocket', 'sse')
    """
    return _SHORT_NAMES.get(name, name)
