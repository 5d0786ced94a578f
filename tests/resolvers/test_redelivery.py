"""Messages of the redelivery queue: read back as they were written, with what the order is besides."""

from __future__ import annotations

import json

import pytest

from orders.model import OrderStatusChanged, changed, received
from orders.status import OrderStatus
from resolvers.redelivery import MalformedMessage, read_message, to_message
from tests.orders.samples import an_order, to

CHANGES = changed(received(an_order(), trace="Root=1-2-3"), to(OrderStatus.FAILED)).changes_after(0)


@pytest.mark.parametrize("change", CHANGES)
def test_message_round_trips_with_its_order_and_trace(change: OrderStatusChanged) -> None:
    [channel, read] = read_message(to_message("bus", change))
    assert (channel, read, read.order) == ("bus", change, change.order)


def test_message_of_an_older_release_has_no_order() -> None:
    document = json.loads(to_message("bus", CHANGES[0]))
    del document["order"]
    assert read_message(json.dumps(document))[1].order is None


def test_message_with_an_incomplete_order_is_refused() -> None:
    document = json.loads(to_message("bus", CHANGES[0]))
    document["order"]["total"] = "12.50"
    with pytest.raises(MalformedMessage):
        read_message(json.dumps(document))
