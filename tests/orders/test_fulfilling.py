"""Reports of the warehouse: typed, idempotent, in any order."""

from __future__ import annotations

import itertools
import threading
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.caller import Caller
from orders.errors import InvalidRequest, OrderNotFound, OrderNotFulfillable, StaffOnly
from orders.fulfilling import FulfilmentEvent, FulfilmentKind, fulfil_order, parse_event, report_fulfilment
from orders.model import ChangeOrder, OrderId, OrderState, Timestamp, received, timestamp
from orders.status import OrderStatus
from tests.orders.fakes import FixedClock, MemoryOrderStore
from tests.orders.samples import ADA, AT, GRACE, LATER, an_order, to

S, K = OrderStatus, FulfilmentKind
BEFORE = (S.RECEIVED, S.VALIDATED, S.CONFIRMED)
CONFIRMED = BEFORE[1:]
LIFE = [*BEFORE, S.PACKED, S.SHIPPED, S.DELIVERED]
ID = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"


class Warehouse:
    """An order that was brought to its statuses, and the reporter of its parcel."""

    def __init__(self, *targets: OrderStatus, store: MemoryOrderStore | None = None) -> None:
        self.store, self.clock = store or MemoryOrderStore(), FixedClock()
        self.clock.advance(60)
        contents = an_order()
        self.order_id: OrderId = contents.order_id
        self.store.record(contents, received(contents))
        for target in targets:
            self.store.change(self.order_id, to(target))

    def event(self, kind: FulfilmentKind, at: Timestamp | None = None) -> FulfilmentEvent:
        return FulfilmentEvent(str(uuid4()), self.order_id, kind, at)

    def report(self, kind: FulfilmentKind, at: Timestamp | None = None) -> OrderState:
        return fulfil_order(self.event(kind, at), self.store, self.clock)


def life(state: OrderState) -> list[OrderStatus]:
    return [change.status for change in state.history]


@given(st.permutations(list(K)), st.lists(st.sampled_from(list(K))))
def test_any_order_and_repetition_of_reports_delivers_once(
    kinds: list[FulfilmentKind], again: list[FulfilmentKind]
) -> None:
    warehouse = Warehouse(*CONFIRMED)
    for kind in itertools.chain(kinds, again):
        warehouse.report(kind)
    state = warehouse.store.state(warehouse.order_id)
    assert state is not None
    assert life(state) == LIFE
    assert [change.at for change in state.history] == sorted(change.at for change in state.history)


def test_repeated_event_changes_nothing() -> None:
    warehouse = Warehouse(*CONFIRMED)
    event = warehouse.event(K.PACKED)
    state = fulfil_order(event, warehouse.store, warehouse.clock)
    warehouse.clock.advance(5)
    assert fulfil_order(event, warehouse.store, warehouse.clock) == state


def test_later_report_includes_those_before_it() -> None:
    warehouse = Warehouse(*CONFIRMED)
    shipped = warehouse.report(K.SHIPPED)
    assert life(shipped) == LIFE[:-1]
    assert warehouse.report(K.PACKED) == shipped


def test_failed_order_keeps_its_reports_and_accepts_no_more() -> None:
    warehouse = Warehouse(*CONFIRMED, S.PACKED, S.FAILED)
    assert warehouse.report(K.PACKED).status is S.FAILED
    with pytest.raises(OrderNotFulfillable, match="FAILED"):
        warehouse.report(K.SHIPPED)


@pytest.mark.parametrize("status", [S.CANCELLED, S.FAILED, S.RECEIVED, S.VALIDATED, S.AWAITING_APPROVAL])
def test_order_without_a_parcel_is_refused_unchanged(status: OrderStatus) -> None:
    warehouse = Warehouse(*{S.RECEIVED: (), S.VALIDATED: (status,)}.get(status, (S.VALIDATED, status)))
    before = warehouse.store.state(warehouse.order_id)
    with pytest.raises(OrderNotFulfillable) as refused:
        warehouse.report(K.DELIVERED)
    assert refused.value.info == {"status": status.value}
    assert warehouse.store.state(warehouse.order_id) == before


def test_unknown_order_is_not_found() -> None:
    with pytest.raises(OrderNotFound):
        fulfil_order(FulfilmentEvent(ID, OrderId(ID), K.PACKED), MemoryOrderStore(), FixedClock())


class OvertakenStore(MemoryOrderStore):
    """Another writer writes between our read and our first write."""

    def __init__(self, first: OrderStatus) -> None:
        super().__init__()
        self.first: OrderStatus | None = first

    def change(self, order_id: OrderId, command: ChangeOrder) -> OrderState:
        if command.target is S.PACKED and self.first is not None and "fulfilment" in command.origin.execution:
            first, self.first = self.first, None
            super().change(order_id, to(first, run="other"))
        return super().change(order_id, command)


def test_overtaken_report_continues_from_the_new_status() -> None:
    warehouse = Warehouse(*CONFIRMED, store=OvertakenStore(S.PACKED))
    assert life(warehouse.report(K.DELIVERED)) == LIFE


def test_earlier_cancellation_wins() -> None:
    warehouse = Warehouse(*CONFIRMED, store=OvertakenStore(S.CANCELLED))
    with pytest.raises(OrderNotFulfillable, match="CANCELLED"):
        warehouse.report(K.DELIVERED)


def test_concurrent_reports_write_each_status_once() -> None:
    warehouse = Warehouse(*CONFIRMED)
    threads = [threading.Thread(target=warehouse.report, args=(kind,)) for kind in [*K] * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = warehouse.store.state(warehouse.order_id)
    assert state is not None
    assert life(state) == LIFE


@pytest.mark.parametrize("at", [AT, Timestamp("1999-01-01T00:00:00.000Z")])
def test_report_is_never_dated_before_the_previous_change(at: Timestamp) -> None:
    assert Warehouse(*CONFIRMED).report(K.PACKED, at).updated_at == LATER


def test_report_has_its_own_time_and_none_from_the_future() -> None:
    warehouse = Warehouse(*CONFIRMED)
    packed = Timestamp("2026-11-20T18:00:30.000Z")
    assert warehouse.report(K.PACKED, packed).updated_at == packed
    now = timestamp(warehouse.clock.now())
    assert warehouse.report(K.SHIPPED, Timestamp("2030-01-01T00:00:00.000Z")).updated_at == now


def test_staff_alone_may_report() -> None:
    warehouse = Warehouse(*CONFIRMED)
    event = warehouse.event(K.PACKED)
    with pytest.raises(StaffOnly):
        report_fulfilment(event, Caller(ADA), warehouse.store, warehouse.clock)
    state = report_fulfilment(event, Caller(GRACE, is_staff=True), warehouse.store, warehouse.clock)
    assert state.status is S.PACKED


@pytest.mark.parametrize(
    ("kind", "detail", "path", "code"),
    [
        ("OrderLost", {"eventId": ID, "orderId": ID}, "detail-type", "UNKNOWN_EVENT"),
        (None, {"eventId": ID, "orderId": ID}, "detail-type", "UNKNOWN_EVENT"),
        ("OrderPacked", None, "detail", "WRONG_TYPE"),
        ("OrderPacked", [], "detail", "WRONG_TYPE"),
        ("OrderPacked", {"orderId": ID}, "detail.eventId", "NOT_A_UUID"),
        ("OrderPacked", {"eventId": ID, "orderId": "7"}, "detail.orderId", "NOT_A_UUID"),
        ("OrderPacked", {"eventId": ID, "orderId": ID, "by": "me"}, "detail.by", "UNKNOWN_FIELD"),
        ("OrderPacked", {"eventId": ID, "orderId": ID, "at": "noon"}, "detail.at", "BAD_TIME"),
        ("OrderPacked", {"eventId": ID, "orderId": ID, "at": 7}, "detail.at", "BAD_TIME"),
        ("OrderPacked", {"eventId": ID, "orderId": ID, "at": "2026-11-29T10:00:00"}, "detail.at", "BAD_TIME"),
    ],
)
def test_invalid_event_is_refused_with_its_place(kind: object, detail: object, path: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_event(kind, detail)
    assert refused.value.info == {"path": path, "code": code}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
DETAILS = st.fixed_dictionaries({}, optional={"eventId": JSON | st.just(ID), "orderId": JSON, "at": JSON})


@given(st.sampled_from(list(K)) | JSON, DETAILS | JSON)
def test_any_event_is_parsed_or_refused(kind: object, detail: object) -> None:
    try:
        event = parse_event(kind, detail)
    except InvalidRequest:
        return
    assert event.kind == kind
