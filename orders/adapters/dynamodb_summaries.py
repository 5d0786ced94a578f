"""`SummaryStore` on DynamoDB.

A summary's revision guards it and what it counts: both are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final, cast

from orders.adapters.attributes import Attribute, Item
from orders.adapters.summary_items import (
    POINTER,
    counted_item,
    generations_item,
    order_key,
    read_counted,
    read_generations,
    read_summary,
    summary_item,
    summary_key,
    unreadable_key,
)
from orders.adapters.transactions import Transaction, cancellation
from orders.errors import TryAgain
from orders.model import CustomerId, OrderId
from orders.summaries.generations import Generations
from orders.summaries.model import Counted, Summary

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROUNDS: Final = 5
"""For keys that a batch left out: DynamoDB answers with what it could read at once."""

MOST_UNREADABLE: Final = 1_000
"""Events, from which on no more are noted of a generation."""

DELETIONS: Final = 25
PAGES: Final = 20
"""Of a generation, deleted in one call."""


class DynamoDBSummaries:
    """Keeps ``orders.summaries.ports.SummaryStore``.

    Parameters
    ----------
    client : DynamoDBClient
        boto3's client, or ``dynamodb_http``'s; to delete a generation takes boto3's.
    table : str
        The summaries table's name.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def generations(self) -> Generations:
        """Return which generation is read, and which is built."""
        item = self._client.get_item(
            TableName=self._table, Key={"pk": {"S": POINTER}}, ConsistentRead=True
        ).get("Item")
        return Generations() if item is None else read_generations(item)

    def switch(self, before: Generations, after: Generations) -> bool:
        """Write which they are, unless another writer has since ``before``."""
        item = generations_item(replace(after, revision=before.revision + 1))
        try:
            if before.revision:
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="revision = :revision",
                    ExpressionAttributeValues={":revision": {"N": str(before.revision)}},
                )
            else:
                self._client.put_item(
                    TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
                )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def load(
        self, generation: str, customer_id: CustomerId, order_ids: Sequence[OrderId]
    ) -> tuple[Summary, Mapping[OrderId, Counted]]:
        """Return a customer's summary, and what is counted of orders."""
        key = summary_key(generation, customer_id)
        items = self._read([key, *(order_key(generation, order_id) for order_id in order_ids)])
        current = next((item for item in items if item["pk"] == key["pk"]), None)
        counted = [read_counted(item) for item in items if item["pk"] != key["pk"]]
        summary = Summary(customer_id) if current is None else read_summary(current)
        return summary, {each.order_id: each for each in counted}

    def save(self, generation: str, summary: Summary, counted: Collection[Counted]) -> bool:
        """Write a summary and what it counts; False when its revision is written already."""
        transaction = Transaction(self._client, "A customer's summary")
        item = summary_item(generation, summary)
        if summary.revision > 1:
            before: dict[str, Attribute] = {":before": {"N": str(summary.revision - 1)}}
            transaction.put(self._table, item, condition="revision = :before", values=before)
        else:
            transaction.put(self._table, item, condition="attribute_not_exists(pk)")
        for each in counted:
            transaction.put(self._table, counted_item(generation, each), condition=None)
        return cancellation(transaction.commit()) is None

    def note_unreadable(self, generation: str, events: Set[str]) -> None:
        """Add events to those that a generation lacks; an item has room for some thousands."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=unreadable_key(generation),
                UpdateExpression="ADD events :events",
                ConditionExpression="attribute_not_exists(events) OR size(events) < :most",
                ExpressionAttributeValues={
                    ":events": {"SS": sorted(events)},
                    ":most": {"N": str(MOST_UNREADABLE)},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def unreadable(self, generation: str) -> int:
        """Return how many events a generation is known to lack."""
        key = unreadable_key(generation)
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return len(answer.get("Item", {}).get("events", {}).get("SS", ()))

    def drop(self, generation: str) -> bool:
        """Delete items of a generation; return whether all are gone."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="begins_with(pk, :generation)",
            ExpressionAttributeValues={":generation": {"S": f"{generation}#"}},
            ProjectionExpression="pk",
        )
        keys = [item for page in islice(pages, PAGES) for item in page["Items"]]
        for start in range(0, len(keys), DELETIONS):
            batch = keys[start : start + DELETIONS]
            self._client.batch_write_item(
                RequestItems={self._table: [{"DeleteRequest": {"Key": key}} for key in batch]}
            )
        return not keys

    def _read(self, keys: Sequence[Mapping[str, object]]) -> list[Item]:
        return list(self._items(keys))

    def _items(self, keys: Sequence[Mapping[str, object]]) -> Iterator[Item]:
        request = {self._table: {"Keys": keys, "ConsistentRead": True}}
        for _ in range(ROUNDS):
            answer = self._client.batch_get_item(RequestItems=request)  # type: ignore[arg-type]
            yield from cast("list[Item]", answer.get("Responses", {}).get(self._table, []))
            request = answer.get("UnprocessedKeys", {})  # type: ignore[assignment]
            if not request:
                return
        raise TryAgain("DynamoDB left summaries out of its answer")
