"""`FiguresStore` on DynamoDB: a transaction for each step, and a query for each reading."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from orders.adapters.attributes import Attribute, Item, to_item
from orders.adapters.dynamodb_http import ServiceUnreachable
from orders.adapters.figure_items import (
    MINUTES,
    SUMS,
    memory_change,
    memory_key,
    read_memory,
    read_minute,
    read_sums,
    sums_changes,
)
from orders.adapters.transactions import Transaction, cancellation
from orders.analytics.memory import OrderMemory
from orders.analytics.ports import Recount
from orders.analytics.sums import Sums, total_of
from orders.errors import TryAgain
from orders.model import OrderId, Timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

PER_READ: Final = 100
"""BatchGetItem's limit."""

ROUNDS: Final = 8
"""DynamoDB may leave keys of a batch unread for now."""


class DynamoDBFigures:
    """The figures table.

    Parameters
    ----------
    client : DynamoDBClient
        boto3's client, or ``dynamodb_http``'s.
    table : str
        The table's name.
    sleep : callable
        Waits some seconds between attempts.
    """

    def __init__(
        self, client: DynamoDBClient, table: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._table = table
        self._sleep = sleep

    def memories(self, order_ids: Collection[OrderId]) -> Mapping[OrderId, OrderMemory]:
        """Read what orders were counted for, consistently."""
        keys = [memory_key(order_id) for order_id in order_ids]
        items = [
            item
            for start in range(0, len(keys), PER_READ)
            for item in self._items(keys[start : start + PER_READ])
        ]
        return dict(read_memory(item) for item in items)

    def commit(self, orders: Mapping[OrderId, Recount], sums: Sums, *, part: int, at: Timestamp) -> bool:
        """Write a step in one transaction; False when another got in between."""
        transaction = Transaction(self._client, "counting changes", sleep=self._sleep)
        for order_id, recount in orders.items():
            change = memory_change(order_id, recount.after, at)
            before = recount.before.versions
            if before:
                change["values"][":before"] = {"N": str(before)}
            transaction.update(
                self._table,
                **change,
                condition="versions = :before" if before else "attribute_not_exists(pk)",
            )
        for addition in sums_changes(sums, part):
            transaction.update(self._table, **addition)
        try:
            return cancellation(transaction.commit()) is None
        except ServiceUnreachable as error:
            raise TryAgain(f"counting changes: {error}") from error

    def sums(self, since: str) -> Sums:
        """Add up all parts, and those of the minutes from `since` on."""
        totals = [read_sums(item) for item in self._query("pk = :pk", {":pk": SUMS})]
        minutes = [
            read_minute(item)
            for item in self._query("pk = :pk AND sk >= :since", {":pk": MINUTES, ":since": since})
        ]
        return total_of([*totals, *minutes])

    def _items(self, keys: list[dict[str, Attribute]]) -> Iterator[Item]:
        unprocessed: object = {self._table: {"Keys": keys, "ConsistentRead": True}}
        for attempt in range(ROUNDS):
            if attempt:
                self._sleep(0.02 * 2**attempt)
            answer = self._client.batch_get_item(RequestItems=unprocessed)  # type: ignore[arg-type]
            yield from answer["Responses"].get(self._table, [])
            unprocessed = answer.get("UnprocessedKeys")
            if not unprocessed:
                return
        raise TryAgain("DynamoDB leaves keys unread")

    def _query(self, condition: str, values: Mapping[str, str]) -> Iterator[Item]:
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": to_item(values),
            "ConsistentRead": True,
        }
        while True:
            answer = self._client.query(**request)
            yield from answer["Items"]
            if not answer.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
