"""Streams from their first byte to their last: nothing lost, nothing twice, and an end in words."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clients.event_stream import Event, EventReader
from orders.caller import Caller
from orders.errors import InvalidRequest
from orders.model import (
    ChangeOrder,
    ChangeOrigin,
    CustomerId,
    OrderId,
    OrderStatusChanged,
    received,
    timestamp,
)
from orders.sse.cursor import read_cursor
from orders.sse.framing import HEARTBEAT
from orders.sse.my_orders import MyOrders
from orders.sse.one_order import OneOrder, read_version
from orders.sse.stream import Limits, stream
from orders.sse.watching import Rhythm, Watch
from orders.status import OrderStatus
from tests.examples import examples
from tests.orders.fakes import MemoryOrderStore
from tests.orders.samples import ADA, GRACE, an_order
from tests.orders.sse.fakes import ScriptedFeed, Time

LIFE = (
    OrderStatus.VALIDATED,
    OrderStatus.CONFIRMED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)
WHOLE = ["RECEIVED", *LIFE]
ORDER = OrderId("4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10")
OTHER = OrderId("5b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10")


@dataclass
class Shop:
    """Orders whose changes are written, and pushed to the feed."""

    time: Time = field(default_factory=Time)
    store: MemoryOrderStore = field(default_factory=MemoryOrderStore)

    def __post_init__(self) -> None:
        self.feed = ScriptedFeed(self.time)
        self._steps = itertools.count()

    def now(self) -> datetime:
        """Be the clock of those who write, and of those who stream."""
        return datetime(2026, 11, 20, 18, tzinfo=UTC) + timedelta(seconds=self.time.now)

    def submit(self, order_id: OrderId = ORDER, *, customer: CustomerId = ADA, push: bool = True) -> None:
        at = timestamp(self.now())
        contents = replace(an_order(order_id, customer=customer), created_at=at)
        state = received(contents)
        assert self.store.record(contents, state)
        if push:
            self.feed.push(state.change(1))

    def change(
        self, target: OrderStatus, order_id: OrderId = ORDER, *, push: bool = True
    ) -> OrderStatusChanged:
        command = ChangeOrder(target, timestamp(self.now()), ChangeOrigin("run", f"step {next(self._steps)}"))
        state = self.store.change(order_id, command)
        change = state.change(state.version)
        if push:
            self.feed.push(change)
        return change

    def live(self, order_id: OrderId = ORDER) -> None:
        """Have the order's whole life happen, a step a second."""
        state = self.store.state(order_id)
        assert state is not None
        for second, status in enumerate(LIFE[state.version - 1 :], 1):
            self.time.at(second, partial(self.change, status, order_id))

    def order_stream(self, *, after: int = 0, caller: CustomerId = ADA, staff: bool = False) -> OneOrder:
        state = self.store.state(ORDER)
        seeing = Caller(caller, staff)
        if state is not None and not seeing.may_see(state.customer_id):
            state = None
        return OneOrder(ORDER, seeing, self.store, after=after, state=state)

    def mine(self, last_id: str = "") -> MyOrders:
        return MyOrders(Caller(ADA), self.store, self, read_cursor(last_id, ADA) if last_id else None)

    def stream(self, topic: OneOrder | MyOrders, *, feed: bool = True, **limits: float) -> Iterator[bytes]:
        ends = {"token": 3600.0, "time": 900.0, "absent": 60.0} | limits
        watch = Watch(
            self.feed if feed else None, Rhythm(), monotonic=self.time.monotonic, sleep=self.time.sleep
        )
        return stream(
            topic,
            watch,
            Limits(**{name: self.time.now + seconds for name, seconds in ends.items()}),
            retry_ms=1000,
            monotonic=self.time.monotonic,
        )


@pytest.fixture
def shop() -> Shop:
    return Shop()


def events_of(pieces: Iterator[bytes]) -> list[Event]:
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)]


def statuses(events: list[Event]) -> list[str]:
    return [json.loads(event.data)["status"] for event in events if event.name == "change"]


def reason(event: Event) -> str:
    return str(json.loads(event.data)["reason"])


# ---- one order


def test_stream_sends_history_and_then_live_changes(shop: Shop) -> None:
    shop.submit()
    shop.live()
    events = events_of(shop.stream(shop.order_stream()))
    assert statuses(events) == WHOLE
    assert [event.id for event in events] == ["1", "2", "3", "4", "5", "6", "6"]
    assert (events[-1].name, reason(events[-1])) == ("end", "FINAL")
    assert shop.time.now == 1005.0  # sent when it happens, not at the next read
    assert shop.feed.opened == 1
    assert not shop.feed.is_open


def test_stream_begins_after_the_version_of_the_client(shop: Shop) -> None:
    shop.submit()
    shop.change(LIFE[0])
    shop.live()
    events = events_of(shop.stream(shop.order_stream(after=2)))
    assert [event.id for event in events if event.name == "change"] == ["3", "4", "5", "6"]


def test_stream_of_a_final_order_opens_no_feed(shop: Shop) -> None:
    shop.submit()
    for status in LIFE:
        shop.change(status)
    events = events_of(shop.stream(shop.order_stream(after=4)))
    assert statuses(events) == ["SHIPPED", "DELIVERED"]
    assert events[-1].name == "end"
    assert shop.feed.opened == 0


def test_change_between_the_first_read_and_the_feed_is_sent(shop: Shop) -> None:
    shop.submit()
    pieces = shop.stream(shop.order_stream())
    assert b"RECEIVED" in next(pieces)
    shop.change(LIFE[0])  # the feed is not open yet
    assert b"VALIDATED" in next(pieces)


def test_lost_push_is_recovered_by_the_next_one(shop: Shop) -> None:
    shop.submit()
    pieces = shop.stream(shop.order_stream())
    next(pieces)
    shop.time.at(1, lambda: shop.change(LIFE[0], push=False))
    shop.time.at(2, lambda: shop.change(LIFE[1]))
    assert statuses(events_of(iter([next(pieces)]))) == ["VALIDATED", "CONFIRMED"]


def test_lost_last_push_is_recovered_by_reading(shop: Shop) -> None:
    shop.submit()
    for second, status in enumerate(LIFE, 1):
        shop.time.at(second, partial(shop.change, status, push=status is not LIFE[-1]))
    events = events_of(shop.stream(shop.order_stream()))
    assert statuses(events) == WHOLE
    assert shop.time.now <= 1005 + 75


def test_repeated_push_is_sent_once(shop: Shop) -> None:
    shop.submit()
    pieces = shop.stream(shop.order_stream())
    next(pieces)
    shop.time.at(1, lambda: shop.feed.push(shop.change(LIFE[0])))  # which pushes it, too
    shop.time.at(2, lambda: shop.change(LIFE[1]))
    assert statuses(events_of(iter([next(pieces), next(pieces)]))) == ["VALIDATED", "CONFIRMED"]


def test_heartbeats_fill_silence(shop: Shop) -> None:
    shop.submit()
    pieces = list(shop.stream(shop.order_stream(), time=100))
    assert pieces.count(HEARTBEAT) == 6
    assert b"TIME_IS_UP" in pieces[-1]


def test_end_of_the_token_is_announced(shop: Shop) -> None:
    shop.submit()
    events = events_of(shop.stream(shop.order_stream(), token=40))
    assert (events[-1].name, reason(events[-1])) == ("reconnect", "TOKEN_EXPIRED")
    assert shop.time.now == 1040.0
    assert not shop.feed.is_open


def test_changes_arrive_within_a_second_without_a_feed(shop: Shop) -> None:
    shop.submit()
    shop.live()
    events = events_of(shop.stream(shop.order_stream(), feed=False))
    assert statuses(events) == WHOLE
    assert shop.time.now <= 1006.0


def test_stream_waits_for_a_missing_order(shop: Shop) -> None:
    pieces = shop.stream(shop.order_stream())
    assert b"change" not in next(pieces)
    shop.time.at(3, shop.submit)
    shop.time.at(4, lambda: shop.change(LIFE[0]))
    assert statuses(events_of(iter([next(pieces), next(pieces)]))) == ["RECEIVED", "VALIDATED"]


def test_stream_of_a_missing_order_ends_as_a_problem(shop: Shop) -> None:
    events = events_of(shop.stream(shop.order_stream(), absent=30))
    assert [event.name for event in events] == ["problem"]
    assert json.loads(events[0].data) == {
        "type": "urn:orderwire:problem:order-not-found",
        "title": "There is no such order",
        "status": 404,
        "detail": "You have no order with this id.",
    }
    assert shop.time.now == 1030.0


def test_foreign_order_sends_nothing_and_ends_like_a_missing_one(shop: Shop) -> None:
    shop.submit(customer=GRACE)
    order_stream = shop.order_stream()
    shop.live()  # by a feed that is not as careful as AppSync's
    mine = list(shop.stream(order_stream, absent=30))
    nobody = list(Shop().stream(Shop().order_stream(), absent=30))
    assert mine == nobody


def test_push_of_a_foreign_order_is_not_sent(shop: Shop) -> None:
    order_stream = shop.order_stream()
    pieces = shop.stream(order_stream, absent=30)
    next(pieces)
    shop.time.at(1, lambda: shop.submit(customer=GRACE))  # its first version, which needs no read
    assert [event.name for event in events_of(pieces)] == ["problem"]


def test_staff_stream_orders_of_customers(shop: Shop) -> None:
    shop.submit(customer=GRACE)
    shop.live()
    assert statuses(events_of(shop.stream(shop.order_stream(staff=True)))) == WHOLE


def test_disconnecting_client_closes_the_feed(shop: Shop) -> None:
    shop.submit()
    pieces = shop.stream(shop.order_stream())
    next(pieces)
    shop.time.at(1, lambda: shop.change(LIFE[0]))
    next(pieces)
    assert shop.feed.is_open
    pieces.close()  # type: ignore[attr-defined]
    assert not shop.feed.is_open


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "1" * 10, "\u0663", " 1"])
def test_id_that_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        read_version(text)


# ---- all of one's orders


def test_stream_of_all_orders_sends_open_ones_and_then_live_changes(shop: Shop) -> None:
    shop.submit(OTHER)
    for status in LIFE:
        shop.change(status, OTHER)
    shop.submit()
    shop.live()
    events = events_of(shop.stream(shop.mine(), time=30))
    assert statuses(events) == WHOLE
    assert {json.loads(event.data)["orderId"] for event in events[:-1]} == {ORDER}
    assert events[-1].name == "reconnect"


def test_new_orders_are_sent_from_their_first_version(shop: Shop) -> None:
    shop.time.at(2, shop.submit)
    shop.time.at(3, lambda: shop.change(LIFE[0]))
    assert statuses(events_of(shop.stream(shop.mine(), time=10))) == ["RECEIVED", "VALIDATED"]


def test_foreign_orders_are_not_sent(shop: Shop) -> None:
    shop.submit(customer=GRACE)
    shop.live()
    assert statuses(events_of(shop.stream(shop.mine(), time=30))) == []


def test_missed_changes_are_sent_on_return(shop: Shop) -> None:
    shop.submit()
    first = events_of(shop.stream(shop.mine(), time=5))
    for status in LIFE:
        shop.change(status)  # to its end
    shop.time.move(300)
    shop.submit(OTHER)
    second = events_of(shop.stream(shop.mine(first[0].id), time=5))
    assert statuses(first + second) == [*WHOLE, "RECEIVED"]
    third = events_of(shop.stream(shop.mine(second[-2].id), time=5))
    assert statuses(third) == []


def test_order_started_and_ended_meanwhile_is_sent_on_return(shop: Shop) -> None:
    shop.submit(OTHER)
    first = events_of(shop.stream(shop.mine(), time=5))
    shop.submit()
    for status in LIFE:
        shop.change(status)
    shop.time.move(300)
    assert statuses(events_of(shop.stream(shop.mine(first[0].id), time=5))) == WHOLE


def test_order_started_and_ended_before_any_event_is_sent_on_return(shop: Shop) -> None:
    reader = EventReader()
    pieces = shop.stream(shop.mine(), time=5)
    assert list(reader.feed(next(pieces))) == []
    shop.submit()
    for status in LIFE:
        shop.change(status)
    shop.time.move(300)
    assert statuses(events_of(shop.stream(shop.mine(reader.last_id), time=5))) == WHOLE


def test_order_ended_before_the_stream_is_not_sent_on_return(shop: Shop) -> None:
    shop.submit()
    for status in LIFE:
        shop.change(status)
    reader = EventReader()
    list(reader.feed(next(shop.stream(shop.mine(), time=5))))
    assert statuses(events_of(shop.stream(shop.mine(reader.last_id), time=5))) == []


# ---- cut anywhere, resumed by the last id


@dataclass(frozen=True)
class Step:
    """A change after a pause: how often it is pushed, and whether the feed or the stream is cut after it."""

    order: int
    pause: float
    pushes: int
    lose: bool


_steps = st.lists(
    st.builds(
        Step,
        order=st.integers(0, 2),
        pause=st.sampled_from([0.0, 0.0, 0.1, 2.0, 20.0, 70.0, 200.0]),
        pushes=st.integers(0, 2),
        lose=st.booleans(),
    ),
    min_size=18,
    max_size=18,
)


IDS = [OrderId(f"{n}b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10") for n in range(3)]


def _plan(shop: Shop, steps: list[Step]) -> float:
    """Have three orders live through everything, as the steps say; return when that is over."""
    pending = {order_id: [None, *LIFE] for order_id in IDS}
    at = 0.0
    for step in steps:
        order_id = next(id for id in IDS[step.order :] + IDS if pending[id])
        target = pending[order_id].pop(0)
        at += step.pause

        def act(order_id: OrderId = order_id, target: OrderStatus | None = target, step: Step = step) -> None:
            if target is None:
                shop.submit(order_id, push=False)
                change = shop.store.state(order_id).change(1)  # type: ignore[union-attr]
            else:
                change = shop.change(target, order_id, push=False)
            for _ in range(step.pushes):
                shop.feed.push(change)
            if step.lose:
                shop.feed.lose()

        shop.time.at(at, act)
    return at


@settings(deadline=None, max_examples=examples(60))
@given(steps=_steps, cuts=st.lists(st.integers(1, 4), max_size=30))
@example(steps=[Step(0, 0.0, 0, lose=False)] * 18, cuts=[1])  # all orders end before the second connection
def test_interrupted_streams_send_everything_once_and_in_order(steps: list[Step], cuts: list[int]) -> None:
    shop = Shop()
    over = shop.time.now + _plan(shop, steps) + 200
    events: list[Event] = []
    lengths = iter(cuts)
    last_id = ""
    while shop.time.now < over:
        length = next(lengths, None)
        pieces = shop.stream(shop.mine(last_id), time=120, token=10_000)
        reader = EventReader()
        sent = b"".join(itertools.islice(pieces, length))
        # Cut in the middle of what is sent: the events before that count. A client has a stream once it has
        # the opening.
        opening = sent.index(b"\n\n") + 2
        kept = len(sent) if length is None else max(opening, len(sent) - 37 * (length - 1))
        events += reader.feed(sent[:kept])
        last_id = reader.last_id or last_id
        pieces.close()  # type: ignore[attr-defined]
        if length is not None:
            shop.time.move(0.5)
    changes = [json.loads(event.data) for event in events if event.name == "change"]
    for order_id in IDS:
        versions = [change["version"] for change in changes if change["orderId"] == order_id]
        assert versions == [1, 2, 3, 4, 5, 6]
