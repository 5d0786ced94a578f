"""The WebSocket's second protocol, graphql-transport-ws: what each message of a connection asks.

``orders.transport_ws`` has the protocol. Each message is an invocation of its own, which may run beside
another of the same connection: so what must be true once, an id in use or a first ``connection_init``,
is a condition of the write that remembers it. Strawberry is imported by the first ``subscribe``.
"""

from __future__ import annotations

import time

from chalicelib import log, wiring
from orders.answers import INTERNAL, answer_for, message_for
from orders.connections import CONNECTION_LIFE, Subscription
from orders.errors import ConnectionGone, OrderwireError, PublishError
from orders.operations import AlreadyWelcome, GraphQLConnection, Operation, SubscriberExists
from orders.transport_ws import (
    ClientMessage,
    Complete,
    ConnectionInit,
    Ping,
    Pong,
    ProtocolViolation,
    Subscribe,
    ack,
    closing,
    error_message,
    forbidden,
    init_timeout,
    live,
    parse_message,
    pong,
    subscriber_exists,
    too_many_inits,
    unauthorized,
)

PUSH_SECONDS = 3.0
"""As for the other protocol: the function has ten."""

OUR_FAULT = "That failed on our side: send it again."


def receive(text: str, connection: GraphQLConnection) -> None:
    """Carry out what a message asks; what breaks the protocol closes the connection."""
    try:
        _carry_out(parse_message(text), connection)
    except ProtocolViolation as violation:
        _close(connection, violation)
    except ConnectionGone:
        wiring.connections().forget(connection.connection_id)
    except PublishError as error:
        # Nothing can be said over what takes nothing: the client asks again, or connects again.
        log.warning("answer not pushed", connection_id=connection.connection_id, error=type(error).__name__)
    except Exception:
        # The client learns nothing of it but the end: it starts over.
        log.exception("message failed", connection_id=connection.connection_id)
        _close(connection, ProtocolViolation(4500, "Internal server error"))


def _carry_out(message: ClientMessage, connection: GraphQLConnection) -> None:
    match message:
        case ConnectionInit(token):
            _welcome(token, connection)
        case Ping(payload):
            _push(connection, pong(payload))
        case Pong():
            return
        case Subscribe():
            _subscribe(message, connection)
        case Complete(id_):
            # Nothing comes of one that is not there: an error may have ended it already.
            wiring.operations().remove(connection.connection_id, id_)


def _welcome(token: str, connection: GraphQLConnection) -> None:
    now = wiring.clock().now()
    if connection.caller is not None:
        raise too_many_inits()
    if connection.expires_at <= now.timestamp():
        raise init_timeout()
    caller = wiring.token_callers().caller(token, now)
    if caller is None:
        raise forbidden()
    expires = int((now + CONNECTION_LIFE).timestamp())
    try:
        wiring.operations().welcome(connection.connection_id, caller, expires)
    except AlreadyWelcome:
        raise too_many_inits() from None
    _push(connection, ack())


def _subscribe(message: Subscribe, connection: GraphQLConnection) -> None:
    from chalicelib.graphql.compiling import OperationRefused, compile_operation  # noqa: PLC0415

    if connection.caller is None:
        raise unauthorized()
    try:
        compiled = compile_operation(message)
        subscription = Subscription(
            compiled.order_id,
            connection.connection_id,
            connection.caller,
            connection.endpoint,
            connection.expires_at,
            Operation(message.id, compiled.projection, compiled.statuses),
        )
        _follow(subscription)
    except OperationRefused as refused:
        _push(connection, error_message(message.id, refused.errors))
    except SubscriberExists:
        raise subscriber_exists(message.id) from None
    except (ConnectionGone, PublishError):
        raise
    except OrderwireError as error:
        if answer_for(error) is INTERNAL:
            log.exception("operation failed", connection_id=connection.connection_id)
        kind, text = answer_for(error).graphql, message_for(error, otherwise=OUR_FAULT)
        _push(connection, error_message(message.id, [{"message": text, "errorType": kind}]))
    else:
        _push(connection, live(message.id))


def _follow(subscription: Subscription) -> None:
    """Remember a subscription, and return when fan-out is sure to know of it."""
    operations = wiring.operations()
    operations.claim(subscription)
    seconds = operations.subscribe(subscription, wiring.clock().now())
    if seconds:
        wiring.sleep(seconds)


def _close(connection: GraphQLConnection, violation: ProtocolViolation) -> None:
    """Say why and close: the gateway closes with a code of its own, so the reason goes ahead."""
    name = connection.connection_id
    log.info("connection refused", connection_id=name, code=violation.code, reason=violation.reason)
    try:
        _push(connection, closing(violation))
        wiring.pusher().disconnect(connection.endpoint, name, deadline=time.monotonic() + PUSH_SECONDS)
    except PublishError as error:
        log.warning("connection not closed", connection_id=name, error=type(error).__name__)
    wiring.connections().forget(name)


def _push(connection: GraphQLConnection, message: bytes) -> None:
    pusher = wiring.pusher()
    pusher.prepare()
    deadline = time.monotonic() + PUSH_SECONDS
    pusher.push(connection.endpoint, connection.connection_id, message, deadline=deadline)
