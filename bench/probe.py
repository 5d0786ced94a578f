"""Status changes written straight into the orders table, so that the time of each commit is known.

The workflow stamps a change when it *enters* the state that writes it, before the write. Here the time
is taken when DynamoDB's answer to a conditional ``UpdateItem``, the same as the workflow's, is there.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from demo.ready import read_ready

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


@dataclass(frozen=True, slots=True)
class Commit:
    """The write of an order's version 2: when it was sent and when answered, in seconds since 1970."""

    order_id: str
    sent: float
    answered: float


def commit_changes(ready_file: Path, table: str, customer_id: str, rate: float, count: int) -> list[Commit]:
    """Record ``count`` orders of a customer, then validate them, ``rate`` a second."""
    ready = read_ready(ready_file)
    dynamodb = boto3.session.Session(
        aws_access_key_id=ready.access_key_id,
        aws_secret_access_key=ready.secret_access_key,
        region_name=ready.region,
    ).client("dynamodb", endpoint_url=ready.engine, config=Config(retries={"max_attempts": 1}))
    orders = [str(uuid.uuid4()) for _ in range(count)]
    for order_id in orders:
        dynamodb.put_item(TableName=table, Item=_received(order_id, customer_id))
    commits = []
    began = time.monotonic()
    for number, order_id in enumerate(orders):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        commits.append(_validate(dynamodb, table, order_id))
    return commits


def _validate(dynamodb: DynamoDBClient, table: str, order_id: str) -> Commit:
    at = _now()
    sent = time.time()
    dynamodb.update_item(
        TableName=table,
        Key={"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": "STATE"}},
        ConditionExpression="#status IN (:received)",
        UpdateExpression="SET #status = :status, version = version + :one, "
        "history = list_append(history, :entry), updatedAt = :at",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={
            ":received": {"S": "RECEIVED"},
            ":status": {"S": "VALIDATED"},
            ":one": {"N": "1"},
            ":entry": {"L": [_entry("VALIDATED", at)]},
            ":at": {"S": at},
        },
    )
    return Commit(order_id, sent, time.time())


def _received(order_id: str, customer_id: str) -> dict[str, AttributeValueTypeDef]:
    """Return the state of an order that nobody has started, and that no reconciler sees."""
    at = _now()
    return {
        "pk": {"S": f"ORDER#{order_id}"},
        "sk": {"S": "STATE"},
        "orderId": {"S": order_id},
        "customerId": {"S": customer_id},
        "status": {"S": "RECEIVED"},
        "version": {"N": "1"},
        "history": {"L": [_entry("RECEIVED", at)]},
        "currency": {"S": "EUR"},
        "total": {"N": "250"},
        "itemCount": {"N": "1"},
        "createdAt": {"S": at},
        "updatedAt": {"S": at},
        "ownerKey": {"S": customer_id},
        "ownerSort": {"S": f"{at}#{order_id}"},
    }


def _entry(status: str, at: str) -> AttributeValueTypeDef:
    return {"M": {"status": {"S": status}, "at": {"S": at}}}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
