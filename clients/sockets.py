"""One WebSocket connection to the companion: live when every order is subscribed to."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import ClassVar

import aiohttp

from clients import reading
from clients.errors import NotAllowed, NotSignedIn, Refused, Unavailable
from clients.frames import Changed, Failed, Ping, ServerFrame, Subscribe, Subscribed, parse_frame
from clients.live_socket import LiveSocket
from clients.model import Change, History
from clients.traffic import Traffic

log = logging.getLogger(__name__)

# So many orders the companion takes on one connection.
MAX_ORDERS = 100
# So many subscriptions may be without an answer: each is an invocation of its own.
_AT_ONCE = 16


class Socket(LiveSocket):
    """Open a connection, subscribe to each order, and pass on what arrives.

    Parameters
    ----------
    ticket
        Returns a ticket that opens one connection.
    have
        At most ``MAX_ORDERS`` orders, with the version of each that is already here.
    ping_every
        After so many seconds of silence ask for a sign of life. API Gateway allows ten minutes.
    patience
        Seconds to wait for an answer.

    Attributes
    ----------
    histories
        What the server sent when it took the subscriptions.
    """

    peer = "The companion"
    refusals: ClassVar = {
        401: (NotSignedIn, "refuses the ticket"),
        403: (NotAllowed, "refuses the connection"),
    }

    def __init__(
        self,
        session: aiohttp.ClientSession,
        address: str,
        ticket: Callable[[], Awaitable[str]],
        have: Mapping[str, int],
        *,
        traffic: Traffic,
        ping_every: float,
        patience: float,
    ) -> None:
        super().__init__(session, address, traffic=traffic, patience=patience)
        self.histories: Sequence[History] = ()
        self._ticket = ticket
        self._have = have
        self._ping_every = ping_every
        self._early: deque[Change | None] = deque()

    async def __aiter__(self) -> AsyncGenerator[Change | None, None]:
        """Yield changes as they arrive, None for a frame that could not be read; raise when lost."""
        while self._early:
            yield self._early.popleft()
        while True:
            match self._read(await self._receive_or_ping()):
                case Changed(change):
                    yield change
                case None | Failed() | Subscribed():
                    yield None  # not what was to come: history has what it was

    async def _query(self) -> dict[str, str]:
        return {"ticket": await self._ticket()}

    async def _go_live(self) -> None:
        waiting = dict(self._have)
        unsent = deque(self._have.items())
        histories: list[History] = []
        while waiting:
            while unsent and len(waiting) - len(unsent) < _AT_ONCE:
                await self._send(Subscribe(*unsent.popleft()).text())
            match self._read(await self._receive()):
                case Subscribed(history):
                    if waiting.pop(history.order_id, None) is not None:
                        histories.append(history)
                case Changed(change):
                    self._early.append(change)
                case Failed() as failed:
                    raise Unavailable(failed.message) if failed.later else Refused(failed.message)
                case None:
                    self._early.append(None)
        self.histories = histories

    def _read(self, text: str | None) -> ServerFrame | None:
        if text is None:
            return None
        try:
            return parse_frame(text)
        except reading.Unexpected as error:
            log.warning("A frame could not be read (%s); reading history instead.", error)
            return None

    async def _receive_or_ping(self) -> str | None:
        try:
            return await self._receive(self._ping_every)
        except TimeoutError:
            await self._send(Ping().text())
        try:
            return await self._receive(self._patience)
        except TimeoutError:
            raise Unavailable("The server is silent.") from None

    async def _receive(self, timeout: float | None = None) -> str | None:  # noqa: ASYNC109 - aiohttp's own
        """Return the next message, None for one that is no text."""
        message = await self._socket.receive(timeout)
        if message.type is aiohttp.WSMsgType.TEXT:
            text = str(message.data)
            self._traffic.received(text)
            return text
        if message.type is aiohttp.WSMsgType.BINARY:
            return None
        raise self._lost()
