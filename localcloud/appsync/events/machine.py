r"""The state of one connection, apart from its socket: frames go in, what is to be done comes out.

::

    OPENED --connection_init--> READY --subscribe--> (starting -> live) --unsubscribe--> gone
       \--any frame, bad credential--> CLOSED

AWS lets clients leave ``connection_init`` out (its own samples do), so the first operation opens as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, Literal, TypeAlias

from localcloud.appsync.definition import JSON
from localcloud.appsync.events.frames import (
    ConnectionAck,
    ConnectionInit,
    ConnectionRefused,
    ErrorFrame,
    MalformedFrame,
    Publish,
    Published,
    Subscribe,
    Succeeded,
    Unsubscribe,
    decode,
)
from localcloud.appsync.serving.actions import Begin, Close, End, Post, Send
from localcloud.appsync.serving.connection import MAX_SUBSCRIPTIONS

MAX_PUBLISHING: Final = 100
"""How many publishes of one connection may be under way; AWS meters their rate instead."""


class State(Enum):
    """Where a connection is."""

    OPENED = auto()
    READY = auto()
    CLOSED = auto()


Action: TypeAlias = Send | Begin[Subscribe] | Post[Publish] | End | Close


def _error(kind: str, error_type: str, message: str, id_: str) -> list[Action]:
    return [Send(ErrorFrame(kind, {"errorType": error_type, "message": message}, id_))]


class ConnectionMachine:
    """The protocol's state for one connection.

    Parameters
    ----------
    refusal
        What the handshake's credential came to: None when it held. It is told only after a first frame, for
        clients that are cut off earlier report nothing but a vague close.

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
        self.publishing = 0
        self._refusal = refusal
        self._max = max_subscriptions

    def receive(self, text: str) -> list[Action]:
        """Take a text frame of the client's, and return what is to be done."""
        if self.state is State.CLOSED:
            return []
        if self._refusal is not None:
            self.state = State.CLOSED
            return [Send(self._refusal), Close(1008, self._refusal.error_type)]
        try:
            frame = decode(text)
        except MalformedFrame as problem:
            return [Send(problem.answer)]
        self.state = State.READY
        match frame:
            case ConnectionInit():
                actions: list[Action] = [Send(ConnectionAck())]
            case Subscribe():
                actions = self._subscribe(frame)
            case Publish():
                actions = self._publish(frame)
            case Unsubscribe(id=id_):
                actions = self._unsubscribe(id_)
        return actions

    def _unsubscribe(self, id_: str) -> list[Action]:
        if self.subscriptions.pop(id_, None) is None:
            message = f"Unknown operation id {id_}"
            return _error("unsubscribe_error", "UnknownOperationError", message, id_)
        return [End(id_), Send(Succeeded("unsubscribe", id_))]

    def _subscribe(self, frame: Subscribe) -> list[Action]:
        if frame.id in self.subscriptions:
            message = f"There is a subscription {frame.id} already."
            return _error("subscribe_error", "DuplicatedOperationError", message, frame.id)
        if len(self.subscriptions) >= self._max:
            message = f"Max number of {self._max} subscriptions reached"
            return _error("subscribe_error", "MaxSubscriptionsReachedError", message, frame.id)
        self.subscriptions[frame.id] = "starting"
        return [Begin(frame)]

    def _publish(self, frame: Publish) -> list[Action]:
        if self.publishing >= MAX_PUBLISHING:
            return _error("publish_error", "LimitExceededError", "Rate limit exceeded", frame.id)
        self.publishing += 1
        return [Post(frame)]

    def started(self, id_: str) -> list[Action]:
        """Take note that a subscription is registered; it may have been ended meanwhile."""
        if self.state is not State.READY or self.subscriptions.get(id_) != "starting":
            return []
        self.subscriptions[id_] = "live"
        return [Send(Succeeded("subscribe", id_))]

    def refused(self, id_: str, error: Mapping[str, JSON]) -> list[Send]:
        """Take note that a subscription was refused."""
        if self.subscriptions.pop(id_, None) is None or self.state is not State.READY:
            return []
        return [Send(ErrorFrame("subscribe_error", error, id_))]

    def published(self, id_: str, successful: list[JSON], failed: list[JSON]) -> list[Send]:
        """Take note of what a publish came to."""
        self.publishing -= 1
        return [Send(Published(id_, successful, failed))] if self.state is State.READY else []

    def unpublished(self, id_: str, error: Mapping[str, JSON]) -> list[Send]:
        """Take note that a publish was refused."""
        self.publishing -= 1
        return [Send(ErrorFrame("publish_error", error, id_))] if self.state is State.READY else []

    def close(self) -> list[Action]:
        """Take note that the socket has gone, and return the subscriptions to forget."""
        self.state = State.CLOSED
        ended: list[Action] = [End(id_) for id_ in self.subscriptions]
        self.subscriptions.clear()
        return ended
