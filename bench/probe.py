"""Status changes written straight into the orders table, so that the time of each commit is known.

The workflow stamps a change when it *enters* the state that writes it, before the write. Here the time
is taken when DynamoDB's answer to a conditional ``UpdateItem``, the same as the workflow's, is there.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
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


LIFE = ("RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED")


@dataclass(frozen=True, slots=True)
class Commit:
    """The write of one version of an order: when it was sent and when answered, in seconds since 1970."""

    order_id: str
    sent: float
    answered: float
    version: int = 2


def names(count: int) -> list[str]:
    """Return ids for ``count`` orders that there are not yet."""
    return [str(uuid.uuid4()) for _ in range(count)]


def commit_changes(
    ready_file: Path, table: str, customer_id: str, rate: float, orders: Sequence[str]
) -> list[Commit]:
    """Record orders of a customer by these names, then validate them, ``rate`` a second."""
    dynamodb = _client(ready_file)
    for order_id in orders:
        dynamodb.put_item(TableName=table, Item=_received(order_id, customer_id))
    commits = []
    start = time.monotonic()
    for number, order_id in enumerate(orders):
        time.sleep(max(0.0, start + number / rate - time.monotonic()))
        commits.append(_change(dynamodb, table, order_id, 2))
    return commits


def commit_life(ready_file: Path, table: str, customer_id: str, order_id: str, rate: float) -> list[Commit]:
    """Record an order, then lead it through all changes up to its delivery, ``rate`` a second."""
    dynamodb = _client(ready_file)
    dynamodb.put_item(TableName=table, Item=_received(order_id, customer_id))
    commits = []
    for version in range(2, len(LIFE) + 1):
        time.sleep(1 / rate)
        commits.append(_change(dynamodb, table, order_id, version))
    return commits


def record(ready_file: Path, table: str, customer_id: str, orders: Sequence[str]) -> None:
    """Record orders of a customer by these names; nothing moves them."""
    dynamodb = _client(ready_file)
    for order_id in orders:
        dynamodb.put_item(TableName=table, Item=_received(order_id, customer_id))


def commit_lives(ready_file: Path, table: str, orders: Sequence[str], rate: float) -> list[Commit]:
    """Lead recorded orders to their delivery, all a step before any the next, ``rate`` changes a second."""
    dynamodb = _client(ready_file)
    commits: list[Commit] = []
    start = time.monotonic()
    for version in range(2, len(LIFE) + 1):
        for order_id in orders:
            time.sleep(max(0.0, start + len(commits) / rate - time.monotonic()))
            commits.append(_change(dynamodb, table, order_id, version))
    return commits


def stream_of(ready_file: Path, table: str) -> str:
    """Return the ARN of a table's stream, by which the engine reports commits."""
    return _client(ready_file).describe_table(TableName=table)["Table"]["LatestStreamArn"]


def _client(ready_file: Path) -> DynamoDBClient:
    ready = read_ready(ready_file)
    return boto3.session.Session(
        aws_access_key_id=ready.access_key_id,
        aws_secret_access_key=ready.secret_access_key,
        region_name=ready.region,
    ).client("dynamodb", endpoint_url=ready.engine, config=Config(retries={"max_attempts": 1}))


def _change(dynamodb: DynamoDBClient, table: str, order_id: str, version: int) -> Commit:
    at, before, after = _now(), LIFE[version - 2], LIFE[version - 1]
    sent = time.time()
    dynamodb.update_item(
        TableName=table,
        Key={"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": "STATE"}},
        ConditionExpression="#status IN (:before)",
        UpdateExpression="SET #status = :status, version = version + :one, "
        "history = list_append(history, :entry), updatedAt = :at",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={
            ":before": {"S": before},
            ":status": {"S": after},
            ":one": {"N": "1"},
            ":entry": {"L": [_entry(after, at)]},
            ":at": {"S": at},
        },
    )
    return Commit(order_id, sent, time.time(), version)


def _received(order_id: str, customer_id: str) -> dict[str, AttributeValueTypeDef]:
    """Return the state of an order that was never started, and that no reconciler sees."""
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
