"""What a channel is: one client that follows one order, as one open page does."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, nullcontext
from dataclasses import dataclass
from typing import ClassVar, Literal

from clients import Arrival, NewOrder, Settings, State
from clients.auth import TokenSource
from clients.ways import Following, Way
from compare.costs import Rule
from compare.usage import Usage

# A request that the server holds keeps a Lambda environment, here a process, to itself.
HELD_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who runs the comparison may set.

    Attributes
    ----------
    poll_seconds
        How long fixed polling waits between two requests.
    """

    poll_seconds: float = 1.0


class Channel(ABC):
    """One client, one order, one channel.

    Subclasses say what they are by the attributes below, and do their work in four methods. An instance is
    used once: ``open`` before the order is submitted, ``follow`` when the submission was answered, ``close``
    whatever came of it, and ``traffic`` at the end. ``standing`` opens what serves all orders.

    Attributes
    ----------
    name, title
        What it is called on the command line, and by people.
    how
        One sentence: what the client does.
    place
        Where it stands among the others, from left to right.
    needs
        The API that it cannot do without beside AppSync's GraphQL: one of the companion's (``websocket``
        needs ``rest`` for its tickets), the Event API, AWS IoT's, or the stack's ``sse``.
    at_once
        How many orders may be followed at the same time on one machine; None for any number.
    pushes
        Whether the fan-out has to be there for it: then the fan-out's work is on its bill.
    tables
        Tables of the stack that serve it alone, as the template calls them.
    functions
        The same of functions: those that the bus feeds are on no other bill.
    bill
        The rules that make its bill (``compare.costs``).
    aws
        The parts of its way on AWS whose latency is published (``compare/latency.json``).
    """

    name: ClassVar[str]
    title: ClassVar[str]
    how: ClassVar[str]
    place: ClassVar[int] = 50
    needs: ClassVar[Literal["rest", "websocket", "events", "iot", "sse"] | None] = None
    at_once: ClassVar[int | None] = None
    pushes: ClassVar[bool] = False
    tables: ClassVar[tuple[str, ...]] = ()
    functions: ClassVar[tuple[str, ...]] = ()
    bill: ClassVar[tuple[Rule, ...]] = ()
    aws: ClassVar[tuple[str, ...]] = ()

    def __init__(self, order: NewOrder, settings: Settings, tokens: TokenSource, options: Options) -> None:
        self.order = order
        self.settings = settings
        self.tokens = tokens
        self.options = options

    @classmethod
    def standing(
        cls, settings: Settings, tokens: Mapping[str, TokenSource]
    ) -> AbstractAsyncContextManager[None]:
        """Return what is there for all orders of all customers: nothing; it is on no order's bill."""
        return nullcontext()

    @abstractmethod
    async def open(self) -> None:
        """Get ready; return when the order may be submitted."""

    @abstractmethod
    def follow(self) -> AsyncIterator[Arrival]:
        """Yield each version of the order once and in order, and end at its final status."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of everything."""

    @abstractmethod
    def traffic(self) -> Usage:
        """Return what it took."""


class WayChannel(Channel):
    """A channel on top of one of the clients' ways.

    Attributes
    ----------
    early
        Follow before the order is there, so that nothing can be missed: for what is pushed. What polls
        begins once the order was submitted.
    """

    early: ClassVar[bool] = False

    def __init__(self, order: NewOrder, settings: Settings, tokens: TokenSource, options: Options) -> None:
        super().__init__(order, settings, tokens, options)
        self._way = self.way()
        self._stack = AsyncExitStack()
        self._following: Following | None = None
        self._started = self._ended = 0.0
        self._lost = 0

    @abstractmethod
    def way(self) -> Way:
        """Return the way, not opened yet."""

    async def open(self) -> None:
        """Open the way; where it is early, follow and wait until that is live."""
        await self._stack.enter_async_context(self._way)
        if self.early:
            await (await self._begin()).wait_live()

    async def follow(self) -> AsyncIterator[Arrival]:
        """Yield what the way brings."""
        following = self._following or await self._begin()
        async with aclosing(aiter(following)) as arrivals:
            async for arrival in arrivals:
                yield arrival
        self._ended = time.monotonic()

    async def close(self) -> None:
        """Stop following, and close the way."""
        self._ended = self._ended or time.monotonic()
        await self._stack.aclose()

    def traffic(self) -> Usage:
        """Return what the way counted; each time that it was away opened one WebSocket more."""
        counted = self._way.traffic
        return Usage(
            requests=counted.requests,
            sockets=1 + self._lost if self.early and self._started else 0,
            connections=counted.connections,
            messages_in=counted.messages_in,
            messages_out=counted.messages_out,
            bytes_in=counted.bytes_in,
            bytes_out=counted.bytes_out,
            answer_seconds=counted.answer_seconds,
            connected_seconds=self._ended - self._started if self.early else 0.0,
            duplicates=0 if self._following is None else self._following.dropped,
        )

    async def _begin(self) -> Following:
        self._started = time.monotonic()
        self._following = await self._stack.enter_async_context(
            self._way.follow([self.order.client_token], on_state=self._note)
        )
        return self._following

    def _note(self, state: State, why: str) -> None:
        self._lost += state is State.AWAY
