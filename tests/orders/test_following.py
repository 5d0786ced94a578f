"""A follower of an order gets every version, the missed ones first, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.caller import Caller
from orders.connections import MOST_ORDERS, Connection, opened
from orders.errors import ConnectionGone, PublishFailed, TooManySubscriptions
from orders.following import follow
from orders.frames import ServerFrame, Subscribe, change_frame
from orders.model import OrderId, OrderState, received
from orders.status import OrderStatus
from tests.orders.fakes import FixedClock, MemoryConnections, MemoryOrderStore
from tests.orders.samples import ADA, GRACE, an_order, to

LIFE = [
    OrderStatus.VALIDATED,
    OrderStatus.CONFIRMED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
]


class World:
    """A store, whose changes fan-out publishes to the subscribers of that moment, and one client."""

    def __init__(self, caller: Caller = Caller(ADA)) -> None:  # noqa: B008 - a value
        self.store = MemoryOrderStore()
        self.connections = MemoryConnections()
        self.connection: Connection = opened("c=", caller, "https://api", FixedClock().now())
        self.connections.open(self.connection)
        self.order_id = OrderId(str(uuid4()))
        self.frames: list[ServerFrame] = []
        self.between: list[Callable[[], None]] = []

    def advance(self) -> None:
        """Have the order do its next step, and fan-out publish it."""
        state = self.store.state(self.order_id)
        if state is None:
            contents = an_order(self.order_id)
            self.store.record(contents, received(contents))
        elif state.version <= len(LIFE):
            self.store.change(self.order_id, to(LIFE[state.version - 1]))
        else:
            return
        state = self.store.state(self.order_id)
        assert state is not None
        for subscriber in self.connections.subscribers(self.order_id):
            if subscriber.caller.may_see(state.customer_id):
                self.frames.append(change_frame(state.change(state.version)))

    def follow(self, after: int = 0, *, steps: tuple[int, ...] = ()) -> None:
        """Follow the order, which changes so often before each step of it."""
        pending = list(steps)

        def meanwhile() -> None:
            for _ in range(pending.pop(0) if pending else 0):
                self.advance()

        world = self

        class Store(MemoryOrderStore):
            def state(self, order_id: OrderId) -> OrderState | None:
                meanwhile()
                stored = world.store.state(order_id)
                meanwhile()
                return stored

        class Watched(MemoryConnections):
            def claim(self, order_id: OrderId, connection_id: str) -> None:
                meanwhile()
                world.connections.claim(order_id, connection_id)

            def subscribe(self, subscription: object) -> None:
                meanwhile()
                world.connections.subscribe(subscription)  # type: ignore[arg-type]
                meanwhile()

        def push(frame: ServerFrame) -> None:
            self.frames.append(frame)

        follow(Subscribe(self.order_id, after), self.connection, Store(), Watched(), push)

    def versions(self) -> list[int]:
        results: list[int] = []
        for frame in self.frames:
            if frame["type"] == "subscribed":
                results += [change["version"] for change in frame["changes"]]
            elif frame["type"] == "change":
                results.append(frame["change"]["version"])
        return results


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    before=st.integers(0, 6),
    steps=st.tuples(*[st.integers(0, 2)] * 7),
    after=st.integers(0, 7),
    rest=st.integers(0, 6),
)
def test_any_interleaving_keeps_every_version_behind_the_history(
    before: int, steps: tuple[int, ...], after: int, rest: int
) -> None:
    world = World()
    for _ in range(before):
        world.advance()
    world.follow(after, steps=steps)
    for _ in range(rest):
        world.advance()
    state = world.store.state(world.order_id)
    version = 0 if state is None else state.version
    # History first, whatever was committed while it was read; then live.
    assert [frame["type"] for frame in world.frames].index("subscribed") == 0
    assert set(range(after + 1, version + 1)) <= set(world.versions())
    # Only what happens after the request is pushed without a request.
    first = world.frames[0]
    assert first["type"] == "subscribed"
    assert [change["version"] for change in first["changes"]] == list(range(after + 1, first["version"] + 1))
    # At most twice: by the second read and by fan-out.
    assert all(world.versions().count(n) <= 2 for n in range(1, version + 1))


def test_missing_order_is_followed_once_it_exists() -> None:
    world = World()
    world.follow()
    assert world.frames == [{"type": "subscribed", "orderId": world.order_id, "version": 0, "changes": []}]
    world.advance()
    assert world.versions() == [1]


def test_foreign_order_looks_like_a_missing_one() -> None:
    world = World(Caller(GRACE))
    world.advance()
    world.follow(steps=(0, 0, 0, 1, 1))
    world.advance()
    assert world.frames == [{"type": "subscribed", "orderId": world.order_id, "version": 0, "changes": []}]


def test_staff_follow_orders_of_customers() -> None:
    world = World(Caller(GRACE, is_staff=True))
    world.advance()
    world.follow()
    world.advance()
    assert world.versions() == [1, 2]


def test_repeated_subscription_repeats_the_missed_changes() -> None:
    world = World()
    for _ in range(3):
        world.advance()
    world.follow(1)
    world.follow(2)
    assert world.versions() == [2, 3, 3]
    assert len(world.connections.subscriptions) == 1


def test_order_beyond_the_limit_is_refused_before_any_frame() -> None:
    world = World()
    for _ in range(MOST_ORDERS):
        world.connections.claim(OrderId(str(uuid4())), "c=")
    with pytest.raises(TooManySubscriptions):
        world.follow()
    assert world.frames == []
    assert world.connections.subscriptions == {}


def test_gone_connection_follows_nothing() -> None:
    world = World()
    world.connections.forget("c=")
    with pytest.raises(ConnectionGone):
        world.follow()
    assert world.frames == []


def test_failed_push_of_the_history_subscribes_to_nothing() -> None:
    world = World()

    def push(frame: ServerFrame) -> None:
        raise PublishFailed("API Gateway answered 500")

    with pytest.raises(PublishFailed):
        follow(Subscribe(world.order_id), world.connection, world.store, world.connections, push)
    assert world.connections.subscriptions == {}
