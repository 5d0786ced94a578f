"""A shop in memory, a scripted meter, and channels that learn what a script says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from clients import Arrival, Change, Credentials, InvalidOrder, NewOrder, Settings, Status, Unavailable
from clients.auth import TokenSource
from compare import costs
from compare.channels import Channel
from compare.commits import Times
from compare.meter import Count
from compare.records import Run, RunPlan
from compare.runner import Shop, Show, new_run, take_turn
from compare.usage import Usage

SETTINGS = Settings("http://127.0.0.1:1/graphql", "ws://127.0.0.1:1/graphql", "http://127.0.0.1:1", "client")
START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LIFE = (
    Status.RECEIVED,
    Status.VALIDATED,
    Status.CONFIRMED,
    Status.PACKED,
    Status.SHIPPED,
    Status.DELIVERED,
)


def change(order_id: str, version: int, *, at: datetime | None = None) -> Change:
    """The change to a version of an order, a second after the one before."""
    return Change(order_id, "ada", version, LIFE[version - 1], at or START + timedelta(seconds=version))


def arrival(order_id: str, version: int, *, after: float = 0.01, at: datetime | None = None) -> Arrival:
    """A change that was received ``after`` seconds; ``at`` some moment, when given."""
    changed = change(order_id, version)
    return Arrival(changed, pushed=True, received=at or changed.at + timedelta(seconds=after))


@dataclass
class FakeMeter:
    """Counts what channels do."""

    operations: dict[str, float] = field(default_factory=dict)
    functions: dict[str, tuple[float, float]] = field(default_factory=dict)
    reads: int = 0

    async def read(self) -> Count:
        self.reads += 1
        return Count(dict(self.operations), {}, dict(self.functions), 0.0)

    def add(self, name: str) -> None:
        self.operations[name] = self.operations.get(name, 0.0) + 1

    def run(self, name: str, invocations: float, gb_seconds: float) -> None:
        before = self.functions.get(name, (0.0, 0.0))
        self.functions[name] = (before[0] + invocations, before[1] + gb_seconds)


@dataclass
class FakeCommits:
    times_by_version: dict[tuple[str, int], float] = field(default_factory=dict)

    async def times(self, versions: Mapping[str, int]) -> Times:
        return self.times_by_version


class FakeShop:
    """Takes orders, and says that each went through its whole life."""

    def __init__(self, *, refuses: frozenset[str] = frozenset()) -> None:
        self.settings = SETTINGS
        self.meter = FakeMeter()
        self.commits = FakeCommits()
        self.submitted: list[tuple[str, NewOrder]] = []
        self.refuses = refuses
        self.api_per_order = (0, 0.0)
        self._tokens = {
            name: TokenSource("http://127.0.0.1:1", "client", Credentials(name, "x"))
            for name in ("ada", "grace")
        }

    @property
    def tokens(self) -> Mapping[str, TokenSource]:
        return self._tokens

    async def submit(self, customer: str, order: NewOrder) -> None:
        if customer in self.refuses:
            raise InvalidOrder("not today")
        self.submitted.append((customer, order))
        self.meter.add("dynamodb.PutItem")
        self.meter.run("api", *self.api_per_order)

    async def history(self, customer: str, order_id: str) -> tuple[Change, ...]:
        return tuple(change(order_id, version) for version in range(1, 7))


class Pushed(Channel):
    """Learns of every change at once."""

    name = "pushed"
    title = "Pushed"
    how = "is notified"
    place = 1
    pushes = True
    bill: ClassVar[tuple[costs.Rule, ...]] = (costs.appsync_publishes,)
    aws = ("stream-to-lambda", "appsync-publish")

    events: list[str]

    async def open(self) -> None:
        self.events = ["open"]

    async def follow(self) -> AsyncIterator[Arrival]:
        self.events.append("follow")
        for version in range(1, 7):
            yield arrival(self.order.client_token, version)

    async def close(self) -> None:
        self.events.append("close")

    def traffic(self) -> Usage:
        assert self.events[-1] == "close", "traffic is asked for when all is over"
        return Usage(requests=2, sockets=1, messages_in=8, bytes_in=800, connected_seconds=6.0, duplicates=1)


class Poller(Pushed):
    """Learns of everything in the end, and reads the table for it."""

    name = "asked"
    title = "Asked"
    place = 2
    pushes = False
    bill = (costs.rest_requests, costs.server_side)
    aws = ("poll-wait", "rest-request")

    async def follow(self) -> AsyncIterator[Arrival]:
        end = START + timedelta(seconds=7)
        for version in range(1, 7):
            yield arrival(self.order.client_token, version, at=end)

    def traffic(self) -> Usage:
        return Usage(requests=3)


class Deaf(Pushed):
    """Cannot even be opened."""

    name = "deaf"
    title = "Deaf"
    place = 3

    async def open(self) -> None:
        self.events = []
        raise Unavailable("nobody there")

    def traffic(self) -> Usage:
        return Usage()


class Forgetful(Pushed):
    """Never receives version 3."""

    name = "forgetful"
    title = "Forgetful"
    place = 4

    async def follow(self) -> AsyncIterator[Arrival]:
        for version in (1, 2, 4, 5, 6):
            yield arrival(self.order.client_token, version)


class Endless(Pushed):
    """Waits for an end that does not come."""

    name = "endless"
    title = "Endless"
    place = 5

    async def follow(self) -> AsyncIterator[Arrival]:
        self.events.append("follow")
        yield arrival(self.order.client_token, 1)
        await asyncio.Event().wait()


class Quiet:
    """Shows nothing, and remembers its calls."""

    def __init__(self) -> None:
        self.histories: list[str] = []

    def begin(self, title: str, orders: int) -> None:
        self.histories.append(f"begin {title} {orders}")

    def advance(self) -> None:
        self.histories.append("advance")

    def end(self) -> None:
        self.histories.append("end")


async def run_one(
    shop: Shop, kinds: Sequence[type[Channel]], plan: RunPlan, show: Show, title: str, numbers: range
) -> Run:
    """One run in one go."""
    run = new_run(title, kinds, len(numbers))
    await take_turn(run, shop, plan, show, numbers)
    return run
