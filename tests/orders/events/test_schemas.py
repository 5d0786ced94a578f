"""The schema files are made from the types, and refuse what the parser refuses."""

from __future__ import annotations

from typing import Any

import pytest

from orders.events import event_document, event_of
from orders.model import changed, received
from orders.status import OrderStatus
from tests.orders.events.schemas import faults
from tests.orders.samples import an_order, to
from tools.event_schemas import FILES, FOLDER, render


def an_event(target: OrderStatus = OrderStatus.FAILED) -> dict[str, Any]:
    change = changed(received(an_order()), to(target)).change(2)
    document = event_document(event_of(change))
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": document["type"],
        "source": "orderwire.orders",
        "account": "123456789012",
        "time": "2026-11-20T18:00:07Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": dict(document),
    }


def test_schema_files_are_generated_from_the_types() -> None:
    for name, schema in FILES.items():
        text = (FOLDER / name).read_text("utf-8")
        assert text == render(schema()), "run python -m tools.event_schemas"


@pytest.mark.parametrize("target", [OrderStatus.FAILED, OrderStatus.CANCELLED, OrderStatus.VALIDATED])
def test_event_with_a_field_of_a_later_release_is_valid(target: OrderStatus) -> None:
    event = an_event(target)
    assert faults(event) == []
    event["detail"]["giftWrap"] = True
    assert faults(event) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schemaVersion", "2"),
        ("type", "order.shipped"),
        ("reason", None),
        ("reason", "NOT_APPROVED"),
        ("total", 12.5),
        ("total", 2**31),
        ("itemCount", 51),
        ("at", "2026-11-20T18:00:07Z"),
        ("country", "Germany"),
        ("version", 0),
    ],
)
def test_document_with_an_invalid_field_is_invalid(field: str, value: object) -> None:
    event = an_event()
    event["detail"][field] = value
    assert faults(event)


def test_document_without_a_required_field_is_invalid() -> None:
    event = an_event()
    del event["detail"]["previousAt"]
    assert faults(event)
