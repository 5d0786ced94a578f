"""Orders as the table holds them, and answers as data sources give them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from tests.shape.api import Answer, Api, refused

ORDER_ID = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
AT = "2026-11-20T18:00:00.000Z"
ITEM: dict[str, Any] = {"sku": "TEA-1", "name": "Tea", "quantity": 2, "unitPrice": 450}
INPUT: dict[str, Any] = {
    "clientToken": ORDER_ID,
    "currency": "EUR",
    "items": [ITEM],
    "cardToken": "tok_approve",
}
CANONICAL = "v1|EUR|11:tok_approve|1|TEA-1;2;450;3:Tea|"
STATE_KEY = {"pk": {"S": f"ORDER#{ORDER_ID}"}, "sk": {"S": "STATE"}}
CONTENTS_KEY = {"pk": {"S": f"ORDER#{ORDER_ID}"}, "sk": {"S": "CONTENTS"}}
CONFLICT = refused("DynamoDB:TransactionCanceledException")
CONDITION = refused("DynamoDB:ConditionalCheckFailedException")


def state(*statuses: str, owner: str = "ada") -> dict[str, Any]:
    history = [{"status": status, "at": AT} for status in statuses or ("RECEIVED",)]
    return {
        "pk": f"ORDER#{ORDER_ID}",
        "sk": "STATE",
        "orderId": ORDER_ID,
        "customerId": owner,
        "status": history[-1]["status"],
        "version": len(history),
        "history": history,
        "currency": "EUR",
        "total": 900,
        "itemCount": 1,
        "createdAt": AT,
        "updatedAt": AT,
    }


def contents(owner: str = "ada", canonical: str = CANONICAL) -> dict[str, Any]:
    return {"sk": "CONTENTS", "customerId": owner, "canonical": canonical, "items": [ITEM]}


def gives(value: Any) -> Answer:
    return lambda _: value


def answers(status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
    return gives({"statusCode": status, "headers": headers or {}, "body": json.dumps(body)})


STARTED = answers(200, {"executionArn": "arn:execution", "startDate": 1})
RECORDED = gives({"keys": [], "cancellationReasons": None})


def both(*items: Any) -> Answer:
    return gives({"data": {"orders": list(items)}, "unprocessedKeys": {}})


@cache
def api() -> Api:
    """Return the deployed API's resolvers: compiled once."""
    return Api()


def errors(outcome: Any) -> list[tuple[Any, ...]]:
    return [(error.error_type, error.message, error.error_info) for error in outcome.errors]
