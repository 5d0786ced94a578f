"""One WebSocket of either kind of API: joins the socket, the machine that knows its protocol, and the hub."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from localcloud.appsync.errors import InternalFailure, RequestError
from localcloud.appsync.serving.actions import Action, Begin, Close, End, KeepAlive, Post, Send, encode
from localcloud.appsync.serving.rate import INBOUND_MESSAGES
from localcloud.appsync.serving.subscriptions import MAX_SUBSCRIPTIONS
from localcloud.wire import Outbox, WebSocket
from localcloud.wire.outbox import DEFAULT_LIMIT

_KEEP_ALIVE: Final = encode(KeepAlive())
log = logging.getLogger(__name__)


class SubscribeFrame(Protocol):
    """A frame that asks for a subscription."""

    @property
    def id(self) -> str:
        """Return the client's id for it."""


Requested = TypeVar("Requested", bound=SubscribeFrame)
Posted = TypeVar("Posted")
_Requested_co = TypeVar("_Requested_co", covariant=True)
_Posted_co = TypeVar("_Posted_co", covariant=True)
_Requested_contra = TypeVar("_Requested_contra", contravariant=True)
Ending = Callable[[], None]
"""Forgets a live subscription."""
CarryOut = Callable[[Sequence[Send | End]], None]
"""Carries out what the machine says to what was done elsewhere."""


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
    messages_per_second
        What all clients of a GraphQL API together may send.
    """

    keep_alive_seconds: float = 60.0
    lifetime_seconds: float = 24 * 3600.0
    max_subscriptions: int = MAX_SUBSCRIPTIONS
    buffer_bytes: int = DEFAULT_LIMIT
    messages_per_second: float = INBOUND_MESSAGES


class Machine(Protocol[_Requested_co, _Posted_co]):
    """The state of a connection in its protocol: it receives what happens, and returns what is to be done."""

    def receive(self, text: str, /) -> Sequence[Action[_Requested_co, _Posted_co]]:
        """Take a text frame of the client's."""

    def started(self, id_: str, /) -> Sequence[Action[_Requested_co, _Posted_co]]:
        """Take note that a subscription is registered."""

    def close(self) -> Sequence[Action[_Requested_co, _Posted_co]]:
        """Take note that the socket has gone."""


class Operations(Protocol[_Requested_contra]):
    """How one kind of API begins what a client subscribes to."""

    async def begin(self, request: _Requested_contra, outbox: Outbox, end: CarryOut, /) -> Ending:
        """Authorize and register a subscription, and return what forgets it.

        Nothing may be awaited once it is registered: no event falls into a gap, and none comes before the
        frame that acknowledges.

        Parameters
        ----------
        end
            Is given what the machine says when others than its client end the subscription.

        Raises
        ------
        RequestError
            When it is refused.
        """

    def refused(self, id_: str, problem: RequestError, /) -> Sequence[Send]:
        """Return what the machine says to a refusal."""


class RealtimeConnection(Generic[Requested, Posted]):
    """Serves one open WebSocket until it closes: there is no task for it while nothing happens.

    Parameters
    ----------
    name
        What the log calls the client.
    post
        Publishes, where the protocol has that, and returns what the machine says to its outcome.
    ended
        Is called when the socket has gone.
    """

    __slots__ = (
        "_ended",
        "_ends",
        "_live",
        "_machine",
        "_name",
        "_operations",
        "_outbox",
        "_post",
        "_posting",
        "_settings",
        "_socket",
        "_starting",
        "_timer",
    )

    def __init__(
        self,
        socket: WebSocket,
        machine: Machine[Requested, Posted],
        operations: Operations[Requested],
        *,
        name: str,
        settings: RealtimeSettings,
        post: Callable[[Posted], Awaitable[Sequence[Send]]] | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        self._ended = ended
        self._socket = socket
        self._outbox = socket.outbox
        self._machine = machine
        self._operations = operations
        self._name = name
        self._settings = settings
        self._post = post
        self._live: dict[str, Ending] = {}
        self._starting: dict[str, asyncio.Task[None]] = {}
        self._posting: set[asyncio.Task[None]] | None = None  # most connections never publish
        self._ends = asyncio.get_running_loop().time() + settings.lifetime_seconds
        self._timer = self._wait()

    def text(self, text: str) -> None:
        """Take a frame of the client's."""
        self._do(self._machine.receive(text))

    def binary(self, data: bytes) -> None:
        """Take what is no frame: the protocol is text, so it is as malformed as any other."""
        self._do(self._machine.receive(""))

    def overflowed(self, waiting: int) -> None:
        """Log which client is cut off, and why."""
        log.warning(
            "%s does not read: %d bytes wait for it, so its connection with %d subscription(s) is closed.",
            self._name, waiting, len(self._live),
        )  # fmt: skip

    def closed(self) -> None:
        """Forget the client. What it was publishing is published all the same."""
        self._timer.cancel()
        self._do(self._machine.close())
        if self._ended is not None:
            self._ended()

    def _do(self, actions: Sequence[Action[Requested, Posted]]) -> None:
        """Carry out what the machine says, all at once."""
        for action in actions:
            match action:
                case Send(frame=frame):
                    self._outbox.send(encode(frame))
                case Begin(request=request):
                    self._starting[request.id] = asyncio.create_task(self._begin(request))
                case Post(request=posted) if self._post is not None:
                    self._keep(asyncio.create_task(self._publish(self._post, posted)))
                case End(id=id_):
                    self._end(id_)
                case Close(code=code, reason=reason):
                    self._socket.close(code, reason)

    async def _begin(self, request: Requested) -> None:
        id_ = request.id
        actions: Sequence[Action[Requested, Posted]]
        try:
            self._live[id_] = await self._operations.begin(request, self._outbox, self._do)
        except RequestError as problem:
            actions = self._operations.refused(id_, problem)
        except Exception:
            log.exception("A subscription could not be started")
            actions = self._operations.refused(id_, InternalFailure())
        else:
            actions = self._machine.started(id_)
        self._starting.pop(id_, None)
        self._do(actions)

    async def _publish(self, post: Callable[[Posted], Awaitable[Sequence[Send]]], posted: Posted) -> None:
        self._do(await post(posted))

    def _keep(self, task: asyncio.Task[None]) -> None:
        """Hold a task until it is done: the loop alone would not."""
        if self._posting is None:
            self._posting = set()
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)

    def _end(self, id_: str) -> None:
        task = self._starting.pop(id_, None)
        if task is not None:
            task.cancel()
        forget = self._live.pop(id_, None)
        if forget is not None:
            forget()

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
