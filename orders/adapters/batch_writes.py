"""Writes that may happen one by one, in few requests: BatchWriteItem until it has taken them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from orders.errors import Contended

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestUnionTypeDef

    from orders.adapters.attributes import Item

BATCH = 25
"""DynamoDB's limit on the writes of one batch."""

ATTEMPTS = 5


def put_all(
    client: DynamoDBClient, table: str, items: Sequence[Item], what: str, sleep: Callable[[float], None]
) -> None:
    """Write ``items``, of different keys, in any order.

    Raises
    ------
    Contended
        Some are not written. ``what`` says in its message what was tried.
    """
    _write(client, table, [{"PutRequest": {"Item": item}} for item in items], what, sleep)


def delete_all(
    client: DynamoDBClient, table: str, keys: Sequence[Item], what: str, sleep: Callable[[float], None]
) -> None:
    """Delete the items of ``keys``, each named once, in any order.

    Raises
    ------
    Contended
        Some are not deleted. ``what`` says in its message what was tried.
    """
    _write(client, table, [{"DeleteRequest": {"Key": key}} for key in keys], what, sleep)


def _write(
    client: DynamoDBClient,
    table: str,
    writes: Sequence[WriteRequestUnionTypeDef],
    what: str,
    sleep: Callable[[float], None],
) -> None:
    for start in range(0, len(writes), BATCH):
        remaining = writes[start : start + BATCH]
        for attempt in range(ATTEMPTS):
            if attempt:
                sleep(0.05 * 2**attempt)
            answer = client.batch_write_item(RequestItems={table: remaining})
            remaining = answer.get("UnprocessedItems", {}).get(table, [])
            if not remaining:
                break
        else:
            raise Contended(what, ATTEMPTS)
