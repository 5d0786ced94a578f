"""A stream from its request to its end, before environments are copied from one that is prepared.

What Python adapts and caches when code runs lies in memory once for all copies then. Neither the orders'
table nor AppSync is asked: a stand-in on this machine answers, and nothing is kept.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final, Protocol, Self

from orders.adapters.appsync_feed import AppSyncFeed
from orders.adapters.clock import SystemClock
from orders.adapters.dynamodb_http import DynamoDBHttp
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.adapters.order_items import state_item
from orders.adapters.signing import Keys, Role
from orders.adapters.websocket_frames import accept_for
from orders.adapters.xray.daemon import VARIABLE as DAEMON
from orders.adapters.xray.header import VARIABLE
from orders.model import CustomerId, OrderId, OrderState, StatusChange, Timestamp
from orders.ports import Clock, OrderStore
from orders.sse.watching import Feed
from orders.status import OrderStatus
from resolvers import wiring

READ: Final = 65_536

ORDER: Final = OrderId("00000000-0000-4000-8000-000000000000")
CUSTOMER: Final = CustomerId("nobody")
AT: Final = Timestamp("2026-01-01T00:00:00.000Z")
TOKEN: Final = "e30.e30.e30"  # noqa: S105 - an empty one


class Streamed(Protocol):
    """What a handler returns."""

    @property
    def body(self) -> Iterable[object]:
        """The pieces of the stream."""
        ...


class _Context:
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class StandIn:
    """Answers like the orders' table and like AppSync, from a thread of its own, until it is closed."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:{}".format(*self._door.getsockname()[1:])
        state = OrderState(ORDER, CUSTOMER, (StatusChange(OrderStatus.RECEIVED, AT),), "EUR", 1, 1, AT)
        self._item = json.dumps({"Item": state_item(state)}).encode()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        socket.create_connection(self._door.getsockname()).close()
        self._thread.join()
        self._door.close()

    def audience(self) -> str:
        """Return the user pool client of the environment."""
        return wiring.audience()

    def clock(self) -> Clock:
        """Return the machine's clock."""
        return SystemClock()

    def order_store(self) -> OrderStore:
        """Return a store whose table this is."""
        role = Role(Keys("none", "none", "none"))
        client = DynamoDBHttp("us-east-1", role, endpoint=f"http://{self.address}")
        return DynamoDBOrderStore(client, "orders")  # type: ignore[arg-type]

    def feed(self, token: str, order_id: OrderId | None) -> Feed:
        """Return a feed whose AppSync this is."""
        wiring.feed(token, order_id)
        return AppSyncFeed(f"http://{self.address}", f"ws://{self.address}", token, order_id)

    def _serve(self) -> None:
        threads = []
        while not self._closing.is_set():
            connection, _ = self._door.accept()
            threads.append(threading.Thread(target=self._converse, args=(connection,)))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def _converse(self, connection: socket.socket) -> None:
        head = b""
        with connection:
            while b"\r\n\r\n" not in head:
                piece = connection.recv(READ)
                if not piece:
                    return
                head += piece
            for answer in self._answers(head):
                connection.sendall(answer)
            with suppress(ConnectionError):
                while connection.recv(READ):  # closed while something is unread, it would look lost
                    pass

    def _answers(self, request: bytes) -> Iterator[bytes]:
        _, upgrade, rest = request.partition(b"Sec-WebSocket-Key: ")
        if not upgrade:
            size = len(self._item)
            yield (
                f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n".encode()
                + self._item
            )
            return
        key = accept_for(rest.partition(b"\r\n")[0].decode())
        lines = ["HTTP/1.1 101 Switching Protocols", f"Sec-WebSocket-Accept: {key}"]
        yield "\r\n".join([*lines, "Sec-WebSocket-Protocol: graphql-ws", "", ""]).encode()
        change = {"orderId": ORDER, "customerId": CUSTOMER, "version": 2, "status": "DELIVERED", "at": AT}
        for message in (
            {"type": "connection_ack", "payload": {"connectionTimeoutMs": 300_000}},
            {"type": "start_ack"},
            {"type": "ka"},
            {"type": "data", "payload": {"data": {"onOrderStatus": {**change, "reason": None}}}},
        ):
            text = json.dumps(message).encode()
            yield b"\x81\x7e" + len(text).to_bytes(2, "big") + text


def rehearse(handled: Callable[[Mapping[str, object], _Context, StandIn], Streamed]) -> None:
    """Have a stand-in's order followed to its end."""
    event = {
        "resource": "/orders/{id}/events",
        "pathParameters": {"id": ORDER},
        "headers": {"Authorization": f"Bearer {TOKEN}"},
        "requestContext": {
            "requestId": "",
            "authorizer": {"claims": {"sub": CUSTOMER, "aud": wiring.audience()}},
        },
    }
    before = {DAEMON: os.environ.get(DAEMON), VARIABLE: None}
    os.environ[VARIABLE] = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=1"
    with StandIn() as stand_in, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        os.environ[DAEMON] = "{}:{}".format(*daemon.getsockname())
        for _ in handled(event, _Context(), stand_in).body:
            pass
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
