"""Writes docs/events/*.schema.json, the contract of the events, from the types that make them.

python -m tools.event_schemas
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from orders.events import SCHEMA_VERSION, SOURCE, OrderEventDocument, event_type
from orders.parsing import MAX_ITEMS, MAX_TOTAL
from orders.status import FailureReason, OrderStatus, takes_reason

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "events"
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
DOCUMENT: Final = "order-event.v1.schema.json"
ENVELOPE: Final = "bus-event.v1.schema.json"
_MOMENT: Final = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
    "description": "UTC, with milliseconds",
}
_UUID: Final = {"type": "string", "format": "uuid"}


def document_schema() -> dict[str, Any]:
    """Return the schema of an event's document."""
    properties: dict[str, dict[str, Any]] = {
        "schemaVersion": {"const": SCHEMA_VERSION},
        "type": {"enum": [event_type(status) for status in OrderStatus]},
        "orderId": {**_UUID, "description": "lower case"},
        "customerId": {"type": "string", "minLength": 1, "description": "the user pool's sub"},
        "version": {
            "type": "integer",
            "minimum": 1,
            "maximum": len(OrderStatus),
            "description": "the order's sequence number: with orderId it identifies the event",
        },
        "status": {"enum": [status.value for status in OrderStatus]},
        "at": {**_MOMENT, "description": "when it was committed; UTC, with milliseconds"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217"},
        "total": {
            "type": "integer",
            "minimum": 0,
            "maximum": MAX_TOTAL,
            "description": "in minor units of the currency",
        },
        "itemCount": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_ITEMS,
            "description": "lines of the order",
        },
        "country": {
            "type": ["string", "null"],
            "pattern": "^[A-Z]{2}$",
            "description": "where it is delivered to, ISO 3166-1 alpha-2",
        },
        "reason": {"enum": [*(reason.value for reason in FailureReason), None]},
        "createdAt": {**_MOMENT, "description": "when the order was recorded"},
        "previousAt": {
            **_MOMENT,
            "type": ["string", "null"],
            "description": "when the change before was committed; null of version 1",
        },
    }
    assert properties.keys() == OrderEventDocument.__annotations__.keys()
    return {
        "$schema": DRAFT,
        "$id": DOCUMENT,
        "title": "A change of an order's status",
        "description": "Fields may be added within version 1: ignore those that you do not know.",
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "allOf": [_of_status(status) for status in OrderStatus],
    }


def envelope_schema() -> dict[str, Any]:
    """Return the schema of EventBridge's envelope around the document."""
    types = [event_type(status) for status in OrderStatus]
    return {
        "$schema": DRAFT,
        "$id": ENVELOPE,
        "title": "An order's event as a rule's target gets it",
        "type": "object",
        "required": ["version", "id", "detail-type", "source", "account", "time", "region", "detail"],
        "properties": {
            "id": {**_UUID, "description": "EventBridge's: a repeated event may have another"},
            "source": {"const": SOURCE},
            "detail-type": {"enum": types},
            "time": {"type": "string", "description": "the document's `at`, in whole seconds"},
            "replay-name": {"type": "string", "description": "there in a replay alone"},
            "detail": {"$ref": DOCUMENT},
        },
    }


def _of_status(status: OrderStatus) -> dict[str, Any]:
    """Return what an event of one status has besides."""
    reasons = [reason for reason in (*FailureReason, None) if takes_reason(status, reason)]
    return {
        "if": {"properties": {"status": {"const": status.value}}},
        "then": {
            "properties": {
                "type": {"const": event_type(status)},
                "reason": {"enum": [None if reason is None else reason.value for reason in reasons]},
            }
        },
    }


def render(schema: dict[str, Any]) -> str:
    """Return a schema as its file has it."""
    return json.dumps(schema, indent=2) + "\n"


FILES: Final = {DOCUMENT: document_schema, ENVELOPE: envelope_schema}


def main() -> None:
    """Write both."""
    FOLDER.mkdir(exist_ok=True)
    for name, schema in FILES.items():
        (FOLDER / name).write_text(render(schema()), encoding="utf-8")
        print(f"wrote {FOLDER.name}/{name}")


if __name__ == "__main__":
    main()
