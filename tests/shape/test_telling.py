"""Publishing a change, and who receives it."""

from __future__ import annotations

from typing import Any

import pytest

from orders.status import OrderStatus
from tests.shape import shape
from tests.shape.api import ADA, GRACE, STAFF
from tests.shape.samples import AT, ORDER_ID, api


def event(order_id: str = ORDER_ID, owner: str = "ada", status: str = "PACKED") -> dict[str, Any]:
    return {
        "orderId": order_id,
        "customerId": owner,
        "version": 4,
        "status": status,
        "at": AT,
        "reason": None,
    }


async def test_publish_returns_the_change() -> None:
    outcome = await api().call("Mutation.publishOrderStatus", {"input": event()})
    assert outcome.value == event()


async def delivered_to(
    field: str, arguments: dict[str, Any], identity: Any, *events: dict[str, Any]
) -> list[bool]:
    outcome = await api().call(f"Subscription.{field}", arguments, identity=identity)
    assert (outcome.value, outcome.errors) == (None, [])
    assert outcome.subscription_filter is not None
    return [outcome.subscription_filter.matches(item) for item in events]


async def test_order_subscription_reaches_owner_and_staff() -> None:
    events = (event(), event(order_id="another"))
    for identity, expected in ((ADA, [True, False]), (GRACE, [False, False]), (STAFF, [True, False])):
        assert (
            await delivered_to("onOrderStatus", {"orderId": ORDER_ID.upper()}, identity, *events) == expected
        )


async def test_subscription_to_own_orders_reaches_the_customer_and_to_all_orders_staff() -> None:
    events = (event(), event(owner="grace"))
    unrestricted: list[dict[str, Any]] = [{}, {"statuses": None}, {"statuses": []}]
    for arguments in unrestricted:
        assert await delivered_to("onMyOrders", arguments, ADA, *events) == [True, False]
        assert await delivered_to("onMyOrders", arguments, STAFF, *events) == [True, True]
        assert await delivered_to("onAnyOrder", arguments, STAFF, *events) == [True, True]


@pytest.mark.parametrize("count", range(1, len(OrderStatus) + 1))
async def test_subscription_filters_any_set_of_statuses(count: int) -> None:
    every = [status.value for status in OrderStatus]
    chosen = every[-count:]
    events = [event(status=status) for status in every]
    others = [event(owner="grace", status=status) for status in every]
    expected = [status in chosen for status in every]
    arguments = {"statuses": chosen + chosen}
    assert await delivered_to("onMyOrders", arguments, ADA, *events, *others) == expected + [False] * len(
        every
    )
    assert await delivered_to("onMyOrders", arguments, STAFF, *events, *others) == expected * 2
    assert await delivered_to("onAnyOrder", arguments, STAFF, *events, *others) == expected * 2


def test_resolver_has_the_number_of_statuses() -> None:
    for field in ("onMyOrders", "onAnyOrder"):
        assert f"const STATUSES = {len(OrderStatus)};" in shape.javascript()[f"js/Subscription.{field}.js"]
