"""The feed against a server on the library `websockets`, which speaks AppSync's protocol and misbehaves."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from orders.adapters.appsync_feed import AppSyncFeed
from orders.model import OrderId, received
from orders.sse.watching import FeedLost
from orders.views import change_view
from tests.orders.samples import an_order

ORDER = OrderId("4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10")
CHANGE = received(an_order(ORDER)).change(1)
PATIENCE = 60.0

Json = dict[str, Any]


class Realtime:
    """Answers as AppSync does, but for what a test replaces."""

    def __init__(self) -> None:
        self.messages: list[Json] = []
        self.headers: list[Json] = []
        self.ack: Json = {"type": "connection_ack", "payload": {"connectionTimeoutMs": 300_000}}
        self.started: Json | None = {"type": "start_ack", "id": "1"}
        self.then: Callable[[ServerConnection], None] = lambda connection: None
        self.over = threading.Event()

    def __call__(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        offered = connection.request.headers["Sec-WebSocket-Protocol"].split(", ")
        encoded = offered[1].removeprefix("header-")
        self.headers.append(json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))))
        try:
            self.messages.append(json.loads(connection.recv()))
            connection.send(json.dumps(self.ack))
            self.messages.append(json.loads(connection.recv()))
            connection.send('{"type": "ka"}')
            if self.started is not None:
                connection.send(json.dumps(self.started))
            self.then(connection)
            connection.recv(timeout=PATIENCE)  # until the client goes
        except (ConnectionClosed, TimeoutError):
            pass
        finally:
            self.over.set()


@contextmanager
def running(realtime: Realtime) -> Iterator[str]:
    server: Server
    with serve(
        realtime, "127.0.0.1", 0, subprotocols=[Subprotocol("graphql-ws")], compression=None
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/graphql"
        server.shutdown()
        thread.join()


@pytest.fixture
def realtime() -> Realtime:
    return Realtime()


@pytest.fixture
def url(realtime: Realtime) -> Iterator[str]:
    with running(realtime) as url:
        yield url


def feed_of(url: str, order_id: OrderId | None = ORDER, *, seconds: float = PATIENCE) -> AppSyncFeed:
    return AppSyncFeed(
        "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql", url, "token", order_id, seconds=seconds
    )


def data(field: str = "onOrderStatus", **changes: object) -> str:
    payload = {"data": {field: {**change_view(CHANGE), **changes}}}
    return json.dumps({"type": "data", "id": "1", "payload": payload})


def test_subscription_is_opened_with_the_token_of_the_caller(realtime: Realtime, url: str) -> None:
    feed = feed_of(url)
    feed.open()
    authorization = {"host": "abc.appsync-api.eu-west-1.amazonaws.com", "Authorization": "token"}
    assert realtime.headers == [authorization]
    init, start = realtime.messages
    assert init == {"type": "connection_init"}
    assert start["payload"]["extensions"] == {"authorization": authorization}
    request = json.loads(start["payload"]["data"])
    assert request["variables"] == {"orderId": ORDER}
    assert "onOrderStatus(orderId: $orderId)" in request["query"]
    feed.close()
    assert realtime.over.wait(PATIENCE)


@pytest.mark.parametrize(("order_id", "field"), [(ORDER, "onOrderStatus"), (None, "onMyOrders")])
def test_pushed_changes_are_received(
    realtime: Realtime, url: str, order_id: OrderId | None, field: str
) -> None:
    def tell(connection: ServerConnection) -> None:
        connection.send('{"type": "ka"}')
        connection.ping("are you there")
        connection.send([data(field)[:20], data(field)[20:]])  # in two fragments

    realtime.then = tell
    feed = feed_of(url, order_id)
    feed.open()
    assert feed.receive(PATIENCE) == CHANGE
    assert feed.receive(0.01) is None
    feed.close()


def test_refusal_is_a_loss_without_the_token(realtime: Realtime, url: str) -> None:
    realtime.ack = {
        "type": "connection_error",
        "payload": {"errors": [{"errorType": "UnauthorizedException", "message": "Token token"}]},
    }
    with pytest.raises(FeedLost) as error:
        feed_of(url).open()
    assert str(error.value) == "instead of connection_ack came connection_error UnauthorizedException"


def test_unanswered_subscription_is_given_up(realtime: Realtime, url: str) -> None:
    realtime.started = None
    with pytest.raises(FeedLost, match="no start_ack came in time"):
        feed_of(url, seconds=0.5).open()


def test_unreachable_address_is_a_loss() -> None:
    with pytest.raises(FeedLost, match="cannot be reached"):
        feed_of("ws://127.0.0.1:9/graphql").open()


@pytest.mark.parametrize(
    "message",
    [
        '{"type": "complete", "id": "1"}',
        '{"type": "error", "id": "1", "payload": {"errors": []}}',
        "no JSON",
        "[]",
        data(status="TELEPORTED"),
        data(version=True),
        data(orderId=None),
        '{"type": "data", "payload": {"data": {"onOrderStatus": null}}}',
    ],
)
def test_ending_or_unreadable_message_is_a_loss(realtime: Realtime, url: str, message: str) -> None:
    realtime.then = lambda connection: connection.send(message)
    feed = feed_of(url)
    feed.open()
    with pytest.raises(FeedLost):
        feed.receive(PATIENCE)
    feed.close()


def test_closed_connection_is_a_loss(realtime: Realtime, url: str) -> None:
    realtime.then = lambda connection: connection.close(4000, "go away")
    feed = feed_of(url)
    # It may come while the feed still opens.
    with pytest.raises(FeedLost, match="closed with 4000 go away"):
        feed.open()
        feed.receive(PATIENCE)


def test_changes_before_a_close_are_received(realtime: Realtime, url: str) -> None:
    def tell(connection: ServerConnection) -> None:
        connection.send(data())
        connection.close(1001)

    realtime.then = tell
    feed = feed_of(url)
    feed.open()
    assert realtime.over.wait(PATIENCE)  # both are here
    assert feed.receive(PATIENCE) == CHANGE
    with pytest.raises(FeedLost, match="1001"):
        feed.receive(PATIENCE)


def test_silence_beyond_the_timeout_of_appsync_is_a_loss(realtime: Realtime, url: str) -> None:
    realtime.ack = {"type": "connection_ack", "payload": {"connectionTimeoutMs": 1}}
    feed = feed_of(url)
    feed.open()
    with pytest.raises(FeedLost, match="silent"):
        feed.receive(0.2)
    feed.close()
