"""A feed of changes from an AppSync subscription, opened with the listener's token.

So AppSync decides what is delivered: the resolver's filter asks for the caller's own customer id. A change
arrives some milliseconds after AppSync has it, and nothing is asked in between.

Source of the protocol: "Building a real-time WebSocket client" in AWS AppSync's developer guide,
https://docs.aws.amazon.com/appsync/latest/devguide/real-time-websocket-client.html
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping

from orders.adapters.websocket_client import ConnectionFailed, WebSocketClient, read_address
from orders.model import CustomerId, OrderId, OrderStatusChanged, Timestamp
from orders.sse.watching import FeedLost
from orders.status import FailureReason, OrderStatus

SECONDS = 5.0
"""For opening it."""

SILENCE = 65.0
"""A connection that was silent for so long is dead: AppSync sends a sign of life every 60 s, or says when."""

_FIELDS = "orderId customerId version status at reason"
ONE_ORDER = f"subscription Events($orderId: ID!) {{ onOrderStatus(orderId: $orderId) {{ {_FIELDS} }} }}"
MY_ORDERS = f"subscription Events {{ onMyOrders {{ {_FIELDS} }} }}"


class AppSyncFeed:
    """One subscription over a connection of its own.

    Parameters
    ----------
    graphql, realtime : str
        The API's two addresses.
    token : str
        The caller's, without ``Bearer``.
    order_id : OrderId, optional
        All of the caller's orders without; for staff, everybody's.
    seconds : float
        For opening it.
    """

    def __init__(
        self,
        graphql: str,
        realtime: str,
        token: str,
        order_id: OrderId | None = None,
        *,
        seconds: float = SECONDS,
    ) -> None:
        self._authorization = {"host": read_address(graphql).netloc, "Authorization": token}
        self._realtime = read_address(realtime)
        self._query = MY_ORDERS if order_id is None else ONE_ORDER
        self._variables = {} if order_id is None else {"orderId": order_id}
        self._seconds = seconds
        self._silence = SILENCE
        self._last_message = 0.0
        self._client: WebSocketClient | None = None

    def open(self) -> None:
        """Connect and subscribe; return when the subscription is live.

        Raises
        ------
        FeedLost
            AppSync does not answer, or refuses.
        """
        until = time.monotonic() + self._seconds
        header = base64.urlsafe_b64encode(json.dumps(self._authorization).encode()).decode().rstrip("=")
        try:
            self._client = WebSocketClient.connect(
                self._realtime, ("graphql-ws", f"header-{header}"), seconds=self._seconds
            )
            self._send({"type": "connection_init"})
            payload = _mapping(self._expect("connection_ack", until).get("payload"))
            # Documented: so long may a client wait for the next sign of life.
            timeout = payload.get("connectionTimeoutMs")
            self._silence = timeout / 1000 if isinstance(timeout, int) and timeout > 0 else SILENCE
            self._send(self._start())
            self._expect("start_ack", until)
        except ConnectionFailed as error:
            self.close()
            raise FeedLost(str(error)) from error
        except FeedLost:
            self.close()
            raise
        self._last_message = time.monotonic()

    def receive(self, seconds: float) -> OrderStatusChanged | None:
        """Return the next change; None when none came in time. Raises ``FeedLost``."""
        until = time.monotonic() + seconds
        while True:
            message = self._next(until)
            if message is None:
                if time.monotonic() - self._last_message > self._silence:
                    raise FeedLost("it is silent")
                return None
            match message.get("type"):
                case "data":
                    return _change(_mapping(message.get("payload")))
                case "error" | "complete" | "connection_error":
                    raise FeedLost(f"the subscription ended: {_reason(message)}")

    def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _start(self) -> Mapping[str, object]:
        data = json.dumps({"query": self._query, "variables": self._variables})
        extensions = {"authorization": self._authorization}
        return {"id": "1", "type": "start", "payload": {"data": data, "extensions": extensions}}

    def _expect(self, kind: str, until: float) -> Mapping[str, object]:
        while True:
            message = self._next(until)
            if message is None:
                raise FeedLost(f"no {kind} came in time")
            if message.get("type") == kind:
                return message
            if message.get("type") != "ka":
                raise FeedLost(f"instead of {kind} came {_reason(message)}")

    def _next(self, until: float) -> Mapping[str, object] | None:
        if self._client is None:
            raise FeedLost("it is not open")
        try:
            text = self._client.receive(max(0.0, until - time.monotonic()))
        except ConnectionFailed as error:
            raise FeedLost(str(error)) from error
        if text is None:
            return None
        self._last_message = time.monotonic()
        try:
            return _mapping(json.loads(text))
        except (ValueError, RecursionError):
            raise FeedLost("a message is no JSON") from None

    def _send(self, message: Mapping[str, object]) -> None:
        assert self._client is not None
        self._client.send(json.dumps(message))


def _change(payload: Mapping[str, object]) -> OrderStatusChanged:
    data = _mapping(payload.get("data"))
    change = _mapping(data.get("onOrderStatus") or data.get("onMyOrders"))
    version, reason = change.get("version"), change.get("reason")
    if not isinstance(version, int) or isinstance(version, bool):
        raise FeedLost("an event has no version")
    try:
        return OrderStatusChanged(
            order_id=OrderId(_text(change, "orderId")),
            customer_id=CustomerId(_text(change, "customerId")),
            version=version,
            status=OrderStatus(_text(change, "status")),
            at=Timestamp(_text(change, "at")),
            reason=None if reason is None else FailureReason(str(reason)),
        )
    except ValueError as error:
        raise FeedLost(f"an event cannot be read: {error}") from None


def _text(document: Mapping[str, object], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise FeedLost(f"an event has no {name}")
    return value


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise FeedLost("a message is no object")
    return value


def _reason(message: Mapping[str, object]) -> str:
    """Return a message's type and the kinds of its errors: its words may repeat confidential values."""
    payload = message.get("payload")
    errors = payload.get("errors") if isinstance(payload, dict) else None
    kinds = (
        [str(e.get("errorType")) for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    )
    return " ".join([str(message.get("type")), *kinds])
