"""One WebSocket: joins the socket, the machine that knows the protocol, and the hub."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from localcloud.appsync.api import ServedApi
from localcloud.appsync.errors import RequestError
from localcloud.appsync.realtime.frames import KeepAlive, Start, data_prefix, encode
from localcloud.appsync.realtime.hub import Group, Hub, Subscription
from localcloud.appsync.realtime.machine import (
    MAX_SUBSCRIPTIONS,
    Action,
    Begin,
    Close,
    ConnectionMachine,
    End,
    Send,
)
from localcloud.appsync.realtime.outbox import DEFAULT_LIMIT, Outbox
from localcloud.appsync.realtime.subscribing import SubscriptionRefused, subscribe

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RealtimeSettings:
    """The limits of a connection; the defaults are AppSync's own.

    Attributes
    ----------
    keep_alive_seconds
        Between two ``ka`` frames. Clients of Amplify miss one after 65 s.
    lifetime_seconds
        After which a connection is closed, however well it is: 24 hours.
    buffer_bytes
        How much may wait for a reader before it counts as gone.
    """

    keep_alive_seconds: float = 60.0
    lifetime_seconds: float = 24 * 3600.0
    max_subscriptions: int = MAX_SUBSCRIPTIONS
    buffer_bytes: int = DEFAULT_LIMIT


class RealtimeConnection:
    """Serves one open WebSocket until it closes.

    Parameters
    ----------
    current
        Returns the API as it is defined now; each start asks anew.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport,
        machine: ConnectionMachine,
        *,
        hub: Hub,
        current: Callable[[], Awaitable[ServedApi]],
        source_ip: str,
        settings: RealtimeSettings,
    ) -> None:
        self._socket = socket
        self._machine = machine
        self._hub = hub
        self._current = current
        self._source_ip = source_ip
        self._settings = settings
        self._outbox = Outbox(transport, limit=settings.buffer_bytes, overflowed=self._overflowed)
        self._live: dict[str, tuple[Group, Subscription]] = {}
        self._starting: dict[str, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Take frames until the socket closes, whoever closes it."""
        self._timer = asyncio.get_running_loop().call_later(
            self._settings.keep_alive_seconds, self._keep_alive
        )
        try:
            async with asyncio.timeout(self._settings.lifetime_seconds):
                await self._receive()
        except TimeoutError:
            await self._socket.close(code=1000, message=b"Connection lifetime reached")
        finally:
            self._timer.cancel()
            self._outbox.close()
            self._do(self._machine.close())

    async def _receive(self) -> None:
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                actions = self._machine.receive(message.data)
            elif message.type is WSMsgType.BINARY:
                actions = self._machine.receive("")  # the protocol is text: as malformed as any other
            else:
                continue
            closing = self._do(actions)
            if closing is not None:
                await self._socket.close(code=closing.code, message=closing.reason.encode())

    def _do(self, actions: list[Action]) -> Close | None:
        """Carry out what the machine says, all at once; a close is left to the caller, for it waits."""
        for action in actions:
            match action:
                case Send(frame=frame):
                    self._outbox.send(encode(frame))
                case Begin(start=start):
                    self._starting[start.id] = asyncio.create_task(self._begin(start))
                case End(id=id_):
                    self._end(id_)
                case Close():
                    return action
        return None

    def _end(self, id_: str) -> None:
        task = self._starting.pop(id_, None)
        if task is not None:
            task.cancel()
        registered = self._live.pop(id_, None)
        if registered is not None:
            self._hub.remove(*registered)

    async def _begin(self, start: Start) -> None:
        try:
            api = await self._current()
            subscribed = await subscribe(api, start, self._source_ip)
        except SubscriptionRefused as problem:
            actions = self._machine.refused(start.id, problem.errors)
        except RequestError as problem:
            actions = self._machine.refused(
                start.id, [{"errorType": problem.error_type, "message": problem.message}]
            )
        except Exception:
            log.exception("A subscription could not be started")
            actions = self._machine.refused(
                start.id, [{"errorType": "InternalFailure", "message": "Internal failure; see the log."}]
            )
        else:
            # Registered and acknowledged without a pause between: no event falls into a gap, and none
            # comes before its `start_ack`.
            one = Subscription(data_prefix(start.id), self._outbox, lambda: self._invalidated(start.id))
            group = self._hub.register(
                one,
                api=api,
                prepared=subscribed.prepared,
                filter_=subscribed.filter,
                invalidation=subscribed.invalidation,
            )
            self._live[start.id] = (group, one)
            actions = self._machine.started(start.id)
        self._starting.pop(start.id, None)
        self._do(actions)

    def _invalidated(self, id_: str) -> None:
        self._do(self._machine.invalidated(id_))

    def _keep_alive(self) -> None:
        self._outbox.send(encode(KeepAlive()))
        self._timer = asyncio.get_running_loop().call_later(
            self._settings.keep_alive_seconds, self._keep_alive
        )

    def _overflowed(self, waiting: int) -> None:
        log.warning(
            "A real-time client of %s does not read: %d bytes wait for it, so its connection is cut.",
            self._source_ip, waiting,
        )  # fmt: skip
