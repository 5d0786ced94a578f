"""The runner and what its runs amount to, with a shop in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import ClassVar

import pytest

from clients import Arrival, Settings, Unavailable
from clients.auth import TokenSource
from compare import runner
from compare.latency import read_parts
from compare.prices import read_prices
from compare.records import Run, RunPlan, Runs
from compare.results import Row, missed, rows
from compare.runfacts import facts, sample
from compare.runner import run_all, turns
from tests.compare.fakes import (
    LIFE,
    START,
    Deaf,
    Endless,
    FakeShop,
    Forgetful,
    Poller,
    Pushed,
    Quiet,
    arrival,
    run_one,
)

QUICK = RunPlan(rate=1000.0, warm_up=0, patience=0.2)
PATIENT = RunPlan(rate=1000.0, warm_up=0)
FOUR = range(4)


@pytest.fixture(autouse=True)
def no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    """The meter of these tests is settled at once."""

    async def settled(meter: object) -> object:
        return await meter.read()  # type: ignore[attr-defined]

    monkeypatch.setattr(runner, "settled", settled)


def row_of(run: Run, *, together: bool = True) -> dict[str, Row]:
    runs = Runs(together=run) if together else Runs(alone=[run])
    result = rows(runs, read_prices("us-east-1"), {}, read_parts())
    return {row.channel.name: row for row in result}


async def test_every_channel_follows_the_same_orders() -> None:
    shop, show = FakeShop(), Quiet()
    run = await run_one(shop, [Pushed, Poller], QUICK, show, "a run", FOUR)
    assert len(shop.submitted) == 4
    assert [customer for customer, _ in shop.submitted] == ["ada", "grace", "ada", "grace"]
    assert [[item.channel for item in record.followed] for record in run.orders] == [["pushed", "asked"]] * 4
    assert show.histories == ["begin a run 4", *["advance"] * 4, "end"]
    result = row_of(run)
    assert result["pushed"].latency is not None
    assert result["pushed"].latency.p50 == pytest.approx(10.0)
    assert (result["pushed"].missed, result["asked"].missed) == (0, 20)
    assert (result["pushed"].orders, result["pushed"].changes, result["pushed"].lost) == (4, 24, 0)
    assert result["pushed"].client.duplicates == 4
    assert result["asked"].client.requests == 12


async def test_order_is_submitted_once_all_clients_are_open_and_all_are_closed() -> None:
    created: list[Pushed] = []

    class Watched(Pushed):
        name = "watched"

        async def open(self) -> None:
            await super().open()
            created.append(self)
            assert self.order not in [order for _, order in shop.submitted]

    shop = FakeShop()
    await run_one(shop, [Watched], QUICK, Quiet(), "", FOUR)
    assert [item.events for item in created] == [["open", "follow", "close"]] * 4


async def test_failing_channel_is_reported_and_delays_no_other() -> None:
    run = await run_one(FakeShop(), [Pushed, Deaf, Endless], QUICK, Quiet(), "", FOUR)
    result = row_of(run)
    assert result["deaf"].failed == ("nobody there",) * 4
    assert result["endless"].failed == ("did not see the order end within 0.2 s",) * 4
    assert (result["pushed"].orders, result["pushed"].failed) == (4, ())
    assert result["deaf"].latency is None


async def test_missing_change_is_lost() -> None:
    result = row_of(await run_one(FakeShop(), [Forgetful], QUICK, Quiet(), "", FOUR))
    assert (result["forgetful"].lost, result["forgetful"].missed) == (4, 0)


async def test_refused_orders_count_for_no_channel() -> None:
    run = await run_one(FakeShop(refuses=frozenset({"grace"})), [Pushed], QUICK, Quiet(), "", FOUR)
    assert facts(run).refused == ("not today", "not today")
    assert row_of(run)["pushed"].orders == 2


async def test_channel_limit_bounds_concurrent_orders() -> None:
    class HeldChannel(Pushed):
        name = "held"
        at_once = 2
        now = most = 0

        async def follow(self) -> AsyncIterator[Arrival]:
            HeldChannel.now += 1
            HeldChannel.most = max(HeldChannel.most, HeldChannel.now)
            await asyncio.sleep(0)
            yield arrival(self.order.client_token, 1)
            HeldChannel.now -= 1

    run = await run_one(FakeShop(), [Pushed, HeldChannel], QUICK, Quiet(), "", range(9))
    assert run.at_once == 2
    assert HeldChannel.most <= 2


async def test_interrupt_closes_every_client() -> None:
    created: list[Pushed] = []

    class Watched(Endless):
        name = "watched"

        async def open(self) -> None:
            await super().open()
            created.append(self)

    task = asyncio.create_task(run_one(FakeShop(), [Watched], PATIENT, Quiet(), "", range(2)))
    while sum("follow" in item.events for item in created) < 2:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [item.events[-1] for item in created] == ["close", "close"]


async def test_commit_time_is_used_where_it_is_known() -> None:
    shop = FakeShop()
    run = await run_one(shop, [Pushed], QUICK, Quiet(), "", range(1))
    order_id = run.orders[0].order.client_token
    committed = (START + timedelta(seconds=6, milliseconds=4)).timestamp()
    run.times = {(order_id, 6): committed}
    latency = row_of(run)["pushed"].latency
    assert latency is not None
    assert latency.least == pytest.approx(6.0, abs=0.01)
    assert row_of(run)["pushed"].exact == 1


async def test_baseline_is_subtracted() -> None:
    class Reader(Poller):
        name = "reader"

        async def open(self) -> None:
            await super().open()
            shop.meter.add("dynamodb.GetItem")
            shop.meter.add("dynamodbstreams.GetRecords")
            shop.meter.run("api", 1, 0.05)

    shop = FakeShop()
    baseline = await run_one(shop, [Pushed], QUICK, Quiet(), "", FOUR)
    alone = await run_one(shop, [Reader], QUICK, Quiet(), "", FOUR)
    book = read_prices("us-east-1")
    architectures = {"api": "x86_64"}
    (row,) = rows(Runs(baseline, [alone]), book, architectures, read_parts())
    assert row.server is not None
    assert row.server.operations == {"dynamodb.GetItem": 4}
    use = row.server.functions["api"]
    assert use.gb_seconds == pytest.approx(0.2)
    assert (use.invocations, use.architecture) == (4, "x86_64")
    assert row.bill is not None
    assert [line.price.key for line in row.bill.lines] == [
        "rest.request",
        "lambda.request",
        "lambda.gb-second.x86_64",
    ]


async def test_sample_is_one_order_on_every_channel() -> None:
    run = await run_one(FakeShop(), [Pushed, Poller], QUICK, Quiet(), "", FOUR)
    result = sample(run)
    assert result is not None
    assert [status for status, _ in result.commits] == list(LIFE)
    assert result.commits[-1][1] == pytest.approx(5000.0)
    assert result.receipts["pushed"][1] == pytest.approx(10.0)
    assert result.receipts["asked"][6] == pytest.approx(6000.0)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ([1, 2, 3], 0),
        ([3, 3, 3], 2),
        ([1, 3, 3], 1),
        ([2, 1, 3], 1),  # version 2 overtook version 1, and was held until that came
        ([1], 0),
        ([], 0),
    ],
)
def test_unreceived_versions_are_missed(received: list[float], expected: int) -> None:
    arrivals = [
        arrival("one", version, at=START + timedelta(seconds=seconds))
        for version, seconds in enumerate(received, 1)
    ]
    assert missed(arrivals) == expected


async def test_exclusive_channels_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(Pushed):
        name = "baseline"
        title = "Nobody"

    monkeypatch.setattr(runner, "Baseline", Silent)
    shop, show = FakeShop(), Quiet()
    plan = RunPlan(orders=50, rate=100_000.0, warm_up=3)
    runs = await run_all(shop, [Pushed, Poller], plan, show)
    assert [messages for messages in show.histories if messages.startswith("begin")] == [
        "begin warming up 3",
        "begin Nobody 50",
        *["begin Pushed, alone 50", "begin Asked, alone 50"] * 2,
        "begin all at once 50",
    ]
    assert runs.baseline is not None
    assert runs.together is not None
    every = [runs.baseline, *runs.alone, runs.together]
    assert [sorted(record.number for record in run.orders) for run in every] == [list(range(50))] * 4
    # What the meter counted in both turns of a run, and nothing of the others'.
    assert [run.count.operations for run in every if run.count] == [{"dynamodb.PutItem": 50}] * 4
    assert shop.submitted[0][1].items == shop.submitted[3][1].items


async def test_turn_sends_orders_that_end_soon_last() -> None:
    plan = RunPlan(orders=50, rate=100_000.0, warm_up=0, together=False, ends_soon=lambda number: number < 3)
    runs = await run_all(FakeShop(), [Pushed], plan, Quiet())
    (alone,) = runs.alone
    assert [record.number for record in alone.orders] == [*range(3, 25), 0, 1, 2, *range(25, 50)]


@pytest.mark.parametrize(
    ("orders", "sizes"), [(1, [1]), (49, [49]), (50, [25, 25]), (100, [25] * 4), (1001, [250, 250, 250, 251])]
)
def test_turns_have_even_sizes(orders: int, sizes: list[int]) -> None:
    result = turns(orders)
    assert [len(turn) for turn in result] == sizes
    assert [number for turn in result for number in turn] == list(range(orders))


class Endpoint(Pushed):
    """Has something that stands for all orders of a turn, and costs."""

    name = "endpoint"
    title = "Endpoint"
    refuses: ClassVar[bool] = False
    shop: ClassVar[FakeShop] = FakeShop()

    @classmethod
    @asynccontextmanager
    async def standing(cls, settings: Settings, tokens: Mapping[str, TokenSource]) -> AsyncIterator[None]:
        if cls.refuses:
            raise Unavailable("no place for it")
        cls.shop.meter.add("sns.Subscribe")
        yield
        cls.shop.meter.add("sns.Unsubscribe")


async def test_shared_endpoint_is_on_the_bill_of_no_order() -> None:
    shop = Endpoint.shop
    run = await run_one(shop, [Endpoint], QUICK, Quiet(), "", FOUR)
    assert run.count is not None
    assert {name for name, n in run.count.operations.items() if n} == {"dynamodb.PutItem"}
    assert shop.meter.operations["sns.Unsubscribe"] == 1


async def test_refused_shared_endpoint_leaves_a_client_for_each_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Endpoint, "refuses", True)
    assert row_of(await run_one(FakeShop(), [Endpoint], QUICK, Quiet(), "", FOUR))["endpoint"].orders == 4
