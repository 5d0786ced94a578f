"""The order as a durable function: AWS's SDK, the service and everything behind the handler in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from orders.approval import Decision, decide_order
from orders.caller import Caller
from orders.cancelling import cancel_order
from orders.model import ChangeOrder, ChangeOrigin, OrderContents, OrderId, Timestamp, received
from orders.ports import EndOfWait
from orders.status import FailureReason, OrderStatus
from resolvers import run_order, run_wiring
from resolvers.run_wiring import RunRules
from tests.durable_runs import DurableRun, quiet
from tests.orders.samples import ADA, GRACE, an_order
from tests.resolvers.conftest import LIMIT, World

S = OrderStatus
GOOD_LIFE = [S.RECEIVED, S.VALIDATED, S.CONFIRMED, S.PACKED, S.SHIPPED, S.DELIVERED]
STAFF = Caller(GRACE, is_staff=True)


class Waits:
    """Where runs leave their callbacks, and who answers them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.runs: dict[OrderId, DurableRun] = {}
        self.callbacks: dict[OrderId, str] = {}

    def keep(self, order_id: OrderId, callback_id: str, at: Timestamp) -> bool:
        state = self._world.store.state(order_id)
        if state is None or state.status is not S.AWAITING_APPROVAL:
            return False
        self.callbacks[order_id] = callback_id
        return True

    def end(self, order_id: OrderId, end: EndOfWait) -> None:
        if order_id in self.callbacks:
            self.runs[order_id].succeed(self.callbacks[order_id])


class Shop:
    """Orders, their runs, and the short ways in which the tests use them."""

    def __init__(self, world: World, context: LambdaContext) -> None:
        self.world, self._context = world, context
        self.waits = Waits(world)

    def order(self, status: OrderStatus = S.RECEIVED, **changes: Any) -> OrderContents:
        """Record an order, in a status that an earlier run has brought it to."""
        contents = an_order(**changes)
        self.world.store.record(contents, received(contents))
        for target in GOOD_LIFE[1 : GOOD_LIFE.index(status) + 1] if status in GOOD_LIFE else []:
            origin = ChangeOrigin(f"x/durable-execution/{contents.order_id}/1", target)
            self.world.store.change(contents.order_id, ChangeOrder(target, contents.created_at, origin))
        return contents

    def run(self, contents: OrderContents, run: DurableRun | None = None, **event: str) -> DurableRun:
        run = run or DurableRun(contents.order_id)
        self.waits.runs[contents.order_id] = run
        with quiet():
            run.drive(run_order.handler, self._context, **event)
        return run

    def life(self, contents: OrderContents) -> list[OrderStatus]:
        state = self.world.store.state(contents.order_id)
        assert state is not None
        return [change.status for change in state.history]

    def reason(self, contents: OrderContents) -> FailureReason | None:
        state = self.world.store.state(contents.order_id)
        return None if state is None else state.reason

    def cancel(self, contents: OrderContents) -> None:
        cancel_order(contents.order_id, Caller(ADA), self.world.store, self.waits, self.world.clock)

    def decide(self, contents: OrderContents, decision: Decision) -> None:
        store, clock = self.world.store, self.world.clock
        decide_order(contents.order_id, decision, STAFF, store, self.waits, clock=clock)

    @property
    def untouched(self) -> bool:
        """Whether everything is on the shelves, and nothing is paid."""
        there = self.world.stock.available == {"TEA-1": 5, "CUP-7": 1}
        return there and "AUTHORIZED" not in self.world.payments.ledger.values()


@pytest.fixture
def shop(world: World, context: LambdaContext, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    shop = Shop(world, context)
    monkeypatch.setattr(run_wiring, "rules", lambda: RunRules(pace=1, approval=30, external=False))
    monkeypatch.setattr(run_wiring, "decisions", lambda: shop.waits)
    yield shop


def test_valid_order_is_delivered_and_paid_once(shop: Shop) -> None:
    order = shop.order()
    run = shop.run(order)
    assert shop.life(order) == GOOD_LIFE
    assert run.answer["Status"] == "SUCCEEDED"
    assert run.invocations == 4  # one, and one after each wait
    assert shop.world.stock.available == {"TEA-1": 3, "CUP-7": 0}
    assert shop.world.payments.ledger == {order.order_id: "AUTHORIZED"}


@pytest.mark.parametrize(
    ("changes", "stock", "reason"),
    [
        ({"card_token": "tok_decline"}, {}, "PAYMENT_DECLINED"),
        ({"card_token": "tok_timeout"}, {}, "PAYMENT_TIMEOUT"),
        ({}, {"CUP-7": 0}, "OUT_OF_STOCK"),
        ({"card_token": "tok_decline"}, {"CUP-7": 0}, "OUT_OF_STOCK"),
    ],
)
def test_business_failure_ends_the_order_and_not_the_execution(
    shop: Shop, changes: dict[str, Any], stock: dict[str, int], reason: str
) -> None:
    shop.world.stock.available |= stock
    before = dict(shop.world.stock.available)
    order = shop.order(**changes)
    run = shop.run(order)
    assert (shop.life(order), shop.reason(order)) == ([S.RECEIVED, S.VALIDATED, S.FAILED], reason)
    assert run.answer["Status"] == "SUCCEEDED"
    assert shop.world.stock.available == before
    assert shop.world.payments.ledger[order.order_id] in {"DECLINED", "VOIDED"}


def test_unknown_item_ends_the_order_before_any_reservation(shop: Shop) -> None:
    del shop.world.stock.available["CUP-7"]
    order = shop.order()
    run = shop.run(order)
    assert (shop.life(order), shop.reason(order)) == ([S.RECEIVED, S.FAILED], "UNKNOWN_ITEM")
    assert run.names == ["Validate", "MarkFailed"]


@pytest.mark.parametrize(
    ("decision", "end"), [(Decision.APPROVE, GOOD_LIFE[2:]), (Decision.REJECT, [S.REJECTED])]
)
def test_decision_wakes_the_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, decision: Decision, end: list[OrderStatus]
) -> None:
    order = waiting(shop, monkeypatch)
    run = DurableRun(order.order_id)
    run.on_suspend = once(lambda: shop.decide(order, decision))
    shop.run(order, run)
    assert shop.life(order) == [S.RECEIVED, S.VALIDATED, S.AWAITING_APPROVAL, *end]
    assert run.answer["Status"] == "SUCCEEDED"
    assert shop.untouched == (decision is Decision.REJECT)


def test_early_decision_skips_the_wait(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order = waiting(shop, monkeypatch)
    keep = shop.waits.keep

    def decided_meanwhile(order_id: OrderId, callback_id: str, at: Timestamp) -> bool:
        shop.decide(order, Decision.APPROVE)
        return keep(order_id, callback_id, at)

    monkeypatch.setattr(shop.waits, "keep", decided_meanwhile)
    shop.run(order)
    assert shop.life(order)[-1] is S.DELIVERED


def test_undecided_order_expires(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order = waiting(shop, monkeypatch)
    run = shop.run(order, DurableRun(order.order_id, timing_out=True))
    assert shop.life(order)[-2:] == [S.AWAITING_APPROVAL, S.EXPIRED]
    assert (shop.reason(order), run.answer["Status"]) == ("APPROVAL_TIMEOUT", "SUCCEEDED")
    assert shop.untouched


@pytest.mark.parametrize("suspensions", [0, 1])
def test_cancellation_is_noticed_by_the_next_write(shop: Shop, suspensions: int) -> None:
    order = shop.order()
    run = DurableRun(order.order_id)
    if suspensions:
        run.on_suspend = once(lambda: shop.cancel(order))
    else:
        shop.cancel(order)
    shop.run(order, run)
    assert shop.life(order) == [*GOOD_LIFE[: 3 if suspensions else 1], S.CANCELLED]
    assert run.answer["Status"] == "SUCCEEDED"
    assert shop.untouched


def test_cancelled_wait_for_staff_returns_stock_and_payment(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = waiting(shop, monkeypatch)
    run = DurableRun(order.order_id)
    run.on_suspend = once(lambda: shop.cancel(order))
    shop.run(order, run)
    assert shop.life(order)[-1] is S.CANCELLED
    assert shop.untouched


def test_externally_reported_parcel_advances_the_run(shop: Shop) -> None:
    order = shop.order()
    run = DurableRun(order.order_id)

    def report() -> None:
        origin = ChangeOrigin("orderwire.fulfilment:1", "PACKED")
        shop.world.store.change(order.order_id, ChangeOrder(S.PACKED, order.created_at, origin))

    run.on_suspend = once(report)
    shop.run(order, run)
    assert shop.life(order) == GOOD_LIFE[:4]
    assert run.answer["Status"] == "SUCCEEDED"


def test_outside_fulfilment_ends_the_run_at_confirmation(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_wiring, "rules", lambda: RunRules(pace=1, approval=30, external=True))
    order = shop.order()
    shop.run(order)
    assert shop.life(order) == GOOD_LIFE[:3]


@pytest.mark.parametrize(
    "name", ["Validate", "MarkValidated", "ReserveItem", "AuthorizePayment", "MarkPacked"]
)
def test_crash_before_any_checkpoint_repeats_no_effect(shop: Shop, name: str) -> None:
    order = shop.order()
    run = shop.run(order, DurableRun(order.order_id, dies_after=name))
    assert run.dies_after == ""  # it died
    assert shop.life(order) == GOOD_LIFE
    assert shop.world.stock.available == {"TEA-1": 3, "CUP-7": 0}


def test_persistent_error_ends_the_order_and_fails_the_execution(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def broken(*_: object) -> None:
        calls.append("reserve")
        raise ConnectionError("the table is gone")

    monkeypatch.setattr(shop.world.stock, "reserve", broken)
    order = shop.order(items=an_order().items[:1])
    run = shop.run(order)
    assert (shop.life(order)[-1], shop.reason(order)) == (S.FAILED, "INTERNAL_ERROR")
    assert len(calls) == 4  # once, and thrice again as the workflow does
    assert run.answer["Error"]["ErrorType"].endswith(".InternalError")
    assert shop.untouched


def test_failed_compensation_is_redriven_with_its_original_reason(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = shop.order(card_token="tok_decline")
    with monkeypatch.context() as broken:
        broken.setattr(shop.world.stock, "release", failing)
        run = shop.run(order)
    error = run.answer["Error"]
    assert (error["ErrorType"].rpartition(".")[2], error["ErrorMessage"]) == (
        "NotSettled",
        "PAYMENT_DECLINED",
    )
    assert shop.life(order)[-1] is S.VALIDATED
    again = DurableRun(order.order_id, name=f"{order.order_id}-2")
    shop.run(order, again, failure=error["ErrorMessage"])
    assert (shop.life(order)[-1], shop.reason(order)) == (S.FAILED, "PAYMENT_DECLINED")
    assert again.answer["Status"] == "SUCCEEDED"
    assert shop.untouched


@pytest.mark.parametrize("status", GOOD_LIFE[1:5])
def test_second_execution_continues_from_the_status_of_the_first(shop: Shop, status: OrderStatus) -> None:
    order = shop.order(status)
    shop.run(order, DurableRun(order.order_id, name=f"{order.order_id}-2"))
    assert shop.life(order) == GOOD_LIFE


def waiting(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> OrderContents:
    """Record an order that staff must approve."""
    tea, cup = an_order().items
    return shop.order(items=(tea, type(cup)(cup.sku, cup.name, 1, LIMIT)))


def once(work: Callable[[], object]) -> Callable[[], None]:
    """Return what does its work at the first call alone."""
    remaining = [work]

    def call() -> None:
        if remaining:
            remaining.pop()()

    return call


def failing(*_: object) -> bool:
    raise ConnectionError("for minutes")
