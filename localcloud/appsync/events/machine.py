r"""The state of one connection, apart from its socket: frames go in, what is to be done comes out.

::

    OPENED --connection_init--> READY --subscribe--> (starting -> live) --unsubscribe--> gone
       \--any frame, bad credential--> CLOSED

AWS lets clients leave ``connection_init`` out (its own samples do), so the first operation opens as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

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
from localcloud.appsync.serving.subscriptions import MAX_SUBSCRIPTIONS, Subscriptions, SubscriptionState

MAX_PUBLISHING: Final = 100
"""How many publishes of one connection may be under way; AWS meters their rate instead."""


Action: TypeAlias = Send | Begin[Subscribe] | Post[Publish] | End | Close


def _error(kind: str, error_type: str, message: str, id_: str) -> list[Action]:
    return [Send(ErrorFrame(kind, {"errorType": error_type, "message": message}, id_))]


class EventConnectionMachine:
    """The protocol's state for one connection.

    Parameters
    ----------
    refusal
        What the handshake's credential came to: None when it held. It is sent only after a first frame, for
        clients that are cut off earlier report nothing but a vague close.

    Examples
    --------
    >>> machine = EventConnectionMachine()
    >>> machine.receive('{"type":"connection_init"}')
    [Send(frame=ConnectionAck(connection_timeout_ms=300000))]
    """

    def __init__(
        self, refusal: ConnectionRefused | None = None, *, max_subscriptions: int = MAX_SUBSCRIPTIONS
    ) -> None:
        self.state = SubscriptionState.OPENED
        self.subscriptions = Subscriptions(max_subscriptions)
        self.publishing = 0
        self._refusal = refusal

    def receive(self, text: str) -> list[Action]:
        """Take a text frame of the client's, and return what is to be done."""
        if self.state is SubscriptionState.CLOSED:
            return []
        if self._refusal is not None:
            self.state = SubscriptionState.CLOSED
            return [Send(self._refusal), Close(1008, self._refusal.error_type)]
        try:
            frame = decode(text)
        except MalformedFrame as problem:
            return [Send(problem.answer)]
        self.state = SubscriptionState.READY
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
        if not self.subscriptions.end(id_):
            message = f"Unknown operation id {id_}"
            return _error("unsubscribe_error", "UnknownOperationError", message, id_)
        return [End(id_), Send(Succeeded("unsubscribe", id_))]

    def _subscribe(self, frame: Subscribe) -> list[Action]:
        error = self.subscriptions.begin(frame.id)
        return [Begin(frame)] if error is None else [Send(ErrorFrame("subscribe_error", error, frame.id))]

    def _publish(self, frame: Publish) -> list[Action]:
        if self.publishing >= MAX_PUBLISHING:
            return _error("publish_error", "LimitExceededError", "Rate limit exceeded", frame.id)
        self.publishing += 1
        return [Post(frame)]

    def started(self, id_: str) -> list[Action]:
        """Take note that a subscription is registered; it may have been ended meanwhile."""
        return [Send(Succeeded("subscribe", id_))] if self.subscriptions.started(id_) else []

    def refused(self, id_: str, error: Mapping[str, JSON]) -> list[Send]:
        """Take note that a subscription was refused."""
        return [Send(ErrorFrame("subscribe_error", error, id_))] if self.subscriptions.end(id_) else []

    def published(self, id_: str, successful: list[JSON], failed: list[JSON]) -> list[Send]:
        """Take note of what a publish came to."""
        self.publishing -= 1
        return [Send(Published(id_, successful, failed))] if self.state is SubscriptionState.READY else []

    def unpublished(self, id_: str, error: Mapping[str, JSON]) -> list[Send]:
        """Take note that a publish was refused."""
        self.publishing -= 1
        return (
            [Send(ErrorFrame("publish_error", error, id_))] if self.state is SubscriptionState.READY else []
        )

    def close(self) -> list[End]:
        """Take note that the socket has gone, and return the subscriptions to forget."""
        self.state = SubscriptionState.CLOSED
        return self.subscriptions.clear()
