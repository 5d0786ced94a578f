"""The items as DynamoDB is given them, without DynamoDB."""

from __future__ import annotations

import pytest

from orders.adapters.attributes import MalformedItem, to_item
from orders.adapters.order_items import contents_item, read_contents, read_state, state_item
from orders.model import ChangeOrigin, OrderItem, changed, received
from orders.status import OrderStatus
from tests.orders.samples import an_order, to

TRACE = "Root=1-6569a0c0-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"


def size_of(value: object) -> int:
    """DynamoDB's own arithmetic for the size of an attribute value."""
    assert isinstance(value, dict)
    ((kind, inner),) = value.items()
    if kind == "S":
        return len(inner.encode())
    if kind == "N":
        return (len(inner) + 1) // 2 + 1
    if kind == "L":
        return 3 + sum(1 + size_of(entry) for entry in inner)
    assert kind == "M"
    return 3 + sum(1 + len(name) + size_of(entry) for name, entry in inner.items())


def test_items_round_trip() -> None:
    contents = an_order(items=(OrderItem("A", "茶 🍵", 3, 0),))
    assert read_contents(contents_item(contents)) == contents
    for trace in (None, TRACE):
        assert read_state(state_item(received(contents, trace))) == received(contents, trace)
        assert received(contents, trace).change(1).trace == trace


def test_longest_state_is_under_a_kilobyte() -> None:
    """An update is charged per kilobyte of the whole item, old or new, whichever is larger."""
    contents = an_order(items=(OrderItem("A", "A", 1, 2**31 - 1),))
    state = received(contents, TRACE)
    for target in ("VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "FAILED"):
        state = changed(state, to(OrderStatus(target)))
    arn = f"arn:aws:states:ap-southeast-2:123456789012:execution:OrderWorkflow-0123456789ab:{state.order_id}"
    history = [
        {"status": c.status.value, "at": c.at, **({"reason": "PAYMENT_DECLINED"} if c.reason else {})}
        for c in state.history
    ]
    item = state_item(state) | to_item(
        {
            "history": history,
            "reason": "PAYMENT_DECLINED",
            "lastChange": {"execution": arn, "state": "x" * 30},
        }
    )
    del item["pendingKey"], item["pendingSince"]
    assert read_state(item).last_change == ChangeOrigin(arn, "x" * 30)
    assert sum(len(name) + size_of(value) for name, value in item.items()) < 1024


def test_contradictory_items_are_refused() -> None:
    item = state_item(received(an_order()))
    for changes in ({"version": 2}, {"status": "PACKED"}, {"history": ["x"]}):
        with pytest.raises(MalformedItem):
            read_state(item | to_item(changes))
    for name in ("version", "history", "orderId"):
        with pytest.raises(MalformedItem, match=f"no .*'{name}'"):
            read_state({key: value for key, value in item.items() if key != name})
