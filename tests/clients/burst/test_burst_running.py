"""A burst against intakes and followers of its own: who sends what, how often, and what is taken down."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from clients.auth import Credentials, TokenSource
from clients.burst import Burst, BurstPlan, Intake, Load, Record
from clients.burst.running import Listener
from clients.errors import NotSignedIn, OrderwireError, Refused, Throttled, Unavailable
from clients.model import Change, Item, NewOrder, Status
from clients.settings import Settings
from clients.tracking import Arrival

SETTINGS = Settings("http://127.0.0.1:1/graphql", "ws://127.0.0.1:1", "http://127.0.0.1:1", "client")
ORDER = NewOrder("EUR", (Item("tea", "Tea", 1, 420),), "tok_approve")
LIFE = (Status.RECEIVED, Status.VALIDATED, Status.DELIVERED)


class News:
    """What one customer receives."""

    def __init__(self, only: Collection[str], failure: OrderwireError | None) -> None:
        self.only = only
        self.dropped = 2
        self.queue: asyncio.Queue[Arrival] = asyncio.Queue()
        self._failure = failure

    async def wait_live(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def __aiter__(self) -> AsyncIterator[Arrival]:
        while True:
            yield await self.queue.get()


class Person:
    """A customer whose orders begin when they are taken."""

    def __init__(self, failure: OrderwireError | None = None) -> None:
        self.tokens = TokenSource(SETTINGS.cognito, SETTINGS.client_id, Credentials("ada", "x"))
        self.news: News | None = None
        self._failure = failure

    @asynccontextmanager
    async def follower(self, *, only: Collection[str]) -> AsyncIterator[Listener]:
        self.news = News(only, self._failure)
        yield self.news

    def tell(self, order_id: str, *states: Status) -> None:
        assert self.news is not None
        moment = datetime.now(UTC)
        for version, status in enumerate(states, 1):
            self.news.queue.put_nowait(
                Arrival(Change(order_id, "c", version, status, moment), pushed=True, received=moment)
            )


class Turnstile(Intake):
    """A scripted intake of orders; all of one way are one."""

    name = "direct"
    title = "a intake"
    sent: ClassVar[list[str]]
    people: ClassVar[dict[str, Person]]
    answers: ClassVar[dict[int, OrderwireError]]

    async def open(self, settings: Settings, tokens: TokenSource, stack: AsyncExitStack) -> None:
        self.person = next(person for person in self.people.values() if person.tokens is tokens)

    async def submit(self, order: NewOrder) -> None:
        uuid.UUID(order.client_token)
        self.sent.append(order.client_token)
        error = self.answers.get(len(self.sent) - 1)
        if error is not None:
            raise error
        news = self.person.news
        if news is not None and order.client_token in news.only and self.sent.count(order.client_token) == 1:
            self.person.tell(order.client_token, *LIFE)


class Silent(Turnstile):
    """One behind which nothing begins."""

    async def submit(self, order: NewOrder) -> None:
        """Take it, and tell nobody."""


def intake(
    people: dict[str, Person],
    answers: dict[int, OrderwireError] | None = None,
    kind: type[Turnstile] = Turnstile,
) -> type[Turnstile]:
    return type("Way", (kind,), {"sent": [], "people": people, "answers": answers or {}})


async def nobody_counts() -> int | None:
    return None


def burst(people: dict[str, Person], count: int, **plan: float) -> Burst:
    load = Load(count, rate=5000, seconds=60)
    values = {"warm_up": 0, "twice_every": 0, "patience": 60.0, **plan}
    return Burst(SETTINGS, people, BurstPlan(load, ORDER, **values), nobody_counts)  # type: ignore[arg-type]


async def test_orders_are_distributed_over_customers_and_recorded() -> None:
    people = {"ada": Person(), "eve": Person()}
    looks: list[int] = []
    way = intake(people)
    result = await burst(people, 10).run(way, lambda records: looks.append(len(records)))
    assert (result.accepted, result.started, result.unsent, result.run_twice) == (10, 10, 0, 0)
    assert result.delivered_again == 4  # two of each customer
    assert Counter(person.news and len(person.news.only) for person in people.values()) == {5: 2}
    assert set(looks) == {10}


async def test_errors_are_distinguished_and_not_repeated() -> None:
    people = {"ada": Person()}
    errors = {0: Throttled("slow down"), 2: Refused("no"), 3: Unavailable("gone")}
    way = intake(people, errors)
    result = await burst(people, 6).run(way, lambda records: None)
    assert (result.accepted, result.throttled, result.refused, result.failed) == (3, 1, 1, 1)
    assert len(way.sent) == 6


async def test_burst_sends_some_orders_twice_and_ignores_warm_up() -> None:
    people = {"ada": Person()}
    way = intake(people)
    result = await burst(people, 6, twice_every=3, warm_up=2).run(way, lambda records: None)
    assert (result.orders, result.accepted, result.sent_twice, result.run_twice) == (6, 6, 2, 0)
    assert sorted(Counter(way.sent).values()) == [1] * 6 + [2] * 2


async def test_burst_reports_orders_that_never_started() -> None:
    people = {"ada": Person()}
    way = intake(people, kind=Silent)
    running = burst(people, 3, patience=0.01)
    result = await running.run(way, lambda records: None)
    assert (result.accepted, result.started) == (3, 0)
    assert running.so_far().accepted == 3


async def test_burst_sends_nothing_when_it_cannot_follow() -> None:
    people = {"ada": Person(NotSignedIn("who?"))}
    way = intake(people)
    with pytest.raises(NotSignedIn):
        await burst(people, 3).run(way, lambda records: None)
    assert way.sent == []


def test_record_is_final_by_its_last_state() -> None:
    record = Record(0, "ada", "id", states=[Status.RECEIVED])
    assert not record.final
    record.states.append(Status.FAILED)
    assert record.final
