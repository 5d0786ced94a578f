"""A batch of changes on the WebSocket channel: its orders' markers are read once, and nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.errors import PublishFailed, PublishLate
from orders.model import OrderId, OrderStatusChanged
from orders.status import OrderStatus
from resolvers.channels.websocket import WebSocketChannel
from resolvers.dispatch import Dispatcher
from tests.examples import examples
from tests.orders.fakes import MemoryChannel, MemoryPusher
from tests.orders.samples import ADA, AT
from tests.resolvers.conftest import Log
from tests.resolvers.subscribed import Subscribed

ORDERS = [OrderId(str(uuid4())) for _ in range(12)]


def change(order_id: OrderId, version: int = 1) -> OrderStatusChanged:
    return OrderStatusChanged(order_id, ADA, version, OrderStatus.VALIDATED, AT)


BATCH = [change(order_id, version) for version in (1, 2) for order_id in ORDERS]


@pytest.fixture
def subscribed() -> Subscribed:
    return Subscribed()


@pytest.fixture
def pusher() -> MemoryPusher:
    return MemoryPusher()


@pytest.fixture
def channel(subscribed: Subscribed, pusher: MemoryPusher) -> Iterator[WebSocketChannel]:
    channel = WebSocketChannel(subscribed, pusher, marked=True)
    yield channel
    channel.close()


def dispatched(*channels: WebSocketChannel | MemoryChannel) -> Dispatcher:
    return Dispatcher(channels, deadline=60, budget=60, preparation=60)


def test_batch_looks_up_its_orders_once_and_queries_those_that_are_followed(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    subscribed.add("a=", order=ORDERS[3])
    dispatcher = dispatched(channel)
    assert dispatcher.publish(BATCH) == []
    assert subscribed.lookups == [set(ORDERS)]
    assert subscribed.requests == [ORDERS[3]] * 2
    assert [name for _, name, _ in pusher.pushed] == ["a="] * 2
    assert dispatcher.publish(BATCH) == []
    assert len(subscribed.lookups) == 2


@settings(max_examples=examples(30), deadline=None)
@given(st.lists(st.sampled_from(ORDERS), max_size=20), st.sets(st.sampled_from(ORDERS)))
def test_each_change_reaches_the_followers_of_its_order(
    orders: list[OrderId], followed: set[OrderId]
) -> None:
    subscribed, pusher = Subscribed(), MemoryPusher()
    for order_id in followed:
        subscribed.add(order_id, order=order_id)
    channel = WebSocketChannel(subscribed, pusher, marked=True)
    assert dispatched(channel).publish([change(order_id, n) for n, order_id in enumerate(orders)]) == []
    channel.close()
    assert sorted(name for _, name, _ in pusher.pushed) == sorted(o for o in orders if o in followed)


@pytest.mark.parametrize("error", [PublishLate(0.25), PublishFailed("DynamoDB answered 500"), KeyError("?")])
def test_batch_whose_markers_cannot_be_read_queries_every_order(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher, log: Log, error: Exception
) -> None:
    subscribed.add("a=", order=ORDERS[0])
    subscribed.unreadable = error
    assert dispatched(channel).publish(BATCH) == []
    assert len(subscribed.lookups) == 1
    assert sorted(subscribed.requests) == sorted(change.order_id for change in BATCH)
    assert len(pusher.pushed) == 2
    assert [line["error"] for line in log.lines] == [type(error).__name__]


def test_slow_lookup_holds_up_no_other_channel(channel: WebSocketChannel, subscribed: Subscribed) -> None:
    published = threading.Event()

    class Other(MemoryChannel):
        def publish(self, change: OrderStatusChanged, *, deadline: float) -> None:
            super().publish(change, deadline=deadline)
            if len(self.published) == len(BATCH):
                published.set()

    subscribed.looked_up_when = published
    assert dispatched(channel, Other()).publish(BATCH) == []


def test_single_change_is_queried_for_at_once(channel: WebSocketChannel, subscribed: Subscribed) -> None:
    assert dispatched(channel).publish(BATCH[:1]) == []
    assert (subscribed.lookups, subscribed.requests) == ([], ORDERS[:1])


def test_redelivered_change_is_queried_for_whatever_a_batch_read(
    channel: WebSocketChannel, subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    dispatched(channel).publish(BATCH)
    subscribed.add("late=", order=ORDERS[0])
    channel.publish(BATCH[0], deadline=float("inf"))
    assert [name for _, name, _ in pusher.pushed] == ["late="]


def test_channel_of_a_stack_without_markers_queries_every_order(
    subscribed: Subscribed, pusher: MemoryPusher
) -> None:
    channel = WebSocketChannel(subscribed, pusher)
    assert dispatched(channel).publish(BATCH) == []
    channel.close()
    assert (subscribed.lookups, len(subscribed.requests)) == ([], len(BATCH))
