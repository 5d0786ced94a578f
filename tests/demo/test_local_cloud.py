"""The clients and the demonstration against the real local cloud."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from clients import (
    Arrival,
    Credentials,
    Item,
    NewOrder,
    NotCancellable,
    NotFound,
    OrderClient,
    Pace,
    Reason,
    State,
    Status,
)
from demo.ready import Ready, read_ready
from demo.shop import PASSWORD, STAFF, prepare
from tests.clients.cutting import Relay
from tests.forked import run
from tests.localcloud.running import ROOT, Running, running

# The rest runs always: the demonstration on a real local cloud in test_cold_burst.py, the clients' follower
# there and in tests/faults, cut connections in tests/clients, strangers and staff in tests/access, reasons
# and cancellation in tests/integration/test_orders.py, invalid lines in test_run.py.
pytestmark = [pytest.mark.slow, pytest.mark.integration]

LIFE = [
    Status.RECEIVED,
    Status.VALIDATED,
    Status.CONFIRMED,
    Status.PACKED,
    Status.SHIPPED,
    Status.DELIVERED,
]
ADA = Credentials("ada", PASSWORD)
GRACE = Credentials("grace", PASSWORD)
# On a busy machine a task may take seconds: that is not to look like a provider that does not answer.
PATIENT = ("--parameter", "PaymentTimeoutSeconds=8")
IMPATIENT = Pace(backoff_base=0.05, backoff_cap=0.2, quiet=3.0)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("demo")
    with running(
        folder, ROOT / "appsync" / "template.yaml", "--parameter", "PaceSeconds=1", *PATIENT
    ) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def ready(cloud: Running) -> Ready:
    ready = read_ready(cloud.printed.parent / "ready.json")
    prepare(ready, [], {"TEA": 1000, "LAST-VASE": 0})
    return ready


def _order(card: str = "tok_approve", sku: str = "TEA") -> NewOrder:
    return NewOrder("EUR", (Item(sku, "Τσάι 茶 🍵", 1, 420),), card)


async def _collect(client: OrderClient, order: NewOrder) -> list[Arrival]:
    """Subscribe, submit, and follow to the end."""
    async with client.follower([order.client_token]) as follower:
        await follower.wait_live()
        await client.submit(order)
        return [arrival async for arrival in follower]


async def test_every_change_arrives_live_once_and_in_order(ready: Ready) -> None:
    async with OrderClient(ready.settings, ADA) as client:
        arrivals = await _collect(client, _order())
    assert [(a.version, a.change.status) for a in arrivals] == list(enumerate(LIFE, 1))
    assert all(arrival.pushed for arrival in arrivals)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (_order("tok_decline"), Reason.PAYMENT_DECLINED),
        (_order(sku="LAST-VASE"), Reason.OUT_OF_STOCK),
        (_order(sku="NOT-SOLD-HERE"), Reason.UNKNOWN_ITEM),
    ],
)
async def test_failed_order_has_its_reason(ready: Ready, order: NewOrder, reason: Reason) -> None:
    async with OrderClient(ready.settings, ADA) as client:
        last = (await _collect(client, order))[-1].change
        assert (last.status, last.reason) == (Status.FAILED, reason)
        assert (await client.api.order(order.client_token)).reason == reason


async def test_cut_sockets_lose_no_changes(ready: Ready) -> None:
    order = _order()
    states: list[State] = []
    async with Relay(urlsplit(ready.settings.realtime).port or 0) as relay:
        settings = replace(ready.settings, realtime=f"ws://127.0.0.1:{relay.port}/graphql")
        async with (
            OrderClient(settings, ADA, pace=IMPATIENT) as client,
            client.follower([order.client_token], on_state=lambda state, _: states.append(state)) as follower,
        ):
            await follower.wait_live()
            await client.submit(order)
            received = []
            async for arrival in follower:
                received.append((arrival.version, arrival.change.status))
                relay.cut()
    assert received == list(enumerate(LIFE, 1))
    assert relay.accepted > 1
    assert State.AWAY in states


async def test_orders_of_other_customers_look_missing(ready: Ready) -> None:
    order = _order()
    async with OrderClient(ready.settings, ADA) as ada, OrderClient(ready.settings, GRACE) as grace:
        async with grace.follower([order.client_token]) as stranger, grace.follower() as all_of_hers:
            await asyncio.gather(stranger.wait_live(), all_of_hers.wait_live())
            await _collect(ada, order)
            for follower in (stranger, all_of_hers):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await anext(aiter(follower))
        with pytest.raises(NotFound):
            await grace.api.order(order.client_token)
        with pytest.raises(NotFound):
            await grace.api.cancel(order.client_token)
        with pytest.raises(NotCancellable) as caught:
            await ada.api.cancel(order.client_token)
        assert caught.value.status == "DELIVERED"


async def test_staff_follow_orders_of_customers(ready: Ready) -> None:
    order = _order("tok_decline")
    staff = Credentials(STAFF, PASSWORD)
    async with OrderClient(ready.settings, ADA) as ada, OrderClient(ready.settings, staff) as client:
        async with client.follower([order.client_token]) as follower:
            await follower.wait_live()
            await ada.submit(order)
            arrivals = [arrival async for arrival in follower]
        assert [a.change.status for a in arrivals] == [*LIFE[:2], Status.FAILED]
        assert (await client.api.order(order.client_token)).status is Status.FAILED


async def test_enqueued_order_may_be_cancelled(ready: Ready) -> None:
    order = _order()
    async with OrderClient(ready.settings, ADA) as client, client.follower([order.client_token]) as follower:
        await follower.wait_live()
        await client.submit(order, enqueue=True)
        received = []
        async for arrival in follower:
            received.append(arrival.change)
            if arrival.change.status is Status.CONFIRMED:
                await client.api.cancel(order.client_token)
    assert [change.status for change in received] == [*LIFE[:3], Status.CANCELLED]
    assert received[-1].reason is Reason.CUSTOMER_REQUEST


def test_file_with_invalid_lines_reports_them(cloud: Running, tmp_path: Path) -> None:
    valid = (ROOT / "examples" / "orders.jsonl").read_text(encoding="utf-8").splitlines()[0]
    entry = json.loads(valid)
    entry["order"] = NewOrder("EUR", (Item("TEA", "Tea", 0, 420),), "tok_approve").document()
    (tmp_path / "orders.jsonl").write_text("\n".join(["no json", valid, json.dumps(entry)]), encoding="utf-8")
    ready = str(cloud.printed.parent / "ready.json")
    done = run("demo", "--ready-file", ready, "--orders", str(tmp_path / "orders.jsonl"))
    assert done.returncode == 6, done.stdout + done.stderr
    assert "line 1: is not JSON" in done.stdout
    assert "line 3: " in done.stdout
    assert "quantity" in done.stdout
    assert "All 1 ended as their cards and the stock say" in done.stdout
