"""One WebSocket: joins the socket, the machine that knows the protocol, and the hub."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

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
from localcloud.appsync.realtime.subscribing import SubscriptionRefused, subscribe
from localcloud.appsync.wire import WebSocket
from localcloud.appsync.wire.outbox import DEFAULT_LIMIT

_KEEP_ALIVE: Final = encode(KeepAlive())
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
    """Serves one open WebSocket until it closes: there is no task for it while nothing happens.

    Parameters
    ----------
    current
        Returns the API as it is defined now; each start asks anew.
    """

    __slots__ = (
        "_current",
        "_ends",
        "_hub",
        "_live",
        "_machine",
        "_outbox",
        "_settings",
        "_socket",
        "_source_ip",
        "_starting",
        "_timer",
    )

    def __init__(
        self,
        socket: WebSocket,
        machine: ConnectionMachine,
        *,
        hub: Hub,
        current: Callable[[], Awaitable[ServedApi]],
        source_ip: str,
        settings: RealtimeSettings,
    ) -> None:
        self._socket = socket
        self._outbox = socket.outbox
        self._machine = machine
        self._hub = hub
        self._current = current
        self._source_ip = source_ip
        self._settings = settings
        self._live: dict[str, tuple[Group, Subscription]] = {}
        self._starting: dict[str, asyncio.Task[None]] = {}
        self._ends = asyncio.get_running_loop().time() + settings.lifetime_seconds
        self._timer = self._wait()

    def text(self, text: str) -> None:
        """Take a frame of the client's."""
        self._do(self._machine.receive(text))

    def binary(self, data: bytes) -> None:
        """Take what is no frame: the protocol is text, so it is as malformed as any other."""
        self._do(self._machine.receive(""))

    def overflowed(self, waiting: int) -> None:
        """Tell who is cut off, and why."""
        log.warning(
            "A real-time client of %s does not read: %d bytes wait for it, so its connection with %d "
            "subscription(s) is closed.",
            self._source_ip, waiting, len(self._live),
        )  # fmt: skip

    def closed(self) -> None:
        """Forget the client."""
        self._timer.cancel()
        self._do(self._machine.close())

    def _do(self, actions: list[Action]) -> None:
        """Carry out what the machine says, all at once."""
        for action in actions:
            match action:
                case Send(frame=frame):
                    self._outbox.send(encode(frame))
                case Begin(start=start):
                    self._starting[start.id] = asyncio.create_task(self._begin(start))
                case End(id=id_):
                    self._end(id_)
                case Close(code=code, reason=reason):
                    self._socket.close(code, reason)

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

    def _wait(self) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        return loop.call_at(
            min(loop.time() + self._settings.keep_alive_seconds, self._ends), self._keep_alive
        )

    def _keep_alive(self) -> None:
        if asyncio.get_running_loop().time() >= self._ends:
            self._socket.close(1000, "Connection lifetime reached")
            return
        self._outbox.send(_KEEP_ALIVE)
        self._timer = self._wait()
