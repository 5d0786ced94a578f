"""The WebSocket channel: every follower of an order receives it, and none delays the others."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import pytest

from orders.adapters.websocket_push import WebSocketPush
from orders.caller import Caller
from orders.connections import Subscription
from orders.errors import ConfigurationError, ConnectionGone, PublishFailed, PublishLate
from orders.model import OrderId, OrderStatusChanged
from orders.status import OrderStatus
from resolvers.channels import websocket
from resolvers.channels.websocket import THREADS, WebSocketChannel
from resolvers.dispatch import Dispatcher
from tests.orders.fake_management import FakeManagement, fake_management
from tests.orders.fakes import MemoryChannel, MemoryPusher
from tests.orders.samples import ADA, AT, GRACE
from tests.resolvers.conftest import Log
from tests.resolvers.subscribed import ORDER, Subscribed

OTHER = OrderId("0b9a8f7e-6d5c-4b7a-8e0f-4d9a1e8c2b3f")
CHANGE = OrderStatusChanged(ORDER, ADA, 2, OrderStatus.VALIDATED, AT)
FRAME = {
    "type": "change",
    "change": {
        "orderId": ORDER,
        "customerId": ADA,
        "version": 2,
        "status": "VALIDATED",
        "at": AT,
        "reason": None,
    },
}


@pytest.fixture
def subscribed() -> Subscribed:
    return Subscribed()


@pytest.fixture
def pusher() -> Iterator[MemoryPusher]:
    memory_pusher = MemoryPusher()
    yield memory_pusher
    memory_pusher.let_go.set()


@pytest.fixture
def channel(subscribed: Subscribed, pusher: MemoryPusher) -> Iterator[WebSocketChannel]:
    channel = WebSocketChannel(subscribed, pusher)
    yield channel
    pusher.let_go.set()
    channel.close()


def publish(channel: WebSocketChannel, change: OrderStatusChanged = CHANGE, *, within: float = 20) -> None:
    channel.publish(change, deadline=time.monotonic() + within)


def pushed_to(pusher: MemoryPusher) -> list[str]:
    return sorted(name for _, name, _ in pusher.pushed)


def test_follower_receives_the_change_at_its_address(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    subscribed.add("a=", endpoint="https://one/api")
    subscribed.add("b=", endpoint="https://two/api")
    publish(channel)
    assert sorted((endpoint, name) for endpoint, name, _ in pusher.pushed) == [
        ("https://one/api", "a="),
        ("https://two/api", "b="),
    ]
    assert [json.loads(frame) for _, _, frame in pusher.pushed] == [FRAME] * 2


def test_foreign_order_reaches_staff_alone(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    subscribed.add("owner")
    subscribed.add("somebody", caller=Caller(GRACE))
    subscribed.add("staff", caller=Caller(GRACE, is_staff=True))
    publish(channel)
    assert pushed_to(pusher) == ["owner", "staff"]


def test_order_without_followers_costs_one_query(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    publish(channel)
    assert subscribed.requests == [ORDER]
    assert pusher.pushed == []
    before = threading.active_count()
    publish(channel)
    assert threading.active_count() == before


def test_channel_is_prepared_before_the_first_change(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    channel.prepare()
    assert (subscribed.prepared, pusher.prepared) == (1, 1)


def test_gone_connection_is_removed_without_a_failure(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher, log: Log
) -> None:
    subscribed.add("here", "gone")
    pusher.failing = {"gone": ConnectionGone()}
    publish(channel)
    assert subscribed.forgotten == ["gone"]
    assert set(subscribed.connections.open_now) == {"here"}
    assert [line["message"] for line in log.lines] == ["connection forgotten"]
    publish(channel)
    assert pushed_to(pusher) == ["here", "here"]


def test_failed_removal_of_a_gone_connection_is_ignored(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher, log: Log
) -> None:
    subscribed.add("gone")
    pusher.failing = {"gone": ConnectionGone()}
    subscribed.unforgettable = OSError("no route")
    publish(channel)
    assert [(line["message"], line["error"]) for line in log.lines] == [
        ("connection not forgotten", "OSError")
    ]


def test_failed_push_is_retried_and_then_fails_the_change(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    subscribed.add("a", "b", "c")
    pusher.failing = {"b": PublishFailed("API Gateway answered 500")}
    with pytest.raises(
        PublishFailed,
        match=r"1 of 3 connections were missed, the last since PublishFailed: API Gateway answered 500",
    ):
        publish(channel)
    assert pushed_to(pusher) == ["a", "c"]
    assert pusher.order_ids.count("b") == 2


def test_single_late_push_does_not_make_the_channel_late(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    subscribed.add("a", "slow")
    pusher.failing = {"slow": PublishLate(0.5)}
    with pytest.raises(PublishFailed, match="1 of 2 connections were missed"):
        publish(channel)
    assert pusher.order_ids.count("slow") == 1


def test_late_pushes_to_all_connections_make_the_channel_late(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    subscribed.add("a", "b")
    pusher.failing = {"a": PublishLate(0.5), "b": PublishLate(0.5)}
    with pytest.raises(PublishLate, match=r"not taken within 1\.5 s"):
        publish(channel)


def test_internal_error_is_raised_in_its_own_words(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    subscribed.add("a", "b")
    pusher.failing = dict.fromkeys("ab", ConfigurationError("There are no AWS credentials."))
    with pytest.raises(PublishFailed, match=r"2 of 2 .*ConfigurationError: There are no AWS credentials\."):
        publish(channel)


def test_expired_deadline_pushes_nothing(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    subscribed.add("a", "b")
    with pytest.raises(PublishLate):
        publish(channel, within=-1)
    assert pusher.pushed == []


def test_hanging_connections_delay_no_other(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    hanging = [f"hanging-{n}" for n in range(THREADS - 1)]
    subscribed.add(*hanging, *(f"c{n}" for n in range(200)))
    pusher.hanging = set(hanging)
    thread = threading.Thread(target=publish, args=(channel,))
    thread.start()
    try:
        # All the others receive it while those hang: none lets go before that.
        until = time.monotonic() + 60
        while len(pusher.pushed) < 200 and time.monotonic() < until:
            time.sleep(0.005)
        assert len(pusher.pushed) == 200
        assert thread.is_alive()
    finally:
        pusher.let_go.set()
        thread.join(60)
    assert len(pusher.pushed) == 200 + len(hanging)


def test_order_with_one_connection_does_not_wait_for_one_with_many(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    many = [f"hanging-{n}" for n in range(3 * THREADS)]
    subscribed.add(*many)
    pusher.hanging = set(many)
    thread = threading.Thread(target=publish, args=(channel,))
    thread.start()
    try:
        subscribed.connections.subscribe(Subscription(OTHER, "single", Caller(ADA), "https://api", 1))
        publish(channel, OrderStatusChanged(OTHER, ADA, 2, OrderStatus.VALIDATED, AT))
        assert pushed_to(pusher) == ["single"]
    finally:
        pusher.let_go.set()
        thread.join(60)


def test_missing_table_delays_no_other_channel(channel: WebSocketChannel, subscribed: Subscribed) -> None:
    subscribed.broken = PublishFailed("DynamoDB answered 400 ResourceNotFoundException")
    other = MemoryChannel()
    undelivered = Dispatcher([channel, other]).publish([CHANGE])
    assert [(pair.channel, str(pair.error)) for pair in undelivered] == [
        ("websocket", "DynamoDB answered 400 ResourceNotFoundException")
    ]
    assert other.published == [CHANGE]


class TestOverHttp:
    """The same with a server behind it."""

    @pytest.fixture
    def server(self) -> Iterator[FakeManagement]:
        with fake_management() as running:
            yield running

    @pytest.fixture
    def push(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebSocketPush]:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "for-tests-alone")
        push = WebSocketPush("eu-west-1")
        yield push
        push.close()

    @pytest.mark.parametrize("count", [200, pytest.param(1000, marks=pytest.mark.slow)])
    def test_many_connections_receive_every_change_and_gone_ones_are_removed(
        self,
        count: int,
        server: FakeManagement,
        push: WebSocketPush,
        subscribed: Subscribed,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        # This process is the server as well: on a busy processor it keeps a push waiting.
        monkeypatch.setattr(websocket, "PUSH", 50)
        names = [f"IAAA{n:08}=" for n in range(count)]
        subscribed.add(*names, endpoint=server.endpoint)
        server.does.statuses = {name: [410] for name in names[:20]}
        channel = WebSocketChannel(subscribed, push)
        channel.prepare()
        for version in (2, 3):
            publish(channel, OrderStatusChanged(ORDER, ADA, version, OrderStatus.VALIDATED, AT), within=50)
        channel.close()
        assert sorted(subscribed.forgotten) == names[:20]
        result = server.frames_by_connection()
        assert {name: len(result[name]) for name in names} == {
            name: 1 if name in names[:20] else 2 for name in names
        }
        assert {json.loads(frame)["change"]["version"] for frame in result[names[-1]]} == {2, 3}

    def test_hanging_connection_is_late_alone(
        self,
        server: FakeManagement,
        push: WebSocketPush,
        subscribed: Subscribed,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(websocket, "PUSH", 2)
        subscribed.add("a=", "slow=", "b=", endpoint=server.endpoint)
        server.does.hanging = {"slow="}
        channel = WebSocketChannel(subscribed, push)
        with pytest.raises(
            PublishFailed, match=r"1 of 3 connections were missed, the last since PublishLate"
        ):
            publish(channel)
        channel.close()
        assert set(server.frames_by_connection()) == {"a=", "slow=", "b="}
