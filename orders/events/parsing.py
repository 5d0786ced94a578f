"""Reading an order event: what a consumer does first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from orders.events.model import SCHEMA_VERSION, MalformedEvent, OrderEvent, event_type
from orders.model import CustomerId, OrderId, Timestamp
from orders.parsing import MAX_ITEMS, MAX_TOTAL
from orders.status import FailureReason, OrderStatus

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def parse_order_event(document: object) -> OrderEvent:
    """Return the event that a document is; fields of later releases are ignored.

    Raises
    ------
    MalformedEvent
        Names the first field that is not as version 1 has it.
    """
    if not isinstance(document, Mapping):
        raise MalformedEvent("must be an object")
    if document.get("schemaVersion") != SCHEMA_VERSION:
        raise MalformedEvent(f"schemaVersion: must be {SCHEMA_VERSION!r}")
    reason, previous = document.get("reason"), document.get("previousAt")
    try:
        event = OrderEvent(
            order_id=OrderId(_text(document, "orderId")),
            customer_id=CustomerId(_text(document, "customerId")),
            version=_number(document, "version", least=1),
            status=OrderStatus(_text(document, "status")),
            at=_moment(document, "at"),
            currency=_text(document, "currency"),
            total=_number(document, "total", least=0, most=MAX_TOTAL),
            item_count=_number(document, "itemCount", least=1, most=MAX_ITEMS),
            country=None if document.get("country") is None else _text(document, "country"),
            reason=None if reason is None else FailureReason(_text(document, "reason")),
            created_at=_moment(document, "createdAt"),
            previous_at=None if previous is None else _moment(document, "previousAt"),
        )
    except MalformedEvent:
        raise
    except ValueError as error:
        raise MalformedEvent(str(error)) from error
    if document.get("type") != event_type(event.status):
        raise MalformedEvent("type: must be that of the status")
    return event


def _text(document: Mapping[str, object], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedEvent(f"{name}: must be a text")
    return value


def _number(document: Mapping[str, object], name: str, *, least: int, most: int | None = None) -> int:
    value = document.get(name)
    # bool is an int to Python, and is none in JSON.
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise MalformedEvent(f"{name}: must be a whole number, {least} or more")
    if most is not None and value > most:
        raise MalformedEvent(f"{name}: must be at most {most}")
    return value


def _moment(document: Mapping[str, object], name: str) -> Timestamp:
    value = _text(document, name)
    if not _MOMENT.fullmatch(value):
        raise MalformedEvent(f"{name}: must be a time in UTC with milliseconds")
    return Timestamp(value)
