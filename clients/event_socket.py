"""One WebSocket connection to an Event API: live when every channel is subscribed to."""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from typing import ClassVar

import aiohttp

from clients import reading
from clients.errors import NotAllowed, NotSignedIn, OrderwireError, Unavailable
from clients.event_frames import (
    INIT,
    Acknowledged,
    Authorization,
    Event,
    Failed,
    ServerFrame,
    Subscribe,
    Subscribed,
    parse_frame,
)
from clients.failures import from_errors
from clients.live_socket import LiveSocket
from clients.model import Change, History
from clients.traffic import Traffic

log = logging.getLogger(__name__)

# So many subscriptions AppSync takes on one connection.
MAX_CHANNELS = 100
# A server that is asked for no more than this to begin with cannot be flooded.
_AT_ONCE = 16


class EventSocket(LiveSocket):
    """Open a connection, subscribe to each channel, and pass on what arrives.

    Parameters
    ----------
    address
        The real-time address, ``wss://…/event/realtime``.
    channels
        At most ``MAX_CHANNELS``; a last segment may be ``*``.
    patience
        Seconds to wait for an answer.

    Attributes
    ----------
    histories
        Nothing: AppSync sends no past.
    """

    peer = "The Event API"
    refusals: ClassVar = {
        401: (NotSignedIn, "refuses the token"),
        403: (NotAllowed, "refuses the connection"),
    }

    def __init__(
        self,
        session: aiohttp.ClientSession,
        address: str,
        authorization: Authorization,
        channels: Sequence[str],
        *,
        traffic: Traffic,
        patience: float,
    ) -> None:
        super().__init__(
            session, address,
            traffic=traffic, patience=patience, protocols=authorization.subprotocols(),
        )  # fmt: skip
        self.histories: Sequence[History] = ()
        self._authorization = authorization
        self._channels = channels
        self._silence = patience
        self._early: deque[Change | None] = deque()

    async def __aiter__(self) -> AsyncGenerator[Change | None, None]:
        """Yield changes as they arrive, None for one that could not be read; raise when lost."""
        while self._early:
            yield self._early.popleft()
        while True:
            match await self._next(self._silence):
                case Event(text):
                    yield _change(text)
                case None | Failed():
                    yield None  # history has what it was

    async def _go_live(self) -> None:
        await self._send(INIT)
        while not isinstance(frame := await self._next(None), Acknowledged):
            continue
        self._silence = frame.timeout
        await self._subscribe()

    async def _subscribe(self) -> None:
        ids = {str(number): channel for number, channel in enumerate(self._channels, 1)}
        unsent, waiting = deque(ids.items()), set(ids)
        while waiting:
            while unsent and len(waiting) - len(unsent) < _AT_ONCE:
                await self._send(Subscribe(*unsent.popleft(), self._authorization).text())
            match await self._next(None):
                case Subscribed(id_):
                    waiting.discard(id_)
                case Event(text):
                    self._early.append(_change(text))
                case None | Failed():
                    self._early.append(None)

    async def _next(self, silence: float | None) -> ServerFrame | None:
        """Return the next frame, None for one that cannot be read; raise what ends the connection."""
        try:
            message = await self._socket.receive(silence)
        except TimeoutError:
            if silence is None:
                raise
            raise Unavailable("The server is silent.") from None
        if message.type is aiohttp.WSMsgType.BINARY:
            return None
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise self._lost()
        text = str(message.data)
        self._traffic.received(text)
        try:
            frame = parse_frame(text)
        except reading.Unexpected as error:
            log.warning("A frame could not be read (%s); reading history instead.", error)
            return None
        if isinstance(frame, Failed) and frame.fatal:
            raise _typed(frame.errors)
        return frame


def _change(text: str) -> Change | None:
    """Read an event; one that is not what the contract says still means that something changed."""
    try:
        document: object = json.loads(text)
        return Change.parse(document, "event")
    except (reading.Unexpected, ValueError, RecursionError) as error:
        log.warning("An event could not be read (%s); reading history instead.", type(error).__name__)
        return None


def _typed(errors: Sequence[object]) -> OrderwireError:
    return from_errors(errors or [{"message": "no reason given", "errorType": "InternalFailure"}])
