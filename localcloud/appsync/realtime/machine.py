r"""The state of one connection, apart from its socket: frames go in, what is to be done comes out.

::

    OPENED --connection_init--> READY --start--> (starting -> live) --stop--> gone
       \--connection_init, bad credential--> CLOSED
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Literal, TypeAlias

from localcloud.appsync.definition import JSON
from localcloud.appsync.realtime.frames import (
    Complete,
    ConnectionAck,
    ConnectionInit,
    ConnectionRefused,
    ErrorFrame,
    MalformedFrame,
    Start,
    StartAck,
    decode,
)
from localcloud.appsync.serving.actions import Begin, Close, End, Send
from localcloud.appsync.serving.connection import MAX_SUBSCRIPTIONS


class State(Enum):
    """Where a connection is."""

    OPENED = auto()
    READY = auto()
    CLOSED = auto()


Action: TypeAlias = Send | Begin[Start] | End | Close


def _error(error_type: str, message: str, id_: str | None = None) -> Send:
    errors: list[JSON] = [{"errorType": error_type, "message": message}]
    return Send(ErrorFrame(errors, id_))


class ConnectionMachine:
    """The protocol's state for one connection.

    Parameters
    ----------
    refusal
        What the handshake's credential came to: None when it held. It is told only after
        ``connection_init``, for clients that are cut off earlier report nothing but a vague close.

    Examples
    --------
    >>> machine = ConnectionMachine()
    >>> machine.receive('{"type":"connection_init"}')
    [Send(frame=ConnectionAck(connection_timeout_ms=300000))]
    """

    def __init__(
        self, refusal: ConnectionRefused | None = None, *, max_subscriptions: int = MAX_SUBSCRIPTIONS
    ) -> None:
        self.state = State.OPENED
        self.subscriptions: dict[str, Literal["starting", "live"]] = {}
        self._refusal = refusal
        self._max = max_subscriptions

    def receive(self, text: str) -> list[Action]:
        """Take a text frame of the client's, and return what is to be done."""
        if self.state is State.CLOSED:
            return []
        try:
            frame = decode(text)
        except MalformedFrame as problem:
            return [_error("UnsupportedOperation", problem.message, problem.id)]
        if isinstance(frame, ConnectionInit):
            return self._init()
        if self.state is not State.READY:
            return [_error("UnauthorizedException", "connection_init comes first.", frame.id)]
        if isinstance(frame, Start):
            return self._start(frame)
        # AppSync answers `complete` also for what it does not know: a stop may cross an error.
        self.subscriptions.pop(frame.id, None)
        return [End(frame.id), Send(Complete(frame.id))]

    def _init(self) -> list[Action]:
        if self._refusal is not None:
            self.state = State.CLOSED
            return [Send(self._refusal), Close(1008, self._refusal.error_type)]
        self.state = State.READY
        return [Send(ConnectionAck())]

    def _start(self, frame: Start) -> list[Action]:
        if frame.id in self.subscriptions:
            return [
                _error("DuplicatedOperationError", f"There is a subscription {frame.id} already.", frame.id)
            ]
        if len(self.subscriptions) >= self._max:
            message = f"Max number of {self._max} subscriptions reached"
            return [_error("MaxSubscriptionsReachedError", message, frame.id)]
        self.subscriptions[frame.id] = "starting"
        return [Begin(frame)]

    def started(self, id_: str) -> list[Action]:
        """Take note that a subscription is registered; it may have been stopped meanwhile."""
        if self.state is not State.READY or self.subscriptions.get(id_) != "starting":
            return []
        self.subscriptions[id_] = "live"
        return [Send(StartAck(id_))]

    def refused(self, id_: str, errors: list[JSON]) -> list[Send]:
        """Take note that a subscription was refused."""
        if self.subscriptions.pop(id_, None) is None or self.state is not State.READY:
            return []
        return [Send(ErrorFrame(errors, id_))]

    def invalidated(self, id_: str) -> list[Send | End]:
        """Take note that a mutation ended a live subscription (``extensions.invalidateSubscriptions``).

        AWS says that the client is unsubscribed and not by which frame; ``complete`` is what says so.
        """
        if self.state is not State.READY or self.subscriptions.pop(id_, None) is None:
            return []
        return [End(id_), Send(Complete(id_))]

    def close(self) -> list[Action]:
        """Take note that the socket has gone, and return the subscriptions to forget."""
        self.state = State.CLOSED
        ended: list[Action] = [End(id_) for id_ in self.subscriptions]
        self.subscriptions.clear()
        return ended
