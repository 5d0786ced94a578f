"""One WebSocket connection to an Event API: live when every channel is subscribed to."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from types import TracebackType
from typing import Self

import aiohttp

from clients import reading
from clients.errors import NotAllowed, NotSignedIn, OrderwireError, Refused, Unavailable
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
from clients.model import Change, History
from clients.traffic import Traffic

log = logging.getLogger(__name__)

# So many subscriptions AppSync takes on one connection.
MAX_CHANNELS = 100
# A server that is asked for no more than this to begin with cannot be flooded.
_AT_ONCE = 16


class EventSocket:
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
        Nothing: AppSync tells no past.
    """

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
        self.histories: Sequence[History] = ()
        self._session = session
        self._address = address
        self._authorization = authorization
        self._channels = channels
        self._traffic = traffic
        self._patience = patience
        self._silence = patience
        self._early: deque[Change | None] = deque()

    async def __aenter__(self) -> Self:
        """Return when every subscription is live.

        Raises
        ------
        OrderwireError
            ``NotSignedIn``, ``NotAllowed``, ``Refused``: trying again with the same token is of no
            use. Anything else: it may be.
        """
        try:
            self._socket = await self._session.ws_connect(
                self._address,
                protocols=self._authorization.subprotocols(),
                # A peer that is gone does not answer a close frame: do not wait long for it.
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            )
        except aiohttp.WSServerHandshakeError as error:
            raise _refused(error) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"{self._address} does not answer ({type(error).__name__}).") from None
        try:
            async with asyncio.timeout(self._patience):
                await self._begin()
                await self._subscribe()
        except TimeoutError:
            await self._socket.close()
            raise Unavailable("The server did not answer in time.") from None
        except BaseException:
            await self._socket.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._socket.close()

    async def __aiter__(self) -> AsyncGenerator[Change | None, None]:
        """Yield changes as they arrive, None for one that could not be read; raise when lost."""
        while self._early:
            yield self._early.popleft()
        while True:
            match await self._next(self._silence):
                case Event(text):
                    yield _change(text)
                case None | Failed():
                    yield None  # history tells what it was

    async def _begin(self) -> None:
        await self._send(INIT)
        while not isinstance(frame := await self._next(None), Acknowledged):
            continue
        self._silence = frame.timeout

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
            raise Unavailable(f"The connection is lost (code {self._socket.close_code}).")
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

    async def _send(self, text: str) -> None:
        try:
            await self._socket.send_str(text)
        except (aiohttp.ClientError, OSError):
            raise Unavailable("The connection is lost.") from None
        self._traffic.sent(text)


def _change(text: str) -> Change | None:
    """Read an event; one that is not what the contract says still tells that something changed."""
    try:
        document: object = json.loads(text)
        return Change.parse(document, "event")
    except (reading.Unexpected, ValueError, RecursionError) as error:
        log.warning("An event could not be read (%s); reading history instead.", type(error).__name__)
        return None


def _typed(errors: Sequence[object]) -> OrderwireError:
    return from_errors(errors or [{"message": "no reason given", "errorType": "InternalFailure"}])


def _refused(error: aiohttp.WSServerHandshakeError) -> OrderwireError:
    if error.status == 401:
        return NotSignedIn("The Event API refuses the token.")
    if error.status == 403:
        return NotAllowed("The Event API refuses the connection.")
    if error.status == 429 or error.status >= 500:
        return Unavailable(f"The Event API is busy: it answers HTTP {error.status}.")
    return Refused(f"The Event API answers HTTP {error.status}.")
