"""One client's connection: its CONNECT is judged, then the gate stands between it and the broker."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import deque
from typing import Final

import aiohttp
from websockets.frames import CloseCode

from localcloud.iot.admission import Admission, ConnectRefused, IotContext
from localcloud.iot.authorizing import Grant, HttpPart, NoAnswer, NotAuthorized
from localcloud.iot.broker import BrokerUnavailable
from localcloud.iot.codec import (
    MQTT_3,
    MQTT_5,
    Connack,
    Connect,
    Frame,
    FrameReader,
    MalformedPacket,
    encode,
)
from localcloud.iot.codec.codes import Reason
from localcloud.iot.gate import PacketGate, Passage
from localcloud.iot.limits import MAX_PACKET, keep_alive
from localcloud.iot.permits import Permits
from localcloud.wire import WebSocket

MAX_WAITING: Final = 1024 * 1024
"""Bytes for the broker that one client may have under way."""
_MAX_EARLY: Final = 64  # packets before the CONNACK, which impatient clients may send
log = logging.getLogger(__name__)


class MqttConnection:
    """Listens to one WebSocket.

    Parameters
    ----------
    http
        The request that opened it.
    grant
        Who it is, when the request was signed; else its authorizer is asked.
    """

    def __init__(self, socket: WebSocket, context: IotContext, http: HttpPart, grant: Grant | None) -> None:
        self._socket = socket
        self._context = context
        self._admission = Admission(context, http, grant, str(uuid.uuid4()))
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader(MAX_PACKET)
        self._gate: PacketGate | None = None
        self._closed = False
        self._early: deque[Frame] = deque()
        self._outgoing: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._waiting = 0
        self._last_received = self._loop.time()
        self._first: asyncio.Future[Frame] = self._loop.create_future()
        self.task = self._loop.create_task(self._run())

    # What the WebSocket calls ------------------------------------------------------------------------------

    def text(self, text: str) -> None:
        """Refuse a text message: MQTT is binary."""
        self._socket.close(CloseCode.UNSUPPORTED_DATA, "MQTT is spoken in binary messages")

    def binary(self, data: bytes) -> None:
        """Take bytes of MQTT, which need not end where a packet does."""
        try:
            for frame in self._reader.feed(data):
                self._last_received = self._loop.time()
                self._take_frame(frame)
                if self._closed:
                    return
        except MalformedPacket as problem:
            self._finish(problem.reason)

    def overflowed(self, waiting: int) -> None:
        """Take note that the client does not read."""
        log.warning("An MQTT client reads too slowly: %d bytes wait, and it is cut off", waiting)

    def closed(self) -> None:
        """Take note that the client has gone: without a DISCONNECT, so that the broker publishes its will."""
        self._closed = True
        self._outgoing.put_nowait(None)
        if not self._first.done():
            self._first.cancel()

    def _take_frame(self, frame: Frame) -> None:
        if self._gate is not None:
            self._pass(self._gate.client(frame))
        elif not self._first.done():
            self._first.set_result(frame)
        elif len(self._early) < _MAX_EARLY:
            self._early.append(frame)
        else:
            self._finish(Reason.QUOTA_EXCEEDED)

    # The way of a connection -------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(self._context.times.connect):
                frame = await self._first
            connect = self._admission.read(frame)
            permits = await self._admission.admit(connect)
            if self._closed:
                return
            async with self._context.broker.connected() as broker:
                await self._serve(connect, permits, broker)
        except ConnectRefused as refusal:
            self._refuse(refusal)
        except (TimeoutError, asyncio.CancelledError):
            pass
        except BrokerUnavailable as problem:
            log.warning("The broker cannot be reached: %s", problem)
        except Exception:
            log.exception("An MQTT connection failed inside the local cloud")
        finally:
            self._socket.close(CloseCode.NORMAL_CLOSURE, "")

    async def _serve(
        self, connect: Connect, permits: Permits, broker: aiohttp.ClientWebSocketResponse
    ) -> None:
        seconds = keep_alive(connect.keep_alive, self._context.times)
        properties = self._admission.additions(connect, int(seconds))
        self._gate = PacketGate(connect.version, permits, clock=self._loop.time, properties=properties)
        passed = self._admission.passed(connect)
        # No wait from here to the end of what came early: else what comes now would overtake it.
        self._pass(Passage(to_broker=encode(passed, connect.version)))
        while self._early:
            self._pass(self._gate.client(self._early.popleft()))
        tasks = [
            self._loop.create_task(work)
            for work in (
                self._write_to(broker),
                self._read_from(broker),
                self._watch(connect, permits, seconds * 1.5),
            )
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _write_to(self, broker: aiohttp.ClientWebSocketResponse) -> None:
        while (data := await self._outgoing.get()) is not None:
            await broker.send_bytes(data)
            self._waiting -= len(data)

    async def _read_from(self, broker: aiohttp.ClientWebSocketResponse) -> None:
        reader = FrameReader(16 * 1024 * 1024)
        assert self._gate is not None
        async for message in broker:
            if message.type is aiohttp.WSMsgType.BINARY:
                for frame in reader.feed(message.data):
                    self._pass(self._gate.broker(frame))

    async def _watch(self, connect: Connect, permits: Permits, silence: float) -> None:
        """End the connection when its time is up; ask its authorizer again when that is due."""
        connected = self._loop.time()
        grant = permits.grant
        longest = connected + min(grant.disconnect_after or float("inf"), self._context.times.longest)
        refresh = connected + (grant.refresh_after or float("inf"))
        while True:
            now = self._loop.time()
            if now >= self._last_received + silence:
                return self._finish(Reason.KEEP_ALIVE_TIMEOUT)
            if now >= longest:
                return self._finish(Reason.MAXIMUM_CONNECT_TIME)
            if now >= refresh:
                try:
                    renewed = await self._admission.authorize(connect)
                except NotAuthorized as problem:
                    log.warning("An MQTT client is let in no longer: %s", problem)
                    return self._finish(Reason.NOT_AUTHORIZED)
                except NoAnswer as problem:
                    log.warning("An MQTT client has to come again: %s", problem)
                    return self._finish(Reason.SERVER_UNAVAILABLE)
                permits.renew(renewed)
                refresh = now + (renewed.refresh_after or float("inf"))
            await asyncio.sleep(min(self._last_received + silence, longest, refresh) - now)

    # Both directions, and the end --------------------------------------------------------------------------

    def _pass(self, passage: Passage) -> None:
        if passage.to_client:
            self._write(passage.to_client)
        if passage.to_broker:
            self._waiting += len(passage.to_broker)
            self._outgoing.put_nowait(passage.to_broker)
            if self._waiting > MAX_WAITING:
                self._finish(Reason.QUOTA_EXCEEDED)
                return
        if passage.end is not None:
            self._over()

    def _finish(self, reason: Reason) -> None:
        """End a connection for a reason that clients of MQTT 5 receive."""
        if self._gate is not None:
            self._write(self._gate.over(reason))
        self._over()

    def _over(self) -> None:
        # The close frame goes out behind what was written; the writer ends behind what waits for the broker.
        self._socket.close(CloseCode.NORMAL_CLOSURE, "")

    def _refuse(self, refusal: ConnectRefused) -> None:
        """Answer a CONNECT that is not accepted: with MQTT 3.1.1 AWS closes without a word."""
        if refusal.reason is Reason.UNSUPPORTED_PROTOCOL_VERSION:
            self._write(encode(Connack(1), MQTT_3))  # the one form that every version reads
        elif refusal.version == MQTT_5 and refusal.reason:
            self._write(encode(Connack(refusal.reason), MQTT_5))

    def _write(self, data: bytes) -> None:
        if data:
            self._socket.outbox.send_binary(data)
