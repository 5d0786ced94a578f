"""`ImportStore` on DynamoDB: one item for an import, one for each of its batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, cast

from orders.adapters.attributes import Attribute, Item, text
from orders.adapters.import_items import (
    BATCH,
    EVERYONE,
    batch_item,
    file_key,
    import_item,
    import_key,
    list_key,
    read_batch,
    read_import,
    read_place,
)
from orders.adapters.transactions import Transaction
from orders.errors import OrderwireError
from orders.imports.model import KEPT_SECONDS, UNDER_WAY, Import, ImportId, RefusedLine
from orders.imports.ports import BatchResult
from orders.model import CustomerId, Timestamp
from orders.ports import Position

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutItemInputTypeDef, QueryInputTypeDef


class DynamoDBImports:
    """Imports in a table with keys ``pk`` and ``sk`` and the indexes ``byOwner`` and ``all``.

    Parameters
    ----------
    client : DynamoDBClient
        boto3's client, or ``dynamodb_http``'s.
    table : str
        The imports table's name.
    seconds : callable
        Returns the time, in seconds since 1970: from it what ends by itself is counted.
    """

    def __init__(self, client: DynamoDBClient, table: str, seconds: Callable[[], float]) -> None:
        self._client = client
        self._table = table
        self._seconds = seconds

    def create(self, new: Import) -> bool:
        """Write the item of a new import."""
        return self._put(new, {"ConditionExpression": "attribute_not_exists(pk)"})

    def load(self, import_id: ImportId) -> Import | None:
        """Read an import's item."""
        answer = self._client.get_item(TableName=self._table, Key=import_key(import_id), ConsistentRead=True)
        item = answer.get("Item")
        return None if item is None else read_import(item)

    def save(self, changed: Import, before: Import) -> bool:
        """Rewrite the item while its version is that of ``before``."""
        return self._put(
            changed,
            {
                "ConditionExpression": "#version = :before",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":before": {"N": str(before.version)}},
            },
        )

    def _put(self, state: Import, condition: dict[str, object]) -> bool:
        """Write a state; its version and time are its own, by which a write that was repeated is known."""
        request = cast(
            "PutItemInputTypeDef",
            {
                "TableName": self._table,
                "Item": import_item(state),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                **condition,
            },
        )
        try:
            self._client.put_item(**request)
        except self._client.exceptions.ConditionalCheckFailedException as error:
            # The client sends a write again whose answer was lost.
            item: Item | None = error.response.get("Item")  # type: ignore[assignment]
            return item is not None and read_import(item) == state
        return True

    def listed(
        self, owner: CustomerId | None, *, limit: int, after: Position | None
    ) -> tuple[Sequence[Import], Position | None]:
        """Query one of the indexes."""
        name, index = ("everyone", "all") if owner is None else ("ownerKey", "byOwner")
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": index,
            "KeyConditionExpression": f"{name} = :whose",
            "ExpressionAttributeValues": {":whose": {"S": EVERYONE if owner is None else owner}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if after is not None:
            request["ExclusiveStartKey"] = list_key(owner, after)
        answer = self._client.query(**request)
        last = answer.get("LastEvaluatedKey")
        return [read_import(item) for item in answer["Items"]], None if last is None else read_place(last)

    def refusals(self, import_id: ImportId, limit: int) -> Sequence[RefusedLine]:
        """Read batches until there are enough."""
        lines = (refused for batch in self._batches(import_id) for refused in batch.refused)
        return list(islice(lines, limit))

    def count(self, import_id: ImportId, run: str, batch: BatchResult, at: Timestamp) -> bool:
        """Write the batch's item and add to the import's, in one transaction."""
        counts = batch.counts
        values: dict[str, Attribute] = {
            ":accepted": {"N": str(counts.accepted)},
            ":repeated": {"N": str(counts.repeated)},
            ":refused": {"N": str(counts.refused)},
            ":one": {"N": "1"},
            ":at": {"S": at},
            ":run": {"S": run},
            **{f":status{index}": {"S": status.value} for index, status in enumerate(UNDER_WAY)},
        }
        transaction = Transaction(self._client, "Counting a batch")
        expires = int(self._seconds()) + KEPT_SECONDS
        transaction.put(
            self._table, batch_item(import_id, batch, expires), condition="attribute_not_exists(pk)"
        )
        transaction.update(
            self._table,
            import_key(import_id),
            "SET updatedAt = :at ADD accepted :accepted, repeated :repeated, refused :refused, #version :one",
            condition="#run = :run AND #status IN (:status0, :status1)",
            values=values,
            names={"#status": "status", "#version": "version", "#run": "run"},
        )
        refused = transaction.commit()
        if not refused:
            return True
        if refused[0].code == "ConditionalCheckFailed":
            return False
        raise OrderwireError(f"The import {import_id} is not under way in this run.")

    def batches(self, import_id: ImportId) -> Sequence[BatchResult]:
        """Read all batches."""
        return list(self._batches(import_id))

    def _batches(self, import_id: ImportId) -> Iterator[BatchResult]:
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :import AND begins_with(sk, :batch)",
            "ExpressionAttributeValues": {
                ":import": import_key(import_id)["pk"],
                ":batch": {"S": BATCH},
            },
            "ConsistentRead": True,
        }
        while True:
            page = self._client.query(**request)
            yield from (read_batch(item) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def first_with(self, customer: CustomerId, digest: str, import_id: ImportId, until: int) -> ImportId:
        """Write the contents' item unless it is there."""
        item = file_key(customer, digest) | {"importId": {"S": import_id}, "expiresAt": {"N": str(until)}}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            there: Item = error.response["Item"]  # type: ignore[typeddict-item]
            return ImportId(text(there, "importId"))
        return import_id
