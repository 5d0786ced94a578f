"""One open WebSocket: joins the socket and the machine, bounds what waits, and ends it when its time is over.

A connection is the parser that aiohttp gives the socket's bytes to after the upgrade (``feed_data`` and
``feed_eof`` are that interface). It writes straight to the transport and never waits for it, so that a reader
one that does not read delays no other: what waits for one is bounded, and over the bound its socket is cut.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from localcloud.gateway.websocket.deadlines import Deadlines
from localcloud.gateway.websocket.events import ConnectionInfo
from localcloud.gateway.websocket.machine import Ended, Event, GatewayConnectionMachine, Message
from localcloud.gateway.websocket.settings import WebSocketSettings

GOING_AWAY: Final = "Going away"
log = logging.getLogger(__name__)


class WebSocketConnection:
    """Serves one WebSocket until it ends.

    Messages are handed on in the order in which they came, several at a time, and not one after the other: on
    AWS each message invokes its function at once, so answers may overtake each other. A client that needs an
    order should learn it here.

    Parameters
    ----------
    handle
        Handles a message of the client's; it reports its own failures.
    ended
        Called once, when the connection is over.
    """

    def __init__(
        self,
        info: ConnectionInfo,
        transport: asyncio.Transport,
        *,
        handle: Callable[[WebSocketConnection, str], Awaitable[None]],
        ended: Callable[[WebSocketConnection, Ended], None],
        settings: WebSocketSettings,
    ) -> None:
        self.info = info
        self._transport = transport
        self._handle = handle
        self._ended = ended
        self._settings = settings
        self._machine = GatewayConnectionMachine()
        self._waiting: deque[str] = deque()
        self._handling: set[asyncio.Task[None]] = set()
        self._paused = False
        self._loop = asyncio.get_running_loop()
        self._deadlines = Deadlines(self._loop.time(), settings.idle_seconds, settings.lifetime_seconds)
        self._timer = self._loop.call_at(self._deadlines.next(), self._look_at_the_clock)
        self.closed: asyncio.Future[None] = self._loop.create_future()

    @property
    def open(self) -> bool:
        """Whether messages may be sent."""
        return self._machine.ended is None

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Take bytes of the client's; the answer means for aiohttp that none are left over."""
        self._on(self._machine.receive(data))
        return False, b""

    def feed_eof(self) -> None:
        """Take note that the socket is gone."""
        self._on(self._machine.receive_eof())
        self._leave()

    def send(self, payload: bytes) -> None:
        """Send a message; what waits for a client that does not read is bounded."""
        if not self.open:
            return
        self._touch()
        self._machine.send(payload)
        self._flush()
        waiting = self._transport.get_write_buffer_size()
        if waiting > self._settings.buffer_bytes:
            log.warning(
                "Connection %s does not read: %d bytes wait for it, so it is cut.",
                self.info.connection_id, waiting,
            )  # fmt: skip
            self._on(self._machine.close(1008, "The client does not read"))
            # Its close frame queues behind what is not read, so it will not see it.
            self._transport.abort()

    def close(self, code: int, reason: str) -> None:
        """Close from this side."""
        self._on(self._machine.close(code, reason))

    def abort(self) -> None:
        """Cut the socket, whatever is still under way."""
        self._transport.abort()

    def _on(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Message(text=text):
                    self._touch()
                    self._waiting.append(text)
                case Ended():
                    # What the client sent before its close frame is handed on, as on AWS.
                    self._timer.cancel()
                    # A client that does not answer the close frame is not waited for.
                    self._timer = self._loop.call_later(self._settings.goodbye_seconds, self.abort)
                    self._ended(self, event)
        self._flush()
        self._hand_on()

    def _flush(self) -> None:
        data = self._machine.outgoing()
        if data and not self._transport.is_closing():
            self._transport.write(data)
        if self._machine.hangs_up:
            self._transport.close()

    def _hand_on(self) -> None:
        limit = self._settings.messages_at_once
        while self._waiting and len(self._handling) < limit:
            task = self._loop.create_task(self._handled(self._waiting.popleft()))
            self._handling.add(task)
            task.add_done_callback(self._was_handled)
        crowded = bool(self._waiting)
        if crowded != self._paused and not self._transport.is_closing():
            self._paused = crowded
            if crowded:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    async def _handled(self, text: str) -> None:
        await self._handle(self, text)

    def _was_handled(self, task: asyncio.Task[None]) -> None:
        self._handling.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("A message failed inside the gateway", exc_info=task.exception())
        self._hand_on()

    def _touch(self) -> None:
        self._deadlines.active(self._loop.time())
        self.info.active = time.time()

    def _look_at_the_clock(self) -> None:
        if self._deadlines.passed(self._loop.time()):
            self.close(1001, GOING_AWAY)
        else:  # each message moves the deadline, and none of them a timer
            self._timer = self._loop.call_at(self._deadlines.next(), self._look_at_the_clock)

    def _leave(self) -> None:
        self._timer.cancel()
        if not self.closed.done():
            self.closed.set_result(None)
