r"""The state of one connection, apart from its socket: frames go in, what is to be done comes out.

::

    OPENED --connection_init--> READY --start--> (starting -> live) --stop--> gone
       \--connection_init, bad credential--> CLOSED
"""

from __future__ import annotations

from typing import TypeAlias

from localcloud.appsync.definition import JSON
from localcloud.appsync.realtime.frames import (
    ClientFrame,
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
from localcloud.appsync.serving.rate import RateLimit
from localcloud.appsync.serving.subscriptions import MAX_SUBSCRIPTIONS, Subscriptions, SubscriptionState

Action: TypeAlias = Send | Begin[Start] | End | Close


def _error(error_type: str, message: str, id_: str | None = None) -> Send:
    errors: list[JSON] = [{"errorType": error_type, "message": message}]
    return Send(ErrorFrame(errors, id_))


class GraphQLConnectionMachine:
    """The protocol's state for one connection.

    Parameters
    ----------
    refusal
        What the handshake's credential came to: None when it held. It is sent only after
        ``connection_init``, for clients that are cut off earlier report nothing but a vague close.
    rate
        How many messages the API's clients may send, all together; None for any number.

    Examples
    --------
    >>> machine = GraphQLConnectionMachine()
    >>> machine.receive('{"type":"connection_init"}')
    [Send(frame=ConnectionAck(connection_timeout_ms=300000))]
    """

    def __init__(
        self,
        refusal: ConnectionRefused | None = None,
        *,
        max_subscriptions: int = MAX_SUBSCRIPTIONS,
        rate: RateLimit | None = None,
    ) -> None:
        self.state = SubscriptionState.OPENED
        self.subscriptions = Subscriptions(max_subscriptions)
        self._refusal = refusal
        self._rate = rate

    def receive(self, text: str) -> list[Action]:
        """Take a text frame of the client's, and return what is to be done."""
        if self.state is SubscriptionState.CLOSED:
            return []
        if self._rate is not None and not self._rate.allows():
            # Without an id: it is not read what the frame was.
            return [_error("LimitExceededError", "Rate limit exceeded")]
        try:
            return self._take(decode(text))
        except MalformedFrame as problem:
            return [_error("UnsupportedOperation", problem.message, problem.id)]

    def _take(self, frame: ClientFrame) -> list[Action]:
        if isinstance(frame, ConnectionInit):
            return self._init()
        if self.state is not SubscriptionState.READY:
            return [_error("UnauthorizedException", "connection_init comes first.", frame.id)]
        if isinstance(frame, Start):
            return self._start(frame)
        # AppSync answers `complete` also for what it does not know: a stop may cross an error.
        self.subscriptions.end(frame.id)
        return [End(frame.id), Send(Complete(frame.id))]

    def _init(self) -> list[Action]:
        if self._refusal is not None:
            self.state = SubscriptionState.CLOSED
            return [Send(self._refusal), Close(1008, self._refusal.error_type)]
        self.state = SubscriptionState.READY
        return [Send(ConnectionAck())]

    def _start(self, frame: Start) -> list[Action]:
        error = self.subscriptions.begin(frame.id)
        return [Begin(frame)] if error is None else [Send(ErrorFrame([error], frame.id))]

    def started(self, id_: str) -> list[Action]:
        """Take note that a subscription is registered; it may have been stopped meanwhile."""
        return [Send(StartAck(id_))] if self.subscriptions.started(id_) else []

    def refused(self, id_: str, errors: list[JSON]) -> list[Send]:
        """Take note that a subscription was refused."""
        return [Send(ErrorFrame(errors, id_))] if self.subscriptions.end(id_) else []

    def invalidated(self, id_: str) -> list[Send | End]:
        """Take note that a mutation ended a live subscription (``extensions.invalidateSubscriptions``).

        AWS says that the client is unsubscribed and not by which frame; ``complete`` is what says so.
        """
        return [End(id_), Send(Complete(id_))] if self.subscriptions.end(id_) else []

    def close(self) -> list[End]:
        """Take note that the socket has gone, and return the subscriptions to forget."""
        self.state = SubscriptionState.CLOSED
        return self.subscriptions.clear()
