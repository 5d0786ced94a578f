"""The WebSocket protocol: JSON texts, each with a ``type``.

::

    client -> server    subscribe  {orderId, afterVersion?}     unsubscribe {orderId}     ping
    server -> client    subscribed {orderId, version, changes}  unsubscribed {orderId}    pong
                        change     {change}
                        error      {code, message, orderId?}

A `subscribed` comes first, with what was missed; then each change of the order, at least once and
mostly in order: a client merges by version, as on every channel. An order that does not exist yet
and one that belongs to another customer look the same: version 0, no changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NotRequired, TypeAlias, TypedDict

from orders.answers import answer_for, message_for
from orders.errors import InvalidFrame, InvalidOrder
from orders.model import OrderId, OrderStatusChanged
from orders.parsing import parse_order_id
from orders.views import ChangeView, change_view

MOST_CHARACTERS = 4096
"""Of a client's frame: the longest that makes sense has some hundred."""

_FIELDS = {
    "subscribe": ("type", "orderId", "afterVersion"),
    "unsubscribe": ("type", "orderId"),
    "ping": ("type",),
}


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Client to server: subscribe to this order, from the version that the client has."""

    order_id: OrderId
    after_version: int = 0


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Client to server: no more of this order."""

    order_id: OrderId


@dataclass(frozen=True, slots=True)
class Ping:
    """Client to server: are you there? API Gateway closes what is silent for ten minutes."""


ClientFrame: TypeAlias = "Subscribe | Unsubscribe | Ping"


class SubscribedFrame(TypedDict):
    """Server to client: what happened after the version asked for; changes follow."""

    type: Literal["subscribed"]
    orderId: str
    version: int
    changes: list[ChangeView]


class ChangeFrame(TypedDict):
    """Server to client: an order changed."""

    type: Literal["change"]
    change: ChangeView


class UnsubscribedFrame(TypedDict):
    """Server to client: no more of this order, but what is under way already."""

    type: Literal["unsubscribed"]
    orderId: str


class PongFrame(TypedDict):
    """Server to client: I am here."""

    type: Literal["pong"]


class ErrorFrame(TypedDict):
    """Server to client: a frame was refused; the connection stays open."""

    type: Literal["error"]
    code: str
    message: str
    orderId: NotRequired[str]


ServerFrame: TypeAlias = "SubscribedFrame | ChangeFrame | UnsubscribedFrame | PongFrame | ErrorFrame"


def parse_frame(text: str) -> ClientFrame:
    """Return the message that a client's frame is.

    Raises
    ------
    InvalidFrame
        On any other text, with path and code of the first fault.

    Examples
    --------
    >>> parse_frame('{"type": "subscribe", "orderId": "3F2B8C1E-9A4D-4E0F-8B7A-5C6D7E8F9A0B"}')
    Subscribe(order_id='3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b', after_version=0)
    """
    document = _document(text)
    kind = document.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise InvalidFrame("must be subscribe, unsubscribe or ping", path="type", code="UNKNOWN_TYPE")
    if document.keys() - _FIELDS[kind]:
        raise InvalidFrame(
            f"a {kind} has {' and '.join(_FIELDS[kind])} alone", path="frame", code="UNKNOWN_FIELD"
        )
    if kind == "ping":
        return Ping()
    order_id = _order_id(document)
    if kind == "unsubscribe":
        return Unsubscribe(order_id)
    return Subscribe(order_id, _after_version(document))


def subscribed_frame(
    order_id: OrderId, version: int, changes: tuple[OrderStatusChanged, ...]
) -> SubscribedFrame:
    """Return the answer to `Subscribe`."""
    return {
        "type": "subscribed",
        "orderId": order_id,
        "version": version,
        "changes": [change_view(change) for change in changes],
    }


def change_frame(change: OrderStatusChanged) -> ChangeFrame:
    """Return the frame of one change."""
    return {"type": "change", "change": change_view(change)}


def unsubscribed_frame(order_id: OrderId) -> UnsubscribedFrame:
    """Return the answer to `Unsubscribe`."""
    return {"type": "unsubscribed", "orderId": order_id}


def pong_frame() -> PongFrame:
    """Return the answer to `Ping`."""
    return {"type": "pong"}


def error_frame(error: Exception, order_id: OrderId | None = None) -> ErrorFrame:
    """Return a client's frame for ``error``, and for which order; nothing of what is ours alone."""
    frame: ErrorFrame = {
        "type": "error",
        "code": answer_for(error).websocket,
        "message": message_for(error, otherwise="That failed on our side: send it again."),
    }
    if order_id is not None:
        frame["orderId"] = order_id
    return frame


def encode(frame: ServerFrame) -> bytes:
    """Return a server's frame as it is sent."""
    return json.dumps(frame, separators=(",", ":")).encode()


def _document(text: str) -> Mapping[str, object]:
    if len(text) > MOST_CHARACTERS:
        raise InvalidFrame(f"must have at most {MOST_CHARACTERS} characters", path="frame", code="TOO_LONG")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidFrame("must be JSON", path="frame", code="NOT_JSON") from None
    if not isinstance(document, dict):
        raise InvalidFrame("must be a JSON object", path="frame", code="WRONG_TYPE")
    return document


def _order_id(document: Mapping[str, object]) -> OrderId:
    if document.get("orderId") is None:
        raise InvalidFrame("is required", path="orderId", code="REQUIRED")
    try:
        return parse_order_id(document["orderId"], "orderId")
    except InvalidOrder as error:
        message = str(error).removeprefix("orderId: ")
        raise InvalidFrame(message, path="orderId", code=error.code) from None


def _after_version(document: Mapping[str, object]) -> int:
    value = document.get("afterVersion")
    if value is None:
        return 0
    # bool is an int to Python, but not to other readers of JSON.
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidFrame("must be a whole number", path="afterVersion", code="WRONG_TYPE")
    if not 0 <= value < 2**31:
        raise InvalidFrame("must be 0 or more, within 32 bits", path="afterVersion", code="VERSION_RANGE")
    return value
