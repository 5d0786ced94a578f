"""``fanout`` with one channel that hangs: the others publish in time, and what it missed is queued."""

from __future__ import annotations

import threading
import time

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from orders.model import OrderStatusChanged
from resolvers import fanout
from resolvers.dispatch import REST, Dispatcher
from resolvers.redelivery import read_message
from tests.orders.fakes import MemoryChannel
from tests.resolvers.conftest import World, context, event, world
from tests.resolvers.test_dispatch import change, pairs

__all__ = ["context", "world"]
CHANGES = 6
# Seconds: a busy machine does what does not hang in so many.
LIMIT = 1.5


class Punctual(MemoryChannel):
    """Remembers when it published."""

    def __init__(self, name: str = "punctual") -> None:
        super().__init__(name)
        self.at: list[float] = []

    def publish(self, change: OrderStatusChanged, *, deadline: float) -> None:
        super().publish(change, deadline=deadline)
        self.at.append(time.monotonic())


class Hanging(MemoryChannel):
    """Hangs while it publishes, or already while it gets ready, and ignores every deadline."""

    def __init__(self, name: str = "hanging", *, prepared: bool = True) -> None:
        super().__init__(name)
        self.hangs = True
        self.calls = 0
        self._prepared = prepared

    def prepare(self) -> None:
        if not self._prepared:
            self.let_go.wait(120)

    def publish(self, change: OrderStatusChanged, *, deadline: float) -> None:
        self.calls += 1
        if self.hangs:
            self.let_go.wait(120)
        super().publish(change, deadline=deadline)


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("hanging_first", [True, False])
@pytest.mark.parametrize("prepared", [True, False], ids=["publishing", "getting-ready"])
def test_hanging_channel_delays_no_other(
    world: World,
    context: LambdaContext,
    monkeypatch: pytest.MonkeyPatch,
    hanging_first: bool,
    prepared: bool,
) -> None:
    punctual, bad = Punctual(), Hanging(prepared=prepared)
    channels = [bad, punctual] if hanging_first else [punctual, bad]
    dispatcher = Dispatcher(channels, deadline=LIMIT, preparation=LIMIT, budget=30)
    monkeypatch.setattr(fanout, "_dispatcher", lambda: dispatcher)
    start = time.monotonic()
    answer = fanout.handler(event("orders_stream"), context)
    took = time.monotonic() - start
    bad.let_go.set()
    assert answer == {"batchItemFailures": []}
    # Published while the other one hung, not after it had been given up.
    assert len(punctual.at) == CHANGES
    assert max(punctual.at) - start < LIMIT
    queued = [read_message(body) for body in world.redelivery]
    assert [name for name, _ in queued] == ["hanging"] * CHANGES
    assert {item for _, item in queued} == set(punctual.published)
    # And the shard goes on after one deadline.
    assert took < 2 * LIMIT


def test_channel_that_hangs_in_two_batches_is_suspended() -> None:
    punctual, bad, clock = Punctual(), Hanging(), Clock()
    dispatcher = Dispatcher([bad, punctual], deadline=0.5, preparation=30, budget=30, clock=clock)
    for version in (1, 2):
        assert pairs(dispatcher.publish([change("o", version)])) == [("hanging", "o", version)]
    assert bad.calls == 2
    start = time.monotonic()
    for version in range(3, 13):
        assert pairs(dispatcher.publish([change("o", version)])) == [("hanging", "o", version)]
    assert time.monotonic() - start < 4  # ten deadlines are five seconds
    assert bad.calls == 2
    assert len(punctual.published) == 12
    # Rested: tried once, and back to rest.
    clock.seconds += REST
    dispatcher.publish([change("o", 13)])
    dispatcher.publish([change("o", 14)])
    assert bad.calls == 3
    # Well again: everything from now on is published.
    clock.seconds += REST
    bad.hangs = False
    bad.let_go.set()
    assert dispatcher.publish([change("o", 15)]) == []
    assert dispatcher.publish([change("o", 16)]) == []
    assert [item.version for item in bad.published if item.version > 14] == [15, 16]


def test_single_hanging_order_suspends_no_channel() -> None:
    channel, clock = MemoryChannel(), Clock()
    channel.hanging = {"bad"}
    dispatcher = Dispatcher([channel], deadline=0.5, preparation=30, budget=30, clock=clock)
    for version in range(1, 5):
        undelivered = dispatcher.publish([change("bad", version), change("good", version)])
        assert pairs(undelivered) == [("memory", "bad", version)]
    channel.let_go.set()


def test_refusing_channel_is_not_suspended() -> None:
    channel = MemoryChannel()
    dispatcher = Dispatcher([channel], deadline=30, preparation=30, budget=30)
    for version in range(1, 5):
        channel.failing = {version: ValueError("no")}
        assert len(dispatcher.publish([change("o", version)])) == 1
    assert dispatcher.publish([change("o", 5)]) == []


def test_channel_is_prepared_once_and_again_after_a_failure() -> None:
    channel = MemoryChannel()
    channel.unprepared = ValueError("no credentials yet")
    dispatcher = Dispatcher([channel], deadline=30, preparation=30, budget=30)
    assert pairs(dispatcher.publish([change("o", 1)])) == [("memory", "o", 1)]
    channel.unprepared = None
    assert dispatcher.publish([change("o", 2)]) == []
    channel.unprepared = ValueError("asked again")
    assert dispatcher.publish([change("o", 3)]) == []


def test_channels_are_prepared_concurrently() -> None:
    meeting = threading.Barrier(2)

    class Meeting(MemoryChannel):
        def prepare(self) -> None:
            meeting.wait(60)

    channels = [Meeting("a"), Meeting("b")]
    assert Dispatcher(channels, deadline=30, preparation=30, budget=30).publish([change("o", 1)]) == []
