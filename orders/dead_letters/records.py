"""Which records of a stream concern whom, as the mappings' filters choose them.

Streams are the orders table's, whose records hold items, and that of changes (Kinesis), whose records hold
events and are all wanted.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from orders.dead_letters.ports import Record
from orders.dead_letters.reading import order_ids
from orders.model import OrderId

CHANGES = ("INSERT", "MODIFY")


def order_of(record: Record) -> OrderId | None:
    """Return the order that a record is about."""
    if "kinesis" in record:
        return _order_of_event(record["kinesis"])
    key = _text(record, "Keys", "pk")
    ids = order_ids(key.removeprefix("ORDER#")) if key and key.startswith("ORDER#") else ()
    return ids[0] if ids else None


def wanted(place: str, record: Record) -> bool:
    """Return whether the mapping of a place hands a record to its function.

    Between a batch's first and last record others may lie that its filter left out; handled all the same, a
    payment would be given back whose order was not cancelled.
    """
    if "kinesis" in record:
        return True
    if record.get("eventName") not in CHANGES or _text(record, "Keys", "sk") != "STATE":
        return False
    if place != "settlement":
        return True
    return (
        _text(record, "OldImage", "status") == "CONFIRMED"
        and _text(record, "NewImage", "status") == "CANCELLED"
    )


def _order_of_event(data: Any) -> OrderId | None:
    try:
        document = json.loads(base64.b64decode(data["data"]))
        ids = order_ids(document["orderId"])
    except (ValueError, KeyError, TypeError):
        return None
    return ids[0] if ids else None


def _text(record: Record, image: str, name: str) -> str | None:
    data: Any = record.get("dynamodb")
    try:
        value = data[image][name]["S"]
    except (KeyError, TypeError):
        return None
    return value if isinstance(value, str) else None
