"""Carries deliveries out: attempts, waits between them, and the end in a queue of dead letters."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from localcloud.deliveries.clock import Clock, SystemClock
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused, Outcome

logger = logging.getLogger(__name__)

# A subscriber that hangs holds up to 15 s per attempt: it may take its own places and no one else's.
AT_ONCE_TO_ONE: Final = 16


class Delays(Protocol):
    """When a delivery that failed is tried again: an SNS schedule, or a rule's retry policy."""

    def delays(self) -> Iterator[float]:
        """Yield the seconds to wait before each retry; the end means that there is none."""
        ...


@dataclass(frozen=True)
class Delivery:
    """One message on its way to one subscriber.

    Attributes
    ----------
    subscriber
        Who gets it: the subscription's ARN.
    attempt
        Tries once to hand the message over.
    schedule
        When it is tried again.
    per_second
        The most attempts a second to this subscriber, if there is a limit.
    give_up
        Called with the reason when there are no more attempts.
    still_valid
        Whether the subscription still exists: what waits for another attempt ends with it.
    ended
        Called once it has come to its end, whichever; not when the process stops before.
    """

    subscriber: str
    attempt: Callable[[], Awaitable[Outcome]]
    schedule: Delays
    give_up: Callable[[str], None]
    per_second: int | None = None
    still_valid: Callable[[], bool] = lambda: True
    ended: Callable[[], None] = lambda: None


@dataclass
class _Lane:
    """What a subscriber's deliveries share."""

    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE_TO_ONE))
    deliveries: int = 0
    next_attempt: float = 0.0


class Deliverer:
    """Delivers on the event loop; each delivery on its own, so none waits for another's retries.

    Order within a subscription is not kept, as SNS keeps none for HTTP/S.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._lanes: dict[str, _Lane] = {}
        self._pending: Counter[str] = Counter()

    @property
    def pending(self) -> Counter[str]:
        """How many deliveries have not come to an end, by subscriber."""
        return +self._pending

    def submit(self, delivery: Delivery, first: Outcome | None = None) -> None:
        """Begin a delivery, on the event loop's thread.

        Parameters
        ----------
        first
            How the first attempt ended, where it has been made.
        """
        task = asyncio.get_running_loop().create_task(self._run(delivery, first))
        self._tasks.add(task)
        self._pending[delivery.subscriber] += 1

        def end(done: asyncio.Task[None]) -> None:
            self._tasks.discard(done)
            self._pending[delivery.subscriber] -= 1
            if done.cancelled():
                return
            delivery.ended()
            if done.exception() is not None:
                logger.error("a delivery to %s broke", delivery.subscriber, exc_info=done.exception())

        task.add_done_callback(end)

    async def settled(self) -> None:
        """Wait until every delivery has come to an end."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def stop(self) -> Counter[str]:
        """End everything, and return what was still pending."""
        pending = self.pending
        for task in self._tasks:
            task.cancel()
        return pending

    async def _run(self, delivery: Delivery, first: Outcome | None) -> None:
        lane = self._lanes.setdefault(delivery.subscriber, _Lane())
        lane.deliveries += 1
        try:
            outcome = first or await self._attempt(delivery, lane)
            delays = delivery.schedule.delays()
            while not isinstance(outcome, Delivered):
                delay = None if isinstance(outcome, DeliveryRefused) else next(delays, None)
                if delay is None:
                    delivery.give_up(outcome.reason)
                    return
                await self._clock.sleep(delay)
                if not delivery.still_valid():
                    return
                outcome = await self._attempt(delivery, lane)
        finally:
            lane.deliveries -= 1
            # A subscriber that is throttled keeps its pace over a pause.
            if not lane.deliveries and lane.next_attempt <= self._clock.now():
                self._lanes.pop(delivery.subscriber, None)

    async def _attempt(self, delivery: Delivery, lane: _Lane) -> Outcome:
        if delivery.per_second is not None:
            now = self._clock.now()
            moment = max(now, lane.next_attempt)
            lane.next_attempt = moment + 1 / delivery.per_second
            if moment > now:
                await self._clock.sleep(moment - now)
        async with lane.places:
            return await delivery.attempt()


def unfinished(pending: Counter[str], receivers: str, *, durable: bool) -> str:
    """Say what becomes of deliveries that a stop cuts off.

    Parameters
    ----------
    receivers
        What those are called that get them.
    durable
        Whether the next start goes on with them.

    Examples
    --------
    >>> unfinished(Counter(orders=2, audit=1), "targets", durable=False)
    '3 deliveries to 2 targets end unfinished'
    >>> unfinished(Counter(orders=2, audit=1), "targets", durable=True)
    '3 deliveries to 2 targets go on at the next start'
    """
    end = "go on at the next start" if durable else "end unfinished"
    return f"{sum(pending.values())} deliveries to {len(pending)} {receivers} {end}"
