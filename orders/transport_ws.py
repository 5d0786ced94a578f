"""graphql-transport-ws, the protocol of stock GraphQL clients: JSON texts, each with a ``type``.

::

    client -> server    connection_init {payload}   subscribe {id, payload}   complete {id}
    server -> client    connection_ack              next {id, payload}        error {id, payload}
    either way          ping {payload?}             pong {payload?}

Source: "GraphQL over WebSocket Protocol" of the graphql-ws project. A server says what is wrong with a
connection by the code that it closes it with. API Gateway's @connections closes with a code of its
own, so the code and its reason go ahead, in an unsolicited ``pong``, which the protocol allows
at any time. Such a ``pong`` also says when a subscription is live, for which it has no message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

SUBPROTOCOL: Final = "graphql-transport-ws"
MOST_CHARACTERS: Final = 32_768
"""Of a client's message: API Gateway takes no larger frame."""

MOST_ID: Final = 128
"""Characters of an operation's id; a UUID has 36."""


class ProtocolViolation(Exception):
    """What ends a connection, with the protocol's own code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def bad_message(reason: str = "Invalid message") -> ProtocolViolation:
    """Return the violation of a client that sends what is no message."""
    return ProtocolViolation(4400, reason)


def unauthorized() -> ProtocolViolation:
    """Return the violation of a client that subscribes before the connection is acknowledged."""
    return ProtocolViolation(4401, "Unauthorized")


def forbidden() -> ProtocolViolation:
    """Return the violation of a client without a valid token."""
    return ProtocolViolation(4403, "Forbidden")


def init_timeout() -> ProtocolViolation:
    """Return the violation of a client that is silent for too long."""
    return ProtocolViolation(4408, "Connection initialisation timeout")


def subscriber_exists(id_: str) -> ProtocolViolation:
    """Return the violation of a client that uses an id twice."""
    return ProtocolViolation(4409, f"Subscriber for {id_} already exists")


def too_many_inits() -> ProtocolViolation:
    """Return the violation of a client that begins twice."""
    return ProtocolViolation(4429, "Too many initialisation requests")


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    """Client to server: this is who I am."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Client to server: execute this, under an id of mine."""

    id: str
    query: str
    variables: Mapping[str, object] = field(default_factory=dict, repr=False)
    operation_name: str | None = None


@dataclass(frozen=True, slots=True)
class Complete:
    """Client to server: no more of this."""

    id: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Client to server: a sign of life is wanted."""

    payload: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Pong:
    """Client to server: I am here. Nothing follows from it."""


ClientMessage: TypeAlias = "ConnectionInit | Subscribe | Complete | Ping | Pong"


def offered(header: str | None) -> bool:
    """Return whether a handshake's ``Sec-WebSocket-Protocol`` offers the protocol.

    Examples
    --------
    >>> offered("graphql-ws, graphql-transport-ws")
    True
    """
    return SUBPROTOCOL in (name.strip() for name in (header or "").split(","))


def parse_message(text: str) -> ClientMessage:
    """Return the message in a client's text.

    Raises
    ------
    ProtocolViolation
        4400, when it is none.

    Examples
    --------
    >>> parse_message('{"type": "complete", "id": "1"}')
    Complete(id='1')
    """
    document = _document(text)
    match document.get("type"):
        case "connection_init":
            return ConnectionInit(_token(_payload(document) or {}))
        case "subscribe":
            return _subscribe(document)
        case "complete":
            return Complete(_id(document))
        case "ping":
            return Ping(_payload(document))
        case "pong":
            _payload(document)
            return Pong()
    raise bad_message("Invalid message: unknown type")


def ack() -> bytes:
    """Return ``connection_ack``."""
    return b'{"type":"connection_ack"}'


def pong(payload: Mapping[str, object] | None = None) -> bytes:
    """Return ``pong``, the answer to a ping with its payload."""
    return _encode({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})


def live(id_: str) -> bytes:
    """Return the ``pong`` that says that a subscription is live: what changes from now on will come."""
    return pong({"subscribed": id_})


def closing(violation: ProtocolViolation) -> bytes:
    """Return the ``pong`` that says with which code the connection would be closed."""
    return pong({"closing": {"code": violation.code, "reason": violation.reason}})


def next_message(id_: str, data: bytes) -> bytes:
    """Return ``next`` with ``data``, which is JSON already: encoded once for all who ask alike."""
    return b'{"id":' + json.dumps(id_).encode() + b',"type":"next","payload":{"data":' + data + b"}}"


def error_message(id_: str, errors: Sequence[Mapping[str, object]]) -> bytes:
    """Return ``error``, which ends an operation that could not begin."""
    return _encode({"id": id_, "type": "error", "payload": list(errors)})


def _encode(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _document(text: str) -> Mapping[str, object]:
    if len(text) > MOST_CHARACTERS:
        raise bad_message(f"Invalid message: over {MOST_CHARACTERS} characters")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise bad_message("Invalid message: no JSON") from None
    if not isinstance(document, dict):
        raise bad_message("Invalid message: no JSON object")
    return document


def _subscribe(document: Mapping[str, object]) -> Subscribe:
    id_, payload = _id(document), _payload(document) or {}
    query, variables, name = (payload.get(key) for key in ("query", "variables", "operationName"))
    if not isinstance(query, str) or not query.strip():
        raise bad_message("Invalid message: subscribe needs a query")
    if not (variables is None or isinstance(variables, dict)):
        raise bad_message("Invalid message: variables must be an object")
    if not (name is None or isinstance(name, str)):
        raise bad_message("Invalid message: operationName must be text")
    return Subscribe(id_, query, variables or {}, name or None)


def _id(document: Mapping[str, object]) -> str:
    id_ = document.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= MOST_ID:
        raise bad_message(f"Invalid message: id must be a text of 1 to {MOST_ID} characters")
    return id_


def _payload(document: Mapping[str, object]) -> Mapping[str, object] | None:
    payload = document.get("payload")
    if not (payload is None or isinstance(payload, dict)):
        raise bad_message("Invalid message: payload must be an object")
    return payload


def _token(payload: Mapping[str, object]) -> str:
    """Return the token of ``connection_init``: as the header that HTTP clients send, whatever its case."""
    for name, value in payload.items():
        if name.lower() == "authorization" and isinstance(value, str):
            return value.removeprefix("Bearer ").strip()
    return ""
