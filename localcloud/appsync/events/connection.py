"""One WebSocket: joins the socket, the machine that knows the protocol, and the hub."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import RequestError
from localcloud.appsync.events.api import Asking, ServedEventApi
from localcloud.appsync.events.errors import error_of
from localcloud.appsync.events.frames import KeepAlive, Publish, Subscribe, encode
from localcloud.appsync.events.hub import EventHub, Subscription
from localcloud.appsync.events.machine import Action, Begin, Close, ConnectionMachine, End, Post, Send
from localcloud.appsync.realtime.connection import RealtimeSettings
from localcloud.appsync.wire import WebSocket

_KEEP_ALIVE: Final = encode(KeepAlive())
_INTERNAL: Final[dict[str, JSON]] = {
    "errorType": "InternalFailure",
    "message": "Internal failure; see the log.",
}
log = logging.getLogger(__name__)


class EventConnection:
    """Serves one open WebSocket until it closes: there is no task for it while nothing happens.

    Parameters
    ----------
    current
        Returns the API as it is defined now; each operation asks anew.
    """

    def __init__(
        self,
        socket: WebSocket,
        machine: ConnectionMachine,
        *,
        hub: EventHub,
        current: Callable[[], Awaitable[ServedEventApi]],
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
        self._live: dict[str, Subscription] = {}
        self._starting: dict[str, asyncio.Task[None]] = {}
        self._publishing: set[asyncio.Task[None]] = set()
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
            "An Event API's client of %s does not read: %d bytes wait for it, so its connection with %d "
            "subscription(s) is closed.",
            self._source_ip, waiting, len(self._live),
        )  # fmt: skip

    def closed(self) -> None:
        """Forget the client. What it was publishing is published all the same."""
        self._timer.cancel()
        self._do(self._machine.close())

    def _do(self, actions: list[Action]) -> None:
        """Carry out what the machine says, all at once."""
        for action in actions:
            match action:
                case Send(frame=frame):
                    self._outbox.send(encode(frame))
                case Begin(subscribe=subscribe):
                    self._starting[subscribe.id] = asyncio.create_task(self._begin(subscribe))
                case Post(publish=publish):
                    task = asyncio.create_task(self._post(publish))
                    self._publishing.add(task)
                    task.add_done_callback(self._publishing.discard)
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
            self._hub.remove(registered)

    async def _begin(self, frame: Subscribe) -> None:
        try:
            api = await self._current()
            channel = await api.subscribe(frame.channel, Asking(frame.authorization, self._source_ip))
        except RequestError as problem:
            actions = self._machine.refused(frame.id, error_of(problem))
        except Exception:
            log.exception("A subscription could not be started")
            actions = self._machine.refused(frame.id, _INTERNAL)
        else:
            # Registered and acknowledged without a pause between: no event falls into a gap, and none
            # comes before its `subscribe_success`.
            self._live[frame.id] = self._hub.register(frame.id, channel, self._outbox)
            actions = self._machine.started(frame.id)
        self._starting.pop(frame.id, None)
        self._do(actions)

    async def _post(self, frame: Publish) -> None:
        try:
            api = await self._current()
            asking = Asking(frame.authorization, self._source_ip)
            batch = await api.publish(self._hub, frame.channel, frame.events, asking)
        except RequestError as problem:
            actions = self._machine.unpublished(frame.id, error_of(problem))
        except Exception:
            log.exception("Events could not be published")
            actions = self._machine.unpublished(frame.id, _INTERNAL)
        else:
            actions = self._machine.published(frame.id, batch.successful, batch.failed)
        self._do(actions)

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
