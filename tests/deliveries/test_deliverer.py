"""Attempts, the waits between them, and their end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from localcloud.deliveries.deliverer import AT_ONCE_TO_ONE, Deliverer, Delivery
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused, Outcome, Unavailable
from localcloud.deliveries.schedule import HTTP, Schedule
from tests.deliveries.clock import JumpingClock

DOWN = Unavailable("down")


class Subscriber:
    """Answers attempts as scripted, and notes when they came."""

    def __init__(self, clock: JumpingClock, outcomes: list[Outcome], name: str = "s") -> None:
        self._clock, self._outcomes = clock, iter(outcomes)
        self.name = name
        self.moments: list[float] = []
        self.given_up: list[str] = []

    def delivery(
        self, schedule: Schedule = HTTP, *, per_second: int | None = None, wanted: bool = True
    ) -> Delivery:
        async def attempt() -> Outcome:
            self.moments.append(self._clock.now())
            return next(self._outcomes, DOWN)

        return Delivery(self.name, attempt, schedule, self.given_up.append, per_second, lambda: wanted)


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def deliverer(clock: JumpingClock) -> Iterator[Deliverer]:
    deliverer = Deliverer(clock)
    yield deliverer
    deliverer.stop()


async def test_delivery_ends_when_the_endpoint_has_it(clock: JumpingClock, deliverer: Deliverer) -> None:
    subscriber = Subscriber(clock, [DOWN, DOWN, Delivered()])
    deliverer.submit(subscriber.delivery())
    await clock.run()
    assert subscriber.moments == [0, 20, 40]
    assert subscriber.given_up == []
    assert not deliverer.pending


async def test_delivery_is_given_up_after_its_last_retry(clock: JumpingClock, deliverer: Deliverer) -> None:
    subscriber = Subscriber(clock, [])
    deliverer.submit(subscriber.delivery(Schedule(1, 1, 2, 1, minimum=2, maximum=6)))
    await clock.run()
    assert subscriber.moments == [0, 0, 2, 4, 10, 16]
    assert subscriber.given_up == ["down"]


async def test_client_error_is_given_up_at_once(clock: JumpingClock, deliverer: Deliverer) -> None:
    subscriber = Subscriber(clock, [DeliveryRefused("404")])
    deliverer.submit(subscriber.delivery())
    await clock.run()
    assert (subscriber.moments, subscriber.given_up) == ([0], ["404"])


async def test_first_attempt_is_not_repeated(clock: JumpingClock, deliverer: Deliverer) -> None:
    subscriber = Subscriber(clock, [Delivered()])
    deliverer.submit(subscriber.delivery(), first=DOWN)
    await clock.run()
    assert subscriber.moments == [20]


async def test_retries_end_with_the_subscription(clock: JumpingClock, deliverer: Deliverer) -> None:
    subscriber = Subscriber(clock, [])
    deliverer.submit(subscriber.delivery(wanted=False))
    await clock.run()
    assert (subscriber.moments, subscriber.given_up) == ([0], [])


async def test_retries_of_one_subscriber_delay_no_other(clock: JumpingClock, deliverer: Deliverer) -> None:
    broken = Subscriber(clock, [], "broken")
    for _ in range(3 * AT_ONCE_TO_ONE):
        deliverer.submit(broken.delivery())
    well = Subscriber(clock, [Delivered()], "well")
    deliverer.submit(well.delivery())
    await clock.run(until=0)
    assert well.moments == [0]
    assert deliverer.pending == {"broken": 3 * AT_ONCE_TO_ONE}


async def test_hanging_endpoint_occupies_its_own_places_alone(
    clock: JumpingClock, deliverer: Deliverer
) -> None:
    count = 0

    async def hang() -> Outcome:
        nonlocal count
        count += 1
        await asyncio.Event().wait()
        return Delivered()

    for _ in range(2 * AT_ONCE_TO_ONE):
        deliverer.submit(Delivery("hangs", hang, HTTP, lambda _reason: None))
    well = Subscriber(clock, [Delivered()], "well")
    deliverer.submit(well.delivery())
    await clock.run(until=0)
    assert (count, well.moments) == (AT_ONCE_TO_ONE, [0])


async def test_throttling_spreads_attempts_over_time(clock: JumpingClock, deliverer: Deliverer) -> None:
    subscriber = Subscriber(clock, [Delivered()] * 5)
    for _ in range(5):
        deliverer.submit(subscriber.delivery(per_second=2))
    await clock.run()
    assert subscriber.moments == [0, 0.5, 1, 1.5, 2]


async def test_stop_counts_pending_deliveries(clock: JumpingClock) -> None:
    deliverer = Deliverer(clock)
    for name in ("a", "a", "b"):
        deliverer.submit(Subscriber(clock, [], name).delivery())
    await clock.run(until=0)
    assert deliverer.stop() == {"a": 2, "b": 1}
    await deliverer.settled()
    assert not deliverer.pending
