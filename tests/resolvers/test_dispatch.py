"""Order kept per order, all orders at once, and no channel holds up another."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.errors import PublishError, PublishFailed, PublishLate
from orders.model import CustomerId, OrderId, OrderStatusChanged
from orders.status import OrderStatus
from resolvers.batching import BatchChannel
from resolvers.chains import Outcome
from resolvers.dispatch import Dispatcher, describe
from tests.examples import examples
from tests.orders.fakes import MemoryChannel
from tests.orders.samples import AT


def change(order: str, version: int) -> OrderStatusChanged:
    return OrderStatusChanged(OrderId(order), CustomerId("ada"), version, OrderStatus.VALIDATED, AT)


class MemoryBatches(BatchChannel):
    """Takes three changes a call; refuses some versions, and loses calls with others."""

    name = "batches"
    deadline = 0.5
    batch_size = 3

    def __init__(self, refused: Collection[int] = (), lost: Collection[int] = ()) -> None:
        self.calls: list[list[int]] = []
        self._refused, self._lost = refused, lost

    def prepare(self) -> None: ...

    def close(self) -> None: ...

    def publish_batch(
        self, changes: Sequence[OrderStatusChanged], *, deadline: float
    ) -> dict[int, Exception]:
        self.calls.append([change.version for change in changes])
        if any(change.version in self._lost for change in changes):
            raise PublishFailed("the call was lost")
        return {n: PublishFailed("no") for n, change in enumerate(changes) if change.version in self._refused}


def pairs(undelivered: object) -> list[tuple[str, str, int]]:
    assert isinstance(undelivered, list)
    return sorted((pair.channel, pair.change.order_id, pair.change.version) for pair in undelivered)


def versions(channel: MemoryChannel, order: str) -> list[int]:
    return [messages.version for messages in channel.published if messages.order_id == order]


def unhurried(channels: Sequence[MemoryChannel]) -> Dispatcher:
    """Nothing is late, however busy the machine is."""
    return Dispatcher(channels, deadline=60, budget=60, preparation=60)


@settings(max_examples=examples(50), deadline=None)
@given(st.lists(st.sampled_from("abcde"), max_size=20), st.sets(st.integers(1, 20)), st.integers(1, 3))
def test_every_change_is_published_or_returned_in_order(
    orders: list[str], failing: set[int], count: int
) -> None:
    channels = [MemoryChannel(f"channel-{n}") for n in range(count)]
    channels[0].failing = dict.fromkeys(failing, PublishFailed("no"))
    changes = [change(order, version) for version, order in enumerate(orders, 1)]
    undelivered = unhurried(channels).publish(changes)
    assert pairs(undelivered) == sorted(
        ("channel-0", order, version) for version, order in enumerate(orders, 1) if version in failing
    )
    for index, channel in enumerate(channels):
        left_out = failing if index == 0 else set()
        for order in set(orders):
            expected = [v for v, o in enumerate(orders, 1) if o == order and v not in left_out]
            assert versions(channel, order) == expected


def test_orders_are_published_concurrently() -> None:
    channel = MemoryChannel()
    # Nobody gets past before all ten are there.
    channel.meeting = threading.Barrier(10)
    assert unhurried([channel]).publish([change(f"o{n}", 1) for n in range(10)]) == []
    assert len(channel.published) == 10


def test_channels_are_published_to_concurrently() -> None:
    channels = [MemoryChannel("a"), MemoryChannel("b"), MemoryChannel("c")]
    meeting = threading.Barrier(3)
    for channel in channels:
        channel.meeting = meeting
    assert unhurried(channels).publish([change("o", 1)]) == []


def test_hanging_channel_delays_no_other_and_loses_nothing() -> None:
    prompt, bad = MemoryChannel("good"), MemoryChannel("bad")
    bad.hanging = {"o1", "o2"}
    changes = [change("o1", 1), change("o1", 2), change("o2", 1), change("o3", 1)]
    start = time.monotonic()
    # Long enough for the good one on a busy machine.
    undelivered = Dispatcher([prompt, bad], deadline=1, budget=30, preparation=30).publish(changes)
    took = time.monotonic() - start
    bad.let_go.set()
    assert len(prompt.published) == 4
    assert versions(bad, "o3") == [1]
    assert pairs(undelivered) == [("bad", "o1", 1), ("bad", "o1", 2), ("bad", "o2", 1)]
    assert all(isinstance(pair.error, PublishLate) for pair in undelivered)
    # One deadline, not one for each change of the order.
    assert 1 <= took < 2


def test_late_result_of_a_hanging_channel_changes_nothing_returned() -> None:
    channel = MemoryChannel()
    channel.hanging = {"o"}
    dispatcher = Dispatcher([channel], deadline=0.5, budget=30, preparation=30)
    undelivered = dispatcher.publish([change("o", 1), change("o", 2)])
    channel.let_go.set()
    until = time.monotonic() + 60
    while not channel.published and time.monotonic() < until:
        time.sleep(0.005)
    assert pairs(undelivered) == [("memory", "o", 1), ("memory", "o", 2)]
    # The thread came back, found its chain closed and did not go on to version 2.
    assert dispatcher.publish([change("p", 1)]) == []
    assert versions(channel, "o") == [1]


def test_late_change_stops_the_rest_of_its_order() -> None:
    channel = MemoryChannel()
    channel.failing = {2: PublishLate(0.5)}
    undelivered = unhurried([channel]).publish([change("o", version) for version in (1, 2, 3, 4)])
    assert versions(channel, "o") == [1]
    assert pairs(undelivered) == [("memory", "o", 2), ("memory", "o", 3), ("memory", "o", 4)]


def test_refused_change_is_followed_by_the_rest_of_its_order() -> None:
    channel = MemoryChannel()
    channel.failing = {2: PublishFailed("no"), 3: ZeroDivisionError("a bug")}
    undelivered = unhurried([channel]).publish([change("o", version) for version in (1, 2, 3, 4)])
    assert versions(channel, "o") == [1, 4]
    assert [describe(pair.error) for pair in undelivered] == ["PublishFailed: no", "ZeroDivisionError"]


def test_batch_ends_on_time_when_more_orders_hang_than_threads_exist() -> None:
    channel = MemoryChannel()
    orders = [f"o{n}" for n in range(300)]
    channel.hanging = set(orders)
    start = time.monotonic()
    undelivered = Dispatcher([channel], deadline=0.3, budget=1).publish([change(o, 1) for o in orders])
    took = time.monotonic() - start
    channel.let_go.set()
    assert len(undelivered) == 300
    assert took < 5  # one after the other, for as many as there are threads, they would take 6


def test_unprepared_channel_returns_everything() -> None:
    prompt, bad = MemoryChannel("good"), MemoryChannel("bad")
    bad.unprepared = PublishError("no credentials")
    undelivered = unhurried([bad, prompt]).publish([change("o", 1), change("o", 2)])
    assert versions(prompt, "o") == [1, 2]
    assert pairs(undelivered) == [("bad", "o", 1), ("bad", "o", 2)]


def test_dispatch_without_changes_or_channels_returns_nothing() -> None:
    assert unhurried([MemoryChannel()]).publish([]) == []
    assert unhurried([]).publish([change("o", 1)]) == []


def test_batch_channel_is_called_once_for_many_orders_and_returns_refused_ones() -> None:
    channel = MemoryBatches(refused={2}, lost={5})
    changes = [change(f"order-{version}", version) for version in range(1, 8)]
    outcomes: list[Outcome] = []
    dispatcher = Dispatcher([channel], deadline=60, budget=60, preparation=60, observe=outcomes.append)
    undelivered = dispatcher.publish(changes)
    assert channel.calls == [[1, 2, 3], [4, 5, 6], [7]]
    assert [pair.change.version for pair in undelivered] == [2, 4, 5, 6]
    [outcome] = outcomes
    assert [(each.change.version, each.error is None) for each in outcome.attempts] == [
        (version, version not in {2, 4, 5, 6}) for version in range(1, 8)
    ]


def test_hanging_batch_channel_returns_the_current_call_and_the_rest() -> None:
    class Hanging(MemoryBatches):
        def publish_batch(
            self, changes: Sequence[OrderStatusChanged], *, deadline: float
        ) -> dict[int, Exception]:
            if changes[0].version == 4:
                let_go.wait(60)
            return {}

    let_go = threading.Event()
    changes = [change("order", version) for version in range(1, 9)]
    undelivered = Dispatcher([Hanging()], deadline=0.5, budget=60, preparation=60).publish(changes)
    let_go.set()
    assert [pair.change.version for pair in undelivered] == [4, 5, 6, 7, 8]


def test_single_publish_on_a_batch_channel_raises_its_refusal() -> None:
    with pytest.raises(PublishFailed, match="no"):
        MemoryBatches(refused={2}).publish(change("order", 2), deadline=0)
