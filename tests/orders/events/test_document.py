"""The order event and its document: made from changes, read back, refused where it is none."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.events import MalformedEvent, OrderEvent, event_document, event_of, parse_order_event
from orders.model import CustomerId, OrderId, OrderStatusChanged, changed, received
from orders.status import FailureReason, OrderStatus
from tests.orders.samples import ADA, AT, LATER, an_order, to

EVENTS = st.builds(
    OrderEvent,
    order_id=st.uuids().map(lambda id: OrderId(str(id))),
    customer_id=st.uuids().map(lambda id: CustomerId(str(id))),
    version=st.integers(1, 8),
    status=st.sampled_from(OrderStatus),
    at=st.just(LATER),
    currency=st.sampled_from(["EUR", "JPY"]),
    total=st.integers(0, 2**31 - 1),
    item_count=st.integers(1, 50),
    country=st.none() | st.sampled_from(["DE", "AQ"]),
    reason=st.none() | st.sampled_from(FailureReason),
    created_at=st.just(AT),
    previous_at=st.none() | st.just(AT),
)


@given(EVENTS)
def test_document_round_trips_to_its_event(event: OrderEvent) -> None:
    assert parse_order_event(event_document(event)) == event


def test_event_of_a_change_equals_the_state() -> None:
    state = changed(received(an_order("3f2b")), to(OrderStatus.FAILED))
    first, second = (event_document(event_of(change)) for change in state.changes_after(0))
    assert first["type"] == "order.received" and first["previousAt"] is None
    assert second == {
        "schemaVersion": "1",
        "type": "order.failed",
        "orderId": "3f2b",
        "customerId": ADA,
        "version": 2,
        "status": "FAILED",
        "at": LATER,
        "currency": "EUR",
        "total": 2100,
        "itemCount": 2,
        "country": None,
        "reason": "OUT_OF_STOCK",
        "createdAt": AT,
        "previousAt": AT,
    }


def test_change_without_its_order_is_no_event() -> None:
    with pytest.raises(MalformedEvent, match="says nothing of its order"):
        event_of(OrderStatusChanged(OrderId("3f2b"), ADA, 1, OrderStatus.RECEIVED, AT))


def test_field_of_a_later_release_is_ignored() -> None:
    document = a_document()
    assert parse_order_event(document | {"giftWrap": True}) == parse_order_event(document)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("schemaVersion", "2", "schemaVersion"),
        ("type", "order.failed", "type"),
        ("orderId", 7, "orderId"),
        ("version", True, "version"),
        ("version", 0, "version"),
        ("status", "LOST", "LOST"),
        ("at", "2026-11-29", "at"),
        ("total", 1.5, "total"),
        ("total", 2**31, "total: must be at most 2147483647"),
        ("itemCount", 51, "itemCount: must be at most 50"),
        ("itemCount", None, "itemCount"),
        ("country", 49, "country"),
        ("reason", "BAD_LUCK", "BAD_LUCK"),
        ("previousAt", "yesterday", "previousAt"),
    ],
)
def test_document_with_an_invalid_field_is_refused(field: str, value: object, words: str) -> None:
    with pytest.raises(MalformedEvent, match=words):
        parse_order_event(a_document() | {field: value})


def test_document_that_is_no_object_is_refused() -> None:
    with pytest.raises(MalformedEvent, match="object"):
        parse_order_event(["order.received"])


def a_document() -> dict[str, object]:
    [change] = received(an_order()).changes_after(0)
    return cast("dict[str, object]", dict(event_document(event_of(change))))
