"""Run a burst: customers listen, orders go in by one way after the other, and the news is taken down."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, replace
from typing import Protocol

from clients.auth import TokenSource
from clients.burst.figures import Figures, figures
from clients.burst.intakes import Direct, Intake
from clients.burst.load import Load, send_openly
from clients.burst.records import Outcome, Record
from clients.errors import OrderwireError, Refused, Throttled
from clients.model import NewOrder, Status
from clients.settings import Settings
from clients.tracking import Arrival

LOOK_SECONDS = 0.1
"""Between two looks at how far the orders are."""


class Listener(Protocol):
    """What brings the news of some orders: a ``Follower``."""

    @property
    def dropped(self) -> int:
        """How many changes came again."""
        ...

    async def wait_live(self) -> None:
        """Return when nothing is missed from now on."""
        ...

    def __aiter__(self) -> AsyncIterator[Arrival]:
        """Yield each change once."""
        ...


class Customer(Protocol):
    """Who sends orders: an ``OrderClient``."""

    @property
    def tokens(self) -> TokenSource:
        """The customer's."""
        ...

    def follower(self, *, only: Collection[str]) -> AbstractAsyncContextManager[Listener]:
        """Return what follows these orders of theirs."""
        ...


Watch = Callable[[Sequence[Record]], None]
Queued = Callable[[], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class BurstPlan:
    """What to do by each way.

    Attributes
    ----------
    order
        What is in every order; each has a token of its own.
    patience
        Seconds to wait, after sending, for orders to begin, and as many for them to end.
    warm_up
        Orders of each way before, which count for nothing.
    twice_every
        Each so-manieth order is sent once more as soon as it is accepted, with the same token; 0 for none.
    """

    load: Load
    order: NewOrder
    patience: float = 120.0
    warm_up: int = 3
    twice_every: int = 50


class Burst:
    """Bursts of several customers, one way after the other.

    Parameters
    ----------
    clients
        Each customer's, open.
    queued
        Returns how many messages were put in queues so far, None where it is unknown.
    """

    def __init__(
        self, settings: Settings, clients: Mapping[str, Customer], plan: BurstPlan, queued: Queued
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._plan = plan
        self._queued = queued
        self._dropped = 0
        self.records: list[Record] = []
        """Those of the way that is under way, or was last."""

    def so_far(self) -> Figures:
        """Return the figures of the way that is under way."""
        return figures(self.records, delivered_again=self._dropped)

    async def run(self, way: type[Intake], watch: Watch) -> Figures:
        """Send all orders by one way, wait for them, and return what became of them.

        Parameters
        ----------
        watch
            Called ten times a second with all records.

        Raises
        ------
        OrderwireError
            A customer cannot sign in, or cannot follow.
        """
        names = list(self._clients)
        self.records = [
            Record(number, names[number % len(names)], str(uuid.uuid4()))
            for number in range(self._plan.load.count)
        ]
        self._dropped = 0
        by_id = {record.order_id: record for record in self.records}
        async with AsyncExitStack() as stack:
            intakes: dict[str, Intake] = {}
            for name, client in self._clients.items():
                intakes[name] = way()
                await intakes[name].open(self._settings, client.tokens, stack)
            followers = [await stack.enter_async_context(self._follower(name)) for name in names]
            await asyncio.gather(*(follower.wait_live() for follower in followers))
            await self._warm_up(intakes)
            tasks = [asyncio.create_task(_listen(follower, by_id)) for follower in followers]
            tasks.append(asyncio.create_task(_look(self.records, watch)))
            try:
                return await self._measured(way, intakes, tasks[:-1], followers)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                watch(self.records)

    async def _measured(
        self,
        way: type[Intake],
        intakes: Mapping[str, Intake],
        listening: Sequence[asyncio.Task[None]],
        followers: Sequence[Listener],
    ) -> Figures:
        before = await self._queued() if issubclass(way, Direct) else None

        async def send(number: int, due: float) -> None:
            await self._send(self.records[number], due, intakes)

        await send_openly(self._plan.load, send)
        await self._until(lambda record: record.started is not None, listening)
        after = await self._queued() if before is not None else None
        # The next way begins when this one's orders are out of its way.
        await self._until(lambda record: record.final, listening)
        self._dropped = sum(follower.dropped for follower in followers)
        overflowed = after - before if way is Direct and None not in (before, after) else None  # type: ignore[operator]
        return figures(self.records, overflowed=overflowed, delivered_again=self._dropped)

    async def _send(self, record: Record, due: float, intakes: Mapping[str, Intake]) -> None:
        loop, intake = asyncio.get_running_loop(), intakes[record.customer]
        order = replace(self._plan.order, client_token=record.order_id)
        record.due, record.sent = due, loop.time()
        try:
            await intake.submit(order)
            outcome = Outcome.ACCEPTED
        except Throttled as error:
            outcome, record.reason = Outcome.THROTTLED, str(error)
        except Refused as error:
            outcome, record.reason = Outcome.REFUSED, str(error)
        except OrderwireError as error:
            outcome, record.reason = Outcome.FAILED, str(error)
        record.outcome, record.answered = outcome, loop.time()
        every = self._plan.twice_every
        if outcome is Outcome.ACCEPTED and every and record.number % every == every - 1:
            record.sent_twice = True
            with contextlib.suppress(OrderwireError):
                await intake.submit(order)

    async def _until(self, done: Callable[[Record], bool], listening: Sequence[asyncio.Task[None]]) -> None:
        """Wait until all accepted orders have ended, within the patience."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._plan.patience
        while loop.time() < end:
            for task in listening:
                if task.done():
                    task.result()  # following failed for good
            sent = [record for record in self.records if record.sent is not None]
            certain = [record for record in sent if record.outcome is Outcome.ACCEPTED]
            if all(done(record) for record in certain):
                return
            await asyncio.sleep(LOOK_SECONDS)

    def _follower(self, name: str) -> AbstractAsyncContextManager[Listener]:
        ids = {record.order_id for record in self.records if record.customer == name}
        return self._clients[name].follower(only=ids)

    async def _warm_up(self, intakes: Mapping[str, Intake]) -> None:
        for number in range(self._plan.warm_up):
            intake = list(intakes.values())[number % len(intakes)]
            with contextlib.suppress(OrderwireError):
                await intake.submit(replace(self._plan.order, client_token=str(uuid.uuid4())))


async def _listen(follower: Listener, records: Mapping[str, Record]) -> None:
    loop = asyncio.get_running_loop()
    async for arrival in follower:
        change = arrival.change
        record = records.get(change.order_id)
        if record is None:
            continue
        record.states.append(change.status)
        if record.started is None and change.status is not Status.RECEIVED:
            record.started, record.started_at = loop.time(), change.at


async def _look(records: Sequence[Record], watch: Watch) -> None:
    while True:
        watch(records)
        await asyncio.sleep(LOOK_SECONDS)
