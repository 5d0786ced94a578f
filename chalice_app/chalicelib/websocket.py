"""The WebSocket handlers: who is let in, what each frame asks, and who is gone.

A frame is answered by a push, as changes are, and the gateway gets 200 in any case: a route's
own answer would be a second way to the client. ``orders.frames`` has the protocol. A client that offers the
subprotocol graphql-transport-ws speaks that instead: ``chalicelib.graphql_socket``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TypedDict, cast

from chalice.app import Blueprint, Response, WebsocketAPI, WebsocketEvent

from chalicelib import graphql_socket, log, wiring
from orders.adapters.endpoints import endpoint_for
from orders.answers import INTERNAL, answer_for, message_for
from orders.connections import Connection, opened
from orders.errors import CallerError, ConnectionGone, PublishError, TicketRefused
from orders.following import follow
from orders.frames import (
    ClientFrame,
    Ping,
    ServerFrame,
    Subscribe,
    encode,
    error_frame,
    parse_frame,
    pong_frame,
    unsubscribed_frame,
)
from orders.model import OrderId
from orders.operations import GraphQLConnection, pending
from orders.transport_ws import SUBPROTOCOL, offered

PUSH_SECONDS = 3.0
"""The function has ten: a gateway that hangs must not take them from the error's log."""

sockets = Blueprint(__name__)
# Chalice wraps a blueprint's WebSocket handlers only when the blueprint has this; without it Lambda calls the
# bare functions, with two arguments. It is not used to push: it knows but https, and one address for all.
sockets.websocket_api = WebsocketAPI()


class ConnectEvent(TypedDict, total=False):
    """The part of ``$connect``'s event that is read here."""

    queryStringParameters: Mapping[str, str] | None
    headers: Mapping[str, str] | None


@sockets.on_ws_connect()
def connect(event: WebsocketEvent) -> Response:
    """Admit clients that bring a ticket, or will authenticate in GraphQL's protocol.

    The handshake is answered with this answer's status, and its subprotocol: API Gateway takes that from
    the header of the function's answer.
    """
    # A refusal is returned: what is raised is a failed function to the gateway.
    try:
        now = wiring.clock().now()
        document = cast("ConnectEvent", event.to_dict())
        if offered(_header(document, "sec-websocket-protocol")):
            endpoint = endpoint_for(event.domain_name, event.stage)
            wiring.operations().open(pending(event.connection_id, endpoint, now))
            return Response("", status_code=200, headers={"Sec-WebSocket-Protocol": SUBPROTOCOL})
        parameters = document.get("queryStringParameters") or {}
        caller = wiring.tickets().redeem(parameters.get("ticket", ""), now)
        if caller is None:
            raise TicketRefused
        endpoint = endpoint_for(event.domain_name, event.stage)
        wiring.connections().open(opened(event.connection_id, caller, endpoint, now))
    except CallerError as error:
        return _refused(error)
    except Exception as error:
        log.exception("connection failed", connection_id=event.connection_id)
        return _refused(error)
    return Response("", status_code=200)


@sockets.on_ws_message()
def message(event: WebsocketEvent) -> None:
    """Carry out what a frame asks, and answer it with frames."""
    connections = wiring.connections()
    frame: ClientFrame | None = None
    try:
        connection = connections.find(event.connection_id)
        if isinstance(connection, GraphQLConnection):
            graphql_socket.receive(event.body, connection)
            return
        if connection is None:
            raise TicketRefused
        frame = parse_frame(event.body)
        _carry_out(frame, connection)
    except ConnectionGone:
        connections.forget(event.connection_id, _order_of(frame))
    except PublishError as error:
        # Nothing can be sent over a closed connection: the client asks again, or connects again.
        log.warning("answer not pushed", connection_id=event.connection_id, error=type(error).__name__)
    except Exception as error:
        if answer_for(error) is INTERNAL:
            log.exception("frame failed", connection_id=event.connection_id)
        _reply(event, error, frame)


@sockets.on_ws_disconnect()
def disconnect(event: WebsocketEvent) -> None:
    """Forget the connection; the gateway says goodbye at best, so pushes and the sweep do it as well."""
    wiring.connections().forget(event.connection_id)


def _header(document: ConnectEvent, name: str) -> str | None:
    """Return a header of the handshake, which API Gateway hands on in the client's own case."""
    headers = document.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _carry_out(frame: ClientFrame, connection: Connection) -> None:
    def push(frame: ServerFrame) -> None:
        _push(connection.endpoint, connection.connection_id, frame)

    if isinstance(frame, Ping):
        push(pong_frame())
    elif isinstance(frame, Subscribe):
        follow(frame, connection, wiring.order_store(), wiring.connections(), push)
    else:
        wiring.connections().unsubscribe(frame.order_id, connection.connection_id)
        push(unsubscribed_frame(frame.order_id))


def _reply(event: WebsocketEvent, error: Exception, request: ClientFrame | None) -> None:
    frame = error_frame(error, _order_of(request))
    try:
        _push(endpoint_for(event.domain_name, event.stage), event.connection_id, frame)
    except PublishError as failure:
        log.warning("error not pushed", connection_id=event.connection_id, error=type(failure).__name__)


def _order_of(frame: ClientFrame | None) -> OrderId | None:
    return None if frame is None or isinstance(frame, Ping) else frame.order_id


def _push(endpoint: str, connection_id: str, frame: ServerFrame) -> None:
    pusher = wiring.pusher()
    pusher.prepare()
    pusher.push(endpoint, connection_id, encode(frame), deadline=time.monotonic() + PUSH_SECONDS)


def _refused(error: Exception) -> Response:
    kind = answer_for(error)
    problem = {
        "type": kind.problem,
        "title": kind.title,
        "status": kind.status,
        "detail": message_for(
            error, otherwise="The connection could not be opened: get a new ticket and try again."
        ),
    }
    return Response(
        json.dumps(problem), status_code=kind.status, headers={"Content-Type": "application/problem+json"}
    )
