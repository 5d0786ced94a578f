"""A whole run against the fake server, whose orders live their lives by the card they were given."""

from __future__ import annotations

import io
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from clients import Arrival, Change, Status
from clients.orders_file import read_orders
from demo import sending
from demo.expectations import DELIVERED
from demo.record import OrderRecord, read_later, times
from demo.run import run
from demo.screen import addresses, summary
from tests.clients.fake_appsync import FakeAppSync

START = datetime(2026, 11, 20, 18, tzinfo=UTC)
STOCK = {"TEA": 100}


class World:
    """The fake server with a workflow, and a console that remembers."""

    def __init__(self, server: FakeAppSync) -> None:
        self.server = server
        self.broken = False
        server.users = {"ada": "pw", "grace": "pw"}
        server.route = self._work
        self.text = io.StringIO()
        self.console = Console(file=self.text, width=160, highlight=False, emoji=False, markup=False)

    def _work(self, change: dict[str, Any]) -> tuple[float, ...]:
        order = change["orderId"]
        if change["status"] == "RECEIVED":
            card = self.server.shop.kept[order].input["cardToken"]
            lives = {
                "tok_approve": ["VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"],
                "tok_decline": ["VALIDATED", "FAILED"],
                "tok_stuck": ["VALIDATED"],
                "tok_timeout": ["VALIDATED"],
            }
            for status in lives[card]:
                reason = "PAYMENT_DECLINED" if status == "FAILED" else None
                self.server.change(order, status, reason)
        return () if self.broken else (0.0, 0.01)

    async def run(self, *lines: str, patience: float = 10.0) -> list[OrderRecord]:
        entries = list(read_orders("\n".join(lines).encode()))
        return await run(self.server.settings, entries, STOCK, self.console, password="pw", patience=patience)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with FakeAppSync() as server:
        yield World(server)


def _line(token: str, *, customer: str = "ada", card: str = "tok_approve", quantity: int = 1) -> str:
    item = {"sku": "TEA", "name": "Tea", "quantity": quantity, "unitPrice": 420}
    order = {"clientToken": token, "currency": "EUR", "items": [item], "cardToken": card}
    return json.dumps({"customer": customer, "order": order})


async def test_every_order_ends_as_expected(world: World) -> None:
    lines = [_line(f"{n:08d}", customer=("ada", "grace")[n % 2]) for n in range(10)]
    records = await world.run(*lines, _line("declined", card="tok_decline"))
    assert [record.complaints for record in records] == [[]] * 11
    assert [str(record.end) for record in records] == ["DELIVERED"] * 10 + ["FAILED PAYMENT_DECLINED"]
    assert all([a.version for a in record.arrivals] == [1, 2, 3, 4, 5, 6] for record in records[:10])
    assert len(world.server.shown) == 2  # one connection a customer
    assert world.text.getvalue().count("DELIVERED") == 10


async def test_run_subscribes_before_it_submits(world: World) -> None:
    records = await world.run(_line("one"))
    assert all(arrival.pushed for arrival in records[0].arrivals)


async def test_invalid_lines_are_reported_and_the_others_run(world: World) -> None:
    records = await world.run("{", _line("good"), _line("refused", quantity=0))
    assert [record.refused for record in records] == [None, "items[0].quantity: must be 1 to 999"]
    assert records[0].end == DELIVERED
    assert "line 1: is not JSON" in world.text.getvalue()
    assert "line 3: items[0].quantity" in world.text.getvalue()


async def test_order_is_resubmitted_when_the_api_is_busy(world: World) -> None:
    world.server.http_errors = [503, 503]
    (record,) = await world.run(_line("again"))
    assert (record.complaints, record.unsent, record.end) == ([], None, DELIVERED)


async def test_order_that_cannot_be_submitted_is_a_complaint_and_no_refusal(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ATTEMPTS", 1)
    monkeypatch.setattr(world.server, "http_errors", [503] * 100)
    (record,) = await world.run(_line("lost"))
    assert record.refused is None
    assert record.complaints[0].startswith("could not be handed in: ")
    summary(world.console, [record], 0, START)
    assert "not handed in  1" in world.text.getvalue()
    assert "1 of 1 orders are not as their cards and the stock say" in world.text.getvalue()


async def test_orders_waiting_for_their_cards_delay_no_other(world: World) -> None:
    """Each of them keeps the only place until it begins to wait."""
    lines = [_line(f"waits-{n}", card="tok_timeout") for n in range(8)]
    records = await world.run(*lines, _line("last"), patience=1.0)
    assert records[-1].end == DELIVERED
    assert [record.last_seen for record in records[:-1]] == ["VALIDATED"] * 8


async def test_stuck_order_is_reported(world: World) -> None:
    (record,) = await world.run(_line("stuck", card="tok_stuck"), patience=0.5)
    assert record.complaints == ["did not end in time (last seen: VALIDATED)"]


async def test_unexpected_end_is_reported(world: World) -> None:
    (record,) = await world.run(_line("greedy", quantity=101))
    assert record.complaints == ["ended DELIVERED, not FAILED OUT_OF_STOCK"]


async def test_repeated_run_reports_the_same_orders(world: World) -> None:
    await world.run(_line("again"))
    (record,) = await world.run(_line("again"))
    assert record.complaints == []


async def test_unfinished_order_of_an_earlier_run_is_followed(world: World) -> None:
    await world.run(_line("again", card="tok_stuck"), patience=0.2)
    (record,) = await world.run(_line("again", card="tok_stuck"), patience=0.2)
    assert [arrival.version for arrival in record.arrivals] == [1, 2]


async def test_summary_names_page_people_and_figures(world: World) -> None:
    records = await world.run(_line("a"), _line("b", card="tok_decline"), _line("c", quantity=0))
    summary(world.console, records, 1, START, {1: ["why:   nothing"]})
    addresses(world.console, world.server.settings, "http://engine", ["zoë"], "http://page/")
    text = world.text.getvalue()
    assert re.search(r"page +http://page/ *\n", text)
    assert re.search(rf"GraphiQL +{world.server.settings.endpoint.removesuffix('graphql')} *\n", text)
    assert "FAILED PAYMENT_DECLINED  1" in text
    assert "1 of the file's entries were refused" in text
    assert "All 2 ended as their cards and the stock say" in text
    assert "(9 of 9 changes came by the subscription)" in text
    assert "not AWS's latency" in text
    assert "ada, grace, linus, margaret, zoë; password Orderwire-1" in text


async def test_summary_explains_complaints(world: World) -> None:
    (record,) = records = await world.run(_line("greedy", quantity=101))
    summary(world.console, records, 0, START, {record.number: ["why:   the stock", "do:    nothing"]})
    text = world.text.getvalue()
    assert "line 1, greedy of ada: ended DELIVERED, not FAILED OUT_OF_STOCK (card tok_approve)\n" in text
    assert "    why:   the stock\n    do:    nothing\n" in text
    assert "1 of 1 orders are not as their cards and the stock say." in text


async def test_summary_counts_changes_read_from_history(world: World) -> None:
    world.broken = True
    records = await world.run(_line("a"))
    assert records[0].complaints == []
    summary(world.console, records, 0, START)
    assert "6 changes were read from history" in world.text.getvalue()


def _arrival(version: int, milliseconds: int, *, pushed: bool = True) -> Arrival:
    change = Change("a", "ada", version, Status.RECEIVED, START)
    return Arrival(change, pushed, START.replace(microsecond=milliseconds * 1000))


def test_percentile_is_one_of_the_measured_values() -> None:
    result = times([_arrival(n, n) for n in range(1, 101)])
    assert result is not None
    assert (result.count, result.p50, result.p95, result.worst) == (100, 50.0, 95.0, 100.0)
    assert times([_arrival(1, 5, pushed=False)]) is None


def test_changes_before_the_run_are_not_counted_as_missed() -> None:
    arrivals = [_arrival(1, 1), _arrival(2, 1, pushed=False)]
    assert read_later(arrivals, START) == 1
    assert read_later(arrivals, START.replace(hour=19)) == 0


def test_versions_out_of_order_are_reported() -> None:
    (order,) = read_orders(_line("a").encode())
    record = OrderRecord(1, "ada", order.order, frozenset({DELIVERED}))  # type: ignore[union-attr]
    record.arrivals = [_arrival(2, 1), _arrival(1, 1)]
    assert "versions came as [2, 1]" in record.complaints
